//! Statements, and the rows that they return. Each value is a parameter.

use tokio_postgres::Row as PostgresRow;

use crate::ports::TxFuture;
use crate::store::records::Cause;
use crate::store::records::Row;
use crate::store::records::Sql;
use crate::store::records::Value;

/// The parameters of a statement, each as a [`Value`].
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::records::Value::from($value)),*]
    };
}
pub(super) use values;

/// Runs statements: all in one transaction, or each in one of its own.
pub(super) trait Query: Send {
    fn rows<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<Vec<PostgresRow>, Cause>>;

    /// Runs a statement that returns no rows; says how many it changed.
    fn execute<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<u64, Cause>>;

    fn all<'q, T: Send + 'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
        read: impl FnMut(&PostgresRow) -> Result<T, Cause> + Send + 'q,
    ) -> TxFuture<'q, Result<Vec<T>, Cause>> {
        Box::pin(async { self.rows(text, values).await?.iter().map(read).collect() })
    }

    fn first<'q, T: Send + 'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
        read: impl FnOnce(&PostgresRow) -> Result<T, Cause> + Send + 'q,
    ) -> TxFuture<'q, Result<Option<T>, Cause>> {
        Box::pin(async { self.rows(text, values).await?.first().map(read).transpose() })
    }

    /// The number in the column `number` of the one row that a statement returns.
    fn number<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<i64, Cause>> {
        Box::pin(async {
            let number = self.first(text, values, |row| row.integer("number"));
            number.await?.ok_or_else(|| NoRow.into())
        })
    }

    /// The truth in the column `truth` of the one row that a statement returns.
    fn truth<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<bool, Cause>> {
        Box::pin(async {
            let truth = self.first(text, values, |row| row.boolean("truth"));
            truth.await?.ok_or_else(|| NoRow.into())
        })
    }

    fn all_of<'q, T: Send + 'q>(
        &'q mut self,
        sql: &'q Sql,
        read: impl FnMut(&PostgresRow) -> Result<T, Cause> + Send + 'q,
    ) -> TxFuture<'q, Result<Vec<T>, Cause>> {
        Box::pin(async { self.all(&numbered(&sql.text), &sql.values, read).await })
    }

    fn number_of<'q>(&'q mut self, sql: &'q Sql) -> TxFuture<'q, Result<i64, Cause>> {
        Box::pin(async { self.number(&numbered(&sql.text), &sql.values).await })
    }
}

/// A text that is put together, with the numbers of its parameters in the place of each `?`. It holds no other one.
pub(super) fn numbered(text: &str) -> String {
    let mut parts = text.split('?');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for (place, part) in parts.enumerate() {
        numbered.push('$');
        numbered.push_str(&(place + 1).to_string());
        numbered.push_str(part);
    }
    numbered
}

/// A fault of ours: a statement that always returns a row returned none.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a statement returned no row")]
struct NoRow;
