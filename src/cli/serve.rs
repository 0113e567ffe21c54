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

use super::Globals;
use super::connection::SiteFile;
use super::error::CliError;
use super::input;
use super::log;
use super::log::LogFormat;
use super::output;
use super::output::Report;
use super::site::Site;
use crate::metadata::RefreshPolicy;
use crate::web::BuildError;
use crate::web::Entrada;

/// Serve the sign-on routes for the connections in the store
///
/// It speaks plain HTTP: a proxy in front of it terminates TLS. Connections that are added, changed or removed
/// by another `entrada` are taken up at once.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Serve {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = input::socket_address)]
    listen: Option<SocketAddr>,
    /// The address under which people reach the site [default: http://localhost with the port of --listen]
    #[arg(long, value_name = "URL", env = "ENTRADA_BASE_URL")]
    base_url: Option<String>,
    /// Settings in TOML: listen, base-url, database, metadata-refresh, and connections as `entrada connection apply` takes them
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
  database = \"sqlite:/var/lib/entrada/entrada.db\"
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
  3  settings that do not hold together
  4  the address cannot be listened on, or the store does not answer";

impl Serve {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        log::start(self.log, "warn,entrada=info");
        let file = match &self.config {
            Some(path) => Some(SiteFile::read(path)?),
            None => None,
        };
        let setting = |of: fn(&SiteFile) -> Option<&String>| file.as_ref().and_then(of).cloned();
        let listen = match (self.listen, setting(|file| file.listen.as_ref())) {
            (Some(address), _) => address,
            (None, Some(text)) => input::socket_address(&text).map_err(|expected| {
                CliError::Configuration(format!("listen: {expected}; found {text:?}"))
            })?,
            (None, None) => DEFAULT_LISTEN,
        };
        let base_url = self
            .base_url
            .or_else(|| setting(|file| file.base_url.as_ref()))
            .map_or_else(|| default_base_url(listen), Ok)?;
        let database = match &globals.database {
            Some(url) => url.clone(),
            None => setting(|file| file.database.as_ref())
                .unwrap_or_else(|| globals.database().to_owned()),
        };
        let refresh = match &file {
            Some(file) => refresh_policy(file)?,
            None => RefreshPolicy::default(),
        };
        if let Some(file) = &file {
            file.apply(&Site::open_url(&database)?)?;
        }
        let serving = Serving {
            base_url,
            database,
            refresh,
        };
        runtime()?.block_on(serve(listen, serving, globals.json))
    }
}

/// Without an address for people, only loopback can be served: nobody else could reach it.
fn default_base_url(listen: SocketAddr) -> Result<String, CliError> {
    match listen.ip().is_loopback() {
        true => Ok(format!("http://localhost:{}", listen.port())),
        false => Err(CliError::Usage(format!(
            "{listen} is not on loopback: expected --base-url with the https address under which people reach the site"
        ))),
    }
}

fn refresh_policy(file: &SiteFile) -> Result<RefreshPolicy, CliError> {
    let numbers = file.metadata_refresh.policy();
    numbers.map_err(|problems| CliError::Configuration(problems.join("\n")))
}

/// What is served, and how.
struct Serving {
    base_url: String,
    database: String,
    refresh: RefreshPolicy,
}

async fn serve(listen: SocketAddr, serving: Serving, json: bool) -> Result<Report, CliError> {
    let Serving {
        base_url,
        database,
        refresh,
    } = serving;
    let stop = stop_signal()?;
    let io = |error| CliError::Io(format!("cannot listen on {listen}: {error}"));
    let listener = TcpListener::bind(listen).await.map_err(io)?;
    let address = listener.local_addr().map_err(io)?;
    // Port 0 is for tests: which port it became is known only now.
    let base_url = match base_url.strip_suffix(":0") {
        Some(start) => format!("{start}:{}", address.port()),
        None => base_url,
    };
    let entrada = Entrada::builder(&base_url)
        .store(database)
        .metadata_refresh(refresh)
        .build()
        .await
        .map_err(|error| start_error(&error))?;
    let text = format!("Listening on http://{address} for {base_url}");
    let started = json!({ "listening": format!("http://{address}"), "base_url": base_url });
    output::announce(&Report::new(text, &started), json);
    let service = entrada
        .service()
        .into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let server = axum::serve(listener, service).with_graceful_shutdown(async {
        stop.await;
        tracing::info!("stopping: open requests are answered first");
        // The other end waits as long as the server runs.
        let _ = stopping.send(());
    });
    let too_long = async {
        let _ = stopped.await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        ended = server.into_future() => ended.map_err(|error| CliError::Io(error.to_string()))?,
        () = too_long => tracing::warn!("some connections did not end in time"),
    }
    Ok(Report::silent())
}

/// What waits for SIGTERM or Ctrl-C. The signals are caught from this call on.
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

/// A runtime for servers.
pub(super) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Io(format!("cannot start: {error}")))
}

/// The exit code of a service provider that does not start.
pub(super) fn start_error(error: &BuildError) -> CliError {
    match error {
        BuildError::BaseUrl(_)
        | BuildError::Connection(_)
        | BuildError::Metadata { .. }
        | BuildError::Trust { .. } => CliError::Configuration(error.to_string()),
        BuildError::Store(_) | BuildError::Fetch { .. } | BuildError::Http(_) => {
            CliError::Io(error.to_string())
        }
    }
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How long open requests get once the server is told to stop: less than the ten seconds after which container
/// platforms kill.
const PATIENCE: Duration = Duration::from_secs(8);
