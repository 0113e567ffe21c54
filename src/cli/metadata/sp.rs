//! `entrada metadata sp`: our own metadata, to upload to the identity provider.

use serde::Serialize;

use super::super::Globals;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use crate::connection::ConnectionId;
use crate::site::sp_metadata;

/// Print our own metadata for a connection, to upload in Entra (Upload metadata file)
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Sp {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada metadata sp acme --base-url https://app.example.com > sp.xml
  entrada metadata sp acme --json | jq -r .metadata

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  3  the connection's key cannot sign
  4  the store does not answer";

#[derive(Serialize)]
struct Printed<'a> {
    connection: &'a ConnectionId,
    entity_id: &'a str,
    acs_url: &'a str,
    metadata: &'a str,
}

impl Sp {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let connection = site.connection(&self.connection)?;
        let base_url = self.base_url.of(&site)?;
        let metadata = sp_metadata(&connection, base_url.get());
        let xml = metadata
            .to_xml()
            .map_err(|error| CliError::Configuration(error.to_string()))?;
        let printed = Printed {
            connection: connection.id(),
            entity_id: &metadata.sp.entity_id,
            acs_url: &metadata.sp.acs_url,
            metadata: &xml,
        };
        Ok(Report::new(xml.as_str(), &printed).notes(base_url.note()))
    }
}
