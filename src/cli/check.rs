//! `entrada check`: every problem of a site in one list, before somebody meets it at the door.

use std::error::Error;
use std::fs;

use super::Globals;
use super::error::CliError;
use super::error::Exit;
use super::findings;
use super::input;
use super::output::Report;
use super::output::Style;
use super::output::counted;
use super::settings::ADDRESSES;
use super::settings::Flags;
use super::settings::Settings;
use super::site::Site;
use super::usable_store::usable;
use crate::admin::check;
use crate::admin::check::Finding;
use crate::admin::check::MetadataAddress;
use crate::admin::check::SiteCheck;
use crate::admin::store;
use crate::store::file_of;

/// Report every problem in configuration, keys, store, metadata, clock, expiring certificates and tokens
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Check {
    #[command(flatten)]
    flags: Flags<ADDRESSES>,
    /// Ask no metadata address whether it answers
    #[arg(long)]
    offline: bool,
}

const HELP: &str = "\
Examples:
  entrada check
  entrada check --config /etc/entrada.toml --json | jq -r '.findings[].code'

Exit codes:
  0  nothing found
  1  findings
  2  wrong usage";

impl Check {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let (settings, mut findings) = findings::of_settings(globals, self.flags.given());
        let base_url = settings.base_url();
        let database = settings.database();
        let address = match self.offline {
            true => MetadataAddress::LeftAlone,
            false => MetadataAddress::Asked,
        };
        let mut connections = 0;
        match open(&settings) {
            Ok(site) => {
                if let Some(path) = file_of(database) {
                    findings.extend(check::store_file(path));
                }
                let checked = site.wait(check::site(site.admin(), base_url.as_ref(), address));
                findings.extend(checked.findings);
                connections = checked.connections;
            }
            Err(finding) => findings.push(finding),
        }
        let checked = SiteCheck {
            findings,
            connections,
        };
        let exit = Exit::refused_if(!checked.findings.is_empty());
        Ok(Report::new(text(&checked, style), &checked).exit(exit))
    }
}

/// Opens the store, but makes none: a check changes nothing.
pub(super) fn open(settings: &Settings) -> Result<Site, Finding> {
    let database = settings.database();
    let unavailable = |error: &(dyn Error + 'static)| Finding::store_unavailable("store", error);
    let runtime = input::runtime().map_err(|error| unavailable(&error))?;
    if file_of(database).is_some_and(|path| fs::metadata(path).is_err())
        && let Err(error) = runtime.block_on(store::facts(database))
    {
        let mut finding = unavailable(&error);
        finding.message += "; --database names another, and `entrada connection add` makes one";
        return Err(finding);
    }
    usable(settings).map_err(|error| unavailable(&error))?;
    Site::connect(runtime, database).map_err(|error| unavailable(&error))
}

fn text(checked: &SiteCheck, style: Style) -> String {
    let connections = counted(checked.connections as u64, "connection");
    let SiteCheck { findings, .. } = checked;
    if findings.is_empty() {
        return format!("{} nothing found; {connections} checked", style.pass());
    }
    let lines = findings::lines(findings, style);
    let findings = counted(findings.len() as u64, "finding");
    lines + &format!("{findings}; {connections} checked\n")
}
