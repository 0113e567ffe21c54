//! Sessions as the port wants them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Db;
use super::SqliteStore;
use super::directory::Rows;
use super::ready::ready;
use super::session_rows::FIND;
use super::session_rows::LIVE;
use super::session_rows::read;
use super::sign_on;
use super::statement::Sql;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use super::statement::micros;
use super::statement::value;
use crate::connection::ConnectionId;
use crate::directory::Lock;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::SessionFilter;
use crate::session::SessionRecord;
use crate::session::SessionTx;
use crate::session::Sessions;
use crate::session::SignOnTx;
use crate::token::TokenHash;

/// The one writer holds every lock.
#[async_trait]
impl Sessions for SqliteStore {
    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let readers = self.readers.as_ref();
        let found = readers.and_then(|readers| readers.inline.session(token, now));
        if let Some(found) = found {
            return found.map_err(|cause| self.failed(cause));
        }
        let token = *token;
        let found = self.scan(move |db| first(db, FIND, (token.as_bytes(), micros(now)), read));
        Ok(found.await?.filter(|record| !record.is_over(now)))
    }

    async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        let token = *token;
        self.write(move |db| {
            execute(db, TOUCH, (token.as_bytes(), micros(now)))?;
            Ok(())
        })
        .await
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let listing = listing(filter, now);
        self.scan(move |db| listing.all(db, read)).await
    }

    async fn count_sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let counting = selection(COUNT, filter, now);
        let count = self.scan(move |db| counting.first(db, column::<i64>));
        let count = count.await?.unwrap_or_default();
        u64::try_from(count).map_err(StoreError::new)
    }

    async fn has_signed_on(&self, connection: &ConnectionId) -> Result<bool, StoreError> {
        let connection = connection.clone();
        self.read(move |db| Ok(value(db, HAS_SIGNED_ON, [connection.as_str()])?))
            .await
    }

    async fn change_sessions(&self, work: TxWork<SessionTx>) -> Result<TxOutcome, StoreError> {
        self.run_in_transaction(work, |db, work| ready(work.run(db)))
            .await
    }

    async fn sign_on(
        &self,
        connection: &ConnectionId,
        _: Lock,
        work: TxWork<SignOnTx>,
    ) -> Result<TxOutcome, StoreError> {
        let connection = connection.clone();
        let run = move |db: &mut Db, work: TxWork<SignOnTx>| {
            let connection = &connection;
            ready(work.run(&mut Rows { db, connection }))
        };
        self.run_in_transaction(work, run).await
    }

    async fn last_sign_ons(
        &self,
        connection: &ConnectionId,
        of: &LastSignOnOf,
    ) -> Result<Vec<LastSignOn>, StoreError> {
        sign_on::last(self, connection, of).await
    }
}

fn listing(filter: &SessionFilter, now: Timestamp) -> Sql {
    let mut query = selection(LIST, filter, now);
    query.push(" ORDER BY s.opened DESC, s.id");
    if let Some(limit) = filter.limit {
        query.push(" LIMIT ").bind(i64::from(limit));
    }
    query
}

/// Asks for no more than the filter says, so that each filter finds its index.
fn selection(columns: &str, filter: &SessionFilter, now: Timestamp) -> Sql {
    let mut query = Sql::new(columns);
    query.push(FROM);
    query.push(LIVE).push(" AND s.expires > ");
    query.bind(micros(now)).push(NOT_IDLE);
    query.bind(micros(now)).push(")");
    if let Some(connection) = &filter.connection {
        query.push(" AND s.connection = ");
        query.bind(connection.as_str().to_owned());
    }
    if let Some(name_id) = &filter.name_id {
        query.push(" AND s.name_id = ");
        query.bind(name_id.clone());
    }
    if let Some(user) = &filter.user {
        query.push(" AND u.id = ").bind(user.as_str().to_owned());
    }
    if !filter.ids.is_empty() {
        let ids = filter.ids.iter().map(|id| id.as_str().to_owned());
        query.push(" AND s.id IN ").bind_list(ids);
    }
    query
}

const NOT_IDLE: &str = " AND (s.idle IS NULL OR coalesce(s.seen, s.opened) + s.idle > ";

const LIST: &str = "SELECT s.record, s.seen";

const COUNT: &str = "SELECT count(*)";

const FROM: &str = " FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq WHERE ";

const HAS_SIGNED_ON: &str = "SELECT EXISTS (SELECT 1 FROM signed_on WHERE connection = ?1)";

const TOUCH: &str =
    "UPDATE sessions SET seen = ?2 WHERE token = ?1 AND (seen IS NULL OR seen < ?2)";
