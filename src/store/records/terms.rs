//! Terms of a filter as conditions on rows.

use super::Sql;
use crate::connection::ConnectionId;
use crate::scim::Indexed;
use crate::scim::Operator;
use crate::scim::Term;
use crate::scim::TermValue;

/// Adds `AND ...` for a term, on the row `r`.
pub(super) fn push(query: &mut Sql, connection: &ConnectionId, term: &Term) {
    let join = query.dialect.join();
    query.push(" AND ");
    match term.attribute {
        Indexed::Email => {
            query.push("r.seq IN (SELECT e.user_seq FROM user_emails AS e WHERE e.connection = ");
            query.bind(connection.as_str().to_owned());
            query.push(" AND ");
            compare(query, "e.email_key", term);
            query.push(")");
        }
        Indexed::Member => {
            query.push("r.seq IN (SELECT m.group_seq FROM users AS u");
            query
                .push(join)
                .push("group_users AS m ON m.user_seq = u.seq WHERE u.connection = ");
            query.bind(connection.as_str().to_owned());
            query.push(" AND ");
            compare(query, "u.id", term);
            query.push(" UNION ALL SELECT m.group_seq FROM groups AS g");
            query
                .push(join)
                .push("group_groups AS m ON m.member_seq = g.seq WHERE g.connection = ");
            query.bind(connection.as_str().to_owned());
            query.push(" AND ");
            compare(query, "g.id", term);
            query.push(")");
        }
        Indexed::Group => {
            query.push("r.seq IN (WITH RECURSIVE below (seq) AS (");
            query.push("SELECT g.seq FROM groups AS g WHERE g.connection = ");
            query.bind(connection.as_str().to_owned());
            query.push(" AND ");
            compare(query, "g.id", term);
            query.push(" UNION SELECT n.member_seq FROM below");
            query
                .push(join)
                .push("group_groups AS n ON n.group_seq = below.seq)");
            query.push(" SELECT m.user_seq FROM below");
            query
                .push(join)
                .push("group_users AS m ON m.group_seq = below.seq)");
        }
        column => compare(query, name(column), term),
    }
}

pub(super) fn name(column: Indexed) -> &'static str {
    match column {
        Indexed::ExternalId => "r.external_id",
        Indexed::UserName => "r.name_key",
        Indexed::DisplayName => "r.display_name_key",
        Indexed::Active => "r.active",
        Indexed::Created => "r.created",
        Indexed::LastModified => "r.modified",
        // The others stand in tables of their own, and never come here.
        Indexed::Id | Indexed::Email | Indexed::Member | Indexed::Group => "r.id",
    }
}

fn compare(query: &mut Sql, column: &'static str, term: &Term) {
    match &term.value {
        TermValue::Boolean(value) => {
            query.push(column).push(" = ").bind(*value);
        }
        TermValue::Text(text) if term.operator == Operator::Sw => starts_with(query, column, text),
        TermValue::Text(text) => {
            query.push(column).push(" = ").bind(text.clone());
        }
        TermValue::Instant(instant) => {
            let whole = instant.subsec_nanosecond() % 1000 == 0;
            let operator = match (term.operator, whole) {
                (Operator::Eq, true) => " = ",
                // Rows know no part of a microsecond, so none is equal to one.
                (Operator::Eq, false) => " IS NULL AND CAST(0 AS bigint) < ",
                (Operator::Gt, _) | (Operator::Ge, false) => " > ",
                (Operator::Ge, true) => " >= ",
                (Operator::Lt, true) => " < ",
                _ => " <= ",
            };
            query.push(column).push(operator);
            query.bind(instant.as_microsecond());
        }
    }
}

/// A range of an index: from the text itself to the first one that does not begin with it.
fn starts_with(query: &mut Sql, column: &'static str, text: &str) {
    query.push("(").push(column).push(" >= ");
    query.bind(text.to_owned());
    if let Some(end) = successor(text) {
        query.push(" AND ").push(column).push(" < ");
        query.bind(end);
    }
    query.push(")");
}

/// The least text that is greater than all that begin with this one. UTF-8 is ordered as its characters are.
fn successor(text: &str) -> Option<String> {
    let mut characters: Vec<char> = text.chars().collect();
    while let Some(last) = characters.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_ends_the_range_of_a_beginning() {
        for (text, expected) in [
            ("", None),
            ("\u{10ffff}", None),
            ("ada", Some("adb")),
            ("ad\u{10ffff}", Some("ae")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("\u{7f}", Some("\u{80}")),
        ] {
            assert_eq!(successor(text).as_deref(), expected, "{text:?}");
        }
    }
}
