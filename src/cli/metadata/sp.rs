//! `entrada metadata sp`: our own metadata, to upload to the identity provider.

use super::super::Globals;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use crate::admin::sp_metadata::sp_metadata;
use crate::connection::ConnectionId;

/// Print our own metadata for a connection, to upload in Entra (Upload metadata file)
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Sp {
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

impl Sp {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let base_url = self.base_url.of(&site)?;
        let written = sp_metadata(site.admin(), &self.connection, base_url.get());
        let written = site.run(written)?;
        Ok(Report::new(written.metadata.as_str(), &written).notes(base_url.note()))
    }
}
