//! `entrada user explain`: one person from both sides, and what would happen if they signed on now.

mod words;

use crate::admin::explain;
use crate::cli::error::CliError;
use crate::cli::error::Exit;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;

/// Explain one person: what the identity provider says, what is provisioned, and whether they would be let in now
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Explain {
    /// The connection that the person signs on over
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The person, by userName or id, or by the NameID of a sign-on
    #[arg(value_name = "NAME")]
    name: String,
}

const HELP: &str = "\
Examples:
  entrada user explain acme ada@example.com
  entrada user explain acme ada@example.com --json | jq .expected

The verdict is that of a real sign-on with the claims of the last one, in a
transaction that is undone: nothing is changed. Of a person who has never
signed on, the claims are assumed as Entra sends them by default. Whether the
response itself would hold (its signature, say) is left to entrada verify.

Exit codes:
  0  the person would be let in
  1  the person would be refused
  2  wrong usage, no such connection, or no such person
  4  the store does not answer";

impl Explain {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let person = explain::person(site.admin(), &self.connection, &self.name);
        let explained = site.run(person)?;
        let exit = Exit::refused_if(explained.denial().is_some());
        Ok(Report::new(words::text(&explained), &explained.json()).exit(exit))
    }
}
