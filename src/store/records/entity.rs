//! Rows of users and groups.

use super::Cause;
use super::Row;
use super::UnreadableRow;
use super::Value;
use super::micros;
use super::row::unreadable;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;
use crate::directory::Origin;
use crate::directory::UserRecord;
use crate::scim::Record;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::Version;
use crate::scim::fold;
use crate::scim::user_name_key;

/// A record of a table, whose row is `r` in statements.
pub(in crate::store) trait EntityRow:
    Clone + Send + Sync + Sized + 'static
{
    const TABLE: &'static str;
    const COLUMNS: &'static str;

    fn read(row: &impl Row, connection: &ConnectionId) -> Result<Self, Cause>;
}

impl EntityRow for UserRecord {
    const TABLE: &'static str = "users";
    const COLUMNS: &'static str =
        "r.seq, r.id, r.origin, r.created, r.modified, r.version, r.resource";

    fn read(row: &impl Row, connection: &ConnectionId) -> Result<UserRecord, Cause> {
        let origin = match &*row.text("origin")? {
            "provisioned" => Origin::Provisioned,
            "just-in-time" => Origin::JustInTime,
            _ => return Err(UnreadableRow("users").into()),
        };
        let record = unreadable("users", record(row, ResourceKind::User))?;
        Ok(UserRecord::restored(connection.clone(), origin, record))
    }
}

impl EntityRow for GroupRecord {
    const TABLE: &'static str = "groups";
    const COLUMNS: &'static str = "r.seq, r.id, r.created, r.modified, r.version, r.resource";

    fn read(row: &impl Row, connection: &ConnectionId) -> Result<GroupRecord, Cause> {
        let record = unreadable("groups", record(row, ResourceKind::Group))?;
        Ok(GroupRecord::restored(connection.clone(), record))
    }
}

fn record(row: &impl Row, kind: ResourceKind) -> Result<Record, Cause> {
    let attributes = serde_json::from_str(&row.text("resource")?)?;
    Ok(Record {
        id: row.text("id")?.into_owned(),
        resource: Resource::restored(kind, attributes),
        created: row.moment("created")?,
        last_modified: row.moment("modified")?,
        version: Version(row.number("version")?),
    })
}

/// The columns that users and groups share: connection, id, display_name, display_name_key, external_id, created, modified, version,
/// resource.
pub(in crate::store) fn record_values(
    connection: &ConnectionId,
    record: &Record,
) -> Result<[Value; 9], Cause> {
    let resource = &record.resource;
    let json = serde_json::to_string(resource.attributes())?;
    let display = resource.display_name();
    Ok([
        connection.as_str().into(),
        record.id.clone().into(),
        display.into(),
        display.map(fold).into(),
        resource.external_id().into(),
        micros(record.created).into(),
        micros(record.last_modified).into(),
        i64::try_from(record.version.0)?.into(),
        json.into(),
    ])
}

/// The columns of users: those that they share with groups, user_name_key, active, origin, name_key.
pub(in crate::store) fn user_values(
    connection: &ConnectionId,
    user: &UserRecord,
) -> Result<[Value; 13], Cause> {
    let resource = &user.record().resource;
    let name = resource.user_name().unwrap_or_default();
    let origin = match user.origin {
        Origin::Provisioned => "provisioned",
        Origin::JustInTime => "just-in-time",
    };
    let [a, b, c, d, e, f, g, h, i] = record_values(connection, user.record())?;
    Ok([
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        fold(name).into(),
        resource.is_active().into(),
        origin.into(),
        user_name_key(name).into(),
    ])
}
