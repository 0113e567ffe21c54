//! `entrada site`: the settings of the site as a whole, which the store keeps.

use clap::Subcommand;
use serde_json::json;

use super::Globals;
use super::consent::Consent;
use super::error::CliError;
use super::output::Report;
use super::output::counted;
use super::output::rows;
use super::site::Site as OpenSite;
use crate::admin::effects::Effects;
use crate::admin::site_settings;
use crate::connection::BaseUrl;

/// Show and change what holds for the site as a whole
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Site {
    /// Show the settings of the site
    #[command(after_help = HELP)]
    Show,
    #[command(subcommand)]
    Set(Set),
}

/// Change a setting of the site
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Set {
    BaseUrl(SetBaseUrl),
}

const HELP: &str = "\
Examples:
  entrada site show
  entrada site show --json | jq -r .base_url
  entrada site set base-url https://app.example.com

The base URL is the address under which people reach the site. The first
command that is given one (--base-url, ENTRADA_BASE_URL, a server\'s settings,
or Entrada::builder in an app) sets it. A different one holds for that run
alone, with a warning.

Exit codes:
  0  printed, or set
  1  you said no
  2  wrong usage, or addresses of connections would change, and there is
     neither a terminal nor --yes
  4  the store does not answer";

/// The address under which people reach the site
///
/// Entity IDs and addresses of connections that have none of their own begin with it: paste them into Entra anew. A server that
/// runs keeps the address that it started with.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct SetBaseUrl {
    /// An https address, or plain http on loopback
    #[arg(value_name = "URL")]
    url: BaseUrl,
    #[command(flatten)]
    consent: Consent,
}

impl Site {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = OpenSite::open(globals)?;
        match self {
            Site::Show => show(&site),
            Site::Set(Set::BaseUrl(command)) => command.run(&site),
        }
    }
}

fn show(site: &OpenSite) -> Result<Report, CliError> {
    let url = site.run(site_settings::address(site.admin(), None))?.kept;
    let text = match &url {
        Some(url) => rows(0, [("Base URL", url.as_str().into())]),
        None => "The site has no base URL yet: entrada site set base-url https://…".to_owned(),
    };
    Ok(Report::new(text, &json!({ "base_url": url })))
}

impl SetBaseUrl {
    fn run(self, site: &OpenSite) -> Result<Report, CliError> {
        let would = site.run(site_settings::would_move(site.admin(), &self.url))?;
        let effects = Effects {
            connections: would.connections as u64,
            ..Effects::default()
        };
        let takes = format!(
            "site set base-url changes the addresses of {}: nobody signs on over them until they are pasted into Entra anew",
            counted(effects.connections, "connection")
        );
        let asks = !effects.is_nothing();
        if let Some(report) = self.consent.ask_beside(&takes, &effects, asks, json!({}))? {
            return Ok(report);
        }
        let moved = site.run(site_settings::set_address(site.admin(), &self.url))?;
        let text = format!("The base URL of the site is {}.", self.url);
        let note = match moved.before {
            Some(before) if moved.connections > 0 => Some(format!(
                "note: it was {before}: the addresses of connections change with it; paste them into Entra anew (entrada connection show ID), and start servers again"
            )),
            _ => None,
        };
        let json = json!({ "base_url": self.url });
        Ok(Report::new(text, &json).notes(note))
    }
}
