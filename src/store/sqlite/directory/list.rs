//! Rows of lists: what SQLite finds and orders by its indexes.

use super::rows::EntityRow;
use super::terms;
use crate::connection::ConnectionId;
use crate::directory::Counts;
#[cfg(test)]
use crate::directory::PAGE;
use crate::directory::RowOrder;
use crate::directory::RowPlace;
use crate::directory::RowSelection;
use crate::scim::Term;
use crate::store::sqlite::Db;
use crate::store::sqlite::error::Cause;
use crate::store::sqlite::statement::Sql;
use crate::store::sqlite::statement::column;
use crate::store::sqlite::statement::first;

pub(super) fn rows<T: EntityRow>(
    db: &Db,
    connection: &ConnectionId,
    selection: &RowSelection<'_>,
) -> Result<Vec<T>, Cause> {
    let query = statement::<T>(connection, selection)?;
    query.all(db, |row| T::read(row, connection))
}

pub(super) fn statement<T: EntityRow>(
    connection: &ConnectionId,
    selection: &RowSelection<'_>,
) -> Result<Sql, Cause> {
    let mut query = Sql::new("");
    push_select::<T>(&mut query, T::COLUMNS, connection, selection.terms);
    let count = i64::try_from(selection.count)?;
    match selection.place {
        RowPlace::Behind(after) => {
            if let Some(after) = after {
                query.push(" AND r.id > ").bind(after.to_owned());
            }
            push_order(&mut query, None);
            query.push(" LIMIT ").bind(count);
        }
        RowPlace::At { offset, order } => {
            push_order(&mut query, order);
            query.push(" LIMIT ").bind(count);
            let offset = i64::try_from(offset).unwrap_or(i64::MAX);
            query.push(" OFFSET ").bind(offset);
        }
    }
    Ok(query)
}

/// The number of rows that meet terms, counted up to `most`.
pub(super) fn count<T: EntityRow>(
    db: &Db,
    connection: &ConnectionId,
    terms: &[Term],
    most: u64,
) -> Result<u64, Cause> {
    let mut query = Sql::new("SELECT count(*) FROM (");
    push_select::<T>(&mut query, "1", connection, terms);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    query.push(" LIMIT ").bind(most).push(")");
    let count: Option<i64> = query.first(db, column)?;
    Ok(u64::try_from(count.unwrap_or(0))?)
}

pub(super) fn counts(db: &Db, connection: &ConnectionId) -> Result<Counts, Cause> {
    let counts = first(db, COUNTS, [connection.as_str()], |row| {
        let count = |column| -> Result<u64, Cause> { Ok(row.get::<_, i64>(column)?.try_into()?) };
        Ok(Counts {
            users: count("users")?,
            active_users: count("active_users")?,
            groups: count("groups")?,
        })
    })?;
    Ok(counts.unwrap_or_default())
}

fn push_select<T: EntityRow>(
    query: &mut Sql,
    columns: &'static str,
    connection: &ConnectionId,
    terms: &[Term],
) {
    query.push("SELECT ").push(columns).push(" FROM ");
    query.push(T::TABLE).push(" AS r WHERE ");
    // An index on the connection would lead to all of its rows; as an expression it leaves the lead to the other table.
    query.push(
        match terms.iter().any(|term| term.attribute.has_several()) {
            true => "r.connection || '' = ",
            false => "r.connection = ",
        },
    );
    query.bind(connection.as_str().to_owned());
    for term in terms {
        terms::push(query, connection, term);
    }
}

fn push_order(query: &mut Sql, order: Option<RowOrder>) {
    query.push(" ORDER BY ");
    if let Some(RowOrder { column, descending }) = order {
        query.push(terms::name(column));
        query.push(match descending {
            true => " DESC NULLS FIRST, ",
            false => " ASC NULLS LAST, ",
        });
    }
    query.push("r.id");
}

#[cfg(test)]
pub(super) fn page<T: EntityRow>(terms: &[Term], after: Option<&str>) -> String {
    let selection = RowSelection {
        terms,
        place: RowPlace::Behind(after),
        count: PAGE,
    };
    let statement = statement::<T>(&"acme".parse().unwrap(), &selection).unwrap();
    statement.text().to_owned()
}

const COUNTS: &str =
    "SELECT users, active_users, groups FROM directory_counts WHERE connection = ?1";
