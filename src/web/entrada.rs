//! [`Entrada`]: a site with its edge, behind one handle.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::broadcast;

use super::begin_rate::BeginRate;
use super::bodies::Bodies;
use super::client_address::TrustedProxies;
use super::cookie::Cookies;
use super::mount::Mount;
use super::oauth::OAuth;
use super::pages::Pages;
use super::scim::Scim;
use crate::admin::Admin;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::event::Event;
use crate::ports::Actor;
use crate::ports::StoreError;
use crate::session::Session;
use crate::session::SessionId;
use crate::site::EventReader;
use crate::site::Outcomes;
use crate::site::OwnSession;
use crate::site::Refreshed;
use crate::site::Registry;
use crate::site::Requirements;
use crate::site::Site;
use crate::store::Store;

/// The service provider of a site. It is cheap to clone; all clones are one.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use entrada::prelude::*;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let entrada = Entrada::builder("https://app.example.com")
///     .store("sqlite:entrada.db")
///     .connection(Connection::builder("acme").metadata_url("https://login.microsoftonline.com/…"))
///     .build()
///     .await?;
/// let app: Router = Router::new()
///     .merge(entrada.routes())
///     .route("/", get(|user: CurrentUser| async move { user.name_id().to_string() }))
///     .with_state(entrada);
/// # drop(app);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Entrada {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) site: Arc<Site>,
    pub(super) mount: Arc<Mount>,
    pub(super) cookies: Arc<Cookies>,
    pub(super) pages: Arc<Pages>,
    pub(super) scim: Arc<Scim>,
    pub(super) oauth: Arc<OAuth>,
    pub(super) requirements: Requirements,
    pub(super) proxies: TrustedProxies,
    pub(super) begin_rate: BeginRate,
    pub(super) bodies: Bodies,
}

impl Inner {
    /// The cookies of the site and its place below the host: together they know a cookie that came more than once.
    pub(super) fn place(&self) -> (Arc<Cookies>, Arc<Mount>) {
        (self.cookies.clone(), self.mount.clone())
    }
}

impl Entrada {
    /// The site's address.
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.site.base_url
    }

    /// The store behind it.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.site.store
    }

    /// The site for those who work on it: the functions of [`crate::admin`] take it.
    pub fn admin(&self, actor: Actor) -> Admin {
        let site = &self.inner.site;
        Admin::new(site.store.clone(), site.clock.clone(), actor)
    }

    /// Takes up at once what changed in the store; by itself that takes a tenth of a second.
    #[cfg(feature = "test-support")]
    pub(crate) async fn renew(&self) -> Result<(), StoreError> {
        self.registry().renewed().await.map(drop)
    }

    /// Events about trust in this process, from now on: refreshes, keys that come and go, what nears its end. A receiver that
    /// reads too slowly misses the oldest (`RecvError::Lagged`). Those whose kind
    /// [is kept](crate::event::EventKind::is_kept) come from [`Entrada::events`] too, of all processes.
    pub fn trust_events(&self) -> broadcast::Receiver<Event> {
        self.inner.site.refresh.events()
    }

    /// A reader of the events from now on: users and groups that change, sessions that open and end, trust that
    /// changes. "Now" is the first call of [`EventReader::next`] or [`EventReader::position`]; [`EventReader::after`]
    /// begins earlier.
    ///
    /// A reader yields each event at least once. An app that does something with each event writes down the number of the
    /// last one that it has dealt with, best in the transaction in which it deals with it, and begins behind it when it
    /// starts again. If it is killed between the two, it meets the event a second time: what it does must bear that.
    ///
    /// Events are kept as long as the provisioning log, 30 days if nothing else is set
    /// ([`EntradaBuilder::log_retention`](crate::web::EntradaBuilder::log_retention)). A reader that begins behind what was
    /// forgotten is told so, once, by [`EventsError::Forgotten`](crate::site::EventsError::Forgotten), and then goes on with
    /// what is left: such an app looks through the directory anew.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use entrada::event::{Event, EventKind, Happened};
    /// use entrada::web::{Entrada, EventsError};
    ///
    /// let entrada = Entrada::builder("https://app.example.com").store("memory:").build().await?;
    /// # let acme = "acme".parse()?;
    /// # let at = entrada::Timestamp::now();
    /// # let happened = Happened::UserDeactivated { user: "ada".to_owned() };
    /// # let deactivated = Event::new(&acme, at, happened);
    /// # entrada::configuration::append_events(entrada.store(), &[deactivated]).await?;
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

    /// The live sessions of the person who is signed on, the newest 500, the newest first. Fails where the store does.
    pub async fn sessions_of(&self, user: &Session) -> Result<Vec<OwnSession>, StoreError> {
        self.inner.site.sessions.of(user).await
    }

    /// Ends one of the sessions of the person who is signed on; says whether it was live, and theirs. Fails where the
    /// store does.
    pub async fn end_session_of(&self, user: &Session, id: &SessionId) -> Result<bool, StoreError> {
        self.inner.site.sessions.end(user, id).await
    }

    /// Ends all sessions of the person who is signed on, but for this one; says how many. Where the store fails, some
    /// may have ended.
    pub async fn end_other_sessions_of(&self, user: &Session) -> Result<u64, StoreError> {
        self.inner.site.sessions.end_others(user).await
    }

    /// Refreshes the metadata of a connection now, or waits for a refresh that runs; for a button of your own. `None`
    /// if there is no such connection, or the store does not answer.
    pub async fn refresh_metadata(&self, connection: &ConnectionId) -> Option<Refreshed> {
        self.inner.site.refresh.refresh_named(connection).await
    }

    /// Tidies up once the server has ended: see [`Store::close`].
    pub async fn close(&self) {
        if let Err(error) = self.store().close().await {
            tracing::warn!(event = "store-not-tidied", %error, "the store was not tidied up");
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.inner.site.now()
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.inner.site.registry
    }

    pub(super) fn outcomes(&self) -> &Outcomes {
        &self.inner.site.outcomes
    }

    pub(super) fn cookies(&self) -> &Cookies {
        &self.inner.cookies
    }
}

impl std::fmt::Debug for Entrada {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entrada({})", self.inner.site.base_url)
    }
}
