//! Sessions as the port wants them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresStore;
use super::query::Query as _;
use super::query::values;
use super::rows::Rows;
use super::session_rows::FIND;
use super::sign_on;
use super::transaction::Keeps;
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

#[async_trait]
impl Sessions for PostgresStore {
    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let values = values![token.as_bytes(), micros(now)];
        let found = self.reading().first(FIND, &values, read_session).await;
        Ok(self.own(found)?.filter(|record| !record.is_over(now)))
    }

    async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        let values = values![token.as_bytes(), micros(now)];
        self.own(self.writing().execute(TOUCH, &values).await)
            .map(drop)
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let listing = list_sessions(Dialect::Postgres, filter, now);
        self.own(self.reading().all_of(&listing, read_session).await)
    }

    async fn count_sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let counting = count_sessions(Dialect::Postgres, filter, now);
        let count = self.own(self.reading().number_of(&counting).await)?;
        u64::try_from(count).map_err(StoreError::new)
    }

    async fn has_signed_on(&self, connection: &ConnectionId) -> Result<bool, StoreError> {
        let values = values![connection.as_str()];
        self.own(self.reading().truth(HAS_SIGNED_ON, &values).await)
    }

    async fn change_sessions(&self, work: TxWork<SessionTx>) -> Result<TxOutcome, StoreError> {
        let run = self.transact(Keeps::Nothing, move |conn| {
            let work = work.clone();
            Box::pin(async move { Ok(work.run(conn).await) })
        });
        run.await
    }

    async fn sign_on(
        &self,
        connection: &ConnectionId,
        lock: Lock,
        work: TxWork<SignOnTx>,
    ) -> Result<TxOutcome, StoreError> {
        let connection = connection.clone();
        let keeps = match lock {
            Lock::Connection => Keeps::Connection(connection.to_string()),
            Lock::Users => Keeps::Shared(connection.to_string()),
        };
        let run = self.transact(keeps, move |conn| {
            let (connection, work) = (connection.clone(), work.clone());
            Box::pin(async move {
                let mut rows = Rows::new(conn, &connection).locking_users(lock == Lock::Users);
                Ok(work.run(&mut rows).await)
            })
        });
        run.await
    }

    async fn last_sign_ons(
        &self,
        connection: &ConnectionId,
        of: &LastSignOnOf,
    ) -> Result<Vec<LastSignOn>, StoreError> {
        sign_on::last(self, connection, of).await
    }
}

const HAS_SIGNED_ON: &str =
    "SELECT EXISTS (SELECT 1 FROM signed_on WHERE connection = $1) AS truth";

const TOUCH: &str =
    "UPDATE sessions SET seen = $2 WHERE token = $1 AND (seen IS NULL OR seen < $2)";
