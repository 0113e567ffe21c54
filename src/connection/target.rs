//! Targets of sign-ons that begin at the identity provider. A RelayState is text from outside, so it counts only if it is
//! one of the targets that the connection lists.

use url::Url;

use super::BaseUrl;
use super::Connection;
use crate::saml::ReturnPath;

/// The reason for overlooking the RelayState of a response that answers nothing: the sign-on led to the default target.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum TargetOverlooked {
    /// It is a full address of another site, or of a part of this one that is not ours.
    #[error("the RelayState is an address of another site")]
    Elsewhere,
    /// It is a local path, or a full address of ours, and no target of the connection.
    #[error("the RelayState is no target of the connection (--relay-state-target)")]
    NotListed,
    /// It is neither a local path nor a full address.
    #[error("the RelayState is neither a local path nor an address of this site")]
    NoAddress,
}

impl TargetOverlooked {
    pub(crate) fn code(self) -> &'static str {
        match self {
            TargetOverlooked::Elsewhere => "relay-state-elsewhere",
            TargetOverlooked::NotListed => "relay-state-not-listed",
            TargetOverlooked::NoAddress => "relay-state-no-address",
        }
    }
}

impl Connection {
    /// The path that a person reaches after a sign-on that named none, from the root of the host.
    pub fn default_target(&self, base_url: &BaseUrl) -> ReturnPath {
        let path = ReturnPath::parse(self.default_relay_state());
        base_url.local(&path.unwrap_or_else(ReturnPath::root))
    }

    /// The path that a response leads to which answers nothing: the target that its RelayState names, as a local path or as a
    /// full address of our own site, which is what Entra's documentation tells admins to enter. Any other RelayState leads to
    /// the default target.
    pub(crate) fn target(
        &self,
        relay_state: Option<&str>,
        base_url: &BaseUrl,
    ) -> Result<ReturnPath, TargetOverlooked> {
        let text = relay_state.unwrap_or_default().trim_matches([' ', '\t']);
        if text.is_empty() {
            return Ok(self.default_target(base_url));
        }
        let wanted = match text.starts_with('/') {
            true => ReturnPath::parse(text).ok_or(TargetOverlooked::NoAddress)?,
            false => own_path(text, base_url)?,
        };
        let wanted = base_url.local(&wanted);
        let mut targets = self
            .sign_on
            .relay_state_targets
            .iter()
            .filter_map(|target| ReturnPath::parse(target))
            .map(|target| base_url.local(&target))
            .chain([self.default_target(base_url)]);
        match targets.any(|target| target == wanted) {
            true => Ok(wanted),
            false => Err(TargetOverlooked::NotListed),
        }
    }
}

/// The path of a full address, with query and fragment, if it is below the address of the site.
fn own_path(text: &str, base_url: &BaseUrl) -> Result<ReturnPath, TargetOverlooked> {
    let address = Url::parse(text).map_err(|_| TargetOverlooked::NoAddress)?;
    let base = Url::parse(base_url.as_str()).map_err(|_| TargetOverlooked::Elsewhere)?;
    let is_own = address.origin().is_tuple()
        && address.origin() == base.origin()
        && address.username().is_empty()
        && address.password().is_none();
    let path = is_own.then(|| ReturnPath::parse(&address[url::Position::BeforePath..]));
    let path = path.flatten().ok_or(TargetOverlooked::Elsewhere)?;
    match base_url.local(&path) == path {
        true => Ok(path),
        false => Err(TargetOverlooked::Elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(base_url: &str, relay_state: &str) -> Result<String, TargetOverlooked> {
        let connection = Connection::builder("acme")
            .metadata_url("https://idp.example/metadata")
            .default_relay_state("/start")
            .relay_state_target("/reports")
            .relay_state_target("/wiki/page?a=b#c")
            .build()
            .unwrap();
        let found = connection.target(Some(relay_state), &base_url.parse().unwrap());
        found.map(|path| path.as_str().to_owned())
    }

    #[test]
    fn a_path_and_a_full_address_of_our_own_name_a_target() {
        let site = "https://app.example.com";
        for (relay_state, expected) in [
            ("", "/start"),
            ("/start", "/start"),
            ("/reports", "/reports"),
            (" /reports", "/reports"),
            ("https://app.example.com/reports", "/reports"),
            ("https://APP.example.com:443/reports", "/reports"),
            ("HTTPS://app.example.com/x/../reports", "/reports"),
            (
                "https://app.example.com/wiki/page?a=b#c",
                "/wiki/page?a=b#c",
            ),
        ] {
            assert_eq!(
                target(site, relay_state).as_deref(),
                Ok(expected),
                "{relay_state}"
            );
        }
        let local = target("http://localhost:8080", "http://localhost:8080/reports");
        assert_eq!(local.as_deref(), Ok("/reports"));
    }

    #[test]
    fn what_is_no_target_is_overlooked_with_its_reason() {
        use TargetOverlooked::*;
        for (relay_state, expected) in [
            ("/other", NotListed),
            ("/reports?x=1", NotListed),
            ("/reports/", NotListed),
            ("https://app.example.com", NotListed),
            ("https://app.example.com/reports?x=1", NotListed),
            ("https://app.example.com/REPORTS", NotListed),
            ("http://app.example.com/reports", Elsewhere),
            ("https://app.example.com:8443/reports", Elsewhere),
            ("https://app.example.com.evil.example/reports", Elsewhere),
            ("https://app.example.com@evil.example/reports", Elsewhere),
            ("https://u@app.example.com/reports", Elsewhere),
            ("https://app.example.com//evil.example", Elsewhere),
            ("https://evil.example/reports", Elsewhere),
            ("javascript:alert(1)", Elsewhere),
            ("//app.example.com/reports", NoAddress),
            ("/\\evil.example", NoAddress),
            ("reports", NoAddress),
            ("dGhlIHN0YXRlIG9mIG90aGVycw", NoAddress),
        ] {
            assert_eq!(
                target("https://app.example.com", relay_state),
                Err(expected),
                "{relay_state}"
            );
        }
    }

    #[test]
    fn below_a_path_both_spellings_of_a_target_are_one() {
        let site = "https://app.example.com/wiki";
        for (relay_state, expected) in [
            ("", "/wiki/start"),
            ("/reports", "/wiki/reports"),
            ("/wiki/reports", "/wiki/reports"),
            ("https://app.example.com/wiki/reports", "/wiki/reports"),
            (
                "https://app.example.com/wiki/page?a=b#c",
                "/wiki/page?a=b#c",
            ),
        ] {
            assert_eq!(
                target(site, relay_state).as_deref(),
                Ok(expected),
                "{relay_state}"
            );
        }
        for outside in [
            "https://app.example.com/reports",
            "https://app.example.com/wikireports",
        ] {
            assert_eq!(
                target(site, outside),
                Err(TargetOverlooked::Elsewhere),
                "{outside}"
            );
        }
    }
}
