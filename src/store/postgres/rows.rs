//! The rows of one connection within a transaction.

use super::conn::Conn;
use super::query::Query as _;
use crate::connection::ConnectionId;
use crate::directory::UserRecord;
use crate::store::records::Cause;
use crate::store::records::EntityRow;
use crate::store::records::Value;

pub(super) struct Rows<'c> {
    pub(super) conn: &'c mut Conn,
    pub(super) connection: &'c ConnectionId,
    locks_users: bool,
}

impl<'c> Rows<'c> {
    pub(super) fn new(conn: &'c mut Conn, connection: &'c ConnectionId) -> Rows<'c> {
        Rows {
            conn,
            connection,
            locks_users: false,
        }
    }

    /// Whether users are kept from all others from when they are found.
    pub(super) fn locking_users(self, locks_users: bool) -> Rows<'c> {
        Rows {
            locks_users,
            ..self
        }
    }

    /// The records of a table, as `r`, and a condition.
    pub(super) async fn select<T: EntityRow>(
        &mut self,
        from: &str,
        values: &[Value],
    ) -> Result<Vec<T>, Cause> {
        let lock = match self.locks_users && T::TABLE == UserRecord::TABLE {
            true => " FOR NO KEY UPDATE OF r",
            false => "",
        };
        let statement = format!("SELECT {} FROM {from}{lock}", T::COLUMNS);
        let connection = self.connection;
        self.conn
            .all(&statement, values, |row| T::read(row, connection))
            .await
    }
}
