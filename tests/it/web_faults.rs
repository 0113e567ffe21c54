//! The behaviour of the service provider when its store fails, and the secrets that it never writes to a log.

mod directory;
mod guards;
mod slow;
mod time;

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use axum::http::StatusCode;
use entrada::configuration::ConfigLock;
use entrada::configuration::ConfigStore;
use entrada::configuration::ConfigTx;
use entrada::connection::BaseUrl;
use entrada::connection::Connection;
use entrada::connection::ConnectionId;
use entrada::connection::Connections;
use entrada::connection::KeptConnection;
use entrada::connection::SiteSettings;
use entrada::directory::Lock;
use entrada::metadata::MetadataCache;
use entrada::metadata::MetadataCopy;
use entrada::metadata::RefreshRecord;
use entrada::ports::StoreError;
use entrada::ports::TxOutcome;
use entrada::ports::TxWork;
use entrada::practice::Sign;
use entrada::saml::Admission;
use entrada::saml::MessageId;
use entrada::saml::ReplayCache;
use entrada::saml::ReplayKey;
use entrada::session::LastSignOn;
use entrada::session::LastSignOnOf;
use entrada::session::PendingRequest;
use entrada::session::RequestAnswer;
use entrada::session::RequestStore;
use entrada::session::SessionFilter;
use entrada::session::SessionRecord;
use entrada::session::SessionTx;
use entrada::session::Sessions;
use entrada::session::SignOnTx;
use entrada::session::TakenRequest;
use entrada::store::SqliteStore;
use entrada::store::Stale;
use entrada::store::Store;
use entrada::store::StoreFacts;
use entrada::token::TokenHash;
use jiff::SignedDuration;
use jiff::Timestamp;
use tracing_subscriber::fmt::MakeWriter;

use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Site;
use crate::web_logout::sent;

#[tokio::test]
async fn a_store_that_fails_refuses_the_sign_on_and_lets_nobody_in() {
    for failing in ["take", "change"] {
        let store = Arc::new(FailingStore::new().await);
        let site = Site::over(store.clone(), |connection| connection).await;
        let begun = site.begin("/saml/acme/login").await;
        let answer = site.answer(&begun);
        store.fail(failing);
        site.post(&begun, &answer)
            .await
            .is_refused(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable");
    }
}

#[tokio::test]
async fn a_logout_that_the_store_cannot_carry_out_fails_and_may_come_again() {
    let store = Arc::new(FailingStore::new().await);
    let site = Site::over(store.clone(), |connection| connection).await;
    let signed_on = site.sign_on().await;
    let order = site.signed(&site.logout_request(), None);
    store.fail("change");
    let answered = async || sent(&site.get(&order, Browser::NONE).await);
    assert!(answered().await.xml.contains("status:Responder"));
    assert!(!site.is_signed_out(&signed_on).await);
    store.change.store(false, Ordering::SeqCst);
    assert!(answered().await.xml.contains("status:Success"));
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_store_that_fails_shows_no_page_to_a_session() {
    let store = Arc::new(FailingStore::new().await);
    let site = Site::over(store.clone(), |connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let signed_on = site.post(&begun, &site.answer(&begun)).await;
    store.fail("session");
    for path in ["/private", "/anyone"] {
        let page = site.get(path, Browser::with(&signed_on.cookies)).await;
        assert_eq!(
            (page.status, page.body.as_str()),
            (
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"error":"store-unavailable"}"#
            )
        );
    }
}

#[tokio::test]
async fn a_store_that_takes_no_changes_is_not_ready_and_many_probes_cost_one_change() {
    let store = Arc::new(FailingStore::new().await);
    let (site, entrada) = Site::with_entrada(store.clone(), |connection| connection).await;
    let app = entrada.service();
    let site = Site { app, ..site };
    for _ in 0..20 {
        assert_eq!(
            site.get("/readyz", Browser::NONE).await.status,
            StatusCode::OK
        );
    }
    assert_eq!(store.writes.load(Ordering::SeqCst), 1);

    let store = Arc::new(FailingStore::new().await);
    store.fail("write");
    let (site, entrada) = Site::with_entrada(store.clone(), |connection| connection).await;
    let app = entrada.service();
    let site = Site { app, ..site };
    let answer = site.get("/readyz", Browser::NONE).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, "unavailable\n");
    assert_eq!(
        site.get("/healthz", Browser::NONE).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn no_claim_cookie_or_message_is_ever_logged() {
    let log = Log::default();
    // For the whole process: a subscriber of one thread misses what other tests have switched off before it.
    tracing_subscriber::fmt()
        .with_env_filter("entrada=trace,tower_http=trace")
        .with_writer(log.clone())
        .init();
    let site = Site::new(|connection| connection).await;

    let begun = site.begin("/saml/acme/login?return=/private").await;
    let answer = site.answer(&begun);
    let signed_on = site.post(&begun, &answer).await;
    assert_eq!(signed_on.status, StatusCode::SEE_OTHER);
    site.post(&begun, &answer)
        .await
        .is_refused(StatusCode::FORBIDDEN, "request-unknown");
    for tampered in [
        answer.replace(PERSON, "mallory@contoso.example"),
        answer.replace("<Assertion", "<?pi mallory?><Assertion"),
    ] {
        let begun = site.begin("/saml/acme/login").await;
        assert_eq!(
            site.post(&begun, &tampered).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let unsigned = site
        .response()
        .in_response_to("id-1")
        .signed(Sign::Nothing, &site.signer)
        .unwrap();
    site.post(&begun, &unsigned)
        .await
        .is_refused(StatusCode::FORBIDDEN, "signature-missing");

    let log = log.text();
    assert!(
        log.contains("signed on")
            && log.contains(&begun.id)
            && log.contains("signature-digest")
            && log.contains("signature-missing"),
        "{log}"
    );
    let cookie = signed_on.cookies.split('=').nth(1).unwrap();
    for secret in [
        "adele",
        "mallory",
        &begun.relay_state,
        cookie,
        "<Assertion",
        "SAMLResponse",
        "private",
    ] {
        assert!(!log.contains(secret), "the log has {secret}: {log}");
    }
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
        .unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// A store in memory in which single operations can be made to fail.
struct FailingStore {
    inner: SqliteStore,
    take: AtomicBool,
    change: AtomicBool,
    session: AtomicBool,
    look: AtomicBool,
    /// Lists of users never come.
    users: AtomicBool,
    touch: AtomicBool,
    write: AtomicBool,
    /// The number of changes that probes have tried.
    writes: AtomicUsize,
    /// The store's clock is ahead of the system's by so many seconds.
    ahead: AtomicI64,
    /// The number of times that a session was looked up.
    lookups: AtomicUsize,
}

impl FailingStore {
    async fn new() -> FailingStore {
        FailingStore {
            inner: SqliteStore::in_memory().await.unwrap(),
            take: AtomicBool::default(),
            change: AtomicBool::default(),
            session: AtomicBool::default(),
            look: AtomicBool::default(),
            users: AtomicBool::default(),
            touch: AtomicBool::default(),
            write: AtomicBool::default(),
            writes: AtomicUsize::default(),
            ahead: AtomicI64::default(),
            lookups: AtomicUsize::default(),
        }
    }

    fn fail(&self, operation: &str) {
        let flag = match operation {
            "take" => &self.take,
            "change" => &self.change,
            "session" => &self.session,
            "look" => &self.look,
            "users" => &self.users,
            "touch" => &self.touch,
            "write" => &self.write,
            other => panic!("no operation {other}"),
        };
        flag.store(true, Ordering::SeqCst);
    }
}

fn unless(flag: &AtomicBool) -> Result<(), StoreError> {
    if flag.load(Ordering::SeqCst) {
        Err(StoreError::new("the disk is gone"))
    } else {
        Ok(())
    }
}

#[async_trait]
impl ReplayCache for FailingStore {
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        self.inner.admit(key, until, now).await
    }
}

#[async_trait]
impl RequestStore for FailingStore {
    async fn remember_request(&self, request: &PendingRequest) -> Result<(), StoreError> {
        self.inner.remember_request(request).await
    }

    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        answer: RequestAnswer,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError> {
        unless(&self.take)?;
        self.inner.take_request(connection, id, answer, now).await
    }
}

#[async_trait]
impl Sessions for FailingStore {
    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        unless(&self.session)?;
        self.lookups.fetch_add(1, Ordering::SeqCst);
        self.inner.session(token, now).await
    }

    async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        unless(&self.touch)?;
        self.inner.touch_session(token, now).await
    }

    async fn sign_on(
        &self,
        connection: &ConnectionId,
        lock: Lock,
        work: TxWork<SignOnTx>,
    ) -> Result<TxOutcome, StoreError> {
        unless(&self.change)?;
        self.inner.sign_on(connection, lock, work).await
    }

    async fn change_sessions(&self, work: TxWork<SessionTx>) -> Result<TxOutcome, StoreError> {
        unless(&self.change)?;
        self.inner.change_sessions(work).await
    }

    async fn last_sign_ons(
        &self,
        connection: &ConnectionId,
        of: &LastSignOnOf,
    ) -> Result<Vec<LastSignOn>, StoreError> {
        self.inner.last_sign_ons(connection, of).await
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.inner.sessions(filter, now).await
    }

    async fn has_signed_on(&self, connection: &ConnectionId) -> Result<bool, StoreError> {
        self.inner.has_signed_on(connection).await
    }
}

#[async_trait]
impl MetadataCache for FailingStore {
    async fn metadata_copy(&self, connection: &str) -> Result<Option<MetadataCopy>, StoreError> {
        self.inner.metadata_copy(connection).await
    }

    async fn metadata_versions(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.inner.metadata_versions().await
    }

    async fn refresh_record(&self, connection: &str) -> Result<RefreshRecord, StoreError> {
        self.inner.refresh_record(connection).await
    }
}

#[async_trait]
impl Connections for FailingStore {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.inner.connections().await
    }

    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.inner.connection(id).await
    }

    async fn kept_connections(&self) -> Result<Vec<KeptConnection>, StoreError> {
        self.inner.kept_connections().await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        self.inner.revision().await
    }
}

#[async_trait]
impl SiteSettings for FailingStore {
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError> {
        self.inner.base_url().await
    }
}

#[async_trait]
impl ConfigStore for FailingStore {
    async fn change_configuration(
        &self,
        lock: &ConfigLock,
        work: TxWork<ConfigTx>,
    ) -> Result<TxOutcome, StoreError> {
        self.inner.change_configuration(lock, work).await
    }
}

#[async_trait]
impl Store for FailingStore {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ahead.load(Ordering::SeqCst));
        self.inner.now() + ahead
    }

    async fn forget(&self, stale: Stale, before: Timestamp) -> Result<u64, StoreError> {
        self.inner.forget(stale, before).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        unless(&self.write)?;
        self.inner.check_writable().await
    }

    async fn facts(&self) -> Result<StoreFacts, StoreError> {
        self.inner.facts().await
    }
}
