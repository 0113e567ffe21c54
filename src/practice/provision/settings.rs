//! The settings that an admin enters on the provisioning page of an app.

use std::time::Duration;

use url::Url;

use super::dialect::Dialect;
use super::settings_error::SHORTEST;
use super::settings_error::SettingsError;
use super::sign_in::SignIn;
use crate::address::has_credentials;
use crate::address::is_protected;
use crate::address::shown;

/// The provisioning settings of an app.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provisioning {
    /// "Tenant URL": the address of the SCIM server up to `/v2`; `?aadOptscim062020` behind it chooses the [`Dialect`].
    pub tenant_url: String,
    /// "Admin Credentials": the way in which it signs in there.
    pub sign_in: SignIn,
    /// The value that is sent as `externalId` of a user; that of a group is always the object id.
    pub external_id: ExternalId,
    /// The attribute by which a user is looked for: `userName`, unless told otherwise.
    pub match_users: Matching,
    /// The attribute by which a group is looked for: `displayName`, unless told otherwise.
    pub match_groups: Matching,
    /// The time between two cycles; `None` is off, as at first. Entra takes [`Provisioning::ENTRA_INTERVAL`].
    pub every: Option<Duration>,
}

/// The value that is sent as `externalId` of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExternalId {
    /// `mailNickname`, as Entra's mapping has it until an admin changes it. Nothing in an assertion equals it.
    MailNickname,
    /// `objectId`, which Microsoft recommends: the `objectidentifier` of an assertion equals it.
    ObjectId,
}

/// The attribute by which an object is looked for before it is created.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Matching {
    /// By its name: `userName` of a user, `displayName` of a group.
    Name,
    /// By `externalId`.
    ExternalId,
}

impl Provisioning {
    /// The time between two of Entra's cycles.
    pub const ENTRA_INTERVAL: Duration = Duration::from_secs(40 * 60);

    /// Entra's own mapping and matching, without a schedule.
    pub fn new(tenant_url: impl Into<String>, sign_in: impl Into<SignIn>) -> Provisioning {
        Provisioning {
            tenant_url: tenant_url.into(),
            sign_in: sign_in.into(),
            external_id: ExternalId::MailNickname,
            match_users: Matching::Name,
            match_groups: Matching::Name,
            every: None,
        }
    }

    /// The dialect that the Tenant URL asks for.
    pub fn dialect(&self) -> Dialect {
        let query = self.tenant_url.split_once('?').map(|(_, query)| query);
        let mut names = query.unwrap_or_default().split('&').map(name_of);
        match names.any(|name| name.eq_ignore_ascii_case(FLAG)) {
            true => Dialect::Compliant,
            false => Dialect::Usual,
        }
    }

    /// The Tenant URL with the flag of a dialect, and no other query.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Provisioning {
        let address = self.tenant_url.split('?').next().unwrap_or_default();
        self.tenant_url = match dialect {
            Dialect::Usual => address.to_owned(),
            Dialect::Compliant => format!("{address}?{FLAG}"),
        };
        self
    }

    /// The Tenant URL without its query, to which requests go. It must be `https`, or `http` on loopback: the token
    /// would cross the network in the clear.
    pub(super) fn endpoint(&self) -> Result<Url, SettingsError> {
        let invalid = || SettingsError::TenantUrl(shown(&self.tenant_url).into_owned());
        let mut url = Url::parse(&self.tenant_url).map_err(|_| invalid())?;
        if !is_protected(&url) || has_credentials(&url) {
            return Err(invalid());
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(url)
    }

    /// Checks that these settings can be used; fails with the first that cannot.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.endpoint()?;
        self.sign_in.check()?;
        match self.every {
            Some(every) if every < SHORTEST => Err(SettingsError::Interval(every)),
            _ => Ok(()),
        }
    }
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

/// The flag of Microsoft's that is appended to a Tenant URL.
const FLAG: &str = "aadOptscim062020";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_on_the_tenant_url_chooses_the_dialect() {
        for (url, expected) in [
            ("https://app.example/scim", Dialect::Usual),
            ("https://app.example/aadOptscim062020", Dialect::Usual),
            ("https://app.example/scim?aadOptscim0620200", Dialect::Usual),
            (
                "https://app.example/scim?aadOptscim062020",
                Dialect::Compliant,
            ),
            (
                "https://app.example/scim/?a=1&AADOPTSCIM062020=true",
                Dialect::Compliant,
            ),
        ] {
            let settings = Provisioning::new(url, "t");
            assert_eq!(settings.dialect(), expected, "{url}");
            for dialect in [Dialect::Usual, Dialect::Compliant] {
                let changed = settings.clone().with_dialect(dialect);
                assert_eq!(changed.dialect(), dialect, "{url}");
                assert_eq!(changed.endpoint().unwrap().query(), None);
            }
        }
    }

    #[test]
    fn settings_that_would_leak_the_token_or_never_rest_are_refused() {
        let sound = Provisioning::new("http://127.0.0.1:8080/scim/contoso/v2/", "token");
        assert_eq!(sound.check(), Ok(()));
        let endpoint = sound.endpoint().unwrap();
        assert_eq!(endpoint.as_str(), "http://127.0.0.1:8080/scim/contoso/v2");
        assert_eq!(
            Provisioning::new("https://app.example/", "").check(),
            Err(SettingsError::SecretToken)
        );
        for url in ["http://app.example/scim", "app.example", "file:///scim", ""] {
            let found = Provisioning::new(url, "token").check();
            assert_eq!(found, Err(SettingsError::TenantUrl(url.to_owned())));
        }
        let every = Some(Duration::from_millis(999));
        let found = Provisioning { every, ..sound }.check();
        assert_eq!(
            found,
            Err(SettingsError::Interval(Duration::from_millis(999)))
        );
    }
}
