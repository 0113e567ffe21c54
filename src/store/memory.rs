//! A store in the memory of one process: for tests, and for demos whose people may sign in again after a
//! restart. It keeps no promise across a crash, so a response could be used once more after one.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::sync::MutexGuard;

use async_trait::async_trait;
use jiff::Timestamp;

use super::AlreadyThere;
use super::Store;
use super::Swept;
use super::TooManyRequests;
use super::UnknownConnection;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Connections;
use crate::metadata::MetadataCache;
use crate::metadata::MetadataCopy;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::MessageId;
use crate::saml::ReplayCache;
use crate::saml::ReplayKey;
use crate::session::LogoutScope;
use crate::session::Opening;
use crate::session::PendingRequest;
use crate::session::RequestStore;
use crate::session::SessionFilter;
use crate::session::SessionId;
use crate::session::SessionRecord;
use crate::session::Sessions;
use crate::session::TakenRequest;
use crate::token::TokenHash;

/// A [`Store`] that lives and ends with the process. Its size is bounded by what is live: maps of records
/// that expire drop the expired ones as they grow, whether or not anybody sweeps.
///
/// Looking up a token compares hashes, so the time it takes says nothing about the token.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connections: BTreeMap<String, Connection>,
    metadata: HashMap<String, MetadataCopy>,
    revision: u64,
    replay_keys: Expiring<ReplayKey, Timestamp>,
    requests: Expiring<MessageId, PendingRequest>,
    sessions: Expiring<TokenHash, SessionRecord>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// A panic while the lock was held may have left half a change behind, so from then on the store fails.
    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        self.state
            .lock()
            .map_err(|_| StoreError::new("a thread panicked while it changed the store"))
    }
}

impl State {
    /// Whether the key is new; it is kept from now on.
    fn admit(&mut self, key: ReplayKey, until: Timestamp, now: Timestamp) -> Admission {
        let keys = &mut self.replay_keys;
        match keys.records.get_mut(&key) {
            Some(kept) if now <= *kept => {
                *kept = until.max(*kept);
                Admission::Replayed
            }
            _ => {
                keys.insert(key, until, now);
                Admission::First
            }
        }
    }

    fn open(&mut self, record: &SessionRecord) -> Result<(), StoreError> {
        self.expect_room(record)?;
        let (token, opened) = (record.token, record.opened);
        self.sessions.insert(token, record.clone(), opened);
        Ok(())
    }

    /// Fails unless the session's connection is there and its token is not.
    fn expect_room(&self, record: &SessionRecord) -> Result<(), StoreError> {
        self.expect_connection(record.connection.as_str())?;
        match self.sessions.records.contains_key(&record.token) {
            true => Err(StoreError::new(AlreadyThere("session"))),
            false => Ok(()),
        }
    }

    fn expect_connection(&self, id: &str) -> Result<(), StoreError> {
        if self.connections.contains_key(id) {
            Ok(())
        } else {
            Err(StoreError::new(UnknownConnection(id.to_owned())))
        }
    }
}

#[async_trait]
impl ReplayCache for MemoryStore {
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        Ok(self.state()?.admit(key, until, now))
    }
}

#[async_trait]
impl RequestStore for MemoryStore {
    async fn remember_request(
        &self,
        request: &PendingRequest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.state()?;
        state.expect_connection(request.connection.as_str())?;
        let requests = &mut state.requests;
        if requests.records.contains_key(&request.id) {
            return Err(StoreError::new(AlreadyThere("request")));
        }
        if requests.len() >= PendingRequest::CAPACITY {
            requests.sweep(now);
        }
        if requests.len() >= PendingRequest::CAPACITY {
            return Err(StoreError::new(TooManyRequests(PendingRequest::CAPACITY)));
        }
        requests.insert(request.id.clone(), request.clone(), now);
        Ok(())
    }

    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError> {
        let requests = &mut self.state()?.requests.records;
        match requests.get(id) {
            Some(request) if request.connection == *connection => {}
            _ => return Ok(TakenRequest::Unknown),
        }
        Ok(match requests.remove(id) {
            Some(request) if now < request.expires => TakenRequest::Taken(request),
            Some(_) => TakenRequest::Expired,
            None => TakenRequest::Unknown,
        })
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn open_session(&self, record: &SessionRecord) -> Result<(), StoreError> {
        self.state()?.open(record)
    }

    async fn open_session_once(
        &self,
        opening: &Opening,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        let mut state = self.state()?;
        state.expect_room(&opening.record)?;
        if state.admit(opening.assertion, opening.until, now) == Admission::Replayed {
            return Ok(Admission::Replayed);
        }
        for old in &opening.replaces {
            state.sessions.records.remove(old);
        }
        state.open(&opening.record)?;
        Ok(Admission::First)
    }

    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let state = self.state()?;
        let record = state.sessions.records.get(token);
        Ok(record.filter(|record| now < record.expires).cloned())
    }

    async fn end_session(&self, token: &TokenHash) -> Result<bool, StoreError> {
        Ok(self.state()?.sessions.records.remove(token).is_some())
    }

    async fn revoke_session(&self, id: &SessionId) -> Result<bool, StoreError> {
        let sessions = &mut self.state()?.sessions.records;
        let before = sessions.len();
        sessions.retain(|_, record| record.id != *id);
        Ok(sessions.len() < before)
    }

    async fn end_sessions(
        &self,
        connection: &ConnectionId,
        scope: &LogoutScope,
    ) -> Result<u64, StoreError> {
        let meant = |record: &SessionRecord| match scope {
            LogoutScope::Person(name_id) => record.name_id.value == *name_id,
            LogoutScope::Indexes(indexes) => record
                .session_index
                .as_ref()
                .is_some_and(|index| indexes.contains(index)),
        };
        let sessions = &mut self.state()?.sessions.records;
        let before = sessions.len();
        sessions.retain(|_, record| record.connection != *connection || !meant(record));
        Ok((before - sessions.len()) as u64)
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let state = self.state()?;
        let mut found: Vec<_> = state
            .sessions
            .records
            .values()
            .filter(|record| now < record.expires && matches(record, filter))
            .collect();
        found.sort_by(|a, b| b.opened.cmp(&a.opened).then_with(|| a.id.cmp(&b.id)));
        let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
        Ok(found.into_iter().take(limit).cloned().collect())
    }
}

fn matches(record: &SessionRecord, filter: &SessionFilter) -> bool {
    let connection = filter.connection.as_ref();
    let name_id = filter.name_id.as_ref();
    connection.is_none_or(|wanted| record.connection == *wanted)
        && name_id.is_none_or(|wanted| record.name_id.value == *wanted)
}

#[async_trait]
impl MetadataCache for MemoryStore {
    async fn metadata_copy(&self, connection: &str) -> Result<Option<MetadataCopy>, StoreError> {
        Ok(self.state()?.metadata.get(connection).cloned())
    }

    async fn keep_metadata(&self, connection: &str, copy: &MetadataCopy) -> Result<(), StoreError> {
        let mut state = self.state()?;
        state.expect_connection(connection)?;
        state.metadata.insert(connection.to_owned(), copy.clone());
        state.revision += 1;
        Ok(())
    }
}

#[async_trait]
impl Connections for MemoryStore {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        Ok(self.state()?.connections.values().cloned().collect())
    }

    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        Ok(self.state()?.connections.get(id.as_str()).cloned())
    }

    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        let mut state = self.state()?;
        state
            .connections
            .insert(connection.id().to_string(), connection.clone());
        state.revision += 1;
        Ok(())
    }

    async fn remove_connection(&self, id: &ConnectionId) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        if state.connections.remove(id.as_str()).is_none() {
            return Ok(false);
        }
        state.metadata.remove(id.as_str());
        state
            .requests
            .records
            .retain(|_, request| request.connection != *id);
        state
            .sessions
            .records
            .retain(|_, record| record.connection != *id);
        state.revision += 1;
        Ok(true)
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        Ok(self.state()?.revision)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn sweep(&self, now: Timestamp) -> Result<Swept, StoreError> {
        let mut state = self.state()?;
        Ok(Swept {
            replay_keys: state.replay_keys.sweep(now),
            requests: state.requests.sweep(now),
            sessions: state.sessions.sweep(now),
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.state().map(drop)
    }
}

/// A record that is worth nothing after a while.
trait Expires {
    fn is_expired(&self, now: Timestamp) -> bool;
}

/// The deadline of a replay key, which still counts at that very moment.
impl Expires for Timestamp {
    fn is_expired(&self, now: Timestamp) -> bool {
        *self < now
    }
}

impl Expires for PendingRequest {
    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }
}

impl Expires for SessionRecord {
    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }
}

/// A map that sweeps itself whenever it has doubled since the last sweep: each insertion pays for a constant
/// number of visits, and the map is never more than about twice what is live.
struct Expiring<K, V> {
    records: HashMap<K, V>,
    sweep_at: usize,
}

/// Below this many records a sweep gains nothing.
const SMALL: usize = 1024;

impl<K, V> Default for Expiring<K, V> {
    fn default() -> Expiring<K, V> {
        Expiring {
            records: HashMap::new(),
            sweep_at: SMALL,
        }
    }
}

impl<K: Eq + Hash, V: Expires> Expiring<K, V> {
    fn insert(&mut self, key: K, record: V, now: Timestamp) {
        if self.records.len() >= self.sweep_at {
            self.sweep(now);
            self.sweep_at = SMALL.max(2 * self.records.len());
        }
        self.records.insert(key, record);
    }

    fn sweep(&mut self, now: Timestamp) -> u64 {
        let before = self.records.len();
        self.records.retain(|_, record| !record.is_expired(now));
        (before - self.records.len()) as u64
    }

    fn len(&self) -> u64 {
        self.records.len() as u64
    }
}
