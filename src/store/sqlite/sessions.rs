//! Sessions as the port wants them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Db;
use super::SqliteStore;
use super::directory::Rows;
use super::ready::ready;
use super::session_rows::FIND;
use super::sign_on;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
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
use crate::store::records::Dialect;
use crate::store::records::count_sessions;
use crate::store::records::list_sessions;
use crate::store::records::micros;
use crate::store::records::read_session;
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
        let found = self.scan(move |db| {
            first(db, FIND, (token.as_bytes(), micros(now)), |row| {
                read_session(row)
            })
        });
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
        let listing = list_sessions(Dialect::Sqlite, filter, now);
        self.scan(move |db| listing.all(db, |row| read_session(row)))
            .await
    }

    async fn count_sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let counting = count_sessions(Dialect::Sqlite, filter, now);
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

const HAS_SIGNED_ON: &str = "SELECT EXISTS (SELECT 1 FROM signed_on WHERE connection = ?1)";

const TOUCH: &str =
    "UPDATE sessions SET seen = ?2 WHERE token = ?1 AND (seen IS NULL OR seen < ?2)";
