//! The table of the settings of a site. It makes the flags, the variables of the environment, the keys of the file,
//! `entrada config show`, and a part of `docs/settings.md`.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tracing_subscriber::EnvFilter;

use super::super::input;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::connection::Kind;
use crate::connection::Setting;
use crate::store;
use crate::web::pages::Brand;
use crate::web::trusted_network;

/// A setting of the site.
pub struct SiteSetting {
    /// Its name, kind, help and default.
    pub setting: Setting,
    /// The commands that it is a flag of, such as [`SERVE`].
    pub uses: u8,
    /// A value as it stands in a file.
    pub example: &'static str,
    /// True if it is shown only where it is the address of a store, without what is secret in it, or the name of a file.
    pub(super) is_secret: bool,
    check: fn(&Value) -> Result<(), String>,
    variables: &'static [&'static str],
}

/// Every command.
pub const EVERY: u8 = 1;
/// Commands that print addresses of the site.
pub const ADDRESSES: u8 = 2;
/// `entrada serve`.
pub const SERVE: u8 = 4;
/// Servers, which log.
pub const LOG: u8 = 8;
/// `entrada connection apply`, by a flag that it declares itself.
pub const APPLY: u8 = 16;
/// All settings that have a value at any time.
pub(in crate::cli) const ALL: u8 = EVERY | ADDRESSES | SERVE | LOG;
/// Flags that are refused as wrong usage; without it, what reads them says what is wrong with the address for people.
pub(in crate::cli) const JUDGED: u8 = 128;

/// The settings of a site.
pub static SITE_SETTINGS: &[SiteSetting] = &[
    text("database", "URL", "The store that holds connections and sessions")
        .default("sqlite:entrada.db", "\"sqlite:/var/lib/entrada/entrada.db\"")
        .of(EVERY)
        .secret(),
    row("database-file", Kind::File, "FILE", "A file that holds the URL of the store, for one with a password")
        .example("\"/run/secrets/database\"")
        .of(EVERY)
        .excludes(&["database"])
        .check(is_file_name),
    row(
        "no-migrate",
        Kind::Switch,
        "",
        "Use no store whose tables are of an earlier version: bring them up to date by entrada store migrate",
    )
    .example("true")
    .of(EVERY),
    text("base-url", "URL", "The address under which people reach the site")
        .default(
            "the one that the site keeps (`entrada site show`), or http://localhost (https with --tls-cert) with the port of --listen",
            "\"https://app.example.com\"",
        )
        .of(ADDRESSES | SERVE)
        .check(|value| {
            let parsed = as_text(value).parse::<BaseUrl>();
            parsed.map(drop).map_err(|error: BaseUrlError| error.to_string())
        }),
    text("listen", "ADDR", "The address to listen on")
        .default("127.0.0.1:8080", "\"127.0.0.1:8080\"")
        .check(is_socket_address),
    text(
        "admin-listen",
        "ADDR",
        "Another address to listen on, for /metrics and for /healthz and /readyz with the names of connections: a place that only your own machines reach",
    )
    .example("\"127.0.0.1:9090\"")
    .check(is_socket_address),
    text("trusted-proxy", "CIDR", "A network of reverse proxies whose X-Forwarded-For, -Host and -Proto tell the client's address, the host it asked for and the scheme; may be given several times")
        .default("none", "[\"10.0.0.0/8\"]")
        .repeats()
        .check(|value| trusted_network(as_text(value)).map(drop).map_err(|error| error.to_string())),
    row(
        "tls-cert",
        Kind::File,
        "FILE",
        "Speak TLS with this certificate, the chain of its issuers beside it; it is read again when it changes, and on SIGHUP",
    )
    .example("\"fullchain.pem\"")
    .needs(&["tls-key"]),
    row("tls-key", Kind::File, "FILE", "The private key of --tls-cert")
        .example("\"privkey.pem\"")
        .needs(&["tls-cert"])
        .check(is_file_name)
        .secret(),
    row(
        "danger-plain-http",
        Kind::Switch,
        "",
        "Let an address for people that begins with http:// be served beyond loopback, where everybody on the way reads cookies",
    )
    .example("true"),
    row(
        "path-prefix",
        Kind::Listed(&["stripped", "kept"]),
        "WHAT",
        "Treatment of the base URL's path by the proxy in front: stripped or kept",
    )
    .default("stripped", "\"stripped\""),
    text("brand-name", "NAME", "The name of the site on its pages")
        .example("\"Acme\"")
        .check(|value| holds(Brand::new(as_text(value)))),
    row(
        "brand-logo",
        Kind::File,
        "FILE",
        "A logo beside it: a PNG or an SVG of at most 64 KiB",
    )
    .example("\"logo.svg\"")
    .needs(&["brand-name"]),
    text("brand-colour", "HEX", "The colour of buttons on the pages, such as #0a5; the text on it is black or white")
        .example("\"#00aa55\"")
        .needs(&["brand-name"])
        .check(|value| holds(Brand::new("-").colour(as_text(value)))),
    row(
        "language",
        Kind::Listed(&["en", "de"]),
        "TAG",
        "A language of the pages, the first for whoever reads none of them; may be given several times",
    )
    .default("en and de", "[\"de\"]")
    .repeats(),
    refresh("metadata-refresh.interval", "Leave metadata alone for this long at most").default("3600", "3600"),
    refresh("metadata-refresh.floor", "Leave metadata alone for this long at least, whatever the publisher asks for")
        .default("300, or the interval where that is less", "300"),
    refresh("metadata-refresh.early-interval", "The time between two refreshes that unknown keys cause, for each connection")
        .default("300", "300"),
    row(
        "log-format",
        Kind::Listed(&["text", "json"]),
        "FORMAT",
        "The look of the log on stderr: lines for people, or one JSON object a line",
    )
    .default("text", "\"text\"")
    .of(LOG),
    text(
        "log-filter",
        "FILTER",
        "What is logged, such as debug or entrada=debug; without it warn, and of `serve` entrada=info too",
    )
    .example("\"warn,entrada=info\"")
    .of(LOG)
    .variables(&["ENTRADA_LOG", "RUST_LOG"])
    .check(|value| {
        let parsed = EnvFilter::try_new(as_text(value));
        let expected = "expected a filter such as debug or warn,entrada=debug";
        parsed.map(drop).map_err(|error| format!("{expected}; found {value}: {error}"))
    }),
    row("prune", Kind::Switch, "", "Remove connections that the file does not have")
        .example("true")
        .of(APPLY)
        .variables(&[]),
];

const fn row(
    name: &'static str,
    kind: Kind,
    value_name: &'static str,
    help: &'static str,
) -> SiteSetting {
    SiteSetting {
        setting: Setting::new(name, kind, value_name, help),
        uses: SERVE,
        example: "",
        is_secret: false,
        check: |_| Ok(()),
        variables: &[""],
    }
}

const fn text(name: &'static str, value_name: &'static str, help: &'static str) -> SiteSetting {
    row(name, Kind::Text, value_name, help)
}

const fn refresh(name: &'static str, help: &'static str) -> SiteSetting {
    row(name, Kind::Seconds, "SECONDS", help).check(|value| match value.as_u64() {
        Some(1..=REFRESH_MAX) => Ok(()),
        _ => Err(format!(
            "expected seconds from 1 to {REFRESH_MAX}, found {value}"
        )),
    })
}

impl SiteSetting {
    const fn default(mut self, default: &'static str, example: &'static str) -> SiteSetting {
        self.setting = self.setting.default(default);
        self.example(example)
    }

    const fn example(mut self, example: &'static str) -> SiteSetting {
        self.example = example;
        self
    }

    const fn repeats(mut self) -> SiteSetting {
        self.setting = self.setting.repeats();
        self
    }

    const fn excludes(mut self, others: &'static [&'static str]) -> SiteSetting {
        self.setting = self.setting.excludes(others);
        self
    }

    const fn needs(mut self, others: &'static [&'static str]) -> SiteSetting {
        self.setting = self.setting.needs(others);
        self
    }

    const fn of(mut self, uses: u8) -> SiteSetting {
        self.uses = uses;
        self
    }

    const fn secret(mut self) -> SiteSetting {
        self.is_secret = true;
        self
    }

    const fn check(mut self, check: fn(&Value) -> Result<(), String>) -> SiteSetting {
        self.check = check;
        self
    }

    const fn variables(mut self, variables: &'static [&'static str]) -> SiteSetting {
        self.variables = variables;
        self
    }

    /// The variables of the environment that give it, of which the first that is set counts.
    pub fn variables_of(&self) -> impl Iterator<Item = String> {
        let own = self.setting.name.replace(['-', '.'], "_").to_uppercase();
        let names = self.variables.iter();
        names.map(move |name| match *name {
            "" => format!("ENTRADA_{own}"),
            name => name.to_owned(),
        })
    }

    /// The setting whose value is the name of a file that holds this one.
    pub(super) fn in_file(&self) -> Option<&'static SiteSetting> {
        let mut all = SITE_SETTINGS.iter();
        all.find(|other| other.value_is_of(self))
    }

    fn value_is_of(&self, other: &SiteSetting) -> bool {
        self.setting.name.strip_suffix("-file") == Some(other.setting.name)
    }

    /// Reads a value as a flag or a variable has it.
    pub(super) fn read(&self, text: &str) -> Result<Value, String> {
        let value = match self.setting.kind {
            Kind::Switch => match text {
                "true" | "yes" | "on" | "1" => Value::Bool(true),
                "false" | "no" | "off" | "0" => Value::Bool(false),
                _ => return Err(format!("expected true or false, found {text:?}")),
            },
            Kind::Seconds => match text.parse::<u64>() {
                Ok(seconds) => Value::from(seconds),
                Err(_) => return Err(format!("expected a number of seconds, found {text:?}")),
            },
            _ => Value::from(text),
        };
        self.judge(&value).map(|()| value)
    }

    pub(super) fn may_show(&self, text: &str) -> bool {
        !self.is_secret || self.setting.kind == Kind::File || store::may_show(text)
    }

    /// Judges a value of its kind.
    pub(super) fn judge(&self, value: &Value) -> Result<(), String> {
        match self.setting.kind {
            Kind::Listed(words) if !words.contains(&as_text(value)) => {
                Err(format!("expected {}, found {value}", words.join(" or ")))
            }
            _ => (self.check)(value),
        }
    }
}

fn holds(brand: Brand) -> Result<(), String> {
    brand.checked().map(drop).map_err(|error| error.to_string())
}

fn as_text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The content of a file that was given in place of its name has several lines.
fn is_file_name(value: &Value) -> Result<(), String> {
    match as_text(value).contains(['\r', '\n']) {
        true => Err("expected the name of a file, found a text of several lines".to_owned()),
        false => Ok(()),
    }
}

fn is_socket_address(value: &Value) -> Result<(), String> {
    let address: Result<SocketAddr, _> = input::socket_address(as_text(value));
    address
        .map(drop)
        .map_err(|expected| format!("{expected}; found {value}"))
}

/// A day: until the next refresh a key counts that the metadata lists no longer.
const REFRESH_MAX: u64 = Duration::from_hours(24).as_secs();

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::metadata::RefreshPolicy;

    #[test]
    fn names_and_variables_come_once_and_what_looks_like_a_value_is_one() {
        let names: BTreeSet<_> = SITE_SETTINGS.iter().map(|row| row.setting.name).collect();
        let variables = SITE_SETTINGS.iter().flat_map(SiteSetting::variables_of);
        let variables: Vec<String> = variables.collect();
        let once: BTreeSet<&String> = variables.iter().collect();
        assert_eq!(
            (names.len(), once.len()),
            (SITE_SETTINGS.len(), variables.len())
        );
        for row in SITE_SETTINGS {
            let example: toml::Table = format!("x = {}", row.example).parse().unwrap();
            let example = serde_json::to_value(&example["x"]).unwrap();
            for value in row.setting.values(example).unwrap() {
                assert_eq!(row.judge(&value), Ok(()), "{}", row.setting.name);
            }
            for other in row.setting.needs.iter().chain(row.setting.excludes) {
                assert!(names.contains(other), "{other}");
            }
        }
    }

    #[test]
    fn numbers_are_the_defaults_of_the_site() {
        let policy = RefreshPolicy::default();
        for (name, default) in [
            ("interval", policy.interval),
            ("floor", policy.floor),
            ("early-interval", policy.early_interval),
        ] {
            let name = format!("metadata-refresh.{name}");
            let row = SITE_SETTINGS.iter().find(|row| row.setting.name == name);
            assert_eq!(row.unwrap().example, default.as_secs().to_string());
        }
    }

    #[test]
    fn a_text_that_is_no_value_is_refused_in_words() {
        let read = |name: &str, text: &str| {
            let row = SITE_SETTINGS.iter().find(|row| row.setting.name == name);
            row.unwrap().read(text).unwrap_err()
        };
        for (name, text, expected) in [
            ("listen", "nonsense", "expected IP:PORT"),
            ("trusted-proxy", "10.0.0.0/33", "such as 10.0.0.0/8"),
            ("danger-plain-http", "maybe", "expected true or false"),
            ("path-prefix", "gone", "expected stripped or kept"),
            ("metadata-refresh.interval", "0", "from 1 to 86400, found 0"),
            (
                "metadata-refresh.floor",
                "86401",
                "from 1 to 86400, found 86401",
            ),
            (
                "metadata-refresh.early-interval",
                "1h",
                "a number of seconds",
            ),
            ("log-filter", "entrada=loud", "expected a filter"),
            ("base-url", "http://app.example.com", "not https"),
        ] {
            let refused = read(name, text);
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
