//! `entrada serve`: runs the routes for the connections in the store, until it is told to stop.

mod running;

use std::net::SocketAddr;

use self::running::Serving;
pub(super) use self::running::hang_up;
pub(super) use self::running::runtime;
use self::running::scheme;
pub(super) use self::running::start_error;
pub(super) use self::running::stop_signal;
use super::Globals;
use super::error::CliError;
use super::input;
use super::log;
use super::output::Report;
use super::settings::Flags;
use super::settings::LOG;
use super::settings::SERVE;
use super::settings::Settings;
use super::site::Site;
use crate::admin::connections;
use crate::admin::connections::Applied;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::web::PathPrefix;
use crate::web::Tls;
use crate::web::TlsError;
use crate::web::pages::Brand;

/// Serve the sign-on routes for the connections in the store
///
/// It speaks plain HTTP to a proxy in front of it that terminates TLS, or TLS by itself with --tls-cert and --tls-key. Connections that are added, changed or removed
/// by another `entrada` are taken up at once.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Serve {
    #[command(flatten)]
    flags: Flags<{ SERVE | LOG }>,
}

const HELP: &str = "\
Examples:
  entrada serve --base-url https://app.example.com
  entrada serve --config /etc/entrada.toml --log-format json
  entrada serve --listen 0.0.0.0:443 --tls-cert full.pem --tls-key key.pem

Each option is a setting: a key of the file of --config, too, and a variable
of the environment. The command line goes first, then the environment, then
the file; `entrada config show` tells where each value comes from. The file
also holds connections, as `entrada connection apply --help` says.

Exit codes:
  0  ended by SIGTERM or Ctrl-C
  2  wrong usage, or settings that cannot be read
  3  settings, certificates or a filter of the log that do not hold, or plain
     HTTP beyond loopback
  4  the address cannot be listened on, or the store does not answer";

impl Serve {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let settings = globals.settings(&self.flags)?;
        log::start(&settings, "warn,entrada=info");
        let listen = settings.listen();
        let tls = tls_of(&settings)?;
        let database = globals.database()?;
        let named = settings.base_url();
        let is_named = named.is_some();
        let base_url = match named {
            Some(url) => url,
            None => kept_base_url(&database, listen, tls.is_some())?,
        };
        protected(listen, &base_url, settings.allows_plain_http())?;
        if tls.is_some() && base_url.is_plain_http() {
            return Err(CliError::Configuration(format!(
                "the server speaks TLS, and the address for people is {base_url}: expected --base-url with an https address"
            )));
        }
        if let Some(file) = globals.file()? {
            let read = file.connections()?;
            let site = Site::open_url(&database)?;
            tell(&site.run(connections::apply(site.admin(), &read))?);
        }
        let serving = Serving {
            listen,
            admin_listen: settings.admin_listen(),
            base_url: base_url.to_string(),
            is_named,
            path_prefix: match settings.keeps_path_prefix() {
                true => PathPrefix::Kept,
                false => PathPrefix::Stripped,
            },
            database,
            refresh: settings.metadata_refresh(),
            trusted_proxies: settings.trusted_proxies(),
            brand: brand_of(&settings)?,
            languages: settings.languages(),
            tls,
        };
        runtime()?.block_on(serving.serve(globals.json))
    }
}

/// Logs what the file of the settings made of the connections of the store.
fn tell(applied: &Applied) {
    for connection in &applied.created {
        tracing::info!(event = "connection-made", %connection, "a connection of the file is new in the store");
    }
    for connection in &applied.updated {
        let settings = applied
            .changed
            .get(connection)
            .map(|names| names.join(", "));
        let settings = settings.unwrap_or_default();
        tracing::info!(event = "connection-applied", %connection, %settings, "the file changed a connection of the store");
    }
    for connection in &applied.left_open {
        tracing::warn!(event = "door-open", %connection, "the file does not name who may sign on: everybody whom the identity provider vouches for, until somebody closes the door");
    }
    for (connection, settings) in &applied.reset {
        let settings = settings.join(", ");
        tracing::warn!(event = "settings-reset", %connection, %settings, "the file does not name settings that had a value: they are back to their defaults");
    }
}

/// Cookies of a site in plain HTTP have no `Secure`, and everybody on the way reads them: it stays on the machine.
fn protected(
    listen: SocketAddr,
    base_url: &BaseUrl,
    plain_http_allowed: bool,
) -> Result<(), CliError> {
    let on_loopback = listen.ip().to_canonical().is_loopback();
    if !base_url.is_plain_http() || on_loopback || plain_http_allowed {
        return Ok(());
    }
    Err(CliError::Configuration(format!(
        "{listen} is not on loopback, and {base_url} is plain HTTP: whoever is on the way reads passwords and cookies. Expected --base-url with an https address, a --listen on 127.0.0.1, or --danger-plain-http"
    )))
}

/// The address that the site keeps, or that of this machine.
fn kept_base_url(database: &str, listen: SocketAddr, tls: bool) -> Result<BaseUrl, CliError> {
    let kept = Site::open_url(database)?.ask(|store| store.base_url())?;
    kept.map_or_else(|| default_base_url(listen, tls), Ok)
}

/// The certificate and the key of the files that the settings name.
fn tls_of(settings: &Settings) -> Result<Option<Tls>, CliError> {
    let [Some(certificate), Some(key)] = settings.tls() else {
        return Ok(None);
    };
    let opened = Tls::open(certificate, key).map(Some);
    opened.map_err(|error: TlsError| CliError::Configuration(error.to_string()))
}

fn brand_of(settings: &Settings) -> Result<Option<Brand>, CliError> {
    let Some((name, logo, colour)) = settings.brand() else {
        return Ok(None);
    };
    let mut brand = Brand::new(name);
    if let Some(file) = logo {
        brand = brand.logo(input::read_file(&file)?);
    }
    if let Some(colour) = colour {
        brand = brand.colour(colour);
    }
    Ok(Some(brand))
}

/// Without an address for people, only loopback can be served: nobody else could reach it.
fn default_base_url(listen: SocketAddr, tls: bool) -> Result<BaseUrl, CliError> {
    if !listen.ip().to_canonical().is_loopback() {
        return Err(CliError::Usage(format!(
            "{listen} is not on loopback: expected --base-url with the https address under which people reach the site"
        )));
    }
    let url = format!("{}://localhost:{}", scheme(tls), listen.port()).parse();
    url.map_err(|error: BaseUrlError| CliError::Configuration(error.to_string()))
}
