//! Records and their rows.

use jiff::Timestamp;
use rusqlite::Row;
use serde_json::Map;
use serde_json::Value;

use super::members;
use crate::connection::ConnectionId;
use crate::directory::DirectoryError;
use crate::directory::GroupRecord;
use crate::directory::Origin;
use crate::directory::SCAN;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::scim::GroupRef;
use crate::scim::Record;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::Version;
use crate::store::sqlite::Cause;
use crate::store::sqlite::Db;
use crate::store::sqlite::UnreadableRow;
use crate::store::sqlite::statement::first;
use crate::store::sqlite::statement::text;

/// A kind of record, and its table.
pub(super) trait Kept: Clone + Send + Sync + Sized + 'static {
    /// The table, and its column in `directory_counts`.
    const TABLE: &'static str;
    /// The columns that make a record.
    const COLUMNS: &'static str;
    /// The attribute that stands in tables of its own.
    const RELATION: &'static str;

    fn read(row: &Row<'_>, connection: &ConnectionId) -> Result<Self, Cause>;

    fn record(&self) -> &Record;

    /// What clients see of each record, with its relations if they are looked at. Each that is loaded counts against
    /// the rows that may be looked at.
    fn documents(
        db: &Db,
        records: &[Self],
        view: &View,
        with_relations: bool,
        looked_at: &mut usize,
    ) -> Result<Vec<Map<String, Value>>, DirectoryError>;
}

impl Kept for UserRecord {
    const TABLE: &'static str = "users";
    const COLUMNS: &'static str =
        "r.seq, r.id, r.origin, r.created, r.modified, r.version, r.resource";
    const RELATION: &'static str = "groups";

    fn read(row: &Row<'_>, connection: &ConnectionId) -> Result<UserRecord, Cause> {
        let origin = match text(row, "origin")? {
            "provisioned" => Origin::Provisioned,
            "just-in-time" => Origin::JustInTime,
            _ => return Err(UnreadableRow("users").into()),
        };
        let record = record(row, ResourceKind::User, "users")?;
        Ok(UserRecord::restored(connection.clone(), origin, record))
    }

    fn record(&self) -> &Record {
        UserRecord::record(self)
    }

    fn documents(
        db: &Db,
        records: &[UserRecord],
        view: &View,
        with_relations: bool,
        looked_at: &mut usize,
    ) -> Result<Vec<Map<String, Value>>, DirectoryError> {
        let Some(first) = records.first().filter(|_| with_relations) else {
            return Ok(records.iter().map(|user| view.user(user, None)).collect());
        };
        let ids: Vec<&str> = records
            .iter()
            .map(|user| user.record().id.as_str())
            .collect();
        let left = SCAN.saturating_sub(*looked_at);
        let groups = members::held_groups(db, &first.connection, &ids, left)?;
        let groups: Vec<Vec<GroupRef>> = groups
            .ok_or(TOO_MANY)?
            .into_iter()
            .map(|groups| groups.into_iter().map(GroupRef::from).collect())
            .collect();
        *looked_at += groups.iter().map(Vec::len).sum::<usize>();
        let pairs = records.iter().zip(&groups);
        Ok(pairs
            .map(|(user, groups)| view.user(user, Some(groups)))
            .collect())
    }
}

impl Kept for GroupRecord {
    const TABLE: &'static str = "groups";
    const COLUMNS: &'static str = "r.seq, r.id, r.created, r.modified, r.version, r.resource";
    const RELATION: &'static str = "members";

    fn read(row: &Row<'_>, connection: &ConnectionId) -> Result<GroupRecord, Cause> {
        let record = record(row, ResourceKind::Group, "groups")?;
        Ok(GroupRecord::restored(connection.clone(), record))
    }

    fn record(&self) -> &Record {
        GroupRecord::record(self)
    }

    fn documents(
        db: &Db,
        records: &[GroupRecord],
        view: &View,
        with_relations: bool,
        looked_at: &mut usize,
    ) -> Result<Vec<Map<String, Value>>, DirectoryError> {
        let mut documents = Vec::with_capacity(records.len());
        for group in records {
            if !with_relations {
                documents.push(view.group(group, None));
                continue;
            }
            let left = SCAN.saturating_sub(*looked_at) + 1;
            let id = group.record().id.as_str();
            let page = members::page(db, &group.connection, id, None, left as u64)?;
            *looked_at += page.members.len();
            within_scan(*looked_at)?;
            documents.push(view.group(group, Some(&page.members)));
        }
        Ok(documents)
    }
}

pub(super) fn within_scan(looked_at: usize) -> Result<(), DirectoryError> {
    match looked_at <= SCAN {
        true => Ok(()),
        false => Err(TOO_MANY),
    }
}

const TOO_MANY: DirectoryError = DirectoryError::TooMany {
    what: "resources to look at",
    limit: SCAN,
};

fn record(row: &Row<'_>, kind: ResourceKind, table: &'static str) -> Result<Record, Cause> {
    let unreadable = UnreadableRow(table);
    let time = |column| -> Result<Timestamp, Cause> {
        let time = Timestamp::from_microsecond(row.get(column)?);
        Ok(time.map_err(|_| unreadable)?)
    };
    let version = u64::try_from(row.get::<_, i64>("version")?);
    let attributes = serde_json::from_str(text(row, "resource")?);
    Ok(Record {
        id: row.get("id")?,
        resource: Resource::restored(kind, attributes.map_err(|_| unreadable)?),
        created: time("created")?,
        last_modified: time("modified")?,
        version: Version(version.map_err(|_| unreadable)?),
    })
}

/// The record of an id.
pub(super) fn find<T: Kept>(
    db: &Db,
    connection: &ConnectionId,
    id: &str,
) -> Result<Option<T>, Cause> {
    let (columns, table) = (T::COLUMNS, T::TABLE);
    let statement =
        format!("SELECT {columns} FROM {table} AS r WHERE r.connection = ?1 AND r.id = ?2");
    let read = |row: &Row<'_>| T::read(row, connection);
    first(db, &statement, (connection.as_str(), id), read)
}
