//! `entrada serve`: runs the routes for the connections in the store, until it is told to stop.

mod running;

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;

use self::running::Serving;
pub(super) use self::running::runtime;
use self::running::scheme;
pub(super) use self::running::start_error;
pub(super) use self::running::stop_signal;
use super::Globals;
use super::connection::SiteFile;
use super::error::CliError;
use super::input;
use super::log;
use super::log::LogFormat;
use super::output::Report;
use super::site::Site;
use crate::admin::connections;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::metadata::RefreshPolicy;
use crate::web::PathPrefix;
use crate::web::Tls;
use crate::web::TlsError;
use crate::web::TrustedProxyError;
use crate::web::trusted_network;

/// Serve the sign-on routes for the connections in the store
///
/// It speaks plain HTTP to a proxy in front of it that terminates TLS, or TLS by itself with --tls-cert and --tls-key. Connections that are added, changed or removed
/// by another `entrada` are taken up at once.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Serve {
    /// The address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address)]
    listen: Option<SocketAddr>,
    /// The address under which people reach the site [default: the one that the site keeps (`entrada site show`), or
    /// http://localhost (with --tls-cert https) with the port of --listen]
    #[arg(long, value_name = "URL", env = "ENTRADA_BASE_URL")]
    base_url: Option<String>,
    /// Another address to listen on, for /metrics and for /healthz and /readyz with the names of connections: a place that only your own machines reach
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address)]
    admin_listen: Option<SocketAddr>,
    /// A network of reverse proxies whose X-Forwarded-For, -Host and -Proto tell the client's address, the host it asked for and the scheme; may be given several times [default: none]
    #[arg(long, value_name = "CIDR", value_parser = trusted_proxy)]
    trusted_proxy: Vec<String>,
    /// Speak TLS with this certificate, the chain of its issuers beside it; it is read again when it changes, and on SIGHUP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Let an address for people that begins with http:// be served beyond loopback, where everybody on the way reads cookies
    #[arg(long)]
    danger_plain_http: bool,
    /// Treatment of the base URL's path by the proxy in front: stripped or kept [default: stripped]
    #[arg(long, value_name = "WHAT", value_parser = path_prefix)]
    path_prefix: Option<PathPrefix>,
    /// Settings in TOML: listen, base-url, path-prefix, database, tls-cert, tls-key, metadata-refresh, and connections as `entrada connection apply` takes them
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    log: LogFormat,
}

const HELP: &str = "\
Examples:
  entrada serve --base-url https://app.example.com
  entrada serve --config /etc/entrada.toml --log-format json
  entrada serve --listen 0.0.0.0:443 --tls-cert full.pem --tls-key key.pem

Settings, of which the command line goes first:
  listen = \"127.0.0.1:8080\"
  base-url = \"https://app.example.com\"
  path-prefix = \"stripped\"  # or \"kept\": the path of base-url at the proxy
  database = \"sqlite:/var/lib/entrada/entrada.db\"
  admin-listen = \"127.0.0.1:9090\"
  trusted-proxy = [\"10.0.0.0/8\"]
  tls-cert = \"fullchain.pem\"  # beside this file
  tls-key = \"privkey.pem\"
  danger-plain-http = false
  [metadata-refresh]    # seconds; these are the defaults
  interval = 3600       # left alone at most
  floor = 300           # left alone at least
  early-interval = 300  # between refreshes for unknown keys
  [[connection]]        # as in entrada connection apply --help

Environment:
  ENTRADA_LOG   what is logged, such as debug or entrada=debug (or RUST_LOG)

Exit codes:
  0  ended by SIGTERM or Ctrl-C
  2  wrong usage, or settings that cannot be read
  3  settings, certificates or a filter of the log that do not hold, or plain
     HTTP beyond loopback
  4  the address cannot be listened on, or the store does not answer";

impl Serve {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        log::start(self.log, "warn,entrada=info")?;
        let file = match &self.config {
            Some(path) => Some(SiteFile::read(path)?),
            None => None,
        };
        let setting = |of: fn(&SiteFile) -> Option<&String>| file.as_ref().and_then(of).cloned();
        let listen = setting(|file| file.listen.as_ref());
        let listen = address(self.listen, "listen", listen)?.unwrap_or(DEFAULT_LISTEN);
        let admin_listen = setting(|file| file.admin_listen.as_ref());
        let admin_listen = address(self.admin_listen, "admin-listen", admin_listen)?;
        let path_prefix = match (self.path_prefix, setting(|file| file.path_prefix.as_ref())) {
            (Some(prefix), _) => prefix,
            (None, Some(text)) => path_prefix(&text).map_err(|expected| {
                CliError::Configuration(format!("path-prefix: {expected}; found {text:?}"))
            })?,
            (None, None) => PathPrefix::default(),
        };
        let tls = match [self.tls_cert, self.tls_key] {
            [None, None] => file.as_ref().map(SiteFile::tls).unwrap_or_default(),
            given => given,
        };
        let tls = tls_of(tls)?;
        let database = match &globals.database {
            Some(url) => url.clone(),
            None => setting(|file| file.database.as_ref())
                .unwrap_or_else(|| globals.database().to_owned()),
        };
        let named = self
            .base_url
            .or_else(|| setting(|file| file.base_url.as_ref()));
        let is_named = named.is_some();
        let base_url = match named {
            Some(url) => url,
            None => kept_base_url(&database, listen, tls.is_some())?,
        };
        let plain_http_allowed =
            self.danger_plain_http || file.as_ref().is_some_and(|file| file.danger_plain_http);
        let base_url = protected(listen, &base_url, plain_http_allowed)?;
        if tls.is_some() && base_url.starts_with("http:") {
            return Err(CliError::Configuration(format!(
                "the server speaks TLS, and the address for people is {base_url}: expected --base-url with an https address"
            )));
        }
        let refresh = match &file {
            Some(file) => refresh_policy(file)?,
            None => RefreshPolicy::default(),
        };
        let trusted_proxies = match &file {
            Some(file) if self.trusted_proxy.is_empty() => trusted_proxies(file)?,
            _ => self.trusted_proxy,
        };
        if let Some(file) = &file {
            let site = Site::open_url(&database)?;
            site.run(connections::apply(site.admin(), &file.connections()))?;
        }
        let serving = Serving {
            listen,
            admin_listen,
            base_url,
            is_named,
            path_prefix,
            database,
            refresh,
            trusted_proxies,
            tls,
        };
        runtime()?.block_on(serving.serve(globals.json))
    }
}

/// An address of the command line, or else one of the file.
fn address(
    given: Option<SocketAddr>,
    name: &str,
    setting: Option<String>,
) -> Result<Option<SocketAddr>, CliError> {
    let Some(text) = setting.filter(|_| given.is_none()) else {
        return Ok(given);
    };
    let parsed = input::socket_address(&text);
    let parsed = parsed
        .map_err(|expected| CliError::Configuration(format!("{name}: {expected}; found {text:?}")));
    parsed.map(Some)
}

/// Cookies of a site in plain HTTP have no `Secure`, and everybody on the way reads them: it stays on the machine. Returns
/// the address as the site writes it.
fn protected(
    listen: SocketAddr,
    base_url: &str,
    plain_http_allowed: bool,
) -> Result<String, CliError> {
    let base_url: BaseUrl = base_url
        .parse()
        .map_err(|error: BaseUrlError| CliError::Configuration(error.to_string()))?;
    let on_loopback = listen.ip().to_canonical().is_loopback();
    if !base_url.is_plain_http() || on_loopback || plain_http_allowed {
        return Ok(base_url.to_string());
    }
    Err(CliError::Configuration(format!(
        "{listen} is not on loopback, and {base_url} is plain HTTP: whoever is on the way reads passwords and cookies. Expected --base-url with an https address, a --listen on 127.0.0.1, or --danger-plain-http"
    )))
}

/// The address that the site keeps, or that of this machine.
fn kept_base_url(database: &str, listen: SocketAddr, tls: bool) -> Result<String, CliError> {
    let kept = Site::open_url(database)?.ask(|store| store.base_url())?;
    kept.map_or_else(
        || default_base_url(listen, tls),
        |kept| Ok(kept.to_string()),
    )
}

/// The certificate and the key of these files.
fn tls_of(files: [Option<PathBuf>; 2]) -> Result<Option<Tls>, CliError> {
    match files {
        [None, None] => Ok(None),
        [Some(certificate), Some(key)] => {
            let opened = Tls::open(certificate, key).map(Some);
            opened.map_err(|error: TlsError| CliError::Configuration(error.to_string()))
        }
        _ => Err(CliError::Configuration(
            "tls-cert and tls-key go together: one of them is missing".to_owned(),
        )),
    }
}

fn path_prefix(text: &str) -> Result<PathPrefix, &'static str> {
    match text {
        "stripped" => Ok(PathPrefix::Stripped),
        "kept" => Ok(PathPrefix::Kept),
        _ => Err("expected stripped or kept"),
    }
}

/// Without an address for people, only loopback can be served: nobody else could reach it.
fn default_base_url(listen: SocketAddr, tls: bool) -> Result<String, CliError> {
    match listen.ip().to_canonical().is_loopback() {
        true => Ok(format!("{}://localhost:{}", scheme(tls), listen.port())),
        false => Err(CliError::Usage(format!(
            "{listen} is not on loopback: expected --base-url with the https address under which people reach the site"
        ))),
    }
}

fn trusted_proxy(text: &str) -> Result<String, TrustedProxyError> {
    trusted_network(text).map(|_| text.to_owned())
}

/// The networks of trusted proxies in a file, or the first that is none.
fn trusted_proxies(file: &SiteFile) -> Result<Vec<String>, CliError> {
    let networks = file.trusted_proxy.iter().map(|text| trusted_proxy(text));
    let networks: Result<_, _> = networks.collect();
    networks.map_err(|error| CliError::Configuration(format!("trusted-proxy: {error}")))
}

fn refresh_policy(file: &SiteFile) -> Result<RefreshPolicy, CliError> {
    let numbers = file.metadata_refresh.policy();
    numbers.map_err(|problems| CliError::Configuration(problems.join("\n")))
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
