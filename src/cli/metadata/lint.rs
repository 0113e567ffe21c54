//! `entrada metadata lint`: what is wrong with metadata, or soon will be.

use jiff::Timestamp;
use serde::Serialize;

use super::super::Globals;
use super::super::error::CliError;
use super::super::error::Exit;
use super::super::files::Source;
use super::super::files::expand;
use super::super::input;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::counted;
use super::super::output::printable;
use super::super::progress::Progress;
use super::findings::Warning;
use crate::address::shown;
use crate::metadata::lint::Context;
use crate::metadata::lint::Severity;
use crate::metadata::lint::lint;

/// Find what is wrong with metadata, or soon will be
///
/// Of a directory, all files in and below it that end in .xml are read. docs/metadata-lint.md lists everything that can
/// be found. A document that is no metadata is a finding too.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Lint {
    /// The metadata: files, directories, addresses, or - for stdin
    #[arg(required = true, value_name = "FILE|URL|DIR")]
    sources: Vec<String>,
    /// Look at this identity provider alone [default: at all of a document]
    #[arg(long, value_name = "URI", value_parser = input::visible)]
    entity_id: Option<String>,
}

const HELP: &str = "\
Examples:
  entrada metadata lint federationmetadata.xml
  entrada metadata lint /etc/entrada/metadata
  entrada metadata lint --json acme.xml | jq -r '.findings[].code'

Exit codes:
  0  nothing found, or mere notes
  1  findings of the severity warning or error
  2  wrong usage, or a file that cannot be read (the others are looked at)
  4  an address cannot be reached (the others are looked at)";

#[derive(Serialize)]
struct Linted {
    documents: u64,
    findings: Vec<LintFinding>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<UnreadableSource>,
}

#[derive(Serialize)]
struct LintFinding {
    source: String,
    #[serde(flatten)]
    finding: Warning,
}

#[derive(Serialize)]
struct UnreadableSource {
    source: String,
    message: String,
    #[serde(skip)]
    exit: Exit,
}

impl Lint {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let sources = expand(&self.sources, &["xml"])?;
        if sources.is_empty() {
            return Err(CliError::input(
                self.sources.join(", "),
                "no file in it ends in .xml",
            ));
        }
        let mut linted = Linted {
            documents: 0,
            findings: Vec::new(),
            errors: Vec::new(),
        };
        let progress = Progress::over(sources.len(), globals.json);
        for source in &sources {
            progress.next(&source.name);
            linted.look(source, self.entity_id.as_deref());
        }
        drop(progress);
        let notes: Vec<String> = linted
            .errors
            .iter()
            .map(|error| format!("error: {}", error.message))
            .collect();
        Ok(Report::new(linted.text(style), &linted)
            .notes(notes)
            .exit(linted.exit()))
    }
}

impl Linted {
    fn look(&mut self, source: &Source, entity_id: Option<&str>) {
        let name = shown(input::name(&source.name));
        match input::read_metadata(&source.name) {
            Ok(document) => {
                self.documents += 1;
                let context = Context {
                    entity_id,
                    ..Context::new(&source.name, Timestamp::now())
                };
                let found = lint(&document, &context).into_iter();
                self.findings.extend(found.map(|finding| LintFinding {
                    source: name.clone().into_owned(),
                    finding: Warning::of(finding),
                }));
            }
            Err(error) => self.errors.push(UnreadableSource {
                source: name.into_owned(),
                exit: error.exit(),
                message: error.to_string(),
            }),
        }
    }

    fn exit(&self) -> Exit {
        let matters = |found: &LintFinding| found.finding.severity >= Severity::Warning;
        match self.errors.first() {
            Some(error) => error.exit,
            None if self.findings.iter().any(matters) => Exit::Refused,
            None => Exit::Done,
        }
    }

    fn text(&self, style: Style) -> String {
        let mut text = String::new();
        let mut last = None;
        for LintFinding { source, finding } in &self.findings {
            let place = (source, &finding.entity_id);
            if last != Some(place) {
                let entity = finding.entity_id.as_ref();
                let entity = entity.map_or(String::new(), |id| format!("  {}", printable(id)));
                text.push_str(&style.bold(&printable(source)));
                text.push_str(&format!("{entity}\n"));
            }
            let advice = style.dim(finding.advice);
            text.push_str(&format!("  {}\n      {advice}\n", finding.line(style)));
            last = Some(place);
        }
        text + &self.summary(style)
    }

    fn summary(&self, style: Style) -> String {
        let count = |severity: Severity, name: &str| {
            let of = |found: &&LintFinding| found.finding.severity == severity;
            let count = self.findings.iter().filter(of).count() as u64;
            (count > 0).then(|| counted(count, name))
        };
        let counts = [
            count(Severity::Error, "error"),
            count(Severity::Warning, "warning"),
            count(Severity::Note, "note"),
        ];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        let documents = counted(self.documents, "document");
        match counts.as_slice() {
            [] => format!("{} nothing found in {documents}\n", style.pass()),
            counts => format!("{} in {documents}\n", counts.join(", ")),
        }
    }
}
