//! The settings of a site and where each comes from: the command line, the environment, a credential of systemd, a file, or
//! the default.

mod file;
mod flags;
mod level;
mod table;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

pub(in crate::cli) use self::file::SettingsFile;
pub(in crate::cli) use self::flags::Flags;
pub(in crate::cli) use self::flags::flag;
pub(in crate::cli) use self::flags::given;
use self::level::Level;
pub(in crate::cli) use self::level::Origin;
pub(in crate::cli) use self::level::variable;
pub use self::table::ADDRESSES;
pub(in crate::cli) use self::table::ALL;
pub use self::table::APPLY;
pub use self::table::EVERY;
pub(in crate::cli) use self::table::JUDGED;
pub use self::table::LOG;
pub use self::table::SERVE;
pub use self::table::SITE_SETTINGS;
pub use self::table::SiteSetting;
use super::error::CliError;
use super::input::without_secrets;
use crate::address::REDACTED;
use crate::address::shown;
use crate::admin::connections::GivenSettings;
use crate::admin::connections::path;
use crate::connection::BaseUrl;
use crate::metadata::RefreshPolicy;

/// The settings of some uses, each with its origin.
pub(in crate::cli) struct Settings {
    values: BTreeMap<&'static str, (Vec<Value>, Origin)>,
    pub(in crate::cli) problems: Vec<Problem>,
}

/// A value that a setting cannot have, or that does not go with the others.
pub(in crate::cli) struct Problem {
    pub(in crate::cli) name: &'static str,
    reason: String,
    origin: Origin,
}

impl Settings {
    /// Looks for each setting in the flags, the environment, the credentials, and the files, in this order.
    pub(in crate::cli) fn resolve(
        uses: u8,
        flags: [&GivenSettings; 2],
        files: &[&SettingsFile],
    ) -> Settings {
        let flags = flags.into_iter().map(Level::CommandLine);
        let files = files.iter().map(|file| Level::File(file));
        let levels: Vec<Level> = flags
            .chain([Level::Environment, Level::Credentials])
            .chain(files)
            .collect();
        let mut settings = Settings {
            values: BTreeMap::new(),
            problems: Vec::new(),
        };
        let rows = SITE_SETTINGS.iter();
        for row in rows.filter(|row| row.uses & uses != 0) {
            let found = levels.iter().find_map(|level| level.value(row));
            let default = || {
                let default = row.setting.default.and_then(|text| row.read(text).ok());
                default.map(|value| (Ok(vec![value]), Origin::Default))
            };
            if let Some((values, origin)) = found.or_else(default) {
                settings.take(row, values, origin);
            }
        }
        settings.judge_together();
        settings
    }

    fn take(&mut self, row: &SiteSetting, values: Result<Vec<Value>, String>, origin: Origin) {
        let name = row.setting.name;
        let judged = values.and_then(|values| {
            let mut judged = values.iter().map(|value| row.judge(value));
            judged.try_for_each(|one| one).map(|()| values)
        });
        match judged {
            Ok(values) => {
                self.values.insert(name, (values, origin));
            }
            Err(reason) => self.problems.push(Problem {
                name,
                reason,
                origin,
            }),
        }
    }

    /// Judges what does not depend on one setting alone.
    fn judge_together(&mut self) {
        for setting in SITE_SETTINGS.iter().map(|row| &row.setting) {
            let Some((_, origin)) = self.values.get(setting.name) else {
                continue;
            };
            let needs = setting.needs.iter();
            for other in needs.filter(|other| !self.values.contains_key(*other)) {
                self.problems.push(Problem {
                    name: setting.name,
                    reason: format!("it and {other} go together: that is missing"),
                    origin: origin.clone(),
                });
            }
        }
        let RefreshPolicy {
            interval, floor, ..
        } = self.metadata_refresh();
        if let Some((_, origin)) = self.values.get(FLOOR).filter(|_| floor > interval) {
            self.problems.push(Problem {
                name: FLOOR,
                reason: format!(
                    "expected one that is no longer than the interval of {} seconds, found {}",
                    interval.as_secs(),
                    floor.as_secs()
                ),
                origin: origin.clone(),
            });
        }
    }

    /// The settings where nothing is wrong with them. Wrong values of the command line and the environment are wrong usage, but
    /// where a server starts.
    pub(in crate::cli) fn valid(self, uses: u8) -> Result<Settings, CliError> {
        if self.problems.is_empty() {
            return Ok(self);
        }
        let given = |problem: &Problem| {
            matches!(
                problem.origin,
                Origin::CommandLine | Origin::Environment { .. }
            )
        };
        let is_usage = uses & (SERVE | LOG) == 0 && self.problems.iter().all(given);
        let texts = self.problems.iter().map(ToString::to_string);
        let text = texts.collect::<Vec<_>>().join("\n");
        Err(match is_usage {
            true => CliError::Usage(text),
            false => CliError::Configuration(text),
        })
    }

    /// The values of a setting as they may be shown, and their origin.
    pub(in crate::cli) fn shown(&self, row: &SiteSetting) -> (Vec<Value>, Origin) {
        let found = self.values.get(row.setting.name);
        let (values, origin) = found.cloned().unwrap_or((Vec::new(), Origin::Default));
        let show = |value: Value| match value.as_str() {
            Some(text) if row.may_show(text) => Value::from(shown(text)),
            Some(_) => Value::from(REDACTED),
            None => value,
        };
        (values.into_iter().map(show).collect(), origin)
    }

    pub(in crate::cli) fn database(&self) -> &str {
        self.text("database").unwrap_or("sqlite:entrada.db")
    }

    pub(in crate::cli) fn database_file(&self) -> Option<PathBuf> {
        self.all("database-file").first().map(path)
    }

    /// The origin of the store's path, where a file gives one that is another file in every folder.
    pub(in crate::cli) fn relative_database(&self) -> Option<&Origin> {
        let (_, origin) = self.values.get("database")?;
        let path = self.database().strip_prefix("sqlite:")?;
        let is_relative = !path.starts_with([':', '/']);
        Some(origin).filter(|origin| is_relative && matches!(origin, Origin::File { .. }))
    }

    pub(in crate::cli) fn base_url(&self) -> Option<BaseUrl> {
        self.parsed("base-url")
    }

    pub(in crate::cli) fn listen(&self) -> SocketAddr {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        self.parsed("listen").unwrap_or(default)
    }

    pub(in crate::cli) fn admin_listen(&self) -> Option<SocketAddr> {
        self.parsed("admin-listen")
    }

    pub(in crate::cli) fn trusted_proxies(&self) -> Vec<String> {
        self.texts("trusted-proxy")
    }

    /// The files of the certificate and of its key.
    pub(in crate::cli) fn tls(&self) -> [Option<PathBuf>; 2] {
        ["tls-cert", "tls-key"].map(|name| self.all(name).first().map(path))
    }

    pub(in crate::cli) fn allows_plain_http(&self) -> bool {
        self.all("danger-plain-http").contains(&Value::Bool(true))
    }

    pub(in crate::cli) fn migrates_by_hand(&self) -> bool {
        self.all("no-migrate").contains(&Value::Bool(true))
    }

    pub(in crate::cli) fn keeps_path_prefix(&self) -> bool {
        self.text("path-prefix") == Some("kept")
    }

    /// The name, the file of the logo and the colour of the brand.
    pub(in crate::cli) fn brand(&self) -> Option<(&str, Option<PathBuf>, Option<&str>)> {
        let logo = self.all("brand-logo").first().map(path);
        Some((self.text("brand-name")?, logo, self.text("brand-colour")))
    }

    pub(in crate::cli) fn languages(&self) -> Vec<String> {
        self.texts("language")
    }

    pub(in crate::cli) fn metadata_refresh(&self) -> RefreshPolicy {
        let read = |name: &str, default: Duration| {
            let seconds = self.all(name).first().and_then(Value::as_u64);
            seconds.map_or(default, Duration::from_secs)
        };
        let default = RefreshPolicy::default();
        let interval = read("metadata-refresh.interval", default.interval);
        RefreshPolicy {
            interval,
            // An interval of a minute says what is wanted: the floor's default is no reason to refuse it.
            floor: read(FLOOR, default.floor.min(interval)),
            early_interval: read("metadata-refresh.early-interval", default.early_interval),
        }
    }

    pub(in crate::cli) fn logs_json(&self) -> bool {
        self.text("log-format") == Some("json")
    }

    pub(in crate::cli) fn log_filter(&self) -> Option<&str> {
        self.text("log-filter")
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.all(name).first()?.as_str()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.all(name).iter().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    fn all(&self, name: &str) -> &[Value] {
        self.values.get(name).map_or(&[], |(values, _)| values)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Problem {
            name,
            reason,
            origin,
        } = self;
        let reason = without_secrets(reason);
        match origin {
            Origin::CommandLine => write!(f, "--{name}: {reason}"),
            Origin::Environment { variable } => write!(f, "{variable}: {reason}"),
            origin => write!(f, "{name}: {reason} ({origin})"),
        }
    }
}

const FLOOR: &str = "metadata-refresh.floor";
