//! A file of users that is read whole, with their groups, and goes into no directory.

use std::io::Read;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use super::format::Format;
use super::format::MatchBy;
use super::group_names::GroupNames;
use super::rows::Rows;
use super::unreadable::UnreadableRows;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

/// A user of a file, as SCIM has them, and the names of their groups.
pub(crate) struct UserRead {
    pub(crate) attributes: Value,
    pub(crate) groups: Vec<String>,
}

/// Reads all users of a file. Fails with the first row that is no user of the standard's schemas.
pub(crate) fn users(
    input: Box<dyn Read + Send>,
    format: Format,
) -> Result<Vec<UserRead>, UnreadableRows> {
    let schemas = Arc::new(Schemas::standard());
    let of = schemas.resource_type(ResourceKind::User);
    let by = MatchBy::UserName;
    let rows = Rows::open(input, format, by, schemas.clone(), GroupNames::Read)?;
    let nobody = Resource::restored(ResourceKind::User, Map::new());
    let read = rows.map(|row| {
        let row = row?;
        let wrong = |reason: String| UnreadableRows(format!("row {}: {reason}", row.number));
        let content = row.content.map_err(wrong)?;
        let patch = content.patch.map_err(|error| wrong(error.to_string()))?;
        let patched = patch.apply(&nobody, of);
        let patched = patched.map_err(|error| wrong(error.to_string()))?;
        Ok(UserRead {
            attributes: Value::Object(patched.resource.attributes().clone()),
            groups: content.groups,
        })
    });
    read.collect()
}
