//! `entrada check`: every problem of a site in one list, before somebody meets it at the door.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;

use super::Globals;
use super::connection::SiteFile;
use super::error::CliError;
use super::error::Exit;
use super::input;
use super::output::Report;
use super::output::Style;
use super::output::counted;
use super::output::printable;
use super::site::Site;
use crate::admin::check;
use crate::admin::check::Finding;
use crate::admin::check::MetadataAddress;
use crate::admin::check::SiteCheck;
use crate::connection::BaseUrl;
use crate::store::file_of;

/// Report every problem in configuration, keys, store, metadata, clock, expiring certificates and tokens
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Check {
    /// The settings of `entrada serve` to check too
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address under which people reach the site
    #[arg(long, value_name = "URL", env = "ENTRADA_BASE_URL")]
    base_url: Option<String>,
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
        let mut findings = Vec::new();
        let file = match self.config.as_deref().map(SiteFile::read).transpose() {
            Ok(file) => file,
            Err(error) => {
                let (code, message) = ("configuration-unreadable", error.to_string());
                findings.push(Finding::new("configuration", code, message));
                None
            }
        };
        let from_file = file.as_ref().and_then(|file| file.base_url.as_deref());
        let base_url = self.base_url.as_deref().or(from_file);
        let listen = file.as_ref().and_then(|file| file.listen.as_deref());
        let read = file.as_ref().map(SiteFile::connections).unwrap_or_default();
        let now = Timestamp::now();
        findings.extend(check::configuration(base_url, listen, &read, now));
        let [certificate, key] = file.as_ref().map(SiteFile::tls).unwrap_or_default();
        findings.extend(check::tls(certificate.as_deref(), key.as_deref(), now));
        let base_url: Option<BaseUrl> = base_url.and_then(|url| url.parse().ok());
        let database = match (&globals.database, file.and_then(|file| file.database)) {
            (None, Some(url)) => url,
            _ => globals.database().to_owned(),
        };
        let address = match self.offline {
            true => MetadataAddress::LeftAlone,
            false => MetadataAddress::Asked,
        };
        let mut connections = 0;
        match open(&database) {
            Ok(site) => {
                if let Some(path) = file_of(&database) {
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
fn open(database: &str) -> Result<Site, Finding> {
    if file_of(database).is_some_and(|path| fs::metadata(path).is_err()) {
        let message = format!(
            "{database} is not there or cannot be read; `entrada connection add` makes it, --database names another"
        );
        return Err(Finding::new("store", "store-unavailable", message));
    }
    let runtime = input::runtime();
    let runtime = runtime.map_err(|error| Finding::store_unavailable("store", &error))?;
    Site::connect(runtime, database).map_err(|error| Finding::store_unavailable("store", &error))
}

fn text(checked: &SiteCheck, style: Style) -> String {
    let connections = counted(checked.connections as u64, "connection");
    let SiteCheck { findings, .. } = checked;
    if findings.is_empty() {
        return format!("{} nothing found; {connections} checked", style.pass());
    }
    let lines = findings.iter().map(|finding| {
        let Finding { subject, code, .. } = finding;
        let message = printable(&finding.message);
        format!("{} {subject}: {message} [{code}]\n", style.fail())
    });
    let findings = counted(findings.len() as u64, "finding");
    lines.collect::<String>() + &format!("{findings}; {connections} checked\n")
}
