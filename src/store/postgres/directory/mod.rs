//! The directory as rows: users, groups, and who belongs to which group. Attributes stand as JSON beside the columns that
//! they are found by.

mod collisions;
mod members;
mod transaction;
mod write;

use async_trait::async_trait;

use super::PostgresStore;
use super::rows::Rows;
use super::transaction::Keeps;
use crate::connection::ConnectionId;
use crate::directory::Directory;
use crate::directory::DirectoryTx;
use crate::directory::ViewTx;
use crate::directory::Weight;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::ports::TxWork;

#[async_trait]
impl Directory for PostgresStore {
    async fn look(
        &self,
        connection: &ConnectionId,
        _: Weight,
        work: TxWork<ViewTx>,
    ) -> Result<(), StoreError> {
        let connection = connection.clone();
        self.look_at(move |conn| {
            let (connection, work) = (connection.clone(), work.clone());
            Box::pin(async move { Ok(work.run(&mut Rows::new(conn, &connection)).await?) })
        })
        .await
    }

    async fn run(
        &self,
        connection: &ConnectionId,
        work: TxWork<DirectoryTx>,
    ) -> Result<TxOutcome, StoreError> {
        let connection = connection.clone();
        let keeps = Keeps::Connection(connection.to_string());
        let run = self.transact(keeps, move |conn| {
            let (connection, work) = (connection.clone(), work.clone());
            Box::pin(async move { Ok(work.run(&mut Rows::new(conn, &connection)).await) })
        });
        run.await
    }
}
