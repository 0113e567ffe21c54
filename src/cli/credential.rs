//! The making of a credential of any kind, by the commands that draw one: it asks where the first one of a connection ends sessions, and tells
//! what has become of the connection's door.

use std::ops::ControlFlow;

use serde_json::Value;
use serde_json::json;

use super::consent::Consent;
use super::error::CliError;
use super::output::Report;
use super::output::counted;
use super::site::Site;
use super::site::SiteUrl;
use crate::admin::credentials;
use crate::admin::credentials::CredentialEntered;
use crate::admin::credentials::CredentialMade;
use crate::admin::credentials::NewCredential;
use crate::admin::effects::Effects;
use crate::admin::provisioning;
use crate::admin::provisioning::Beginning;
use crate::admin::warnings::Warning;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::SignOnPolicy;

/// Makes a credential, or ends the command with a report where whoever runs it does not agree to what it takes away.
pub(super) fn made(
    site: &Site,
    id: &ConnectionId,
    new: NewCredential,
    consent: &Consent,
    command: &str,
) -> Result<ControlFlow<Report, CredentialMade>, CliError> {
    if let Some(report) = asked(site, id, consent, command)? {
        return Ok(ControlFlow::Break(report));
    }
    let made = site.run(credentials::create(site.admin(), id, new))?;
    Ok(ControlFlow::Continue(made))
}

/// Asks where the first credential of a connection ends sessions; the report where whoever runs the command does not agree.
pub(super) fn asked(
    site: &Site,
    id: &ConnectionId,
    consent: &Consent,
    command: &str,
) -> Result<Option<Report>, CliError> {
    let present = site.connection(id)?;
    let would = site.run(provisioning::foresee(site.admin(), &present))?;
    let would = Effects {
        sessions: would.sessions,
        ..Effects::default()
    };
    consent.ask(command, &would)
}

/// The things that a new credential began.
pub(super) struct Began<'a> {
    connection: &'a Connection,
    beginning: Beginning,
    warning: Option<&'a Warning>,
}

impl<'a> From<&'a CredentialMade> for Began<'a> {
    fn from(made: &'a CredentialMade) -> Began<'a> {
        Began {
            connection: &made.connection,
            beginning: made.beginning,
            warning: made.warning.as_ref(),
        }
    }
}

impl<'a> From<&'a CredentialEntered> for Began<'a> {
    fn from(entered: &'a CredentialEntered) -> Began<'a> {
        Began {
            connection: &entered.connection,
            beginning: entered.beginning,
            warning: entered.warning.as_ref(),
        }
    }
}

/// The report of a credential that was made: `shown` as text and as JSON, with what it began. `noun` names its kind.
pub(super) fn report<'a>(
    began: impl Into<Began<'a>>,
    noun: &str,
    shown: (String, Value),
    base_url: &SiteUrl,
) -> Report {
    let (text, mut json) = shown;
    let began = began.into();
    let first = format!("this is the first {noun} of {}", began.connection.id());
    let door = Door::of(&first, began.connection, began.beginning);
    if let Some(door) = &door {
        door.tell(&mut json);
    }
    let warning = began.warning.map(ToString::to_string);
    let door = door.map(|door| door.note);
    let notes = base_url.note().into_iter().chain(door).chain(warning);
    Report::new(text, &json).notes(notes)
}

/// The door of a connection, once provisioning has begun with a first token or first users.
pub(super) struct Door {
    pub(super) note: String,
    sign_on: SignOnPolicy,
    beginning: Beginning,
}

impl Door {
    /// The door, if provisioning has begun; `first` says by what.
    pub(super) fn of(first: &str, connection: &Connection, beginning: Beginning) -> Option<Door> {
        let id = connection.id();
        let sign_on = connection.sign_on().policy;
        let ended = match beginning.sessions {
            0 => String::new(),
            some => format!(
                "; {} ended, those people sign in once more",
                counted(some, "session")
            ),
        };
        let note = match sign_on {
            // An earlier attempt may have switched it.
            SignOnPolicy::JustInTimeUntilProvisioned => format!(
                "note: {first}, and it is {}: it lets in everybody whom the identity provider vouches for{ended}; once a cycle of provisioning has finished, close the door: entrada connection update {id} --sign-on provisioned-only (docs/directory.md)",
                sign_on.name()
            ),
            SignOnPolicy::ProvisionedOnly => format!(
                "note: {first}: from now on only people who are provisioned come in, and all others are signed out; to let people in until the first cycle is through, run `entrada connection update {id} --sign-on just-in-time-until-provisioned` (docs/directory.md)"
            ),
            _ => format!(
                "note: {first}: whoever is signed in without a user of the directory is signed out, and signs in once more"
            ),
        };
        beginning.is_first.then_some(Door {
            note,
            sign_on,
            beginning,
        })
    }

    /// Adds to JSON what has become of the door.
    pub(super) fn tell(&self, json: &mut Value) {
        json["sign_on"] = json!(self.sign_on);
        json["switched"] = json!(self.beginning.switches);
        json["sessions_ended"] = json!(self.beginning.sessions);
    }
}
