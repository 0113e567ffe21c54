//! `entrada check`: every problem of a site in one list, before somebody meets it at the door.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use super::Globals;
use super::connection::SiteFile;
use super::error::CliError;
use super::error::Exit;
use super::output::Report;
use super::output::Style;
use super::output::counted;
use super::output::printable;
use super::site::Site;
use crate::admin::check;
use crate::admin::check::Finding;
use crate::admin::check::MetadataAddress;
use crate::admin::check::SiteCheck;
use crate::admin::connections;
use crate::connection::BaseUrl;

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
        let file = self.check_configuration(&mut findings);
        let from_file = file.as_ref().and_then(|file| file.base_url.as_ref());
        let base_url = self.base_url.as_ref().or(from_file);
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
            Err(message) => findings.push(Finding::store_unavailable("store", message)),
        }
        let checked = SiteCheck {
            findings,
            connections,
        };
        let exit = Exit::refused_if(!checked.findings.is_empty());
        Ok(Report::new(text(&checked, style), &checked).exit(exit))
    }

    /// Checks what does not need the store.
    fn check_configuration(&self, findings: &mut Vec<Finding>) -> Option<SiteFile> {
        let mut add = |code, message: String| {
            findings.push(Finding::new("configuration", code, message));
        };
        let file = match self.config.as_deref().map(SiteFile::read).transpose() {
            Ok(file) => file,
            Err(error) => {
                add("configuration-unreadable", error.to_string());
                None
            }
        };
        let from_file = file.as_ref().and_then(|file| file.base_url.as_ref());
        let base_url = self.base_url.as_ref().or(from_file);
        if let Some(Err(error)) = base_url.map(|url| url.parse::<BaseUrl>()) {
            add("base-url", error.to_string());
        }
        let listen = file.as_ref().and_then(|file| file.listen.as_deref());
        if listen.is_some_and(|address| address.parse::<SocketAddr>().is_err()) {
            let message = "listen: expected an address such as 127.0.0.1:8080";
            add("listen-address", message.to_owned());
        }
        let read = file.as_ref().map(SiteFile::connections);
        let wanted = read.map(|read| connections::wanted(&read, &[], Timestamp::now()));
        for problem in wanted.and_then(Result::err).into_iter().flatten() {
            add("connection-settings", problem);
        }
        file
    }
}

fn file_of(database: &str) -> Option<&Path> {
    let path = database.strip_prefix("sqlite:")?;
    (path != ":memory:").then(|| Path::new(path))
}

/// Opens the store, but makes none: a check changes nothing.
fn open(database: &str) -> Result<Site, String> {
    if file_of(database).is_some_and(|path| fs::metadata(path).is_err()) {
        return Err(format!(
            "{database} is not there or cannot be read; `entrada connection add` makes it, --database names another"
        ));
    }
    Site::open_url(database).map_err(|error| error.to_string())
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
