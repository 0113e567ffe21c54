//! A row of a database, whichever it is.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Cause;
use super::UnreadableRow;

/// A row, read by the names of its columns. Each method fails where the column is missing or holds something of another type.
pub(in crate::store) trait Row {
    fn optional_text(&self, column: &str) -> Result<Option<Cow<'_, str>>, Cause>;

    fn optional_integer(&self, column: &str) -> Result<Option<i64>, Cause>;

    fn optional_bytes(&self, column: &str) -> Result<Option<Cow<'_, [u8]>>, Cause>;

    fn boolean(&self, column: &str) -> Result<bool, Cause>;

    fn text(&self, column: &str) -> Result<Cow<'_, str>, Cause> {
        self.optional_text(column)?.ok_or_else(|| Missing.into())
    }

    fn integer(&self, column: &str) -> Result<i64, Cause> {
        self.optional_integer(column)?.ok_or_else(|| Missing.into())
    }

    fn bytes(&self, column: &str) -> Result<Cow<'_, [u8]>, Cause> {
        self.optional_bytes(column)?.ok_or_else(|| Missing.into())
    }

    fn owned_text(&self, column: &str) -> Result<Option<String>, Cause> {
        Ok(self.optional_text(column)?.map(Cow::into_owned))
    }

    fn number(&self, column: &str) -> Result<u64, Cause> {
        Ok(u64::try_from(self.integer(column)?)?)
    }

    fn optional_moment(&self, column: &str) -> Result<Option<Timestamp>, Cause> {
        let moment = self.optional_integer(column)?;
        Ok(moment.map(Timestamp::from_microsecond).transpose()?)
    }

    fn moment(&self, column: &str) -> Result<Timestamp, Cause> {
        Ok(Timestamp::from_microsecond(self.integer(column)?)?)
    }
}

/// A moment as a database keeps it.
pub(in crate::store) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A column that a record cannot be without has no value.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a column has no value")]
struct Missing;

/// A row of this table that this version cannot read, whatever the reason.
pub(super) fn unreadable<T>(table: &'static str, read: Result<T, Cause>) -> Result<T, Cause> {
    read.map_err(|_| UnreadableRow(table).into())
}
