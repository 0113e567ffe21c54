//! Values and rows of PostgreSQL. It takes no NUL in a text, so a text is escaped where it has one. The escape keeps the order of texts,
//! and what begins with what.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::Row as PostgresRow;
use tokio_postgres::types::FromSql;
use tokio_postgres::types::IsNull;
use tokio_postgres::types::ToSql;
use tokio_postgres::types::Type;
use tokio_postgres::types::to_sql_checked;

use crate::store::records::Cause;
use crate::store::records::Row;
use crate::store::records::Value;

/// The text as PostgreSQL keeps it: U+0000 and U+0001 become U+0001 and one character more.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    match text.contains(['\u{0}', '\u{1}']) {
        true => Cow::Owned(
            text.replace('\u{1}', "\u{1}\u{2}")
                .replace('\u{0}', "\u{1}\u{1}"),
        ),
        false => Cow::Borrowed(text),
    }
}

/// The text that was escaped.
pub(super) fn unescaped(kept: &str) -> Cow<'_, str> {
    if !kept.contains('\u{1}') {
        return Cow::Borrowed(kept);
    }
    let mut text = String::with_capacity(kept.len());
    let mut characters = kept.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1}' => match characters.next() {
                Some('\u{1}') => text.push('\u{0}'),
                _ => text.push('\u{1}'),
            },
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

/// The type of a value; of none, PostgreSQL finds it by where it stands.
pub(super) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Integer(_) => Type::INT8,
        Value::Boolean(_) => Type::BOOL,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
        Value::Texts(_) => Type::TEXT_ARRAY,
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            // SQLite, from which a row may come, has no other truth.
            Value::Integer(number) if *kind == Type::BOOL => (*number != 0).to_sql(kind, out),
            Value::Integer(number) => number.to_sql(kind, out),
            Value::Boolean(truth) => truth.to_sql(kind, out),
            Value::Text(text) => escaped(text).to_sql(kind, out),
            Value::Bytes(bytes) => bytes.to_sql(kind, out),
            Value::Texts(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| escaped(text)).collect();
                texts.to_sql(kind, out)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each statement is written with its types in mind, and the server checks the length of what it gets.
        true
    }

    to_sql_checked!();
}

impl Row for PostgresRow {
    fn optional_text(&self, column: &str) -> Result<Option<Cow<'_, str>>, Cause> {
        let text: Option<&str> = self.try_get(column)?;
        Ok(text.map(unescaped))
    }

    fn optional_integer(&self, column: &str) -> Result<Option<i64>, Cause> {
        Ok(self.try_get(column)?)
    }

    fn optional_bytes(&self, column: &str) -> Result<Option<Cow<'_, [u8]>>, Cause> {
        let bytes: Option<&[u8]> = self.try_get(column)?;
        Ok(bytes.map(Cow::Borrowed))
    }

    fn boolean(&self, column: &str) -> Result<bool, Cause> {
        Ok(self.try_get(column)?)
    }
}

/// Any column, for rows that are copied as they are.
pub(super) struct Cell(pub(super) Value);

impl<'r> FromSql<'r> for Cell {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Cell, Box<dyn Error + Sync + Send>> {
        Ok(Cell(match *kind {
            Type::INT8 => Value::Integer(i64::from_sql(kind, raw)?),
            Type::BOOL => Value::Integer(i64::from(bool::from_sql(kind, raw)?)),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            _ => Value::Text(unescaped(<&str>::from_sql(kind, raw)?).into_owned()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Cell, Box<dyn Error + Sync + Send>> {
        Ok(Cell(Value::Null))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::BOOL | Type::BYTEA | Type::TEXT)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_escaped_text_has_no_nul_and_comes_back(text in "[\u{0}-\u{3}a]{0,8}") {
            let kept = escaped(&text);
            prop_assert!(!kept.contains('\0'));
            prop_assert_eq!(unescaped(&kept), text.as_str());
        }

        #[test]
        fn escaped_texts_have_the_order_of_the_texts(one in "[\u{0}-\u{3}a]{0,4}", other in "[\u{0}-\u{3}a]{0,4}") {
            prop_assert_eq!(escaped(&one).cmp(&escaped(&other)), one.cmp(&other));
            prop_assert_eq!(escaped(&one).starts_with(&*escaped(&other)), one.starts_with(&other));
        }
    }
}
