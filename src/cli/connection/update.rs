//! `entrada connection update`: let a connection trust by other metadata, or by other certificates, and change whom it lets
//! in.

use std::collections::BTreeSet;
use std::io;
use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use super::super::Globals;
use super::super::error::CliError;
use super::super::error::Exit;
use super::super::metadata::Difference;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::super::site::ATTEMPTS;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use super::directory_flags::DirectoryFlags;
use super::pinned;
use super::source::SourceFlags;
use super::trust::prepare;
use super::view::View;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::metadata::Compared;
use crate::metadata::MetadataCopy;
use crate::trust::replace_connection;

/// Change whom a connection trusts, or whom it lets in; everything else of it stays
///
/// The change is shown first. On a terminal you are asked; a script says --yes. What another program changes meanwhile
/// stays, and you are asked again if that changes what you were shown. With --yes nothing is changed if it changed the same. Pinned certificates are given all anew:
/// name the old one and the next one until the switch is over.
#[derive(clap::Args)]
#[command(after_help = HELP, mut_group("trust", |group| group.required(false)))]
pub(super) struct Update {
    /// The connection
    #[arg(value_name = "ID")]
    id: ConnectionId,
    #[command(flatten)]
    source: SourceFlags,
    #[command(flatten)]
    directory: DirectoryFlags,
    /// Let any number of users be active
    #[arg(long, conflicts_with = "seats")]
    no_seats: bool,
    /// Let a session last as long as its lifetime, used or not
    #[arg(long, conflicts_with = "session_idle")]
    no_session_idle: bool,
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

Exit codes:
  0  changed, or nothing to change; with --dry-run, shown
  1  you said no; with --yes, another program changed the same meanwhile
  2  wrong usage, no such connection, or neither a terminal nor --yes
  3  unsound settings, or nobody to trust; nothing was changed
  4  the metadata address cannot be reached, or the store does not answer";

#[derive(Serialize)]
struct Updated<'a> {
    connection: &'a ConnectionId,
    /// Whether the store has it.
    updated: bool,
    /// Settings, as `connection show` prints them.
    added: Vec<String>,
    removed: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

impl Update {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        self.source.read_files()?;
        let site = Site::open(globals)?;
        let mut agreed: Option<String> = None;
        let mut read: Option<Connection> = None;
        let mut stays = true;
        for attempt in 0..ATTEMPTS {
            let Planned { old, new, copy } = self.plan(&site)?;
            let undone = overwritten(read.as_ref(), &old, &new)?;
            if !undone.is_empty() {
                if self.yes {
                    return Err(self.overtaken(&undone));
                }
                (agreed, stays) = (agreed.and(Some(String::new())), false);
            }
            let mut updated = self.compare(&site, &old, &new, copy.as_ref())?;
            let shown = updated.text(style);
            if !self.dry_run && old == new {
                pinned::note(&site, &new, &self.source.pinned()?)?;
            }
            if self.dry_run || old == new {
                return Ok(Report::new(shown, &updated).notes(foreign(&site, &new, copy)?));
            }
            if !self.yes && agreed.as_ref() != Some(&shown) {
                let again = if agreed.is_some() { CHANGED } else { "" };
                if !ask(&format!("{again}{shown}"))? {
                    return Ok(Report::new("Nothing was changed.", &updated).exit(Exit::Refused));
                }
                agreed = Some(shown.clone());
            }
            let now = site.now();
            let replaced =
                site.ask(|store| replace_connection(store, Some(&old), &new, copy.as_ref(), now))?;
            if !replaced {
                read = Some(old);
                continue;
            }
            pinned::note(&site, &new, &self.source.pinned()?)?;
            self.base_url.keep(&site)?;
            updated.updated = true;
            let text = format!("{shown}Updated the connection {}.", self.id);
            let note = (attempt > 0 && stays).then(|| CHANGED_NOTE.to_owned());
            let notes = note.into_iter().chain(foreign(&site, &new, copy)?);
            return Ok(Report::new(text, &updated).notes(notes));
        }
        Err(CliError::Io(format!(
            "other programs changed the connection {} {ATTEMPTS} times meanwhile: nothing was changed",
            self.id
        )))
    }

    /// The error for somebody who cannot be asked, where another program has set the same meanwhile.
    fn overtaken(&self, undone: &[String]) -> CliError {
        CliError::Refused(format!(
            "another program changed the connection {id} meanwhile, in what this command changes too ({}): nothing was changed; see entrada connection show {id}, then run it again",
            undone.join(", "),
            id = self.id
        ))
    }

    /// Applies the flags to the connection as the store has it now.
    fn plan(&self, site: &Site) -> Result<Planned, CliError> {
        let old = site.connection(&self.id)?;
        let new = self.changed(old.clone())?;
        let copy = match self.source.is_given() {
            true => prepare(Some(&old), &new, site)?,
            false => None,
        };
        Ok(Planned { old, new, copy })
    }

    /// The connection as the flags want it.
    fn changed(&self, old: Connection) -> Result<Connection, CliError> {
        let directory = self.directory.settings();
        let takes_away = self.no_seats || self.no_session_idle;
        if directory.is_none() && !takes_away && !self.source.is_given() {
            let message =
                "expected what is to change: a source of trust, or a flag such as --seats";
            return Err(CliError::Usage(message.to_owned()));
        }
        let trusting = match self.source.is_given() {
            true => self.trusting(old)?,
            false => old,
        };
        let mut builder = trusting.into_builder();
        if self.no_seats {
            builder = builder.any_number_of_seats();
        }
        if self.no_session_idle {
            builder = builder.no_session_idle();
        }
        if let Some(settings) = directory {
            builder = settings.directory(builder);
        }
        let built = builder.build();
        built.map_err(|error| CliError::Configuration(error.to_string()))
    }

    /// The connection with the source that the flags name.
    fn trusting(&self, old: Connection) -> Result<Connection, CliError> {
        let mut problems = Vec::new();
        let sources = self.source.settings().sources(Path::new(""), &mut problems);
        let source = match sources.as_slice() {
            [source] if problems.is_empty() => source.clone(),
            [] if problems.is_empty() => {
                let message = "expected a source of trust beside the flags that belong to one";
                return Err(CliError::Usage(message.to_owned()));
            }
            [] | [_] => return Err(CliError::Configuration(problems.join("\n"))),
            _ => return Err(CliError::Usage("expected one source of trust".to_owned())),
        };
        old.with_trust(source)
            .map_err(|error| CliError::Configuration(error.to_string()))
    }

    fn compare(
        &self,
        site: &Site,
        old: &Connection,
        new: &Connection,
        copy: Option<&MetadataCopy>,
    ) -> Result<Updated<'_>, CliError> {
        let present = site.metadata_copy(old)?;
        let now = site.now();
        let read = |connection: &Connection, copy: Option<&MetadataCopy>| {
            let document = copy.map(|copy| copy.document.as_slice());
            connection.trust().metadata(document, now).ok().flatten()
        };
        let kept = site.metadata_copy(new)?;
        let before = read(old, present.as_ref());
        let after = read(new, copy.or(kept.as_ref()));
        let base_url = self.base_url.of(site)?;
        let lines = |connection: &Connection| View::of(connection, base_url.get()).lines();
        let lines = Compared::between(&lines(old), &lines(new));
        Ok(Updated {
            connection: &self.id,
            updated: false,
            added: lines.added,
            removed: lines.removed,
            difference: before
                .zip(after)
                .filter(|_| self.source.is_given())
                .map(|(old, new)| Difference::between(&old, &new, now)),
        })
    }
}

/// The settings that another program changed since they were read first, and that `new` would change again: its change
/// would be lost.
fn overwritten(
    read: Option<&Connection>,
    now: &Connection,
    new: &Connection,
) -> Result<Vec<String>, CliError> {
    let Some(read) = read else {
        return Ok(Vec::new());
    };
    let fields = |connection: &Connection| match serde_json::to_value(connection) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(CliError::Io(error.to_string())),
    };
    let (read, now, new) = (fields(read)?, fields(now)?, fields(new)?);
    let names: BTreeSet<&String> = read.keys().chain(now.keys()).chain(new.keys()).collect();
    let lost = names.into_iter().filter(|name| {
        let is = now.get(*name);
        read.get(*name) != is && new.get(*name) != is
    });
    Ok(lost.map(|name| name.replace('_', "-")).collect())
}

/// A change, ready to be made.
struct Planned {
    old: Connection,
    new: Connection,
    copy: Option<MetadataCopy>,
}

const CHANGED: &str = "Another program changed the connection meanwhile. What would change now:\n";

const CHANGED_NOTE: &str =
    "note: another program changed the connection meanwhile; its change stays beside this one";

/// A word on people who would be turned away, because sign-ons look for what their identity provider does not send.
fn foreign(
    site: &Site,
    connection: &Connection,
    copy: Option<MetadataCopy>,
) -> Result<Option<String>, CliError> {
    let document = match copy {
        None => site.metadata_copy(connection)?,
        copy => copy,
    };
    let warning = site.link_rule_warning(connection, document.as_ref())?;
    Ok(warning.map(|warning| warning.to_string()))
}

impl Updated<'_> {
    fn text(&self, style: Style) -> String {
        let line = |sign, text: &String| format!("{sign} {}\n", printable(text));
        let mut text = String::new();
        for removed in &self.removed {
            text.push_str(&style.bad(&line('-', removed)));
        }
        for added in &self.added {
            text.push_str(&style.good(&line('+', added)));
        }
        match &self.difference {
            Some(difference) => text.push_str(&difference.text(style)),
            None if text.is_empty() => text.push_str("Nothing changes.\n"),
            None => {}
        }
        text
    }
}

/// Asks a person.
fn ask(shown: &str) -> Result<bool, CliError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let message =
            "there is no terminal to ask at: --yes changes it, --dry-run shows what would change";
        return Err(CliError::Usage(message.to_owned()));
    }
    let failed = |error: io::Error| CliError::Io(format!("cannot ask: {error}"));
    let mut stderr = io::stderr().lock();
    write!(stderr, "{shown}Change the connection? [y/N] ").map_err(failed)?;
    stderr.flush().map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::TrustSource;
    use crate::crypto::Fingerprint;

    fn acme(pins: &[&str], seats: Option<u32>) -> Connection {
        let pins: Vec<String> = pins.iter().map(|pin| pin.repeat(32)).collect();
        let pins = pins.iter().map(|pin| Fingerprint::parse(pin).unwrap());
        let builder = Connection::builder("acme").trust(TrustSource::Fingerprint {
            fingerprints: pins.collect(),
            entity_id: "https://idp.example/".to_owned(),
            sso_url: "https://idp.example/sso".to_owned(),
            slo_url: None,
        });
        let builder = match seats {
            Some(seats) => builder.seats(seats),
            None => builder,
        };
        builder.build().unwrap()
    }

    #[test]
    fn a_setting_that_two_writers_change_is_found() {
        let read = acme(&["aa"], None);
        for (now, new, expected) in [
            (
                acme(&["aa", "cc"], None),
                acme(&["aa", "bb"], None),
                &["trust"][..],
            ),
            (acme(&["aa"], Some(30)), acme(&["aa"], Some(20)), &["seats"]),
            (
                acme(&["cc"], Some(30)),
                acme(&["bb"], Some(20)),
                &["seats", "trust"],
            ),
            // The other's change stays beside this one, or is the same.
            (acme(&["aa"], Some(30)), acme(&["bb"], Some(30)), &[]),
            (acme(&["bb"], None), acme(&["bb"], Some(20)), &[]),
            (acme(&["aa"], Some(20)), acme(&["aa"], Some(20)), &[]),
        ] {
            assert_eq!(overwritten(Some(&read), &now, &new).unwrap(), expected);
            assert_eq!(overwritten(None, &now, &new).unwrap(), [""; 0]);
        }
        // Taken away, though another program set it anew.
        let (read, now) = (acme(&["aa"], Some(10)), acme(&["aa"], Some(30)));
        let lost = overwritten(Some(&read), &now, &acme(&["aa"], None));
        assert_eq!(lost.unwrap(), ["seats"]);
    }
}
