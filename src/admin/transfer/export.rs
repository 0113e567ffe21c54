//! An export of users, page after page, and the writers of both forms.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::io::Write;

use serde_json::Map;
use serde_json::Value;

use super::cells;
use super::columns;
use super::columns::Column;
use super::format::Format;
use crate::admin::Admin;
use crate::admin::Done;
use crate::admin::connections;
use crate::admin::people::Walk;
use crate::connection::ConnectionId;
use crate::directory::UserRecord;
use crate::scim::Relations;
use crate::scim::ResourceKind;
use crate::scim::ResourceType;
use crate::text;

/// An export on its way.
pub struct Export<'a> {
    walk: Walk<'a>,
    first: Option<Vec<UserRecord>>,
    total: Option<u64>,
}

/// Users that are in memory at once.
const PAGE: usize = 500;

impl<'a> Export<'a> {
    /// Begins an export: the connection and the filter are checked, and the first users are read. Fails on an unknown
    /// connection, a filter that cannot be read, and where the store does.
    pub async fn begin(
        admin: &'a Admin,
        id: &ConnectionId,
        filter: Option<String>,
    ) -> Done<Export<'a>> {
        let connection = connections::one(admin, id).await?;
        let mut walk = Walk::new(admin, &connection, filter, String::new());
        let (first, total) = walk.part::<UserRecord>(PAGE).await?;
        Ok(Export {
            walk,
            first: Some(first),
            total,
        })
    }

    /// The number of users, where it is known.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The columns of a table of these users.
    pub fn columns(&self) -> Vec<Column> {
        columns::exported(self.of())
    }

    /// The next users, as documents without what the server knows about them, but for their ids; `None` at the end. There may
    /// be none, and more behind them. Fails where the store does.
    pub async fn next(&mut self) -> Done<Option<Vec<Map<String, Value>>>> {
        let users = match self.first.take() {
            Some(first) => first,
            None if self.walk.place().is_none() => return Ok(None),
            None => self.walk.part::<UserRecord>(PAGE).await?.0,
        };
        let of = self.of();
        let documents = users.iter().map(|user| {
            let mut document = user.record().document(of, Relations::None, "");
            document.remove("meta");
            document
        });
        Ok(Some(documents.collect()))
    }

    fn of(&self) -> &ResourceType {
        self.walk.view().schemas().resource_type(ResourceKind::User)
    }
}

pub(crate) enum UserWriter<W: Write> {
    Csv(Box<csv::Writer<W>>, Vec<Column>),
    Jsonl(W),
}

impl<W: Write> UserWriter<W> {
    /// Begins a file; a table begins with its heading.
    pub(crate) fn new(
        format: Format,
        columns: Vec<Column>,
        output: W,
    ) -> io::Result<UserWriter<W>> {
        match format {
            Format::Jsonl => Ok(UserWriter::Jsonl(output)),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(output);
                writer.write_record(columns.iter().map(Column::path))?;
                Ok(UserWriter::Csv(Box::new(writer), columns))
            }
        }
    }

    /// Writes one user, and notes the attributes that have no column. Cells go through `cell`, which may spell out what steers
    /// a terminal. In JSON lines hidden characters are written as JSON escapes.
    pub(crate) fn write(
        &mut self,
        mut user: Map<String, Value>,
        left_out: &mut BTreeSet<String>,
        mut cell: impl for<'c> FnMut(Cow<'c, str>) -> Cow<'c, str>,
    ) -> io::Result<()> {
        match self {
            UserWriter::Csv(writer, columns) => {
                for column in &*columns {
                    let value = column.take(&mut user).unwrap_or_default();
                    writer.write_field(&*cell(cells::escaped(&value)))?;
                }
                writer.write_record(None::<&[u8]>)?;
                left_out.extend(columns::left_over(&user).map(str::to_owned));
                Ok(())
            }
            UserWriter::Jsonl(output) => {
                let line = serde_json::to_string(&user)?;
                output.write_all(text::json_escaped(&line).as_bytes())?;
                output.write_all(b"\n")
            }
        }
    }

    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            UserWriter::Csv(mut writer, _) => writer.flush(),
            UserWriter::Jsonl(mut output) => output.flush(),
        }
    }
}
