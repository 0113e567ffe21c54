//! Running statements. Their text is kept prepared by the connection, and each value is a parameter.

use jiff::Timestamp;
use rusqlite::CachedStatement;
use rusqlite::Params;
use rusqlite::Row;
use rusqlite::params_from_iter;
use rusqlite::types::FromSql;
use rusqlite::types::Value;

use super::Db;
use super::error::Cause;

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
    mut read: impl FnMut(&Row<'_>) -> Result<T, Cause>,
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
    read: impl FnOnce(&Row<'_>) -> Result<T, Cause>,
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

pub(super) fn column<T: FromSql>(row: &Row<'_>) -> Result<T, Cause> {
    Ok(row.get(0)?)
}

pub(super) fn text<'r>(row: &'r Row<'_>, column: &str) -> Result<&'r str, rusqlite::Error> {
    Ok(row.get_ref(column)?.as_str()?)
}

pub(super) fn optional<'r>(
    row: &'r Row<'_>,
    column: &str,
) -> Result<Option<&'r str>, rusqlite::Error> {
    Ok(row.get_ref(column)?.as_str_or_null()?)
}

/// A moment as the database keeps it.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A statement, or a part of one, that is put together, and the values of its parameters in their order.
#[derive(Clone)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Sql {
        Sql::of(text, [])
    }

    /// A text with a `?` for each of the values.
    pub(super) fn of<const N: usize>(text: &str, values: [Value; N]) -> Sql {
        Sql {
            text: text.to_owned(),
            values: values.into(),
        }
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Sql {
        self.text.push_str(text);
        self
    }

    pub(super) fn bind(&mut self, value: impl Into<Value>) -> &mut Sql {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// Adds parameters in brackets: `(?, ?)`.
    pub(super) fn bind_list(
        &mut self,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> &mut Sql {
        let before = self.values.len();
        self.values.extend(values.into_iter().map(Into::into));
        let list = vec!["?"; self.values.len() - before].join(", ");
        self.push("(").push(&list).push(")")
    }

    pub(super) fn append(&mut self, part: &Sql) -> &mut Sql {
        self.text.push_str(&part.text);
        self.values.extend_from_slice(&part.values);
        self
    }

    pub(super) fn all<T>(
        &self,
        db: &Db,
        read: impl FnMut(&Row<'_>) -> Result<T, Cause>,
    ) -> Result<Vec<T>, Cause> {
        all(db, &self.text, params_from_iter(&self.values), read)
    }

    pub(super) fn first<T>(
        &self,
        db: &Db,
        read: impl FnOnce(&Row<'_>) -> Result<T, Cause>,
    ) -> Result<Option<T>, Cause> {
        first(db, &self.text, params_from_iter(&self.values), read)
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
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

    #[test]
    fn a_statement_that_is_put_together_binds_its_values_in_their_order() {
        let db = Db::open_in_memory().unwrap();
        let part = Sql::of(" FROM (SELECT ? AS x) WHERE x IN ", ["b".to_owned().into()]);
        let mut statement = Sql::new("SELECT ");
        statement.bind(1_i64).push(" || x").append(&part);
        statement.bind_list(["a".to_owned(), "b".to_owned()]);
        assert_eq!(
            statement.text(),
            "SELECT ? || x FROM (SELECT ? AS x) WHERE x IN (?, ?)"
        );
        let found: Vec<String> = statement.all(&db, column).unwrap();
        assert_eq!(found, ["1b"]);
        let mut nothing = Sql::new("SELECT 1 WHERE 1 IN ");
        nothing.bind_list([] as [i64; 0]);
        let found: Option<i64> = nothing.first(&db, column).unwrap();
        assert_eq!(found, None);
    }
}
