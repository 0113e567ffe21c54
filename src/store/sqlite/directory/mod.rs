//! The directory as rows: users, groups, and who belongs to which group. Attributes stand as JSON beside the columns that
//! they are found by.

mod collisions;
mod list;
mod members;
#[cfg(test)]
mod plans;
mod rows;
mod transaction;
mod write;

use async_trait::async_trait;

pub(super) use self::transaction::Rows;
use super::Db;
use super::SqliteStore;
use super::pool::Snapshot;
use super::readers::Readers;
use super::ready::ready;
use crate::connection::ConnectionId;
use crate::directory::Directory;
use crate::directory::DirectoryTx;
use crate::directory::ViewTx;
use crate::directory::Weight;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::store::records::Cause;

#[async_trait]
impl Directory for SqliteStore {
    async fn look(
        &self,
        connection: &ConnectionId,
        weight: Weight,
        work: TxWork<ViewTx>,
    ) -> Result<(), StoreError> {
        let seen = match &self.readers {
            None => self.look_on_writer(connection, work).await,
            Some(readers) => look(readers, connection, weight, work).await,
        };
        seen.map_err(|cause| self.own(cause))
    }

    async fn run(
        &self,
        connection: &ConnectionId,
        work: TxWork<DirectoryTx>,
    ) -> Result<TxOutcome, StoreError> {
        let connection = connection.clone();
        let run = move |db: &mut Db, work: TxWork<DirectoryTx>| {
            let connection = &connection;
            ready(work.run(&mut Rows { db, connection }))
        };
        self.run_in_transaction(work, run).await
    }
}

impl SqliteStore {
    async fn look_on_writer(
        &self,
        connection: &ConnectionId,
        work: TxWork<ViewTx>,
    ) -> Result<(), Cause> {
        let connection = connection.clone();
        let seen = self
            .writer
            .write(move |db| see(db, &connection, work.clone()));
        seen.await
    }

    /// The error of the store that the work has handed back, or another one.
    fn own(&self, cause: Cause) -> StoreError {
        match cause.downcast() {
            Ok(own) => *own,
            Err(cause) => self.failed(cause),
        }
    }
}

async fn look(
    readers: &Readers,
    connection: &ConnectionId,
    weight: Weight,
    work: TxWork<ViewTx>,
) -> Result<(), Cause> {
    let inline = match weight {
        Weight::LookUp => readers
            .inline
            .read(|db| see(Snapshot::begin(db)?.0, connection, work.clone())),
        Weight::Scan | Weight::List => None,
    };
    let pool = match weight {
        Weight::LookUp | Weight::Scan => &readers.scans,
        Weight::List => &readers.lists,
    };
    match inline {
        Some(seen) => seen,
        None => {
            let connection = connection.clone();
            pool.read(move |db| see(db, &connection, work)).await
        }
    }
}

fn see(db: &mut Db, connection: &ConnectionId, work: TxWork<ViewTx>) -> Result<(), Cause> {
    Ok(ready(work.run(&mut Rows { db, connection }))??)
}
