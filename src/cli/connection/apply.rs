//! `entrada connection apply`.

use std::path::PathBuf;

use serde_json::json;

use super::super::Globals;
use super::super::consent::Consent;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::output::rows;
use super::super::settings::ADDRESSES;
use super::super::settings::EVERY;
use super::super::settings::SettingsFile;
use super::super::site::Site;
use super::super::site::differs;
use super::super::usable_store::usable;
use crate::admin::connections;
use crate::admin::connections::Applied;
use crate::admin::connections::GivenSettings;
use crate::admin::log::time;
use crate::configuration::first_base_url;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;

/// Make the store's connections those of a file
///
/// Connections of the file are created or updated; a second run changes nothing. If anything is wrong, all of it
/// is reported, and nothing is changed.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Apply {
    /// The connections, in TOML [default: the file of --config]
    #[arg(value_name = "FILE.toml")]
    file: Option<PathBuf>,
    /// Remove connections that the file does not have (in the file: prune = true)
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    consent: Consent,
}

const HELP: &str = "\
Examples:
  entrada connection apply connections.toml
  entrada connection apply connections.toml --prune --dry-run
  entrada connection apply --config /etc/entrada/entrada.toml

Keys are the flags of `entrada connection add`; files are looked for beside it.
A flag that may be repeated takes a list. Keys that `entrada key` made stay:
  prune = false
  [[connection]]
  id = \"acme\"
  metadata-url = \"https://login.microsoftonline.com/...?appid=APP\"
  allow-idp-initiated = true
  relay-state-target = [\"/reports\"]
  email-domain = [\"acme.example\"]
  scim-rate = 100
  scim-burst = 400
  sign-requests = true
  [[connection]]
  id = \"globex\"
  fingerprint = [\"AB:CD:...\"]
  idp-entity-id = \"https://sts.windows.net/TENANT/\"
  sso-url = \"https://login.microsoftonline.com/TENANT/saml2\"

Exit codes:
  0  the store has the connections of the file
  1  you said no
  2  wrong usage, a file that cannot be read, or neither a terminal nor --yes
     where people are shut out, or --prune takes more away than bare
     connections
  3  wrong settings, or nobody to trust; nothing was changed
  4  a metadata address cannot be reached (nothing was changed), or the store
     does not answer";

impl Apply {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let own = self.file.as_deref().map(SettingsFile::read).transpose()?;
        let files: Vec<&SettingsFile> = own.iter().chain(globals.file()?).collect();
        let Some(file) = files.first() else {
            let expected = "expected a file of connections, by its name or by --config";
            return Err(CliError::Usage(expected.to_owned()));
        };
        let settings = globals.resolve(EVERY | ADDRESSES, &GivenSettings::default(), &files);
        let settings = settings.valid(EVERY)?;
        let base_url = settings.base_url();
        let read = file.connections()?;
        let site = Site::open_url(usable(&settings)?)?;
        let prunes = self.prune || file.prunes();
        if self.consent.dry_run {
            let plan = site.run(connections::foresee(site.admin(), &read, prunes))?;
            let text = format!("{}Nothing was done.", text(&plan));
            let json = json!({ "dry_run": true, "would": plan.effects, "plan": plan });
            return Ok(Report::new(text, &json).notes(notes(&plan)));
        }
        let would = site.run(connections::would_apply(site.admin(), &read, prunes))?;
        let command = match prunes {
            true => "connection apply --prune",
            false => "connection apply",
        };
        if let Some(report) = self.consent.ask(command, &would)? {
            return Ok(report);
        }
        let mut applied = site.run(connections::apply(site.admin(), &read))?;
        let note = keep_base_url(&site, base_url.as_ref())?;
        if prunes {
            site.run(connections::prune(site.admin(), &read, &mut applied))?;
        }
        let turning_away = site.run(connections::turning_away(site.admin(), &read))?;
        let turning_away = turning_away.iter().map(|(id, one)| format!("{id}: {one}"));
        let said = notes(&applied).into_iter().chain(turning_away);
        Ok(Report::new(text(&applied), &applied).notes(note.into_iter().chain(said)))
    }
}

/// Has the site keep the address of the file, if it keeps none yet; says where it keeps another one.
fn keep_base_url(site: &Site, url: Option<&BaseUrl>) -> Result<Option<String>, CliError> {
    let Some(url) = url else {
        return Ok(None);
    };
    let kept = site.ask(|store| first_base_url(store, url))?;
    Ok((kept != *url).then(|| differs(url, &kept)))
}

/// The notes of what a file did without naming it.
fn notes(applied: &Applied) -> Vec<String> {
    let reset = applied.reset.iter();
    let note = |(id, names): (&ConnectionId, &Vec<String>)| {
        let names = names.join(", ");
        format!("note: {id}: the file does not name {names}: back to the default")
    };
    let open = applied.left_open.iter().map(|id| {
        format!("note: {id} lets in everybody whom the identity provider vouches for, and the file does not name sign-on; once a cycle of provisioning has finished: entrada connection update {id} --sign-on provisioned-only")
    });
    let kept = applied.kept_until.map(|until| {
        let until = time(until);
        format!(
            "note: copies of what was removed are kept until {until}: entrada connection restore ID"
        )
    });
    reset.map(note).chain(open).chain(kept).collect()
}

fn text(applied: &Applied) -> String {
    let list = |ids: &[ConnectionId]| {
        let ids: Vec<&str> = ids.iter().map(ConnectionId::as_str).collect();
        if ids.is_empty() {
            "none".to_owned()
        } else {
            ids.join(", ")
        }
    };
    rows(
        0,
        [
            ("created", list(&applied.created).into()),
            ("updated", list(&applied.updated).into()),
            ("unchanged", list(&applied.unchanged).into()),
            ("removed", list(&applied.removed).into()),
        ],
    )
}
