//! The rows of a file of users, one in memory at a time, and none longer than the body of a SCIM request.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::sync::Arc;

use csv::ByteRecord;
use csv::StringRecord;
use serde_json::Value;
use serde_json::json;

use super::cells;
use super::columns;
use super::format::Format;
use super::format::MatchBy;
use super::group_names::GROUPS;
use super::group_names::GroupNames;
use super::metered::Meter;
use super::metered::Metered;
use super::metered::begun;
use super::unreadable::UnreadableRows;
use crate::admin::people::patch;
use crate::form;
use crate::scim::PatchRequest;
use crate::scim::ResourceKind;
use crate::scim::ResourceType;
use crate::scim::Schemas;
use crate::scim::ScimError;
use crate::scim::read_json;

/// A row, with the number under which people find it: in a table, counted with its heading; else the line.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) number: u64,
    /// The content, or the reason why it cannot be read.
    pub(super) content: Result<RowContent, String>,
}

#[derive(Clone)]
pub(super) struct RowContent {
    /// The value by which the user is found.
    pub(super) key: Option<String>,
    /// The userName, for the report.
    pub(super) name: Option<String>,
    /// A patch of the attributes that the row names, or the reason why they do not fit a user.
    pub(super) patch: Result<PatchRequest, ScimError>,
    /// The names of the groups, where the file is read with them.
    pub(super) groups: Vec<String>,
}

pub(super) struct Rows {
    schemas: Arc<Schemas>,
    by: MatchBy,
    meter: Meter,
    source: Source,
    groups: GroupNames,
    number: u64,
}

enum Source {
    Csv(Box<csv::Reader<Metered>>, Vec<String>),
    Jsonl(BufReader<Metered>),
}

impl Rows {
    /// Begins to read; of a table, its heading.
    pub(super) fn open(
        input: Box<dyn Read + Send>,
        format: Format,
        by: MatchBy,
        schemas: Arc<Schemas>,
        groups: GroupNames,
    ) -> Result<Rows, UnreadableRows> {
        let (start, input) = begun(input).map_err(|error| UnreadableRows(error.to_string()))?;
        let form = form::of_file(&start);
        if let Some(form) = form.filter(|form| format == Format::Csv || *form != form::JSON) {
            return Err(UnreadableRows(format!("this is {form}. {EXPECTED}")));
        }
        let meter = Meter::default();
        meter.next_row();
        let metered = meter.of(input);
        let source = match format {
            Format::Jsonl => Source::Jsonl(BufReader::new(metered)),
            Format::Csv => {
                let mut builder = csv::ReaderBuilder::new();
                let mut reader = builder.flexible(true).from_reader(metered);
                let of = schemas.resource_type(ResourceKind::User);
                let heading = heading(&mut reader, by, of, groups).map_err(UnreadableRows)?;
                Source::Csv(Box::new(reader), heading)
            }
        };
        Ok(Rows {
            schemas,
            by,
            meter,
            number: u64::from(format == Format::Csv),
            source,
            groups,
        })
    }

    pub(super) fn position(&self) -> u64 {
        self.meter.position()
    }

    fn read(&mut self) -> io::Result<Option<Row>> {
        self.meter.next_row();
        let of = self.schemas.resource_type(ResourceKind::User);
        match &mut self.source {
            Source::Csv(reader, heading) => {
                let mut record = ByteRecord::new();
                if !reader.read_byte_record(&mut record)? {
                    return Ok(None);
                }
                self.number += 1;
                Ok(Some(Row {
                    number: self.number,
                    content: from_record(record, heading, self.by, of, self.groups),
                }))
            }
            Source::Jsonl(reader) => loop {
                let mut line = Vec::new();
                if reader.read_until(b'\n', &mut line)? == 0 {
                    return Ok(None);
                }
                self.number += 1;
                let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line);
                if !line.trim_ascii().is_empty() {
                    return Ok(Some(Row {
                        number: self.number,
                        content: from_line(line, self.by, of, self.groups),
                    }));
                }
                self.meter.next_row();
            },
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, UnreadableRows>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.read().transpose()?;
        Some(row.map_err(|error| UnreadableRows(format!("behind row {}: {error}", self.number))))
    }
}

const EXPECTED: &str = "Expected users as CSV, whose first row has names such as userName, or as JSON lines, a user each; in Entra: Users > Download users, with the columns renamed";

fn heading(
    reader: &mut csv::Reader<Metered>,
    by: MatchBy,
    of: &ResourceType,
    groups: GroupNames,
) -> Result<Vec<String>, String> {
    let heading = reader.headers().map_err(|error| error.to_string())?;
    let heading: Vec<String> = heading.iter().map(|cell| cell.trim().to_owned()).collect();
    for (index, column) in heading.iter().enumerate() {
        let number = index + 1;
        if let Err(error) = columns::check(column, of)
            && !groups.is_column(column)
        {
            return Err(format!("column {number}, {column:?}: {error}"));
        }
        let before = heading[..index].iter();
        if before
            .clone()
            .any(|other| other.eq_ignore_ascii_case(column))
        {
            return Err(format!("column {number}, {column:?}: it is there twice"));
        }
    }
    match position(&heading, by.attribute()) {
        Some(_) => Ok(heading),
        None => Err(format!(
            "expected a column {}, by which users are matched",
            by.attribute()
        )),
    }
}

fn position(heading: &[String], name: &str) -> Option<usize> {
    let mut heading = heading.iter();
    heading.position(|column| column.eq_ignore_ascii_case(name))
}

fn from_record(
    record: ByteRecord,
    heading: &[String],
    by: MatchBy,
    of: &ResourceType,
    groups: GroupNames,
) -> Result<RowContent, String> {
    let record = StringRecord::from_byte_record(record).map_err(|_| "it is no UTF-8".to_owned())?;
    if record.len() != heading.len() {
        return Err(format!(
            "expected {} cells, found {}",
            heading.len(),
            record.len()
        ));
    }
    let cell = |name| {
        let cell = record.get(position(heading, name)?)?;
        Some(cells::unescaped(cell)).filter(|value| !value.is_empty())
    };
    let cells = heading.iter().zip(&record);
    let cells = cells.filter(|(path, _)| !groups.is_column(path));
    let operations =
        cells.filter_map(|(path, cell)| columns::operation(path, cells::unescaped(cell), of));
    let operations: Vec<Value> = operations.collect();
    if operations.is_empty() {
        return Err("it says nothing".to_owned());
    }
    Ok(RowContent {
        key: cell(by.attribute()).map(str::to_owned),
        name: cell("userName").map(str::to_owned),
        patch: patch(&operations, of),
        groups: groups.of_cell(cell(GROUPS)),
    })
}

fn from_line(
    line: &[u8],
    by: MatchBy,
    of: &ResourceType,
    groups: GroupNames,
) -> Result<RowContent, String> {
    let mut user = match read_json(line) {
        Ok(Value::Object(user)) => user,
        Ok(_) => return Err("expected a JSON object".to_owned()),
        Err(ScimError::InvalidJson {
            column, expected, ..
        }) => return Err(format!("character {column}: expected {expected}")),
        Err(error) => return Err(error.to_string()),
    };
    let text = |name: &str| {
        let mut values = user.iter();
        let (_, value) = values.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().filter(|value| !value.is_empty())
    };
    let (key, name) = (text(by.attribute()), text("userName"));
    let (key, name) = (key.map(str::to_owned), name.map(str::to_owned));
    let groups = groups.take(&mut user);
    let operation = json!({ "op": "replace", "value": user });
    Ok(RowContent {
        key,
        name,
        patch: patch(&[operation], of),
        groups,
    })
}

/// Windows programs begin UTF-8 with it; the reader of tables takes it away itself.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use super::super::metered::ROW_BYTES;
    use super::*;

    /// The rows, each as its number and either its key or why it cannot be read.
    fn read(input: &[u8], format: Format) -> Result<Vec<(u64, String)>, UnreadableRows> {
        let schemas = Arc::new(Schemas::standard());
        let input = Box::new(io::Cursor::new(input.to_vec()));
        let rows = Rows::open(
            input,
            format,
            MatchBy::UserName,
            schemas,
            GroupNames::Unread,
        )?;
        let said = |row: Row| {
            let said = row.content.map(|content| match content.patch {
                Ok(_) => content.key.unwrap_or_default(),
                Err(error) => error.to_string(),
            });
            (row.number, said.unwrap_or_else(|reason| reason))
        };
        rows.map(|row| row.map(said)).collect()
    }

    #[test]
    fn rows_are_numbered_as_people_see_them() {
        let table = b"\xef\xbb\xbfuserName,title\r\nada,\"two\nlines\"\r\nbob,\r\n";
        let expected = [(2, "ada".to_owned()), (3, "bob".to_owned())];
        assert_eq!(read(table, Format::Csv).unwrap(), expected);
        let lines = b"\xef\xbb\xbf{\"userName\":\"ada\"}\n\n{\"USERNAME\":\"bob\"}";
        let expected = [(1, "ada".to_owned()), (3, "bob".to_owned())];
        assert_eq!(read(lines, Format::Jsonl).unwrap(), expected);
    }

    #[test]
    fn a_row_that_cannot_be_read_stops_nobody_else() {
        let table = b"userName,active\nada\n\xff,true\nbob,perhaps\n,\ncarl,True\n";
        let said = read(table, Format::Csv).unwrap();
        let said: Vec<&str> = said.iter().map(|(_, said)| said.as_str()).collect();
        assert_eq!(
            said,
            [
                "expected 2 cells, found 1",
                "it is no UTF-8",
                "active: expected true or false",
                "it says nothing",
                "carl"
            ]
        );
        let said = read(b"secret\n[]\n{\"userName\":\"ada\"}\n", Format::Jsonl).unwrap();
        assert_eq!(said[0].1, "character 1: expected JSON");
        assert_eq!(said[1].1, "expected a JSON object");
        assert_eq!(said[2].1, "ada");
        let said = read(
            b"{\"userName\":\"ada\",\"USERNAME\":\"eve\"}\n",
            Format::Jsonl,
        )
        .unwrap();
        assert_eq!(
            said[0].1,
            "character 28: expected each name once in an object, in whatever case, found \"USERNAME\" again"
        );
    }

    #[test]
    fn a_heading_must_be_of_columns_that_users_have() {
        for (heading, expected) in [
            ("userName,shoeSize\n", "column 2, \"shoeSize\""),
            ("userName;title\n", "column 1, \"userName;title\""),
            ("userName,username\n", "it is there twice"),
            ("title\n", "expected a column userName"),
        ] {
            let error = read(heading.as_bytes(), Format::Csv).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_file_that_holds_no_rows_is_named() {
        let page = b"<!doctype html><html><body></body></html>";
        for (file, format, expected) in [
            (&page[..], Format::Csv, "a web page"),
            (page, Format::Jsonl, "a web page"),
            (b"\x89PNG\r\n\x1a\n\0", Format::Csv, "a picture"),
            (b"PK\x03\x04", Format::Jsonl, "a ZIP archive"),
            (b"{\"userName\":\"ada\"}\n", Format::Csv, "JSON"),
            (
                b"-----BEGIN CERTIFICATE-----\n",
                Format::Csv,
                "a certificate",
            ),
        ] {
            let error = read(file, format).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_row_is_bounded_and_the_file_is_not() {
        let rows = 3 * ROW_BYTES as usize / 1000;
        let row = format!("ada,{}\n", "x".repeat(1000));
        let long = format!("userName,title\n{}", row.repeat(rows));
        assert_eq!(read(long.as_bytes(), Format::Csv).unwrap().len(), rows);
        let open = format!("userName,title\nada,\"{}", row.repeat(rows));
        let error = read(open.as_bytes(), Format::Csv).unwrap_err();
        assert!(error.to_string().contains("more than 1048576 bytes"));
        let line = format!("{{\"userName\":\"{}\"}}", "x".repeat(ROW_BYTES as usize));
        let error = read(line.as_bytes(), Format::Jsonl).unwrap_err();
        assert!(error.to_string().contains("behind row 0"), "{error}");
    }
}
