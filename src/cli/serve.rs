//! `entrada serve`: runs the routes for the connections in the store, until it is told to stop.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;

use super::Globals;
use super::connection::SiteFile;
use super::error::CliError;
use super::input;
use super::log;
use super::log::LogFormat;
use super::output;
use super::output::Report;
use super::site::Site;
use crate::admin::AdminError;
use crate::admin::Class;
use crate::admin::connections;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::metadata::RefreshPolicy;
use crate::web;
use crate::web::BuildError;
use crate::web::Entrada;
use crate::web::EntradaBuilder;
use crate::web::PathPrefix;
use crate::web::ServeLimits;
use crate::web::TrustedProxyError;
use crate::web::trusted_network;

/// Serve the sign-on routes for the connections in the store
///
/// It speaks plain HTTP: a proxy in front of it terminates TLS. Connections that are added, changed or removed
/// by another `entrada` are taken up at once.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Serve {
    /// The address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address)]
    listen: Option<SocketAddr>,
    /// The address under which people reach the site [default: the one that the site keeps (`entrada site show`), or
    /// http://localhost with the port of --listen]
    #[arg(long, value_name = "URL", env = "ENTRADA_BASE_URL")]
    base_url: Option<String>,
    /// Another address to listen on, for /metrics and for /healthz and /readyz with the names of connections: a place that only your own machines reach
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address)]
    admin_listen: Option<SocketAddr>,
    /// A network of reverse proxies whose X-Forwarded-For, -Host and -Proto tell the client's address, the host it asked for and the scheme; may be given several times [default: none]
    #[arg(long, value_name = "CIDR", value_parser = trusted_proxy)]
    trusted_proxy: Vec<String>,
    /// Let an address for people that begins with http:// be served beyond loopback, where everybody on the way reads cookies
    #[arg(long)]
    danger_plain_http: bool,
    /// Treatment of the base URL's path by the proxy in front: stripped or kept [default: stripped]
    #[arg(long, value_name = "WHAT", value_parser = path_prefix)]
    path_prefix: Option<PathPrefix>,
    /// Settings in TOML: listen, base-url, path-prefix, database, metadata-refresh, and connections as `entrada connection apply` takes them
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    log: LogFormat,
}

const HELP: &str = "\
Examples:
  entrada serve --base-url https://app.example.com
  entrada serve --config /etc/entrada.toml --log-format json

Settings, of which the command line goes first:
  listen = \"127.0.0.1:8080\"
  base-url = \"https://app.example.com\"
  path-prefix = \"stripped\"  # or \"kept\": the path of base-url at the proxy
  database = \"sqlite:/var/lib/entrada/entrada.db\"
  admin-listen = \"127.0.0.1:9090\"
  trusted-proxy = [\"10.0.0.0/8\"]
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
  3  settings that do not hold together, or plain HTTP beyond loopback
  4  the address cannot be listened on, or the store does not answer";

impl Serve {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        log::start(self.log, "warn,entrada=info");
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
            None => kept_base_url(&database, listen)?,
        };
        let plain_http_allowed =
            self.danger_plain_http || file.as_ref().is_some_and(|file| file.danger_plain_http);
        let base_url = protected(listen, &base_url, plain_http_allowed)?;
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
fn kept_base_url(database: &str, listen: SocketAddr) -> Result<String, CliError> {
    let kept = Site::open_url(database)?.ask(|store| store.base_url())?;
    kept.map_or_else(|| default_base_url(listen), |kept| Ok(kept.to_string()))
}

fn path_prefix(text: &str) -> Result<PathPrefix, &'static str> {
    match text {
        "stripped" => Ok(PathPrefix::Stripped),
        "kept" => Ok(PathPrefix::Kept),
        _ => Err("expected stripped or kept"),
    }
}

/// Without an address for people, only loopback can be served: nobody else could reach it.
fn default_base_url(listen: SocketAddr) -> Result<String, CliError> {
    match listen.ip().to_canonical().is_loopback() {
        true => Ok(format!("http://localhost:{}", listen.port())),
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

struct Serving {
    listen: SocketAddr,
    admin_listen: Option<SocketAddr>,
    base_url: String,
    /// True if somebody has named the address for this run.
    is_named: bool,
    path_prefix: PathPrefix,
    database: String,
    refresh: RefreshPolicy,
    trusted_proxies: Vec<String>,
}

impl Serving {
    async fn serve(self, json: bool) -> Result<Report, CliError> {
        let stop = stop_signal()?;
        let (listener, address) = listen_on(self.listen).await?;
        let admin = match self.admin_listen {
            Some(address) => Some(listen_on(address).await?),
            None => None,
        };
        // Port 0 is for tests: which port it became is known only now, and another one the next time.
        let (base_url, is_lasting) = match self.base_url.strip_suffix(":0") {
            Some(start) => (format!("{start}:{}", address.port()), false),
            None => (self.base_url, self.is_named),
        };
        let builder = match is_lasting {
            true => Entrada::builder(&base_url),
            false => Entrada::builder(&base_url).base_url_for_this_run(),
        };
        let builder = builder
            .path_prefix(self.path_prefix)
            .store(self.database)
            .metadata_refresh(self.refresh);
        let proxies = self.trusted_proxies.into_iter();
        let builder = proxies.fold(builder, EntradaBuilder::trusted_proxy);
        let entrada = builder.build().await;
        let entrada = entrada.map_err(|error| start_error(&error))?;
        let admin_url = admin
            .as_ref()
            .map(|(_, address)| format!("http://{address}"));
        output::announce(
            &started(&format!("http://{address}"), &base_url, admin_url),
            json,
        );
        let (stopping, stopped) = watch::channel(());
        let until = |mut stopped: watch::Receiver<()>| async move {
            // An error means that the sender is gone, which ends the servers as well.
            let _ = stopped.changed().await;
        };
        let public = web::serve(listener, entrada.service())
            .with_graceful_shutdown(until(stopped.clone()))
            .into_future();
        let admin = admin.map(|(listener, _)| {
            web::serve(listener, entrada.probes())
                .limits(ServeLimits::connections(ADMINS))
                .with_graceful_shutdown(until(stopped.clone()))
                .into_future()
        });
        let served = async {
            match admin {
                Some(admin) => tokio::try_join!(public, admin).map(drop),
                None => public.await,
            }
        };
        let too_long = async {
            stop.await;
            tracing::info!("stopping: open requests are answered first");
            // The servers wait for this as long as they run.
            let _ = stopping.send(());
            tokio::time::sleep(PATIENCE).await;
        };
        tokio::select! {
            ended = served => ended.map_err(|error| CliError::Io(error.to_string()))?,
            () = too_long => tracing::warn!("some connections did not end in time"),
        }
        entrada.close().await;
        Ok(Report::silent())
    }
}

fn started(listening: &str, base_url: &str, admin: Option<String>) -> Report {
    let mut text = format!("Listening on {listening} for {base_url}");
    let mut started = json!({ "listening": listening, "base_url": base_url });
    if let Some(admin) = admin {
        text.push_str(&format!("\nMetrics and readiness on {admin}"));
        started["admin"] = admin.into();
    }
    Report::new(text, &started)
}

async fn listen_on(address: SocketAddr) -> Result<(TcpListener, SocketAddr), CliError> {
    let failed = |error| CliError::Io(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// A future that waits for SIGTERM or Ctrl-C. The signals are caught from this call on.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>, CliError> {
    let catch =
        |kind| signal(kind).map_err(|error| CliError::Io(format!("cannot catch signals: {error}")));
    let mut interrupt = catch(SignalKind::interrupt())?;
    let mut terminate = catch(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

pub(super) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Io(format!("cannot start: {error}")))
}

/// The error of a service provider that does not start.
pub(super) fn start_error(error: &BuildError) -> CliError {
    let class = match error {
        BuildError::BaseUrl(_) | BuildError::TrustedProxy(_) | BuildError::Connection(_) => {
            Class::Invalid
        }
        // An address that is not asked at all is no wrong usage here: nobody has typed it.
        BuildError::Store(_)
        | BuildError::Http(_)
        | BuildError::Change(AdminError::Fetch { .. }) => Class::Unreachable,
        BuildError::Change(error) => error.class(),
    };
    CliError::of(class, error.to_string())
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Connections to the admin listener at once: a few scrapers and probes.
const ADMINS: usize = 64;

/// Time for open requests once the server is to stop: less than the ten seconds after which container platforms kill.
const PATIENCE: Duration = Duration::from_secs(8);
