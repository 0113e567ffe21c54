//! Lists of users and groups: rows that a database finds and orders by its indexes.

use super::Cause;
use super::Dialect;
use super::EntityRow;
use super::Sql;
use super::terms;
use crate::connection::ConnectionId;
use crate::directory::RowOrder;
use crate::directory::RowPlace;
use crate::directory::RowSelection;
use crate::scim::Term;

pub(in crate::store) fn list_rows<T: EntityRow>(
    dialect: Dialect,
    connection: &ConnectionId,
    selection: &RowSelection<'_>,
) -> Result<Sql, Cause> {
    let mut query = Sql::new(dialect, "");
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
pub(in crate::store) fn count_rows<T: EntityRow>(
    dialect: Dialect,
    connection: &ConnectionId,
    terms: &[Term],
    most: u64,
) -> Sql {
    let mut query = Sql::new(dialect, "SELECT count(*) AS number FROM (");
    push_select::<T>(&mut query, "1", connection, terms);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    query.push(" LIMIT ").bind(most).push(") AS counted");
    query
}

fn push_select<T: EntityRow>(
    query: &mut Sql,
    columns: &'static str,
    connection: &ConnectionId,
    terms: &[Term],
) {
    query.push("SELECT ").push(columns).push(" FROM ");
    query.push(T::TABLE).push(" AS r WHERE ");
    // In SQLite an index on the connection would lead to all of its rows; as an expression it leaves the lead to the other table.
    let other_leads =
        query.dialect == Dialect::Sqlite && terms.iter().any(|term| term.attribute.has_several());
    query.push(match other_leads {
        true => "r.connection || '' = ",
        false => "r.connection = ",
    });
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
