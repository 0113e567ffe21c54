//! Entrada in an axum app: the routes of the service provider, the [`CurrentUser`] extractor, and the start-up
//! that loads connections and their metadata.

mod acs;
mod again;
mod begin_rate;
mod bodies;
mod builder;
mod check;
mod choose;
mod client;
mod client_address;
mod cookie;
pub(crate) mod cookie_header;
mod current_user;
mod doubled;
mod guard;
mod headers;
mod home;
mod keyed_rate;
mod login;
mod logout;
mod metrics;
mod my_sessions;
mod near_miss;
pub(crate) mod origin;
mod outgoing;
mod page;
mod parameters;
mod path_prefix;
mod posted;
mod probes;
mod scim;
mod serve;
mod slo;
mod wish;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use jiff::Timestamp;
use tokio::sync::broadcast;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

#[cfg(feature = "practice")]
pub(crate) use self::bodies::Bodies;
#[cfg(feature = "practice")]
pub(crate) use self::bodies::count as count_bodies;
pub use self::builder::BuildError;
pub use self::builder::EntradaBuilder;
pub use self::choose::Choice;
pub use self::choose::Choices;
pub use self::client_address::TrustedProxyError;
#[cfg(feature = "cli")]
pub(crate) use self::client_address::trusted_network;
pub use self::current_user::CurrentUser;
pub use self::current_user::NotSignedOn;
pub use self::current_user::RecentUser;
pub use self::guard::Guard;
pub use self::guard::GuardError;
pub use self::guard::Guarded;
pub use self::guard::NotPermitted;
pub use self::guard::Permitted;
pub use self::guard::Requirement;
pub use self::path_prefix::PathPrefix;
pub use self::serve::ServeLimits;
pub use self::serve::Serving;
pub use self::serve::serve;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::event::Event;
use crate::ports::StoreError;
use crate::saml::ReturnPath;
use crate::session::Session;
use crate::session::SessionId;
pub use crate::site::EventReader;
pub use crate::site::EventsError;
use crate::site::Outcomes;
pub use crate::site::OwnSession;
pub use crate::site::REASONS;
pub use crate::site::RefreshError;
pub use crate::site::Refreshed;
pub use crate::site::Refresher;
use crate::site::Registry;
use crate::site::Site;
pub use crate::site::SystemClock;
pub use crate::site::decryption_keys;
pub use crate::site::mend;
pub use crate::site::service_provider;
pub use crate::site::sp_metadata;
use crate::store::Store;

/// The service provider of a site. It is cheap to clone; all clones are one.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use entrada::connection::Connection;
/// use entrada::web::{CurrentUser, Entrada};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let entrada = Entrada::builder("https://app.example.com")
///     .store("sqlite:entrada.db")
///     .connection(Connection::builder("acme").metadata_url("https://login.microsoftonline.com/…"))
///     .build()
///     .await?;
/// let app: Router = Router::new()
///     .route("/", get(|user: CurrentUser| async move { user.name_id().to_string() }))
///     .merge(entrada.routes())
///     .with_state(entrada);
/// # drop(app);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Entrada {
    inner: Arc<Inner>,
}

struct Inner {
    site: Arc<Site>,
    path_prefix: PathPrefix,
    cookies: cookie::Cookies,
    sign_in_page: Option<SignInPage>,
    scim: scim::Scim,
    requirements: guard::Requirements,
    proxies: client_address::TrustedProxies,
    begin_rate: begin_rate::BeginRate,
    bodies: bodies::Bodies,
}

/// Draws the sign-in page of your own design; see [`EntradaBuilder::sign_in_page`].
type SignInPage = Box<dyn Fn(&Choices) -> String + Send + Sync>;

impl Entrada {
    /// Starts a service provider for the site that people reach under `base_url`.
    pub fn builder(base_url: impl Into<String>) -> EntradaBuilder {
        EntradaBuilder::new(base_url)
    }

    /// The routes under `/saml` and `/scim`, to merge into any app: for each connection `/saml/{connection}/metadata`,
    /// `/login`, `/acs` and `/slo`; `/saml/login`, `/saml/logout` and `/saml/sessions` for all, and a page at any other
    /// address below `/saml`; and for each connection the SCIM server at
    /// `/scim/{connection}/v2`.
    ///
    /// They bring their own limits (4 MiB for a posted response, 1 MiB for a resource, 30 seconds for an answer) and
    /// security headers. Serve the app with [`serve`]: slow clients then stop nobody, and clients are counted by address,
    /// which needs `ConnectInfo<SocketAddr>` in each request; else all addresses count as one.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let saml: Router = Router::new()
            .route("/saml/login", get(choose::show))
            .route("/saml/logout", get(logout::ask).post(logout::end))
            .route(
                "/saml/sessions",
                get(my_sessions::show).post(my_sessions::end),
            )
            .route("/saml/{connection}/metadata", get(login::metadata))
            .route(
                "/saml/{connection}/login",
                get(login::begin).layer(middleware::from_fn_with_state(
                    self.clone(),
                    begin_rate::bound,
                )),
            )
            .route(
                "/saml/{connection}/acs",
                post(acs::receive).get(acs::visited),
            )
            .route(
                "/saml/{connection}/slo",
                get(slo::redirected).post(slo::posted).head(slo::looked_at),
            )
            .fallback(near_miss::show)
            .method_not_allowed_fallback(near_miss::wrong_method)
            .layer(
                // One stack: each layer that is added by itself costs a box, and a copy of all within, for each request.
                ServiceBuilder::new()
                    .layer(CatchPanicLayer::new())
                    .layer(TimeoutLayer::with_status_code(
                        axum::http::StatusCode::SERVICE_UNAVAILABLE,
                        TIMEOUT,
                    ))
                    .map_response(headers::set)
                    .layer(middleware::from_fn_with_state(self.clone(), doubled::guard))
                    .layer(DefaultBodyLimit::max(BODY_LIMIT)),
            )
            .with_state(self.clone());
        // All that is below `/saml` is ours, so that addresses which are nearly right are answered too.
        let saml = saml.into_service::<Body>();
        Router::new()
            .route_service("/saml", saml.clone())
            .route_service("/saml/", saml.clone())
            .route_service("/saml/{*rest}", saml)
            .merge(scim::routes(self))
            .layer(middleware::from_fn_with_state(
                self.inner.bodies.clone(),
                bodies::count,
            ))
    }

    /// The whole app that `entrada serve` runs: [`Entrada::routes`], a page at `/` that tells people whether they are
    /// signed in, and `/healthz` and `/readyz`, which answer a status and one word. What names connections is left to
    /// [`Entrada::probes`], on a listener of its own.
    pub fn service(&self) -> Router {
        let pages = Router::new()
            .route("/", get(home::show))
            .route("/healthz", get(probes::healthz))
            .route("/readyz", get(probes::ready_or_not))
            .fallback(near_miss::show)
            .method_not_allowed_fallback(near_miss::wrong_method)
            .layer(
                ServiceBuilder::new()
                    .map_response(headers::set)
                    .layer(middleware::from_fn_with_state(self.clone(), doubled::guard)),
            )
            .with_state(self.clone());
        let routes = Router::new()
            .merge(self.routes())
            .merge(pages)
            .layer(headers::trace());
        self.below_path(routes)
    }

    /// `/healthz`, which answers while the process lives; `/readyz`, which answers with 200 while the store does and
    /// at least one connection can be trusted, and with `?connection=ID` asks for that one; `/metrics` in the text
    /// format of Prometheus. They name connections, unlisted ones too, and certificates: serve them on a listener that
    /// only your own machines reach, not beside [`Entrada::routes`]. `entrada serve` has them at `--admin-listen`.
    pub fn probes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route("/healthz", get(probes::healthz))
            .route("/readyz", get(probes::readyz))
            .route("/metrics", get(metrics::show))
            .with_state(self.clone())
    }

    /// The site's address.
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.site.base_url
    }

    /// Sends the browser to a page of the site.
    fn redirect(&self, path: &ReturnPath) -> Response {
        Redirect::to(self.base_url().local(path).as_str()).into_response()
    }

    /// The store behind it.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.site.store
    }

    /// Events about trust in this process, from now on: refreshes, keys that come and go, what nears its end. A receiver that
    /// reads too slowly misses the oldest (`RecvError::Lagged`). Those whose kind
    /// [is kept](crate::event::EventKind::is_kept) come from [`Entrada::events`] too, of all processes.
    pub fn trust_events(&self) -> broadcast::Receiver<Event> {
        self.inner.site.keeper.events()
    }

    /// What happens from now on: users and groups that change, sessions that open and end, trust that changes. "Now" is the
    /// first call of [`EventReader::next`] or [`EventReader::position`]; [`EventReader::after`] begins earlier.
    ///
    /// A reader yields each event at least once. An app that does something with each event writes down the number of the
    /// last one that it has dealt with, best in the transaction in which it deals with it, and begins behind it when it
    /// starts again. If it is killed between the two, it meets the event a second time: what it does must bear that.
    ///
    /// Events are kept as long as the provisioning log, 30 days if nothing else is set
    /// ([`EntradaBuilder::log_retention`]). A reader that begins behind what was forgotten is told so, once, by
    /// [`EventsError::Forgotten`], and then goes on with what is left: such an app looks through the directory anew.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use entrada::event::{Event, EventKind, Happened};
    /// use entrada::web::{Entrada, EventsError};
    ///
    /// let entrada = Entrada::builder("https://app.example.com").store("memory:").build().await?;
    /// # let acme = "acme".parse()?;
    /// # let at = jiff::Timestamp::now();
    /// # let happened = Happened::UserDeactivated { user: "ada".to_owned() };
    /// # let deactivated = Event { connection: acme, at, happened };
    /// # entrada::trust::append_events(entrada.store(), &[deactivated]).await?;
    /// // What the app has written down: 0 if it has never read any.
    /// let mut last = 0;
    /// let mut events = entrada.events().after(last);
    /// let deactivated = loop {
    ///     match events.next().await {
    ///         Ok(recorded) => {
    ///             last = recorded.id;
    ///             if recorded.event.kind() == EventKind::UserDeactivated {
    ///                 break recorded;
    ///             }
    ///         }
    ///         // The reader is where it was: try again later.
    ///         Err(EventsError::Store(error)) => return Err(error.into()),
    ///         // Events were missed: compare what the app knows with the whole directory, then go on.
    ///         Err(_) => {}
    ///     }
    /// };
    /// assert_eq!((deactivated.id, last), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(&self) -> EventReader {
        EventReader::of(self.inner.site.store.clone())
    }

    /// The live sessions of the person who is signed on, the newest 500, the newest first.
    ///
    /// # Errors
    /// A store that cannot answer.
    pub async fn sessions_of(&self, user: &Session) -> Result<Vec<OwnSession>, StoreError> {
        self.inner.site.presence.of(user).await
    }

    /// Ends one of the sessions of the person who is signed on; says whether it was live, and theirs.
    ///
    /// # Errors
    /// A store that cannot answer.
    pub async fn end_session_of(&self, user: &Session, id: &SessionId) -> Result<bool, StoreError> {
        self.inner.site.presence.end(user, id).await
    }

    /// Ends all sessions of the person who is signed on, but for this one; says how many.
    ///
    /// # Errors
    /// A store that cannot answer; some may have ended then.
    pub async fn end_other_sessions_of(&self, user: &Session) -> Result<u64, StoreError> {
        self.inner.site.presence.end_others(user).await
    }

    /// Refreshes the metadata of a connection now, and says what came of it; for a button of your own. A refresh that
    /// runs already is waited for.
    ///
    /// `None` if there is no such connection, or the store does not answer.
    pub async fn refresh_metadata(&self, connection: &ConnectionId) -> Option<Refreshed> {
        self.inner.site.keeper.refresh_named(connection).await
    }

    /// Tidies up once the server has ended: see [`Store::close`].
    pub async fn close(&self) {
        if let Err(error) = self.store().close().await {
            tracing::warn!(%error, "the store was not tidied up");
        }
    }

    /// The page on which a person chooses a connection: yours, or ours.
    fn sign_in_page(&self, choices: &Choices) -> Response {
        match &self.inner.sign_in_page {
            Some(draw) => Html(draw(choices)).into_response(),
            None => page::sign_in(choices),
        }
    }

    fn now(&self) -> Timestamp {
        self.inner.site.now()
    }

    fn registry(&self) -> &Registry {
        &self.inner.site.registry
    }

    fn outcomes(&self) -> &Outcomes {
        &self.inner.site.outcomes
    }

    fn proxies(&self) -> &client_address::TrustedProxies {
        &self.inner.proxies
    }

    fn begin_rate(&self) -> &begin_rate::BeginRate {
        &self.inner.begin_rate
    }

    fn cookies(&self) -> &cookie::Cookies {
        &self.inner.cookies
    }
}

impl std::fmt::Debug for Entrada {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entrada({})", self.inner.site.base_url)
    }
}

/// A response of the largest size in base64, with its escapes and the RelayState.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// A sign-on takes milliseconds; what takes this long is stuck.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);
