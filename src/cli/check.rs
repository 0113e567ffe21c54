//! `entrada check`: every problem of a site in one list, before somebody meets it at the door.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::Globals;
use super::certificate::CertificateFacts;
use super::certificate::Validity;
use super::certificate::days;
use super::connection::SiteFile;
use super::error::CliError;
use super::error::Exit;
use super::metadata::Warning;
use super::output::Report;
use super::output::Style;
use super::output::printable;
use super::site::Site;
use super::token::expiry_message;
use crate::admin::check;
use crate::admin::check::Finding;
use crate::admin::check::Findings;
use crate::admin::connections;
use crate::admin::credentials::CredentialExpiry;
use crate::admin::credentials::expiring;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::KeyState;
use crate::connection::MisplacedAcs;

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

impl From<CredentialExpiry> for Finding {
    fn from(expiry: CredentialExpiry) -> Finding {
        Finding {
            subject: expiry.connection.to_string(),
            code: expiry.code(),
            message: expiry_message(&expiry),
            days: Some(expiry.level.days()),
        }
    }
}

#[derive(Serialize)]
struct Checked {
    findings: Vec<Finding>,
    connections: usize,
}

impl Check {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let mut findings = Findings::default();
        let file = self.check_configuration(&mut findings);
        let from_file = file.as_ref().and_then(|file| file.base_url.clone());
        let given = self.base_url.clone().or(from_file);
        let base_url = given.as_deref().and_then(|url| url.parse().ok());
        let database = match (&globals.database, file.and_then(|file| file.database)) {
            (None, Some(url)) => url,
            _ => globals.database().to_owned(),
        };
        let connections = match open(&database) {
            Ok(site) => {
                if let Some(path) = file_of(&database) {
                    findings.0.extend(check::store_file(Path::new(path)));
                }
                check_base_url(&site, given.as_deref(), &mut findings);
                check_site(&site, self.offline, base_url.as_ref(), &mut findings)
            }
            Err(message) => {
                findings.add("store", "store-unavailable", message);
                0
            }
        };
        let checked = Checked {
            findings: findings.0,
            connections,
        };
        let exit = match checked.findings.is_empty() {
            true => Exit::Done,
            false => Exit::Refused,
        };
        Ok(Report::new(checked.text(style), &checked).exit(exit))
    }

    /// Checks what does not need the store.
    fn check_configuration(&self, findings: &mut Findings) -> Option<SiteFile> {
        let file = match self.config.as_deref().map(SiteFile::read) {
            None => None,
            Some(Ok(file)) => Some(file),
            Some(Err(error)) => {
                findings.add(CONFIGURATION, "configuration-unreadable", error.to_string());
                None
            }
        };
        let from_file = file.as_ref().and_then(|file| file.base_url.as_ref());
        if let Some(Err(error)) = self
            .base_url
            .as_ref()
            .or(from_file)
            .map(|url| url.parse::<BaseUrl>())
        {
            findings.add(CONFIGURATION, "base-url", error.to_string());
        }
        let listen = file.as_ref().and_then(|file| file.listen.as_deref());
        if listen.is_some_and(|address| address.parse::<std::net::SocketAddr>().is_err()) {
            let message = "listen: expected an address such as 127.0.0.1:8080";
            findings.add(CONFIGURATION, "listen-address", message.to_owned());
        }
        for problem in file
            .iter()
            .filter_map(|file| file.connections(&[]).err())
            .flatten()
        {
            findings.add(CONFIGURATION, "connection-settings", problem);
        }
        file
    }
}

const CONFIGURATION: &str = "configuration";

fn add_warning(findings: &mut Findings, subject: impl ToString, warning: Warning) {
    findings.0.push(Finding {
        subject: subject.to_string(),
        code: warning.code,
        message: warning.text(),
        days: warning.days,
    });
}

/// The file of the store, if it has one.
fn file_of(database: &str) -> Option<&str> {
    database
        .strip_prefix("sqlite:")
        .filter(|path| *path != ":memory:")
}

/// Opens the store, but makes none: a check changes nothing.
fn open(database: &str) -> Result<Site, String> {
    if file_of(database).is_some_and(|path| fs::metadata(Path::new(path)).is_err()) {
        return Err(format!(
            "{database} is not there or cannot be read; `entrada connection add` makes it, --database names another"
        ));
    }
    Site::open_url(database).map_err(|error| error.to_string())
}

/// Says that the site keeps another address than it is given. A check keeps none.
fn check_base_url(site: &Site, given: Option<&str>, findings: &mut Findings) {
    let Some(given) = given.and_then(|url| url.parse::<BaseUrl>().ok()) else {
        return;
    };
    if let Ok(Some(kept)) = site.ask(|store| store.base_url())
        && kept != given
    {
        let message = format!(
            "the site keeps the base URL {kept}, and is given {given}: entrada site set base-url {given} changes what it keeps"
        );
        findings.add(CONFIGURATION, "base-url-differs", message);
    }
}

/// Checks the store and all that it holds; says how many connections there are.
fn check_site(
    site: &Site,
    offline: bool,
    base_url: Option<&BaseUrl>,
    findings: &mut Findings,
) -> usize {
    let now = site.now();
    if let Err(error) = site.ask(|store| store.ping()) {
        findings.add("store", "store-unavailable", error.to_string());
    }
    let connections = match site.ask(|store| store.connections()) {
        Ok(connections) => connections,
        Err(error) => {
            findings.add("store", "store-unavailable", error.to_string());
            return 0;
        }
    };
    if connections.is_empty() {
        let message = "there are no connections, so nobody can sign on: entrada connection add";
        findings.add("store", "no-connections", message.to_owned());
    }
    let clock = check::clock(site.admin(), &connections);
    findings.0.extend(site.wait(|_| clock));
    check_tokens(site, now, findings);
    for connection in &connections {
        findings.0.extend(check::settings(connection));
        if let Some(misplaced) = misplaced_for(site, connection, base_url) {
            add_warning(findings, connection.id(), Warning::of_acs(misplaced));
        }
        if let Err(error) = check_connection(site, connection, offline, now, findings) {
            findings.add(connection.id(), "store-unavailable", error.to_string());
        }
        let people = check::people(site.admin(), connection);
        findings.0.extend(site.wait(|_| people));
    }
    connections.len()
}

/// Finds faults of an ACS at the address that was given, beside those at the address that the site keeps.
fn misplaced_for(
    site: &Site,
    connection: &Connection,
    base_url: Option<&BaseUrl>,
) -> Option<MisplacedAcs> {
    let kept = site.ask(|store| store.base_url()).ok().flatten();
    let known = connection.misplaced_acs(kept.as_ref());
    let found = connection.misplaced_acs(Some(base_url?));
    found.filter(|found| known != Some(*found))
}

/// Provisioning stops on the day when its token ends.
fn check_tokens(site: &Site, now: Timestamp, findings: &mut Findings) {
    match site.ask(|store| store.credentials(None)) {
        Ok(credentials) => findings
            .0
            .extend(expiring(&credentials, now).into_iter().map(Finding::from)),
        Err(error) => findings.add("store", "store-unavailable", error.to_string()),
    }
}

fn check_connection(
    site: &Site,
    connection: &Connection,
    offline: bool,
    now: Timestamp,
    findings: &mut Findings,
) -> Result<(), CliError> {
    let id = connection.id();
    let copy = site.metadata_copy(connection)?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    if let Err(error) = connection.trust().trust(document, now) {
        findings.add(id, "nobody-to-trust", error.to_string());
    }
    for warning in site.warnings(connection, now)? {
        add_warning(findings, id, warning);
    }
    let standing = site.run(connections::standing(site.admin(), connection, now))?;
    if let Some(failure) = standing.failure() {
        let message = format!(
            "the last refresh failed, at {}: {}",
            failure.at, failure.reason
        );
        findings.add(id, "metadata-not-refreshed", message);
    }
    if !offline {
        check_address(site, connection, document, findings);
    }
    check_own_key(connection, now, findings);
    Ok(())
}

/// Asks whether the metadata address answers, with keys that the copy has.
fn check_address(
    site: &Site,
    connection: &Connection,
    copy: Option<&[u8]>,
    findings: &mut Findings,
) {
    let id = connection.id();
    let fetched = match site.first_copy(connection) {
        Ok(Some(fetched)) => fetched.document,
        Ok(None) => return,
        Err(error @ CliError::Configuration(_)) => {
            return findings.add(id, "metadata-unusable", error.to_string());
        }
        Err(error) => return findings.add(id, "metadata-unreachable", error.to_string()),
    };
    let now = site.now();
    let certificates = |document: &[u8]| {
        let trust = connection.trust().trust(Some(document), now).ok()?;
        Some(trust.certificates().to_vec())
    };
    if copy.is_some_and(|copy| certificates(copy) != certificates(&fetched)) {
        let message = "the metadata address lists other certificates than the copy in the store: `entrada serve` takes them with its next refresh";
        findings.add(id, "metadata-changed", message.to_owned());
    }
}

fn check_own_key(connection: &Connection, now: Timestamp, findings: &mut Findings) {
    let id = connection.id();
    for (key_id, state, key) in connection.sp_keys().iter() {
        let certificate = match key.signer() {
            Ok(signer) => signer.certificate().clone(),
            Err(error) => {
                let message = format!("our own key {key_id}: {error}");
                findings.add(id, "own-key-unusable", message);
                continue;
            }
        };
        let facts = CertificateFacts::of(&certificate, now);
        if state != KeyState::Old && facts.state() != Validity::Valid {
            let message = format!("our own certificate {} is not valid now", facts.sha256());
            findings.add(id, "own-certificate-expired", message);
        } else if state != KeyState::Old && facts.days_left() < DAYS_TO_MENTION {
            let left = days(facts.days_left());
            let message = format!(
                "our own certificate {} expires in {left}: entrada key new {id}, and upload our metadata before it is activated",
                facts.sha256()
            );
            findings.add(id, "own-certificate-expires-soon", message);
        }
    }
}

/// Days before its end at which our own certificate is mentioned, as with everybody's.
const DAYS_TO_MENTION: i64 = 60;

impl Checked {
    fn text(&self, style: Style) -> String {
        let count = self.connections;
        let connections = format!("{count} connection{}", if count == 1 { "" } else { "s" });
        if self.findings.is_empty() {
            return format!("{} nothing found; {connections} checked", style.pass());
        }
        let mut text = String::new();
        for finding in &self.findings {
            let Finding {
                subject,
                code,
                message,
                ..
            } = finding;
            let message = printable(message);
            text.push_str(&format!("{} {subject}: {message} [{code}]\n", style.fail()));
        }
        let count = self.findings.len();
        let findings = format!("{count} finding{}", if count == 1 { "" } else { "s" });
        text + &format!("{findings}; {connections} checked\n")
    }
}
