//! Statements that are put together.

/// A value of a column or of a parameter.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::store) enum Value {
    Null,
    Integer(i64),
    Boolean(bool),
    Text(String),
    Bytes(Vec<u8>),
    /// Several texts in one parameter.
    #[cfg(feature = "postgres")]
    Texts(Vec<String>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Boolean(truth)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Bytes(bytes)
    }
}

impl From<&[u8; 32]> for Value {
    fn from(bytes: &[u8; 32]) -> Value {
        Value::Bytes(bytes.to_vec())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

#[cfg(feature = "postgres")]
impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Value {
        Value::Texts(texts)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// The database that a statement is for, where they differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) enum Dialect {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

impl Dialect {
    /// A join. SQLite is told the order of its tables by it, PostgreSQL finds it by its statistics.
    pub(super) fn join(self) -> &'static str {
        match self {
            Dialect::Sqlite => " CROSS JOIN ",
            #[cfg(feature = "postgres")]
            Dialect::Postgres => " JOIN ",
        }
    }
}

/// A statement, or a part of one, with a `?` for each parameter, and the values of these in their order.
#[derive(Clone)]
pub(in crate::store) struct Sql {
    pub(in crate::store) dialect: Dialect,
    pub(in crate::store) text: String,
    pub(in crate::store) values: Vec<Value>,
}

impl Sql {
    pub(in crate::store) fn new(dialect: Dialect, text: &str) -> Sql {
        Sql::of(dialect, text, [])
    }

    /// A text with a `?` for each of the values.
    pub(in crate::store) fn of<const N: usize>(
        dialect: Dialect,
        text: &str,
        values: [Value; N],
    ) -> Sql {
        Sql {
            dialect,
            text: text.to_owned(),
            values: values.into(),
        }
    }

    pub(in crate::store) fn push(&mut self, text: &str) -> &mut Sql {
        self.text.push_str(text);
        self
    }

    pub(in crate::store) fn bind(&mut self, value: impl Into<Value>) -> &mut Sql {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// Adds parameters in brackets: `(?, ?)`.
    pub(in crate::store) fn bind_list(
        &mut self,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> &mut Sql {
        let before = self.values.len();
        self.values.extend(values.into_iter().map(Into::into));
        let list = vec!["?"; self.values.len() - before].join(", ");
        self.push("(").push(&list).push(")")
    }

    pub(in crate::store) fn append(&mut self, part: &Sql) -> &mut Sql {
        self.text.push_str(&part.text);
        self.values.extend_from_slice(&part.values);
        self
    }
}
