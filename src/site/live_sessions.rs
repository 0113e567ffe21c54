//! The people who are there: the session that a token opens, the note that it was used, the groups of its person, and
//! the person's other sessions.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;

use crate::directory::DirectoryError;
use crate::directory::Memberships;
use crate::ports::Clock;
use crate::ports::StoreError;
use crate::session::Device;
use crate::session::Group;
use crate::session::Session;
use crate::session::SessionFilter;
use crate::session::SessionId;
use crate::session::SessionRecord;
use crate::session::claimed;
use crate::session::groups;
use crate::session::revoke;
use crate::store::Store;
use crate::token::TokenHash;

/// A session as its owner sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnSession {
    /// The handle to end it by.
    pub id: SessionId,
    /// From where the person signed on.
    pub device: Device,
    /// The time at which the person signed on.
    pub opened: Timestamp,
    /// The latest request that was noted; requests in quick succession are noted once.
    pub seen: Timestamp,
    /// The time at which it ends by itself, if it is used until then.
    pub expires: Timestamp,
    /// True if it is the one that asks.
    pub is_this: bool,
}

/// Looks sessions up, and ends those that their person wants ended.
#[derive(Clone)]
pub(crate) struct LiveSessions {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    touch_in_flight: Arc<TouchInFlight>,
}

impl LiveSessions {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> LiveSessions {
        LiveSessions {
            store,
            clock,
            touch_in_flight: Arc::default(),
        }
    }

    /// The live session of a token, without a note that it was used.
    pub(crate) async fn live(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        let now = self.clock.now();
        let record = self.store.session(token, now).await?;
        Ok(record.and_then(|record| Session::resume(record, now)))
    }

    /// The live session of a token, which is used by that.
    pub(crate) async fn seen(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        let now = self.clock.now();
        let record = self.store.session(token, now).await?;
        let unnoted = record.as_ref().is_some_and(|record| record.is_unnoted(now));
        let session = record.and_then(|record| Session::resume(record, now));
        if unnoted && session.is_some() {
            self.note(*token, now);
        }
        Ok(session)
    }

    /// Notes that a session was used, beside the request: a write waits for the disk, and perhaps for other processes, and
    /// nobody's page has to. What is not noted for want of a store only lets an idle session end early.
    fn note(&self, token: TokenHash, now: Timestamp) {
        if !self.touch_in_flight.begin(&token) {
            return;
        }
        let sessions = self.clone();
        tokio::spawn(async move {
            if let Err(error) = sessions.store.touch_session(&token, now).await {
                tracing::warn!(event = "session-use-not-noted", %error, "the latest use of a session was not noted");
            }
            sessions.touch_in_flight.end(&token);
        });
    }

    pub(crate) async fn groups(&self, session: &Session) -> Result<Vec<Group>, StoreError> {
        let attributes = session.attributes();
        let Some(user) = session.user() else {
            return Ok(groups(Memberships::default(), attributes));
        };
        let memberships = self
            .store
            .memberships(session.connection(), user, claimed(attributes))
            .await
            .map_err(plain)?;
        Ok(groups(memberships, attributes))
    }

    pub(crate) async fn of(&self, user: &Session) -> Result<Vec<OwnSession>, StoreError> {
        let records = self.own(user, Some(LIMIT)).await?;
        let own = |record: SessionRecord| OwnSession {
            is_this: record.id == user.record().id,
            id: record.id,
            device: record.device,
            opened: record.opened,
            seen: record.seen,
            expires: record.expires,
        };
        Ok(records.into_iter().map(own).collect())
    }

    pub(crate) async fn end(&self, user: &Session, id: &SessionId) -> Result<bool, StoreError> {
        let own = self.own(user, None).await?;
        match own.iter().any(|record| record.id == *id) {
            true => Ok(self.revoke(std::slice::from_ref(id)).await? > 0),
            false => Ok(false),
        }
    }

    /// Ends all other sessions of the person who is signed on; says how many. A store that fails may have ended some.
    pub(crate) async fn end_others(&self, user: &Session) -> Result<u64, StoreError> {
        let own = self.own(user, None).await?.into_iter();
        let others = own.map(|record| record.id);
        let others: Vec<SessionId> = others.filter(|id| *id != user.record().id).collect();
        self.revoke(&others).await
    }

    async fn revoke(&self, ids: &[SessionId]) -> Result<u64, StoreError> {
        let ended = revoke(&*self.store, ids, self.clock.now(), None).await?;
        Ok(ended.len() as u64)
    }

    /// By the user in the directory; of somebody who has none by the name that the identity provider gave, to the letter.
    async fn own(
        &self,
        user: &Session,
        limit: Option<u32>,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let by_name = user.user().is_none();
        let filter = SessionFilter {
            connection: Some(user.connection().clone()),
            name_id: by_name.then(|| user.name_id().value.clone()),
            user: user.user().cloned(),
            limit,
            ids: Vec::new(),
        };
        let now = self.clock.now();
        let records = self.store.sessions(&filter, now).await?.into_iter();
        let theirs = |record: &SessionRecord| {
            let is_own = record.name_id == *user.name_id() && record.issuer == user.record().issuer;
            !by_name || is_own
        };
        Ok(records.filter(theirs).collect())
    }
}

/// The sessions whose latest request is being noted just now: of many requests at a time one writes.
#[derive(Default)]
struct TouchInFlight(Mutex<HashSet<[u8; 32]>>);

impl TouchInFlight {
    /// Begins to note this session; false if another request is noting it already.
    fn begin(&self, token: &TokenHash) -> bool {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.insert(*token.as_bytes())
    }

    fn end(&self, token: &TokenHash) {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.remove(token.as_bytes());
    }
}

/// An error of the directory that is no refusal to anybody.
pub(super) fn plain(error: DirectoryError) -> StoreError {
    match error {
        DirectoryError::Store(error) => error,
        error => StoreError::new(error),
    }
}

/// Sessions of one person on one page.
const LIMIT: u32 = 500;
