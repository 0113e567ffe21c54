//! `entrada connection add`.

use std::path::Path;

use super::super::Globals;
use super::super::consent::Consent;
use super::super::error::CliError;
use super::super::files::beside;
use super::super::output::Report;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use super::flags::SettingFlags;
use crate::admin::connections;
use crate::admin::connections::Added;
use crate::admin::connections::Change;
use crate::admin::connections::ReadConnection;
use crate::admin::connections::WrittenConnection;
use crate::admin::effects::Effects;
use crate::admin::log::time;
use crate::connection::ConnectionId;

/// Add a connection, and print what to paste into Entra
///
/// Whom it trusts comes from a metadata address (recommended; it is fetched now, to check it), a metadata file, a metadata query server, or
/// a certificate that you pin, by its SHA-256 or as a file. A connection without a usable signing key cannot be created.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Add {
    /// The connection's id: lower-case letters, digits and inner hyphens
    #[arg(value_name = "ID")]
    id: ConnectionId,
    #[command(flatten)]
    settings: SettingFlags<false>,
    /// Replace the connection of this id: its keys stay, and settings that you do not name go back to their defaults
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada connection add acme --base-url https://app.example.com \\
      --metadata-url 'https://login.microsoftonline.com/...?appid=APP'
  entrada connection add acme --metadata-file acme.xml --allow-idp-initiated \\
      --relay-state-target /reports --email-domain acme.example --sign-requests
  entrada connection add acme --fingerprint AB:CD:... \\
      --idp-entity-id https://sts.windows.net/TENANT/ \\
      --sso-url https://login.microsoftonline.com/TENANT/saml2

  entrada connection add uni --mdq https://mdq.example.org \\
      --idp-entity-id https://idp.uni.example/ --metadata-signer federation.pem

Exit codes:
  0  added
  1  you said no
  2  wrong usage, an id that is taken, or neither a terminal nor --yes where
     --replace resets settings
  3  settings that do not hold together, or nobody to trust
  4  the metadata address cannot be reached, or the store does not answer";

impl Add {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let written = WrittenConnection {
            id: self.id.to_string(),
            given: self.settings.read()?,
        };
        let read = written.read(&beside(Path::new("")));
        if let Some(file) = read.unreadable() {
            return Err(file.clone().into());
        }
        let site = Site::open(globals)?;
        let admin = site.admin();
        if self.consent.dry_run && !self.replace {
            return Err(CliError::Usage("--dry-run goes with --replace".to_owned()));
        }
        let added = match self.replace {
            false => site.run(connections::add(admin, &read))?,
            true => match replaced(&site, &read, &self.consent, &self.base_url)? {
                Ok(replaced) => replaced,
                Err(report) => return Ok(report),
            },
        };
        let site_url = self.base_url.keep(&site)?;
        let added = site.run(Added::of(admin, &added, site_url.get()))?;
        let verb = if added.replaced { "Replaced" } else { "Added" };
        let text = format!(
            "{verb} the connection {}.\n\n{}",
            self.id,
            added.entra.text()
        );
        let warnings = added.warnings.iter().map(ToString::to_string);
        let kept = site.run(connections::kept(admin))?;
        let kept = kept.iter().find(|kept| kept.connection == self.id);
        let kept = kept.filter(|_| !added.replaced).map(|kept| {
            format!(
                "note: a copy of the connection {} that was removed is kept until {}: entrada connection restore {} --as NEW",
                self.id,
                time(kept.until),
                self.id
            )
        });
        let notes: Vec<String> = warnings.chain(site_url.note()).chain(kept).collect();
        Ok(Report::new(text, &added).notes(notes))
    }
}

/// Puts the connection in the place of the one of its id; the report is that of a command that ends with nothing done.
fn replaced(
    site: &Site,
    read: &ReadConnection,
    consent: &Consent,
    base_url: &BaseUrlOption,
) -> Result<Result<Change, Report>, CliError> {
    let agree = |resets: &[String]| {
        let unnamed = match resets {
            [] => String::new(),
            names => format!(", which does not name {},", names.join(", ")),
        };
        let command = format!("connection add {} --replace{unnamed}", read.id());
        let would = Effects {
            settings: resets.len() as u64,
            ..Effects::default()
        };
        consent.ask(&command, &would)
    };
    let (admin, base_url) = (site.admin(), base_url.of(site)?);
    let mut ended = None;
    if consent.dry_run {
        let resets = site.run(connections::resets(admin, read, base_url.get()))?;
        ended = agree(&resets)?;
    }
    if let Some(report) = ended {
        return Ok(Err(report));
    }
    let replaced = connections::replace(admin, read, base_url.get(), |resets| {
        ended = agree(&resets)?;
        Ok::<bool, CliError>(ended.is_none())
    });
    let replaced = site.wait(replaced)?;
    Ok(replaced.ok_or_else(|| ended.unwrap_or_else(Report::silent)))
}
