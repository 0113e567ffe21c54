//! The practice identity provider as a library has it: what to set up, starting it, and ending it.

use std::io;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use url::Url;

use super::aadsts::Aadsts;
use super::app::App;
use super::app::Requests;
use super::app::Tokens;
use super::directory::Directory;
use super::fault::Fault;
use super::issue;
use super::keys::KeyMakingError;
use super::keys::SigningKeys;
use super::keys::make_signer;
use super::provision;
use super::routes;
use super::sso;
use super::state::RegisteredApp;
use super::state::SignedIn;
use super::state::State;
use crate::address::has_credentials;
use crate::address::is_protected;
use crate::address::shown;
use crate::crypto::Certificate;
use crate::dsig::Signer;
use crate::ports::Clock;
use crate::saml::post::PostForm;
use crate::site::SystemClock;
use crate::token::Token;
use crate::web::Background;

/// An identity provider that behaves like Entra, for demos and tests. Everybody can sign in as anybody, so it
/// listens on loopback alone unless told otherwise.
///
/// ```no_run
/// use entrada::practice::{App, PracticeIdp};
///
/// # async fn demo() -> Result<(), entrada::practice::PracticeError> {
/// let app = App::new("4b1f6c2e-0d35-4a7c-9f4e-1c2b3a4d5e6f", "Expenses", "urn:expenses", "http://127.0.0.1:8080/acs");
/// let idp = PracticeIdp::new().app(app).start().await?;
/// println!("{}", idp.portal_url());
/// idp.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct PracticeIdp {
    listen: SocketAddr,
    /// The address as browsers know it, where it may be reached from beyond loopback.
    public_url: Option<String>,
    tenant: String,
    directory: Directory,
    apps: Vec<(App, Option<Signer>)>,
    awaited: Vec<String>,
    clock: Arc<dyn Clock>,
}

impl Default for PracticeIdp {
    fn default() -> PracticeIdp {
        PracticeIdp::new()
    }
}

impl PracticeIdp {
    /// The tenant id, unless another is given.
    pub const TENANT: &str = "7d2e5f10-8c4b-4b6a-9e3d-f0a1b2c3d4e5";

    /// An identity provider with the sample directory and no apps, on a port of loopback that the system
    /// chooses.
    pub fn new() -> PracticeIdp {
        PracticeIdp {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            public_url: None,
            tenant: PracticeIdp::TENANT.to_owned(),
            directory: Directory::sample(),
            apps: Vec::new(),
            awaited: Vec::new(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Listens on this address; port 0 lets the system choose.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> PracticeIdp {
        self.listen = address;
        self
    }

    /// Lets it listen beyond loopback, where whoever reaches it can sign in as anybody. `base_url` is its
    /// address as browsers know it.
    #[must_use]
    pub fn danger_reachable_from_anywhere(mut self, base_url: impl Into<String>) -> PracticeIdp {
        self.public_url = Some(base_url.into().trim_end_matches('/').to_owned());
        self
    }

    /// The tenant id, a GUID.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> PracticeIdp {
        self.tenant = tenant.into();
        self
    }

    /// People and groups.
    #[must_use]
    pub fn directory(mut self, directory: Directory) -> PracticeIdp {
        self.directory = directory;
        self
    }

    /// Registers an app. Its key is made when the identity provider starts.
    #[must_use]
    pub fn app(mut self, app: App) -> PracticeIdp {
        self.apps.push((app, None));
        self
    }

    /// Registers an app that signs with this key.
    #[must_use]
    pub fn app_with_key(mut self, app: App, signer: Signer) -> PracticeIdp {
        self.apps.push((app, Some(signer)));
        self
    }

    /// Makes the key of an app that is registered later, by [`Running::register`], under this application id. Its metadata is
    /// answered from the start: an app may need that before it has any of its own.
    #[must_use]
    pub fn app_to_come(mut self, app_id: impl Into<String>) -> PracticeIdp {
        self.awaited.push(app_id.into());
        self
    }

    /// Another clock than the machine's, for what it signs; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> PracticeIdp {
        self.clock = clock;
        self
    }

    /// Makes the keys, listens and serves until [`Running::shutdown`], or until the [`Running`] is dropped. Fails for
    /// an address beyond loopback that was not asked for by name, one that cannot be listened on, an app or a tenant
    /// that cannot work, or a key that cannot be made.
    pub async fn start(self) -> Result<Running, PracticeError> {
        if self.public_url.is_none() && !self.listen.ip().is_loopback() {
            return Err(PracticeError::BeyondLoopback(self.listen));
        }
        if !is_tenant(&self.tenant) {
            return Err(PracticeError::Tenant(self.tenant));
        }
        let mut apps = Vec::new();
        for (app, signer) in self.apps {
            apps.push(register(app, signer).await?);
        }
        let mut awaited = Vec::new();
        for app_id in self.awaited {
            awaited.push((app_id, SigningKeys::new(make_signer().await?)));
        }
        let failed = |cause| PracticeError::Listen(self.listen, cause);
        let listener = TcpListener::bind(self.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let base_url = self.public_url;
        let base_url = base_url.unwrap_or_else(|| format!("http://{address}"));
        let state = Arc::new(State::new(
            base_url,
            self.tenant,
            self.directory,
            apps,
            awaited,
            self.clock,
        ));
        let server = Background::start(listener, routes::router(state.clone()));
        tokio::spawn(provision::keep_to_it(state.clone(), server.stopped()));
        Ok(Running {
            address,
            state,
            server,
        })
    }
}

/// Checks that an app can work.
fn check(app: &App) -> Result<(), PracticeError> {
    let sound = |url: &String| {
        Url::parse(url).is_ok_and(|url| is_protected(&url) && !has_credentials(&url))
    };
    if app.identifiers.is_empty() || app.reply_urls.is_empty() {
        return Err(PracticeError::App(app.name.clone()));
    }
    let mut urls = app.reply_urls.iter().chain(&app.logout_url);
    if let Some(url) = urls.find(|url| !sound(url)) {
        return Err(PracticeError::ReplyUrl(shown(url).into_owned()));
    }
    let needs_certificate = app.requests == Requests::Signed || app.tokens == Tokens::Encrypted;
    if needs_certificate && app.certificate.is_none() {
        return Err(PracticeError::NoCertificate(app.name.clone()));
    }
    Ok(())
}

async fn register(app: App, signer: Option<Signer>) -> Result<RegisteredApp, PracticeError> {
    check(&app)?;
    let signer = match signer {
        Some(signer) => signer,
        None => make_signer().await?,
    };
    Ok(RegisteredApp {
        app,
        keys: SigningKeys::new(signer),
        job: Arc::default(),
    })
}

/// A tenant stands in a path: a GUID, or a name of letters, digits, dots and dashes.
fn is_tenant(tenant: &str) -> bool {
    !tenant.is_empty()
        && tenant.len() <= 64
        && tenant
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'))
}

/// A practice identity provider that listens. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    state: Arc<State>,
    server: Background,
}

impl Running {
    /// The address that it listens on, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// The page where people sign in and find their apps.
    pub fn portal_url(&self) -> String {
        format!("{}/", self.state.base_url())
    }

    /// The address of one app's metadata; its keys sign that app's responses.
    pub fn metadata_url(&self, app_id: &str) -> String {
        self.state.metadata_url(Some(app_id))
    }

    /// The address of the tenant's own metadata. Its keys sign no response: the trap of an address without `appid`.
    pub fn tenant_metadata_url(&self) -> String {
        self.state.metadata_url(None)
    }

    /// The entity ID.
    pub fn entity_id(&self) -> String {
        issue::issuer(self.state.tenant())
    }

    /// The address that requests go to.
    pub fn sso_url(&self) -> String {
        self.state.sso_url()
    }

    /// Registers an app, with the key that [`PracticeIdp::app_to_come`] made for it; one that is there already is changed, and
    /// keeps its key. Fails for an app that cannot work, or a key that cannot be made.
    pub async fn register(&self, app: App) -> Result<(), PracticeError> {
        check(&app)?;
        let keys = match self.state.keys_of(&app.app_id) {
            Some(keys) => keys,
            None => SigningKeys::new(make_signer().await?),
        };
        self.state.register(app, keys);
        Ok(())
    }

    /// Answers the sign-on request at this address as if the person of this object id had been picked there: for tests without a
    /// browser. `None` if there is nobody, or the answer cannot be written. Fails where the page would show an error.
    pub async fn answer(&self, url: &str, object_id: &str) -> Result<Option<PostForm>, Aadsts> {
        let directory = self.state.directory();
        let (Some((_, query)), Some(person)) = (url.split_once('?'), directory.person(object_id))
        else {
            return Ok(None);
        };
        let Ok(token) = Token::random() else {
            return Ok(None);
        };
        let signed_in = SignedIn::now(&self.state, person, &token);
        sso::answer_query(&self.state, query, signed_in).await
    }

    /// Lets the next response have a fault.
    pub fn spoil_next_response(&self, fault: Fault) {
        self.state.fault.set(Some(fault));
    }

    /// Makes another key for an app and lists it in the metadata; it does not sign yet. Returns its certificate, or
    /// `None` if there is no such app.
    pub async fn stage_key(&self, app_id: &str) -> Result<Option<Certificate>, KeyMakingError> {
        let signer = make_signer().await?;
        let certificate = signer.certificate().clone();
        let staged = self.state.with_keys(app_id, |keys| keys.stage(signer));
        Ok(staged.map(|()| certificate))
    }

    /// Lets the key that was staged first sign from now on; the one before stays listed, as in Entra, until
    /// [`Running::remove_inactive_keys`]. Says whether there was a staged key.
    pub fn activate_staged_key(&self, app_id: &str) -> bool {
        self.state
            .with_keys(app_id, SigningKeys::activate_staged)
            .unwrap_or(false)
    }

    /// Makes another key for an app, which signs at once: a rollover without notice. The one before stays listed.
    /// Returns the new certificate, or `None` if there is no such app.
    pub async fn switch_key(&self, app_id: &str) -> Result<Option<Certificate>, KeyMakingError> {
        let signer = make_signer().await?;
        let certificate = signer.certificate().clone();
        let switched = self.state.with_keys(app_id, |keys| keys.switch(signer));
        Ok(switched.map(|()| certificate))
    }

    /// Lists those keys of an app no longer that do not sign any more; says how many there were.
    pub fn remove_inactive_keys(&self, app_id: &str) -> usize {
        self.state
            .with_keys(app_id, SigningKeys::remove_inactive)
            .unwrap_or_default()
    }

    /// Ends it: takes no more connections, and gives those that are open a few seconds.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// The reason that a practice identity provider does not start.
#[derive(thiserror::Error)]
pub enum PracticeError {
    /// Everybody on the network could sign in as anybody.
    #[error(
        "expected a loopback address for the practice identity provider, found {0}: whoever reaches it can sign in as anybody"
    )]
    BeyondLoopback(SocketAddr),
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The tenant does not fit into a path.
    #[error("expected a tenant of at most 64 letters, digits, dots and dashes, found {0:?}")]
    Tenant(String),
    /// The app cannot work.
    #[error("the app {0:?} needs an identifier and a reply URL")]
    App(String),
    /// Responses cannot go there.
    #[error(
        "expected an https address, or http on loopback, without a user name and password, as a reply or logout URL; found {0:?}"
    )]
    ReplyUrl(String),
    /// Signed requests or encrypted tokens without the app's certificate.
    #[error("the app {0:?} needs a certificate for signed requests and encrypted tokens")]
    NoCertificate(String),
    /// A key could not be made.
    #[error("a signing key could not be made: {0}")]
    Key(#[from] KeyMakingError),
}
debug_as_sentence!(PracticeError);
