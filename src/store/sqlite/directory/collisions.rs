//! Users and groups that are alike, or have unusual names.

use super::rows::select;
use crate::connection::ConnectionId;
use crate::directory::GroupLookup;
use crate::directory::GroupRecord;
use crate::scim::fold;
use crate::store::records::Cause;
use crate::store::sqlite::Db;

pub(super) fn matching(
    db: &Db,
    connection: &ConnectionId,
    lookup: &GroupLookup,
) -> Result<Vec<GroupRecord>, Cause> {
    let own = connection.as_str();
    let first = |condition: &str| format!("{condition} LIMIT {}", GroupLookup::MOST);
    match lookup {
        GroupLookup::ExternalId(id) => select(db, connection, &first(BY_OBJECT), (own, id)),
        GroupLookup::Name(name) => select(db, connection, &first(BY_NAME), (own, fold(name))),
        GroupLookup::Bearer(name) => {
            select(db, connection, &first(BY_BEARER), (own, fold(name), name))
        }
    }
}

pub(super) const BY_OBJECT: &str =
    "groups AS r WHERE r.connection = ?1 AND lower(r.external_id) = lower(?2) ORDER BY r.id";

pub(super) const BY_NAME: &str = "groups AS r WHERE r.connection = ?1 AND r.display_name_key = ?2
    ORDER BY r.external_id IS NOT NULL, r.id";

/// `lower` knows the letters of ASCII alone.
pub(super) const BY_BEARER: &str = "groups AS r WHERE r.connection = ?1 AND r.display_name_key = ?2
    ORDER BY lower(r.display_name) <> lower(?3), r.id";

pub(super) const SAME_USER_NAME: &str =
    "users AS r WHERE r.connection = ?1 AND r.name_key IN (SELECT name_key FROM users
        WHERE connection = ?1 GROUP BY name_key HAVING count(*) > 1 LIMIT 20)
    ORDER BY r.name_key, r.id LIMIT 200";

pub(super) const SAME_OBJECT: &str =
    "groups AS r WHERE r.connection = ?1 AND lower(r.external_id) IN (SELECT lower(external_id) FROM groups
        WHERE connection = ?1 AND external_id IS NOT NULL
        GROUP BY lower(external_id) HAVING count(*) > 1 LIMIT 20)
    ORDER BY lower(r.external_id), r.id LIMIT 200";

pub(super) const SAME_NAME: &str =
    "groups AS r WHERE r.connection = ?1 AND r.display_name_key IN (SELECT display_name_key FROM groups
        WHERE connection = ?1 AND display_name_key IS NOT NULL
        GROUP BY display_name_key HAVING count(*) > 1 AND count(external_id) < count(*) LIMIT 20)
    ORDER BY r.display_name_key, r.id LIMIT 200";

/// The next users whose names are not of printable ASCII alone. GLOB reads to the first NUL.
pub(super) const UNUSUAL: &str =
    "users AS r WHERE r.connection = ?1 AND r.id > ?2 AND (r.name_key GLOB '*[^ -~]*'
    OR trim(r.name_key) = '' OR instr(r.name_key, char(0)) > 0) ORDER BY r.id LIMIT 500";
