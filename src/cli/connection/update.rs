//! `entrada connection update`: let a connection trust by other metadata or certificates, and change whom it lets in.

use std::path::Path;

use serde_json::json;

use super::super::Globals;
use super::super::consent::confirmed;
use super::super::consent::numbers;
use super::super::error::CliError;
use super::super::error::Exit;
use super::super::files::beside;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use super::flags::SettingFlags;
use crate::admin::connections;
use crate::admin::connections::Agreement;
use crate::admin::connections::Preview;
use crate::admin::connections::Question;
use crate::admin::connections::SourcesRead;
use crate::connection::CertificateDates;
use crate::connection::ConnectionId;
use crate::connection::Role;
use crate::connection::TrustSource;

/// Change whom a connection trusts, or whom it lets in; everything else of it stays
///
/// The change is shown first. On a terminal you are asked; a script says --yes. What another program changes meanwhile
/// stays, and you are asked again if that changes what you were shown. With --yes nothing is changed if it changed the same. Pinned certificates are given all anew:
/// name the old one and the next one until the switch is over.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Update {
    /// The connection
    #[arg(value_name = "ID")]
    id: ConnectionId,
    #[command(flatten)]
    settings: SettingFlags<true>,
    /// Let any number of users be active
    #[arg(long, conflicts_with = "seats")]
    no_seats: bool,
    /// Let a session last as long as its lifetime, used or not
    #[arg(long, conflicts_with = "session-idle")]
    no_session_idle: bool,
    /// Only report the dates of certificates, and let everybody in with them
    #[arg(long, conflicts_with = "enforce-certificate-dates")]
    report_certificate_dates: bool,
    /// Change it without asking
    #[arg(long)]
    yes: bool,
    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada connection update acme --metadata-file acme-new.xml
  entrada connection update acme --metadata-file acme-new.xml --dry-run
  entrada connection update acme --yes \\
      --fingerprint AB:... --certificate next.cer \\
      --idp-entity-id https://sts.windows.net/TENANT/ \\
      --sso-url https://login.microsoftonline.com/TENANT/saml2
  entrada connection update acme --link-rule user-principal-name --seats 250
  entrada connection update acme --no-seats
  entrada connection update acme --enforce-certificate-dates

Exit codes:
  0  changed, or nothing to change; with --dry-run, shown
  1  you said no; with --yes, another program changed the same meanwhile
  2  wrong usage, no such connection, or neither a terminal nor --yes
  3  wrong settings, or nobody to trust; nothing was changed
  4  the metadata address cannot be reached, or the store does not answer";

impl Update {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let trusts = self.settings.gives(Role::Trust);
        let takes_back = self.no_seats || self.no_session_idle || self.report_certificate_dates;
        let changes_rules = self.settings.gives(Role::Rule) || takes_back;
        let given = self.settings.read()?;
        let read = given.sources(&beside(Path::new("")));
        if let Some(file) = &read.unreadable {
            return Err(file.clone().into());
        }
        let site = Site::open(globals)?;
        site.connection(&self.id)?;
        let source = match trusts {
            true => Some(one_source(&read)?),
            false if changes_rules => None,
            false => return Err(usage(NOTHING_GIVEN)),
        };
        let edit = connections::update(source, &read.met, |mut builder| {
            if self.no_seats {
                builder = builder.seats(None);
            }
            if self.no_session_idle {
                builder = builder.session_idle(None);
            }
            if self.report_certificate_dates {
                builder = builder.certificate_dates(CertificateDates::Reported);
            }
            given.apply(builder)
        });
        let base_url = self.base_url.of(&site)?;
        let (admin, id) = (site.admin(), &self.id);
        if self.dry_run {
            let preview = site.run(connections::preview(admin, id, &edit, base_url.get()))?;
            return Ok(report(&preview, "", None, style));
        }
        let changed = connections::change_agreed(admin, id, &edit, base_url.get(), |question| {
            match self.yes {
                true => Ok(question.agreed_in_advance()?),
                false => ask(&question, style),
            }
        });
        let (preview, agreement) = site.wait(changed)?;
        Ok(match agreement {
            Agreement::Refused => Report::new("Nothing was changed.", &preview).exit(Exit::Refused),
            Agreement::NothingToChange => report(&preview, "", None, style),
            Agreement::Made { beside_another } => {
                self.base_url.keep(&site)?;
                let done = format!("Updated the connection {id}.");
                let note = beside_another.then_some(CHANGED_NOTE);
                report(&preview, &done, note, style)
            }
        })
    }
}

fn one_source(read: &SourcesRead) -> Result<&TrustSource, CliError> {
    match (read.sources.as_slice(), read.problems.as_slice()) {
        ([source], []) => Ok(source),
        ([], []) => Err(usage(NO_SOURCE)),
        ([] | [_], problems) => Err(CliError::Configuration(problems.join("\n"))),
        _ => Err(usage("expected one source of trust")),
    }
}

fn usage(expected: &str) -> CliError {
    CliError::Usage(expected.to_owned())
}

const NOTHING_GIVEN: &str =
    "expected what is to change: a source of trust, or a flag such as --seats";

const NO_SOURCE: &str = "expected a source of trust beside the flags that belong to one";

const CHANGED: &str = "Another program changed the connection meanwhile. What would change now:\n";

const CHANGED_NOTE: &str =
    "note: another program changed the connection meanwhile; its change stays beside this one";

/// The change, and what became of it, with a word on people who would be turned away, because sign-ons look for what their identity
/// provider does not send.
fn report(preview: &Preview, done: &str, note: Option<&str>, style: Style) -> Report {
    let warnings = preview.warnings.iter().map(ToString::to_string);
    let report = Report::new(text(preview, style) + done, preview);
    report.notes(note).notes(warnings)
}

fn text(preview: &Preview, style: Style) -> String {
    let line = |sign, text: &String| format!("{sign} {}\n", printable(text));
    let mut text = String::new();
    for removed in &preview.removed {
        text.push_str(&style.bad(&line('-', removed)));
    }
    for added in &preview.added {
        text.push_str(&style.good(&line('+', added)));
    }
    if !preview.effects.is_nothing() {
        let takes = format!("It takes away {}.\n", numbers(&preview.effects));
        text.push_str(&style.bad(&takes));
    }
    match &preview.difference {
        Some(difference) => text.push_str(&difference.text(style)),
        None if text.is_empty() => text.push_str("Nothing changes.\n"),
        None => {}
    }
    text
}

fn ask(question: &Question<'_>, style: Style) -> Result<bool, CliError> {
    let again = if question.again { CHANGED } else { "" };
    let shown = text(question.preview, style);
    let agreed = confirmed(&format!("{again}{shown}Change the connection?"))?;
    agreed.ok_or_else(|| CliError::Unagreed {
        message: format!("{shown}{NO_TERMINAL}"),
        would: json!(question.preview.effects),
    })
}

const NO_TERMINAL: &str =
    "there is no terminal to ask at: --yes changes it, --dry-run shows what would change";
