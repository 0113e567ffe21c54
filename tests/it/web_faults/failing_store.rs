//! A store in memory whose operations can be made to fail, one by one.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
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
use entrada::store::SharedTask;
use entrada::store::SqliteStore;
use entrada::store::Stale;
use entrada::store::Store;
use entrada::store::StoreFacts;
use entrada::token::TokenHash;
use jiff::SignedDuration;
use jiff::Timestamp;

/// A store in memory in which single operations can be made to fail.
pub(super) struct FailingStore {
    pub(super) inner: SqliteStore,
    pub(super) take: AtomicBool,
    pub(super) change: AtomicBool,
    pub(super) session: AtomicBool,
    pub(super) look: AtomicBool,
    /// Lists of users never come.
    pub(super) users: AtomicBool,
    pub(super) touch: AtomicBool,
    pub(super) write: AtomicBool,
    /// The number of changes that probes have tried.
    pub(super) writes: AtomicUsize,
    /// The store's clock is ahead of the system's by so many seconds.
    pub(super) ahead: AtomicI64,
    /// The number of times that a session was looked up.
    pub(super) lookups: AtomicUsize,
}

impl FailingStore {
    pub(super) async fn new() -> FailingStore {
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

    pub(super) fn fail(&self, operation: &str) {
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

pub(super) fn unless(flag: &AtomicBool) -> Result<(), StoreError> {
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

    async fn take_lease(
        &self,
        task: SharedTask,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.inner.take_lease(task, now, until).await
    }

    fn clock_difference(&self) -> SignedDuration {
        SignedDuration::from_secs(self.ahead.load(Ordering::SeqCst))
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
