//! `entrada validate`: Microsoft's validations of a gallery app, and cases of our own, against a running server.

mod assertion;
mod html;
mod report;
mod saml;
mod scim;
mod stop;
mod validated;

use clap::Subcommand;

use super::Globals;
use super::error::CliError;
use super::output::Report;
use super::output::Style;

/// Run Microsoft's validations of a gallery app against a server
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Validate {
    Scim(scim::Scim),
    Saml(saml::Saml),
}

const HELP: &str = "\
Examples:
  entrada validate scim https://app.example.com/scim/acme/v2 \\
      --credential-file client.json
  entrada validate saml acme

Exit codes:
  0  nothing failed
  1  a test failed
  2  wrong usage
  4  the server gives no answer";

impl Validate {
    /// True if `--format` asks for what `--json` prints.
    pub(super) fn wants_json(&self) -> bool {
        match self {
            Validate::Scim(command) => command.is_json(),
            Validate::Saml(command) => command.is_json(),
        }
    }

    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        match self {
            Validate::Scim(command) => command.run(globals, style),
            Validate::Saml(command) => command.run(globals, style),
        }
    }
}
