//! Records and their rows.

use jiff::Timestamp;
use rusqlite::Params;
use rusqlite::Row;

use crate::connection::ConnectionId;
use crate::directory::GroupRecord;
use crate::directory::Origin;
use crate::directory::UserRecord;
use crate::scim::Record;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::Version;
use crate::store::sqlite::Db;
use crate::store::sqlite::error::Cause;
use crate::store::sqlite::error::UnreadableRow;
use crate::store::sqlite::statement::all;
use crate::store::sqlite::statement::text;

pub(super) trait EntityRow: Clone + Send + Sync + Sized + 'static {
    const TABLE: &'static str;
    const COLUMNS: &'static str;

    fn read(row: &Row<'_>, connection: &ConnectionId) -> Result<Self, Cause>;
}

impl EntityRow for UserRecord {
    const TABLE: &'static str = "users";
    const COLUMNS: &'static str =
        "r.seq, r.id, r.origin, r.created, r.modified, r.version, r.resource";

    fn read(row: &Row<'_>, connection: &ConnectionId) -> Result<UserRecord, Cause> {
        let origin = match text(row, "origin")? {
            "provisioned" => Origin::Provisioned,
            "just-in-time" => Origin::JustInTime,
            _ => return Err(UnreadableRow("users").into()),
        };
        let record = record(row, ResourceKind::User, "users")?;
        Ok(UserRecord::restored(connection.clone(), origin, record))
    }
}

impl EntityRow for GroupRecord {
    const TABLE: &'static str = "groups";
    const COLUMNS: &'static str = "r.seq, r.id, r.created, r.modified, r.version, r.resource";

    fn read(row: &Row<'_>, connection: &ConnectionId) -> Result<GroupRecord, Cause> {
        let record = record(row, ResourceKind::Group, "groups")?;
        Ok(GroupRecord::restored(connection.clone(), record))
    }
}

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

/// The records of a table, as `r`, and a condition.
pub(super) fn select<T: EntityRow>(
    db: &Db,
    connection: &ConnectionId,
    from: &str,
    values: impl Params,
) -> Result<Vec<T>, Cause> {
    let statement = format!("SELECT {} FROM {from}", T::COLUMNS);
    all(db, &statement, values, |row| T::read(row, connection))
}
