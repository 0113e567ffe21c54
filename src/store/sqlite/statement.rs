//! Running statements. Their text is kept prepared by the connection, and each value is a parameter.

use std::borrow::Cow;

use rusqlite::CachedStatement;
use rusqlite::Params;
use rusqlite::Row as SqliteRow;
use rusqlite::ToSql;
use rusqlite::params_from_iter;
use rusqlite::types::FromSql;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;
#[cfg(feature = "postgres")]
use serde_json::json;

use super::Db;
use crate::store::records::Cause;
use crate::store::records::Row;
use crate::store::records::Sql;
use crate::store::records::Value;

/// Runs a statement that returns no rows; says how many it changed.
pub(super) fn execute(
    db: &Db,
    statement: &str,
    values: impl Params,
) -> Result<usize, rusqlite::Error> {
    prepared(db, statement)?.execute(values)
}

fn prepared<'d>(db: &'d Db, statement: &str) -> Result<CachedStatement<'d>, rusqlite::Error> {
    #[cfg(test)]
    watch::note(statement);
    db.prepare_cached(statement)
}

pub(super) fn all<T>(
    db: &Db,
    statement: &str,
    values: impl Params,
    mut read: impl FnMut(&SqliteRow<'_>) -> Result<T, Cause>,
) -> Result<Vec<T>, Cause> {
    let mut prepared = prepared(db, statement)?;
    let mut rows = prepared.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

pub(super) fn first<T>(
    db: &Db,
    statement: &str,
    values: impl Params,
    read: impl FnOnce(&SqliteRow<'_>) -> Result<T, Cause>,
) -> Result<Option<T>, Cause> {
    let mut prepared = prepared(db, statement)?;
    let mut rows = prepared.query(values)?;
    rows.next()?.map(read).transpose()
}

pub(super) fn value<T: FromSql>(
    db: &Db,
    statement: &str,
    values: impl Params,
) -> Result<T, rusqlite::Error> {
    prepared(db, statement)?.query_row(values, |row| row.get(0))
}

pub(super) fn column<T: FromSql>(row: &SqliteRow<'_>) -> Result<T, Cause> {
    Ok(row.get(0)?)
}

impl Row for SqliteRow<'_> {
    fn optional_text(&self, column: &str) -> Result<Option<Cow<'_, str>>, Cause> {
        Ok(self.get_ref(column)?.as_str_or_null()?.map(Cow::Borrowed))
    }

    fn optional_integer(&self, column: &str) -> Result<Option<i64>, Cause> {
        Ok(self.get(column)?)
    }

    fn optional_bytes(&self, column: &str) -> Result<Option<Cow<'_, [u8]>>, Cause> {
        Ok(self.get_ref(column)?.as_blob_or_null()?.map(Cow::Borrowed))
    }

    fn boolean(&self, column: &str) -> Result<bool, Cause> {
        Ok(self.get(column)?)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Integer(number) => ToSqlOutput::from(*number),
            Value::Boolean(truth) => ToSqlOutput::from(*truth),
            Value::Text(text) => ToSqlOutput::from(text.as_str()),
            Value::Bytes(bytes) => ToSqlOutput::from(bytes.as_slice()),
            // As SQLite's own functions for JSON take several.
            #[cfg(feature = "postgres")]
            Value::Texts(texts) => ToSqlOutput::from(json!(texts).to_string()),
        })
    }
}

impl Sql {
    pub(super) fn all<T>(
        &self,
        db: &Db,
        read: impl FnMut(&SqliteRow<'_>) -> Result<T, Cause>,
    ) -> Result<Vec<T>, Cause> {
        all(db, &self.text, params_from_iter(&self.values), read)
    }

    pub(super) fn first<T>(
        &self,
        db: &Db,
        read: impl FnOnce(&SqliteRow<'_>) -> Result<T, Cause>,
    ) -> Result<Option<T>, Cause> {
        first(db, &self.text, params_from_iter(&self.values), read)
    }
}

/// The statements that a thread has run, for tests that count them.
#[cfg(test)]
pub(super) mod watch {
    use std::cell::RefCell;

    thread_local! {
        static RUN: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
    }

    /// Begins to write down the statements of this thread; returns those that were written down so far.
    pub(in crate::store::sqlite) fn begin() -> Vec<String> {
        RUN.replace(Some(Vec::new())).unwrap_or_default()
    }

    pub(super) fn note(statement: &str) {
        RUN.with_borrow_mut(|run| {
            if let Some(run) = run {
                run.push(statement.to_owned());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::Dialect;

    #[test]
    fn a_statement_that_is_put_together_binds_its_values_in_their_order() {
        let db = Db::open_in_memory().unwrap();
        let part = Sql::of(
            Dialect::Sqlite,
            " FROM (SELECT ? AS x) WHERE x IN ",
            ["b".to_owned().into()],
        );
        let mut statement = Sql::new(Dialect::Sqlite, "SELECT ");
        statement.bind(1_i64).push(" || x").append(&part);
        statement.bind_list(["a".to_owned(), "b".to_owned()]);
        assert_eq!(
            statement.text,
            "SELECT ? || x FROM (SELECT ? AS x) WHERE x IN (?, ?)"
        );
        let found: Vec<String> = statement.all(&db, column).unwrap();
        assert_eq!(found, ["1b"]);
        let mut nothing = Sql::new(Dialect::Sqlite, "SELECT 1 WHERE 1 IN ");
        nothing.bind_list([] as [i64; 0]);
        let found: Option<i64> = nothing.first(&db, column).unwrap();
        assert_eq!(found, None);
    }
}
