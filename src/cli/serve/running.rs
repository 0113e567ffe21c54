//! `entrada serve` once its settings are known: the listeners, the signals and the end.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;

use super::super::error::CliError;
use super::super::output;
use super::super::output::Report;
use super::super::output::counted;
use super::super::systemd;
use crate::address::shown;
use crate::admin::AdminError;
use crate::admin::Class;
use crate::metadata::RefreshPolicy;
use crate::store::StoreFacts;
use crate::web;
use crate::web::BuildError;
use crate::web::Entrada;
use crate::web::EntradaBuilder;
use crate::web::PathPrefix;
use crate::web::ServeLimits;
use crate::web::Tls;
use crate::web::pages::Brand;
use crate::web::pages::English;
use crate::web::pages::German;

/// A server with its settings, all of them right.
pub(super) struct Serving {
    pub(super) listen: SocketAddr,
    pub(super) admin_listen: Option<SocketAddr>,
    pub(super) base_url: String,
    /// True if somebody has named the address for this run.
    pub(super) is_named: bool,
    pub(super) path_prefix: PathPrefix,
    pub(super) database: String,
    pub(super) refresh: RefreshPolicy,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) brand: Option<Brand>,
    /// The tags of the languages of its pages; none for all that there are.
    pub(super) languages: Vec<String>,
    pub(super) tls: Option<Tls>,
}

impl Serving {
    pub(super) async fn serve(self, json: bool) -> Result<Report, CliError> {
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
            .store(self.database.as_str())
            .metadata_refresh(self.refresh);
        let proxies = self.trusted_proxies.into_iter();
        let builder = proxies.fold(builder, EntradaBuilder::trusted_proxy);
        let builder = self.brand.into_iter().fold(builder, EntradaBuilder::brand);
        let languages = self.languages.iter();
        let builder = languages.fold(builder, |builder, tag| match tag.as_str() {
            "de" => builder.language(German),
            _ => builder.language(English),
        });
        let entrada = builder.build().await;
        let entrada = entrada.map_err(|error| start_error(&error))?;
        let admin_url = admin
            .as_ref()
            .map(|(_, address)| format!("http://{address}"));
        let listening = format!("{}://{address}", scheme(self.tls.is_some()));
        let reloads = reloads(self.tls.clone())?;
        let facts = entrada.store().facts().await;
        let facts = facts.map_err(|error| CliError::Io(error.to_string()))?;
        let mut text = format!("Listening on {listening} for {base_url}");
        let mut started = json!({ "listening": listening, "base_url": base_url, "store": facts });
        started["store"]["url"] = json!(shown(&self.database));
        if let Some(admin) = admin_url {
            text.push_str(&format!("\nMetrics and readiness on {admin}"));
            started["admin"] = admin.into();
        }
        text.push_str(&format!("\n{}", store_line(&self.database, &facts)));
        output::announce(&Report::new(text, &started), json);
        systemd::ready(&format!("Listening on {listening} for {base_url}"));
        let (stopping, stopped) = watch::channel(());
        let until = |mut stopped: watch::Receiver<()>| async move {
            // An error means that the sender is gone, which ends the servers as well.
            let _ = stopped.changed().await;
        };
        let (mut public, mut probes) = (web::serve(listener, entrada.service()), entrada.probes());
        if let Some(tls) = self.tls {
            probes = entrada.probes_with_tls(&tls);
            public = public.tls(tls);
        }
        let public = public
            .with_graceful_shutdown(until(stopped.clone()))
            .into_future();
        let admin = admin.map(|(listener, _)| {
            web::serve(listener, probes)
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
            tracing::info!(
                event = "stopping",
                "stopping: open requests are answered first"
            );
            systemd::stopping("Open requests are answered first");
            // The servers wait for this as long as they run.
            let _ = stopping.send(());
            tokio::time::sleep(PATIENCE).await;
        };
        tokio::select! {
            ended = served => ended.map_err(|error| CliError::Io(error.to_string()))?,
            () = too_long => tracing::warn!(event = "stopped-late", "some connections did not end in time"),
            () = reloads => {}
            () = systemd::watchdog() => {}
        }
        entrada.close().await;
        Ok(Report::silent())
    }
}

/// Says which store is served, so that one in a wrong folder is found out.
fn store_line(url: &str, facts: &StoreFacts) -> String {
    let file = facts.file.as_ref().map(|file| file.display().to_string());
    let store = file.unwrap_or_else(|| shown(url).into_owned());
    let StoreFacts {
        connections, users, ..
    } = *facts;
    if connections == 0 {
        return format!(
            "The store {store} has no connections: nobody can sign on (entrada connection add; --database names another store)"
        );
    }
    let connections = counted(connections, "connection");
    let people = if users == 1 { "person" } else { "people" };
    format!("Store {store}: {connections}, {users} {people} (entrada store info)")
}

async fn listen_on(address: SocketAddr) -> Result<(TcpListener, SocketAddr), CliError> {
    let failed = |error| CliError::Io(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// A future that waits for SIGTERM or Ctrl-C. The signals are caught from this call on.
pub(in crate::cli) fn stop_signal() -> Result<impl Future<Output = ()>, CliError> {
    web::stop_signal().map_err(no_signals)
}

/// A future that waits for SIGHUP, as the end of a terminal sends it. The signal is caught from this call on.
pub(in crate::cli) fn hang_up() -> Result<impl Future<Output = ()>, CliError> {
    let mut hang_up = signal(SignalKind::hangup()).map_err(no_signals)?;
    Ok(async move {
        hang_up.recv().await;
    })
}

fn no_signals(error: io::Error) -> CliError {
    CliError::Io(format!("cannot catch signals: {error}"))
}

/// A future that reads the certificate again at each SIGHUP, and never ends. Without one, the signal ends the process as before, unless
/// systemd sends it.
fn reloads(tls: Option<Tls>) -> Result<impl Future<Output = ()>, CliError> {
    let is_wanted = tls.is_some() || systemd::listens();
    let hangup = is_wanted.then(|| signal(SignalKind::hangup())).transpose();
    let hangup = hangup.map_err(no_signals)?;
    Ok(async move {
        let Some(mut hangup) = hangup else {
            return pending().await;
        };
        while hangup.recv().await.is_some() {
            if let Some(tls) = &tls {
                tls.reload();
            }
        }
    })
}

pub(in crate::cli) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Io(format!("cannot start: {error}")))
}

/// The error of a service provider that does not start.
pub(in crate::cli) fn start_error(error: &BuildError) -> CliError {
    let class = match error {
        BuildError::BaseUrl(_)
        | BuildError::TrustedProxy(_)
        | BuildError::Brand(_)
        | BuildError::Connection(_) => Class::Invalid,
        // An address that is not asked at all is no wrong usage here: nobody has typed it.
        BuildError::Store(_)
        | BuildError::Http(_)
        | BuildError::Change(AdminError::Fetch { .. }) => Class::Unreachable,
        BuildError::Change(error) => error.class(),
    };
    CliError::of(class, error.to_string())
}

pub(super) fn scheme(tls: bool) -> &'static str {
    if tls { "https" } else { "http" }
}

/// Connections to the admin listener at once: a few scrapers and probes.
const ADMINS: usize = 64;

/// Time for open requests once the server is to stop: less than the ten seconds after which container platforms kill.
const PATIENCE: Duration = Duration::from_secs(8);
