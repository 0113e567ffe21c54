//! The creation and the rotation of credentials of any kind: the arguments that these commands share, the consent where the first credential
//! of a connection ends sessions, and what has become of the connection's door.

use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;

use super::consent::Consent;
use super::duration::duration;
use super::error::CliError;
use super::output::Report;
use super::output::counted;
use super::site::BaseUrlOption;
use super::site::Site;
use super::site::SiteUrl;
use crate::admin::Done;
use crate::admin::credentials;
use crate::admin::credentials::CredentialEntered;
use crate::admin::credentials::CredentialMade;
use crate::admin::credentials::CredentialRotated;
use crate::admin::credentials::NewCredential;
use crate::admin::effects::Effects;
use crate::admin::log::time;
use crate::admin::provisioning;
use crate::admin::provisioning::Beginning;
use crate::admin::warnings::Warning;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::SignOnPolicy;
use crate::provisioning::ScimCredential;
use crate::token::Token;

/// The arguments of each command that creates a credential.
#[derive(clap::Args)]
pub(super) struct CreateOptions {
    /// The connection that it opens, and no other
    #[arg(value_name = "CONNECTION")]
    pub(super) connection: ConnectionId,
    /// Its purpose, in your words
    #[arg(long, value_name = "TEXT")]
    pub(super) label: Option<String>,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    pub(super) base_url: BaseUrlOption,
}

impl CreateOptions {
    /// Creates a credential with a secret. `command` is its name, such as "token create"; `noun` names its kind.
    pub(super) fn create(
        &self,
        site: &Site,
        command: &str,
        noun: &str,
        new: NewCredential,
        show: ShowSecret,
    ) -> Result<Report, CliError> {
        if let Some(report) = self.ask(site, command)? {
            return Ok(report);
        }
        let created = credentials::create(site.admin(), &self.connection, new);
        let created = site.run(created)?;
        let base_url = self.base_url.keep(site)?;
        let shown = show(&created.credential, &created.secret, "", base_url.get());
        Ok(report(&created, noun, shown, &base_url))
    }

    /// Asks where the first credential of the connection ends sessions; the report where whoever runs the command does not agree.
    pub(super) fn ask(&self, site: &Site, command: &str) -> Result<Option<Report>, CliError> {
        let present = site.connection(&self.connection)?;
        let would = site.run(provisioning::foresee(site.admin(), &present))?;
        let would = Effects {
            sessions: would.sessions,
            ..Effects::default()
        };
        self.consent
            .ask(&format!("{command} {}", self.connection), &would)
    }
}

/// The arguments of each command that replaces a secret.
#[derive(clap::Args)]
pub(super) struct RotateOptions {
    /// The time for which the old one goes on
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub(super) overlap: SignedDuration,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

impl RotateOptions {
    /// Rotates a secret after consent to the effects. `command` is the name with its argument, such as "token rotate ID".
    pub(super) fn rotate(
        &self,
        site: &Site,
        command: &str,
        effects: impl Future<Output = Done<Effects>>,
        rotation: impl Future<Output = Done<CredentialRotated>>,
        show: ShowSecret,
    ) -> Result<Report, CliError> {
        if let Some(report) = self.consent.ask(command, &site.run(effects)?)? {
            return Ok(report);
        }
        let rotated = site.run(rotation)?;
        let base_url = self.base_url.keep(site)?;
        let (old, end) = (&rotated.old, rotated.old_expires);
        let more = format!(" The old one, {old}, ends at {}.", time(end));
        let (text, mut json) = show(&rotated.credential, &rotated.secret, &more, base_url.get());
        json["rotated"] = json!({ "id": old, "expires_at": end });
        Ok(Report::new(text, &json).notes(base_url.note()))
    }
}

/// Shows a credential with its secret, as text and as JSON; the third argument stands behind the first sentence.
pub(super) type ShowSecret = fn(&ScimCredential, &Token, &str, &BaseUrl) -> (String, Value);

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
