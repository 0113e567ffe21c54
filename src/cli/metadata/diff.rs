//! `entrada metadata diff`: what changes from one document to another.

use jiff::Timestamp;

use super::super::error::CliError;
use super::super::error::Exit;
use super::super::input;
use super::super::output::Report;
use super::super::output::Style;
use super::difference::Difference;
use crate::metadata::IdpMetadata;

/// Show what changes from one metadata document to another
///
/// Keys, endpoints, entity ID, name formats and validity are compared; layout, order and signature are not.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Diff {
    /// The document that was: a file, - for stdin, or an address
    #[arg(value_name = "OLD")]
    old: String,
    /// The document that is: a file, - for stdin, or an address
    #[arg(value_name = "NEW")]
    new: String,
    /// The identity provider to choose where there are several
    #[arg(long, value_name = "URI", value_parser = input::visible)]
    entity_id: Option<String>,
}

const HELP: &str = "\
Examples:
  entrada metadata diff acme.xml acme-new.xml
  entrada metadata diff acme.xml 'https://login.microsoftonline.com/...'
  entrada metadata diff --json a.xml b.xml | jq .certificates.added

Exit codes:
  0  nothing differs
  1  something differs
  2  wrong usage, or metadata that cannot be read
  4  an address cannot be reached";

impl Diff {
    pub(super) fn run(self, style: Style) -> Result<Report, CliError> {
        if self.old == "-" && self.new == "-" {
            let message = "stdin can be one of the two documents, not both";
            return Err(CliError::Usage(message.to_owned()));
        }
        let (old, new) = (self.read(&self.old)?, self.read(&self.new)?);
        let difference = Difference::between(&old, &new, Timestamp::now());
        let exit = Exit::refused_if(difference.is_change());
        Ok(Report::new(difference.text(style), &difference).exit(exit))
    }

    fn read(&self, source: &str) -> Result<IdpMetadata, CliError> {
        let bytes = input::read_metadata(source)?;
        IdpMetadata::read(&bytes, self.entity_id.as_deref())
            .map_err(|error| input::metadata_error(input::name(source), &error, "--entity-id"))
    }
}
