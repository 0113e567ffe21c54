//! `entrada metadata`: an identity provider's metadata, and our own.

mod diff;
mod difference;
mod fetch;
mod findings;
mod lint;
mod show;
mod sp;

use clap::Subcommand;

use super::Globals;
use super::error::CliError;
use super::output::Report;
use super::output::Style;

/// Read an identity provider's metadata, or print our own
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Metadata {
    Show(show::Show),
    Lint(lint::Lint),
    Diff(diff::Diff),
    Fetch(fetch::Fetch),
    Sp(sp::Sp),
}

const HELP: &str = "\
Examples:
  entrada metadata show federationmetadata.xml
  entrada metadata lint /etc/entrada/metadata
  entrada metadata diff acme.xml acme-new.xml
  entrada metadata sp acme --base-url https://app.example.com > sp.xml

Exit codes:
  0  printed
  1  findings (lint), a change (diff), or a document that is rejected (fetch)
  2  wrong usage, or metadata that cannot be read
  3  configuration
  4  unreachable, or I/O";

impl Metadata {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        match self {
            Metadata::Show(command) => command.run(style),
            Metadata::Lint(command) => command.run(globals, style),
            Metadata::Diff(command) => command.run(style),
            Metadata::Fetch(command) => command.run(globals, style),
            Metadata::Sp(command) => command.run(globals),
        }
    }
}
