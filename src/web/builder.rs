//! Start-up: the store is opened, and the connections of the code are put into it, each with the last good copy of its
//! metadata or a first one.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::Entrada;
use super::PathPrefix;
use super::begin_rate::BeginRate;
use super::bodies::Bodies;
use super::client_address::TrustedProxies;
use super::client_address::TrustedProxyError;
use super::cookie::Cookies;
use super::entrada::Inner;
use super::mount::Mount;
use super::oauth::OAuth;
use super::pages::Brand;
use super::pages::BrandError;
use super::pages::Design;
use super::pages::Page;
use super::pages::Pages;
use super::pages::Reader;
use super::pages::Translation;
use super::scim::Scim;
use super::scim::TIMEOUT;
use super::throttle::Throttle;
use crate::admin::Admin;
use crate::admin::AdminError;
use crate::admin::connections;
use crate::admin::connections::Edit;
use crate::admin::connections::Expected;
use crate::configuration::first_base_url;
use crate::connection::BaseUrl;
use crate::connection::BaseUrlError;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::ConnectionError;
use crate::connection::ConnectionId;
use crate::fetch::FetchError;
use crate::fetch::FetchLimits;
use crate::fetch::Fetcher;
use crate::metadata::RefreshPolicy;
use crate::ports::Actor;
use crate::ports::Clock;
use crate::ports::StoreError;
use crate::site::LOG_RETENTION;
use crate::site::Refresher;
use crate::site::Requirements;
use crate::site::Site;
use crate::site::StoreClock;
use crate::store;
use crate::store::Store;
use crate::store::StoreFacts;

/// Collects what an [`Entrada`] is made of; see [`Entrada::builder`].
pub struct EntradaBuilder {
    base_url: String,
    keeps_base_url: bool,
    path_prefix: PathPrefix,
    store: StoreSource,
    connections: Vec<ConnectionBuilder>,
    clock: Option<Arc<dyn Clock>>,
    design: Design,
    refresh: RefreshPolicy,
    fetch: FetchLimits,
    log_retention: SignedDuration,
    scim_timeout: Duration,
    trusted_proxies: Vec<String>,
}

enum StoreSource {
    Url(String),
    Open(Arc<dyn Store>),
}

impl Entrada {
    /// Starts a service provider for the site that people reach under `base_url`.
    pub fn builder(base_url: impl Into<String>) -> EntradaBuilder {
        EntradaBuilder::new(base_url)
    }
}

impl EntradaBuilder {
    fn new(base_url: impl Into<String>) -> EntradaBuilder {
        EntradaBuilder {
            base_url: base_url.into(),
            keeps_base_url: true,
            path_prefix: PathPrefix::default(),
            store: StoreSource::Url(DEFAULT_STORE.to_owned()),
            connections: Vec::new(),
            clock: None,
            design: Design::default(),
            refresh: RefreshPolicy::default(),
            fetch: FetchLimits::default(),
            log_retention: LOG_RETENTION,
            scim_timeout: TIMEOUT,
            trusted_proxies: Vec::new(),
        }
    }

    /// The store, by its address; `sqlite:entrada.db` by default. `memory:` forgets everything at the end.
    pub fn store(mut self, url: impl Into<String>) -> EntradaBuilder {
        self.store = StoreSource::Url(url.into());
        self
    }

    /// Holds the base address against nothing, and keeps it nowhere: nobody named it, or it is for this run alone.
    pub(crate) fn base_url_for_this_run(mut self) -> EntradaBuilder {
        self.keeps_base_url = false;
        self
    }

    /// Sets what a proxy does with the path of the base URL, if it has one; [`PathPrefix::Stripped`] by default. All links,
    /// redirects and metadata have the path either way.
    pub fn path_prefix(mut self, prefix: PathPrefix) -> EntradaBuilder {
        self.path_prefix = prefix;
        self
    }

    /// A store that is open already.
    pub fn open_store(mut self, store: Arc<dyn Store>) -> EntradaBuilder {
        self.store = StoreSource::Open(store);
        self
    }

    /// A connection; it replaces the one of the same id in the store. Those that only the store has are served
    /// too.
    pub fn connection(mut self, connection: ConnectionBuilder) -> EntradaBuilder {
        self.connections.push(connection);
        self
    }

    /// The brand of the site on its pages.
    pub fn brand(mut self, brand: Brand) -> EntradaBuilder {
        self.design.brand = Some(brand);
        self
    }

    /// A language of the site's pages. By default there are English and German; the first call replaces them, and each further
    /// one adds a language. Whose browser accepts several gets the one that they like best, and whose accepts none the first.
    pub fn language(mut self, language: impl Translation + 'static) -> EntradaBuilder {
        self.design.languages.push(Arc::new(language));
        self
    }

    /// Pages of your own design, as HTML, in place of ours: `None` leaves a page to us. Status and headers stay ours: no
    /// scripts; styles in the page; images, fonts and style sheets of the site itself; forms that are sent to it. Escape
    /// what is text.
    pub fn pages(
        mut self,
        draw: impl Fn(&Page, &Reader<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> EntradaBuilder {
        self.design.own = Some(Box::new(draw));
        self
    }

    /// Sets the time for which the provisioning log and the events are kept; 30 days by default.
    pub fn log_retention(mut self, retention: SignedDuration) -> EntradaBuilder {
        self.log_retention = retention;
        self
    }

    /// Sets the time that a SCIM or token request may take to arrive, and then, if it only reads, to be answered; 30 seconds by
    /// default. A change is waited for, since one that was made is never answered with an error.
    pub fn scim_timeout(mut self, timeout: Duration) -> EntradaBuilder {
        self.scim_timeout = timeout;
        self
    }

    /// A network, such as `10.0.0.0/8`, or an address, of reverse proxies whose `X-Forwarded-For` tells the client's address,
    /// and `X-Forwarded-Host` the host that the client asked for. By default there is none, and the client is who connects.
    /// Clients are counted by address where they begin sign-ons or guess credentials, and people see it in the list of their
    /// sessions; the host chooses among connections. May be called several times.
    pub fn trusted_proxy(mut self, network: impl Into<String>) -> EntradaBuilder {
        self.trusted_proxies.push(network.into());
        self
    }

    /// Another clock than the store's; for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> EntradaBuilder {
        self.clock = Some(clock);
        self
    }

    /// Sets the interval at which metadata is refreshed; hourly by default.
    pub fn metadata_refresh(mut self, policy: RefreshPolicy) -> EntradaBuilder {
        self.refresh = policy;
        self
    }

    /// Sets the time that fetching metadata may take.
    pub fn metadata_fetch(mut self, limits: FetchLimits) -> EntradaBuilder {
        self.fetch = limits;
        self
    }

    /// Opens the store and loads the connections. Fails for a base address that is not `https` (or loopback), invalid
    /// connections, a store that does not open, or a new connection that nobody can be trusted by.
    ///
    /// Connections whose metadata is in the store already are served from that copy at once. Metadata is then refreshed
    /// in the background, as it falls due, until the last clone of the [`Entrada`] is dropped.
    pub async fn build(self) -> Result<Entrada, BuildError> {
        let base_url: BaseUrl = self.base_url.parse()?;
        let proxies = TrustedProxies::parse(&self.trusted_proxies)?;
        let pages = Pages::new(&base_url, self.design)?;
        let store = match self.store {
            StoreSource::Url(url) => store::open(&url).await?,
            StoreSource::Open(store) => store,
        };
        let clock = self.clock;
        let clock = clock.unwrap_or_else(|| Arc::new(StoreClock(store.clone())));
        // Nothing is put unless all are valid.
        let mut connections = Vec::with_capacity(self.connections.len());
        for settings in &self.connections {
            connections.push((check_settings(&*store, settings).await?, settings));
        }
        if self.keeps_base_url {
            let kept = first_base_url(&*store, &base_url).await?;
            if kept != base_url {
                tracing::warn!(
                    event = "base-url-differs",
                    %kept,
                    %base_url,
                    "the store keeps another base URL for this site; this one holds for this run alone, until `entrada site set base-url`"
                );
            }
        }
        let fetcher = Fetcher::new(self.fetch).map_err(BuildError::Http)?;
        let admin = Admin::new(store.clone(), clock.clone(), Actor::App);
        let admin = admin.with_fetcher(fetcher.clone());
        let refresher = Refresher::new(store.clone(), fetcher, self.refresh, clock.clone());
        for (id, settings) in connections {
            put_settings(&admin, &id, settings).await?;
        }
        tell(&store.facts().await?);
        let cookies = Arc::new(Cookies::of(&base_url));
        let mount = Arc::new(Mount::of(base_url.clone(), self.path_prefix));
        let site = Site::start(base_url, store, clock, refresher, self.log_retention).await?;
        let (throttle, timeout) = (Arc::new(Throttle::new()), self.scim_timeout);
        let oauth = OAuth::new(site.clone(), proxies.clone(), throttle.clone(), timeout);
        let scim = Scim::start(site.clone(), proxies.clone(), throttle, timeout);
        Ok(Entrada {
            inner: Arc::new(Inner {
                cookies,
                mount,
                scim: Arc::new(scim),
                oauth: Arc::new(oauth),
                site,
                pages: Arc::new(pages),
                requirements: Requirements::default(),
                bodies: Bodies::behind(proxies.clone()),
                proxies,
                begin_rate: BeginRate::default(),
            }),
        })
    }
}

/// Says once which store this is, so that one in a wrong folder is found out.
fn tell(facts: &StoreFacts) {
    let store = match (&facts.file, &facts.database) {
        (Some(file), _) => file.display().to_string(),
        (None, Some(database)) => format!("postgres:{database}"),
        (None, None) => "memory:".to_owned(),
    };
    let (connections, users) = (facts.connections, facts.users);
    match connections {
        0 => tracing::warn!(
            event = "store-without-connections",
            %store,
            "the store has no connections: nobody can sign on"
        ),
        _ => {
            tracing::info!(event = "store-open", %store, connections, users, "the store is open")
        }
    }
}

/// Checks that the settings hold together, with the keys that the connection has in the store. Returns the id.
async fn check_settings(
    store: &dyn Store,
    settings: &ConnectionBuilder,
) -> Result<ConnectionId, BuildError> {
    if let Some(problem) = Connection::reserved_id(settings.id()) {
        return Err(ConnectionError::new(vec![problem]).into());
    }
    // A bad id is reported where the connection is built.
    let present = match settings.id().parse() {
        Ok(id) => store.connection(&id).await?,
        Err(_) => None,
    };
    let connection = beside(present.as_ref(), settings)?;
    Ok(connection.id().clone())
}

/// The connection of the settings in the code of an app, beside the one that is there.
fn beside(
    present: Option<&Connection>,
    settings: &ConnectionBuilder,
) -> Result<Connection, ConnectionError> {
    let settings = settings.clone();
    match present {
        Some(present) => settings.beside(present).build(),
        None => settings.build(),
    }
}

/// Puts a connection into the store, as a command does: with its metadata when the store has no copy of it that holds, and not at all if
/// nobody can be trusted by it. A connection that is there already, the same in every setting, is left alone.
async fn put_settings(
    admin: &Admin,
    id: &ConnectionId,
    settings: &ConnectionBuilder,
) -> Result<(), BuildError> {
    let edit = Edit::new(Expected::ConnectionOrNothing, |present| {
        Ok(beside(present, settings)?.into())
    });
    connections::change(admin, id, &edit).await?;
    Ok(())
}

const DEFAULT_STORE: &str = "sqlite:entrada.db";

/// The reason why an [`Entrada`] could not be built.
#[derive(thiserror::Error)]
pub enum BuildError {
    /// The base address is invalid.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// A proxy to trust has no network.
    #[error(transparent)]
    TrustedProxy(#[from] TrustedProxyError),
    /// The brand cannot be shown.
    #[error(transparent)]
    Brand(#[from] BrandError),
    /// A connection's settings are invalid.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system's HTTP or TLS library does not start.
    #[error("metadata cannot be fetched: {0}")]
    Http(#[source] FetchError),
    /// A connection cannot be added or changed as it is wanted.
    #[error("{}", of_connection(.0))]
    Change(#[source] AdminError),
}
debug_as_sentence!(BuildError);

impl From<AdminError> for BuildError {
    fn from(error: AdminError) -> BuildError {
        match error {
            AdminError::Store(error) => BuildError::Store(error),
            AdminError::Connection(error) => BuildError::Connection(error),
            error => BuildError::Change(error),
        }
    }
}

/// The words of an error, which name the connection.
fn of_connection(error: &AdminError) -> String {
    match error {
        AdminError::Fetch { connection, .. } => format!("connection {connection}: {error}"),
        error => error.to_string(),
    }
}
