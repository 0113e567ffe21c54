//! Findings: what is wrong with the settings of a site, and how findings are printed.

use jiff::Timestamp;

use super::Globals;
use super::output::Style;
use super::output::printable;
use super::settings::ALL;
use super::settings::Settings;
use super::settings::SettingsFile;
use crate::admin::check;
use crate::admin::check::Finding;
use crate::admin::connections::GivenSettings;

/// The settings, with the flags of a command, and everything that is wrong with them and with the connections of the file.
pub(super) fn of_settings(globals: &Globals, flags: &GivenSettings) -> (Settings, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut add = |code, message: String| {
        let lines = message.lines();
        let one = |line: &str| Finding::new("configuration", code, line.to_owned());
        findings.extend(lines.map(one));
    };
    let unreadable = "configuration-unreadable";
    let file = globals.file().unwrap_or_else(|error| {
        add(unreadable, error.to_string());
        None
    });
    let settings = globals.resolve(ALL, flags, file.as_slice());
    for problem in &settings.problems {
        let code = match problem.name {
            "base-url" => "base-url",
            "listen" => "listen-address",
            "tls-cert" | "tls-key" => "tls-files",
            _ => "setting",
        };
        add(code, problem.to_string());
    }
    if let Some(origin) = settings.relative_database() {
        let database = settings.database();
        let message = format!(
            "database: {database} is another file in every folder; expected an absolute path, such as sqlite:/var/lib/entrada/entrada.db ({origin})"
        );
        add("database-relative", message);
    }
    let read = file.map(SettingsFile::connections).transpose();
    let read = read.unwrap_or_else(|error| {
        add(unreadable, error.to_string());
        None
    });
    let now = Timestamp::now();
    findings.extend(check::configuration(&read.unwrap_or_default(), now));
    if let Some(file) = settings.database_file() {
        let what = "the file with the address of the store";
        findings.extend(check::secret_file(&file, "database-file-readable", what));
    }
    if let [Some(certificate), Some(key)] = settings.tls() {
        findings.extend(check::tls(certificate, key, now));
    }
    (settings, findings)
}

pub(super) fn lines(findings: &[Finding], style: Style) -> String {
    let lines = findings.iter().map(|finding| {
        let Finding { subject, code, .. } = finding;
        let message = printable(&finding.message);
        format!("{} {subject}: {message} [{code}]\n", style.fail())
    });
    lines.collect()
}
