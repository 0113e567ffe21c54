//! A site for tests, with its identity provider.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::browser::TestBrowser;
use super::clock::TestClock;
use super::done::done;
use super::person::TestPerson;
use crate::admin::credentials;
use crate::admin::credentials::NewCredential;
use crate::connection::Connection;
use crate::connection::ConnectionBuilder;
use crate::connection::ConnectionId;
use crate::ports::Actor;
use crate::ports::Clock;
use crate::practice::App;
use crate::practice::Assignment;
use crate::practice::Directory;
use crate::practice::ExternalId;
use crate::practice::PracticeIdp;
use crate::practice::Provisioning;
use crate::practice::Running;
use crate::practice::SignIns;
use crate::provisioning::DEFAULT_LIFETIME;
use crate::provisioning::SecretKind;
use crate::web::Background;
use crate::web::Entrada;
use crate::web::EntradaBuilder;

/// A site with one connection, and the practice identity provider behind it, which knows nobody yet.
///
/// Its functions panic where something does not go as it should, and say why: they are for tests.
///
/// ```
/// use axum::{Router, body::Body, http::Request, routing::get};
/// use entrada::prelude::*;
/// use entrada::test_support::{TestPerson, TestSite};
/// use tower::ServiceExt;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// async fn hello(user: CurrentUser) -> String {
///     format!("Hello, {}", user.attributes().first(claim::ROLE).unwrap_or("nobody"))
/// }
///
/// let site = TestSite::new("acme").await;
/// let entrada = site.entrada();
/// let app = Router::new().merge(entrada.routes()).route("/hello", get(hello)).with_state(entrada);
///
/// // A cookie for one's own requests …
/// let cookie = site.cookie(TestPerson::new("ada@example.com").claim(claim::ROLE, ["Editor"])).await;
/// let request = Request::get("/hello").header("cookie", cookie).body(Body::empty())?;
/// assert_eq!(app.clone().oneshot(request).await?.status(), 200);
///
/// // … or a browser that is sent to sign on, and comes back.
/// let mut browser = site.browser(app, "ada@example.com");
/// assert_eq!(browser.open("/hello").await.body(), "Hello, Editor");
///
/// // The session has ended by the next day.
/// site.advance(entrada::SignedDuration::from_hours(24));
/// assert!(!browser.is_signed_on().await);
/// # Ok(())
/// # }
/// ```
pub struct TestSite {
    entrada: Entrada,
    idp: Running,
    clock: Arc<TestClock>,
    connection: ConnectionId,
    /// The routes on a socket, where provisioning goes to; from the first time on that somebody is provisioned.
    served: Mutex<Option<Background>>,
}

impl TestSite {
    /// A site at `https://app.example.com` with everything in memory, and a connection of this id with the usual settings.
    pub async fn new(connection: &str) -> TestSite {
        let builder = Entrada::builder("https://app.example.com").store("memory:");
        TestSite::of(builder, Connection::builder(connection)).await
    }

    /// A site of this builder, which says where the store is, and a connection of these settings. The identity provider that it
    /// trusts, and the clock, are those of the test. The base URL must have no path.
    pub async fn of(builder: EntradaBuilder, connection: ConnectionBuilder) -> TestSite {
        let clock = Arc::new(TestClock::new());
        let nobody = Directory {
            people: Vec::new(),
            groups: Vec::new(),
            deleted: Vec::new(),
        };
        let idp = PracticeIdp::new()
            .directory(nobody)
            .app_to_come(APP_ID)
            .clock(clock.clone())
            .start();
        let idp = done(idp.await, "the identity provider does not start");
        let id = done(connection.id().parse(), "the connection has no valid id");
        let connection = connection.metadata_url(idp.metadata_url(APP_ID));
        let entrada = builder.clock(clock.clone()).connection(connection).build();
        let site = TestSite {
            entrada: done(entrada.await, "the site does not start"),
            idp,
            clock,
            connection: id,
            served: Mutex::default(),
        };
        site.register().await;
        site
    }

    /// Registers the site at the identity provider, by its metadata, as an admin does.
    async fn register(&self) {
        let mut browser = self.browser_of(self.entrada.service(), String::new());
        let metadata = browser.open(&self.address("metadata")).await.into_body();
        let app = App::from_metadata(APP_ID, "The app under test", &metadata);
        let app = App {
            assignment: Assignment::Only(Default::default()),
            sign_ins: SignIns::OfEverybody,
            ..done(app, "the site's metadata cannot be read")
        };
        done(
            self.idp.register(app).await,
            "the site cannot be registered",
        );
    }

    /// The service provider, for the app under test: its routes, its state.
    pub fn entrada(&self) -> Entrada {
        self.entrada.clone()
    }

    /// The identity provider: its directory, its keys, and the faults of its next response.
    pub fn idp(&self) -> &Running {
        &self.idp
    }

    /// The present moment of the site and of the identity provider. It stands still.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock.
    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// Signs a person on, and returns the session as the value of a `Cookie` header. Panics where the person is not let in.
    pub async fn cookie(&self, person: impl Into<TestPerson>) -> String {
        let mut browser = self.browser(self.entrada.service(), person);
        let answer = browser.open(&self.address("login")).await;
        let session = browser.session();
        session.unwrap_or_else(|| panic!("nobody was signed on: {answer:?}"))
    }

    /// A browser of this person at the app, which signs on where the app asks for it.
    pub fn browser(&self, app: Router, person: impl Into<TestPerson>) -> TestBrowser<'_> {
        let person = person.into();
        let object_id = self
            .idp
            .change_directory(|directory| person.join(directory));
        self.browser_of(app, object_id)
    }

    fn browser_of(&self, app: Router, object_id: String) -> TestBrowser<'_> {
        TestBrowser::new(self.entrada(), &self.idp, app, object_id)
    }

    /// Provisions a person, with their groups, over SCIM. From the first one on, people who are not provisioned are not let in,
    /// unless the connection says otherwise. Panics where the site refuses.
    pub async fn provision(&self, person: impl Into<TestPerson>) {
        let person = person.into();
        let (object_id, groups) = self.idp.change_directory(|directory| {
            let object_id = person.join(directory);
            let known = directory.person(&object_id);
            let groups = known.map_or_else(Vec::new, |person| person.groups.clone());
            (object_id, groups)
        });
        for assigned in [object_id].iter().chain(&groups) {
            self.idp.assign(APP_ID, assigned);
        }
        self.cycle().await;
    }

    /// Disables the account of a person, and lets the app know over SCIM: it ends their sessions. Panics where nobody has this
    /// name, or the site refuses.
    pub async fn deactivate(&self, user_principal_name: &str) {
        let disabled = self.idp.change_directory(|directory| {
            let person = directory.person_named(user_principal_name);
            let object_id = person.map(|person| person.object_id.clone());
            object_id.is_some_and(|id| directory.enable(&id, false))
        });
        assert!(disabled, "there is nobody named {user_principal_name}");
        self.cycle().await;
    }

    /// Runs a cycle of provisioning, as after a change of [`TestSite::idp`]'s directory. Panics where the site refuses.
    pub async fn cycle(&self) {
        let mut served = self.served.lock().await;
        if served.is_none() {
            *served = Some(self.set_up().await);
        }
        let summary = done(
            self.idp.provision_now(APP_ID).await,
            "nothing is provisioned",
        );
        let refused = summary.failed > 0 || summary.quarantined;
        assert!(!refused, "{:#?}", self.idp.provisioning_log(APP_ID));
        done(self.entrada.renew().await, "the store does not answer");
    }

    /// Serves the site on loopback, and has it provisioned with a credential like any other.
    async fn set_up(&self) -> Background {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = done(listener, "no port is free");
        let address = done(listener.local_addr(), "the listener has no address");
        let new = NewCredential {
            kind: SecretKind::Bearer,
            lifetime: DEFAULT_LIFETIME,
            label: None,
        };
        let admin = self.entrada.admin(Actor::App);
        let made = credentials::create(&admin, &self.connection, new).await;
        let made = done(made, "no credential can be made");
        let settings = Provisioning {
            external_id: ExternalId::ObjectId,
            ..Provisioning::new(
                format!("http://{address}/scim/{}/v2", self.connection),
                made.credential.secret_text(&made.secret),
            )
        };
        let set_up = self.idp.set_provisioning(APP_ID, settings).await;
        done(set_up, "provisioning cannot be set up");
        Background::start(listener, self.entrada.service())
    }

    /// An address of the connection.
    fn address(&self, route: &str) -> String {
        self.entrada.base_url().saml(&self.connection, route)
    }
}

const APP_ID: &str = "2c9d7f04-6b1e-4a58-8d3f-9e0a5c71b246";
