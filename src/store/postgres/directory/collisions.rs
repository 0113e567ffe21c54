//! Users and groups that are alike, or have unusual names.

use crate::directory::GroupLookup;
use crate::directory::GroupRecord;
use crate::scim::fold;
use crate::store::postgres::query::values;
use crate::store::postgres::rows::Rows;
use crate::store::records::Cause;

pub(super) async fn matching(
    rows: &mut Rows<'_>,
    lookup: &GroupLookup,
) -> Result<Vec<GroupRecord>, Cause> {
    let own = rows.connection.as_str();
    let (condition, values) = match lookup {
        GroupLookup::ExternalId(id) => (BY_OBJECT, values![own, id.as_str()].to_vec()),
        GroupLookup::Name(name) => (BY_NAME, values![own, fold(name)].to_vec()),
        GroupLookup::Bearer(name) => (BY_BEARER, values![own, fold(name), name.as_str()].to_vec()),
    };
    let first = format!("{condition} LIMIT {}", GroupLookup::MOST);
    rows.select(&first, &values).await
}

pub(super) const BY_OBJECT: &str = "groups AS r WHERE r.connection = $1 AND lower(r.external_id) = lower($2 COLLATE \"C\") ORDER BY r.id";

pub(super) const BY_NAME: &str = "groups AS r WHERE r.connection = $1 AND r.display_name_key = $2
    ORDER BY r.external_id IS NOT NULL, r.id";

/// In the collation of its columns `lower` knows the letters of ASCII alone.
pub(super) const BY_BEARER: &str = "groups AS r WHERE r.connection = $1 AND r.display_name_key = $2
    ORDER BY lower(r.display_name) <> lower($3 COLLATE \"C\"), r.id";

pub(super) const SAME_USER_NAME: &str =
    "users AS r WHERE r.connection = $1 AND r.name_key IN (SELECT name_key FROM users
        WHERE connection = $1 GROUP BY name_key HAVING count(*) > 1 LIMIT 20)
    ORDER BY r.name_key, r.id LIMIT 200";

pub(super) const SAME_OBJECT: &str =
    "groups AS r WHERE r.connection = $1 AND lower(r.external_id) IN (SELECT lower(external_id) FROM groups
        WHERE connection = $1 AND external_id IS NOT NULL
        GROUP BY lower(external_id) HAVING count(*) > 1 LIMIT 20)
    ORDER BY lower(r.external_id), r.id LIMIT 200";

pub(super) const SAME_NAME: &str =
    "groups AS r WHERE r.connection = $1 AND r.display_name_key IN (SELECT display_name_key FROM groups
        WHERE connection = $1 AND display_name_key IS NOT NULL
        GROUP BY display_name_key HAVING count(*) > 1 AND count(external_id) < count(*) LIMIT 20)
    ORDER BY r.display_name_key, r.id LIMIT 200";

/// The next users whose names are not of printable ASCII alone.
pub(super) const UNUSUAL: &str = "users AS r WHERE r.connection = $1 AND r.id > $2
    AND (r.name_key ~ '[^ -~]' OR btrim(r.name_key) = '') ORDER BY r.id LIMIT 500";
