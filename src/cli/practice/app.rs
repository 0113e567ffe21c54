//! An app of one's own, before and after its metadata is known.

use std::path::Path;

use url::Url;

use crate::address::is_protected;
use crate::address::shown;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::output;
use crate::connection::ConnectionId;
use crate::fetch::FetchError;
use crate::fetch::Fetched;
use crate::practice::App;
use crate::practice::Assignment;
use crate::practice::Provisioning;
use crate::practice::Running;
use crate::practice::guid_of;
use crate::text;

/// An app of one's own, as the command line names it.
pub(super) struct OwnApp {
    /// The address or the file of its metadata.
    pub(super) source: String,
    /// The application id, which comes of the source: it stays the same from start to start.
    pub(super) app_id: String,
    /// Its metadata, where that is a file.
    pub(super) read: Option<App>,
    assignment: Assignment,
    pub(super) provisioning: Option<Provisioning>,
}

impl OwnApp {
    pub(super) fn of(
        source: &str,
        assignment: Assignment,
        provisioning: Option<Provisioning>,
    ) -> Result<OwnApp, CliError> {
        let mut app = OwnApp {
            source: source.to_owned(),
            app_id: guid_of(source),
            read: None,
            assignment,
            provisioning,
        };
        if input::is_url(source) {
            input::without_credentials(source)?;
            if !Url::parse(source).is_ok_and(|url| is_protected(&url)) {
                return Err(CliError::input(source, FetchError::NotProtected));
            }
        } else {
            let metadata = input::read_text(Path::new(source))?;
            app.read = Some(app.registration(&metadata)?);
        }
        Ok(app)
    }

    pub(super) fn fetched(&self, fetched: &Fetched) -> Result<App, CliError> {
        let metadata = text::decode(&fetched.document);
        let metadata = metadata.map_err(|error| CliError::input(&self.source, error))?;
        self.registration(&metadata)
    }

    fn registration(&self, metadata: &str) -> Result<App, CliError> {
        let app = App::from_metadata(&self.app_id, self.name(), metadata);
        let app = app.map_err(|error| CliError::input(&self.source, error))?;
        Ok(App {
            assignment: self.assignment.clone(),
            ..app
        })
    }

    /// The name on the tile: the address without what all have.
    fn name(&self) -> &str {
        let (_, name) = self.source.split_once("://").unwrap_or(("", &self.source));
        name.strip_suffix("/metadata").unwrap_or(name)
    }

    pub(super) fn provisioning_page(&self, idp: &Running) -> String {
        format!("{}apps/{}/provisioning", idp.portal_url(), self.app_id)
    }

    /// The lines to paste into the app, which has to know where the identity provider's metadata is.
    pub(super) fn to_paste(&self, metadata_url: &str) -> String {
        let identifier = self.read.as_ref().and_then(|app| app.identifiers.first());
        let address = identifier.unwrap_or(&self.source);
        let (connection, base_url) = match of_ours(address) {
            Some((base_url, connection)) => (connection, format!(" --base-url {base_url}")),
            None => ("practice", String::new()),
        };
        let lines = [
            (
                "in Rust",
                format!("Connection::builder(\"{connection}\").metadata_url(\"{metadata_url}\")"),
            ),
            (
                "in a shell",
                format!(
                    "entrada connection add {connection}{base_url} --metadata-url '{metadata_url}'"
                ),
            ),
        ];
        let rows = lines
            .iter()
            .map(|(label, line)| (*label, line.as_str().into()));
        format!("For {}:\n{}", shown(&self.source), output::rows(2, rows))
    }
}

/// The base address and the connection in an address of our own metadata, such as `http://127.0.0.1:3000/saml/acme/metadata`.
fn of_ours(address: &str) -> Option<(&str, &str)> {
    let (base_url, connection) = address.strip_suffix("/metadata")?.rsplit_once("/saml/")?;
    let is_id = connection.parse::<ConnectionId>().is_ok();
    // It is pasted into a shell.
    let is_plain = base_url
        .chars()
        .all(|sign| sign.is_ascii_alphanumeric() || ":/.-_[]".contains(sign));
    (is_id && is_plain && input::is_url(base_url)).then_some((base_url, connection))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_our_metadata_names_the_connection() {
        let url = "https://app.example/wiki/saml/acme/metadata";
        assert_eq!(of_ours(url), Some(("https://app.example/wiki", "acme")));
        for other in [
            "https://app.example/saml2/metadata",
            "https://app.example/saml/a/b/metadata",
            "https://app.example/saml//metadata",
            "urn:saml/acme/metadata",
            "saml/acme/metadata",
            "",
        ] {
            assert_eq!(of_ours(other), None, "{other}");
        }
    }
}
