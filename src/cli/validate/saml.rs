//! `entrada validate saml`: Microsoft's scenarios of sign-on, and cases of our own, against the server that runs.

use jiff::Timestamp;

use super::super::Globals;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::counted;
use super::super::progress::Progress;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use super::super::verify::Format;
use super::report::report;
use super::stop::stop;
use super::validated::Validated;
use crate::connection::CertificateDates;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::LinkRule;
use crate::practice::Outcome;
use crate::practice::SamlRun;
use crate::practice::SamlValidation;
use crate::practice::ValidationError;

/// Run Microsoft's scenarios of sign-on against the server of a connection
///
/// The server must run, at the base URL of the site and on this store. Nothing is done to the connection: another one stands in for it,
/// with its settings, a random id and keys of this run alone. It trusts them for ten minutes at most, is on no page, and is
/// removed at the end, also after Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Saml {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    id: ConnectionId,
    #[command(flatten)]
    base_url: BaseUrlOption,
    /// Leave the connection that stands in, for a look: the server removes it after ten minutes
    #[arg(long)]
    keep: bool,
    /// The form to print: a text for people, JSON (the same as --json), or one page to attach to a submission [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

const HELP: &str = "\
Examples:
  entrada validate saml acme
  entrada validate saml acme --format html > saml.html

Exit codes:
  0    nothing failed; an optional test that fails is a warning
  1    a test failed
  2    wrong usage, or no such connection
  4    the server gives no answer, or works on another store
  130  stopped by Ctrl-C or SIGTERM";

impl Saml {
    pub(super) fn is_json(&self) -> bool {
        self.format == Some(Format::Json)
    }

    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        if globals.json && self.format.is_some_and(|format| format != Format::Json) {
            return Err(CliError::Usage(
                "--json prints JSON: expected no other --format beside it".to_owned(),
            ));
        }
        let site = Site::open(globals)?;
        let connection = site.connection(&self.id)?;
        let base_url = self.base_url.of(&site)?;
        let validation = SamlValidation {
            admin: site.admin(),
            connection: &connection,
            base_url: base_url.get(),
            keep: self.keep,
        };
        let progress = Progress::over(SamlValidation::CASES, globals.json || self.is_json());
        let run = site.wait(async {
            let stop = stop()?;
            let run = validation.run(stop, |name| progress.next(name)).await;
            run.map_err(CliError::from)
        });
        drop(progress);
        let report = self.report(&connection, run?, style)?;
        Ok(report.notes(base_url.note()))
    }

    fn report(&self, of: &Connection, run: SamlRun, style: Style) -> Result<Report, CliError> {
        let left: Vec<String> = run
            .left
            .iter()
            .map(|id| format!("the connection {id}: entrada connection remove {id}"))
            .collect();
        if run.stopped {
            let cases = counted(run.results.len() as u64, "test");
            let left = match left.first() {
                None => "everything that was made is removed",
                Some(left) => left,
            };
            return Err(CliError::Stopped(format!("after {cases}; {left}")));
        }
        let remarks = remarks(of, &run);
        let validated = Validated {
            subject: "SAML sign-on",
            target: of.id().as_str(),
            at: Timestamp::now(),
            results: &run.results,
            remarks: &remarks,
            left: &left,
            hosted: HOSTED,
        };
        Ok(report(&validated, self.format, style))
    }
}

/// The declaration of how people are matched, and what follows from the results.
fn remarks(of: &Connection, run: &SamlRun) -> Vec<String> {
    let claim = match of.sign_on().link_rule {
        LinkRule::ObjectId => "the claim objectidentifier is the user's externalId",
        LinkRule::UserPrincipalName => "the claim name is the user's userName",
        LinkRule::NameId => "the NameID is the user's userName",
        LinkRule::Email => "the claim emailaddress is an address of the user's",
    };
    let rule = of.sign_on().link_rule.name();
    let mut remarks = vec![format!("Users are matched by {rule}: {claim}.")];
    let mut results = run.results.iter();
    let is_let_in = results.any(|result| {
        result.name.ends_with("Expired certificate") && result.outcome == Outcome::Failed
    });
    if is_let_in && of.sign_on().certificate_dates == CertificateDates::Reported {
        let id = of.id();
        remarks.push(format!("Dates of certificates are only reported over this connection: entrada connection update {id} --enforce-certificate-dates"));
    }
    remarks
}

impl From<ValidationError> for CliError {
    fn from(error: ValidationError) -> CliError {
        match error {
            ValidationError::Admin(error) => error.into(),
            error => CliError::Io(error.to_string()),
        }
    }
}

const HOSTED: &[&str] = &[
    "that Entra signs on to the app with your tenant's own keys, claims and Reply URL (`entrada verify` judges a captured response)",
    "that the pages look and behave right in a person's browser, from the tile in My Apps to the app",
    "that the declarations of its form are right: flows, single logout, and how users are matched",
    "that single logout works from Entra's own page",
];
