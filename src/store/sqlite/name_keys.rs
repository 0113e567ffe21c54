//! Fills the keys of user names when a store is opened: of users whom an earlier version wrote, and of all where this version
//! makes other keys, since Unicode has grown.

use rusqlite::Transaction;
use rusqlite::TransactionBehavior;
use serde_json::Value;

use super::Db;
use super::site_settings::put_setting;
use super::site_settings::setting;
use super::statement::all;
use super::statement::execute;
use crate::scim::user_name_key;
use crate::scim::user_name_key_version;
use crate::store::records::Cause;

/// A batch is one transaction, so that other processes wait for no more than that.
pub(super) fn fill(db: &Db) -> Result<(), Cause> {
    let kept = setting(db, SETTING)?;
    let version = user_name_key_version();
    let statement = match kept.as_deref() == Some(version.as_str()) {
        true => MISSING,
        false => ALL,
    };
    let mut after = 0;
    while let Some(last) = batch(db, statement, after)? {
        after = last;
    }
    if statement == ALL {
        put_setting(db, SETTING, &version)?;
    }
    Ok(())
}

/// Fills the keys of the users behind one; says which was the last.
fn batch(db: &Db, statement: &'static str, after: i64) -> Result<Option<i64>, Cause> {
    let rows: Vec<(i64, String, Option<String>)> =
        all(db, statement, [after], |row| Ok(row.try_into()?))?;
    let Some((last, ..)) = rows.last() else {
        return Ok(None);
    };
    let last = *last;
    let keys = rows.into_iter().map(|(seq, resource, key)| {
        let resource: Value = serde_json::from_str(&resource).unwrap_or_default();
        let name = resource["userName"].as_str().unwrap_or_default();
        (seq, user_name_key(name), key)
    });
    let changed = keys.filter(|(_, key, before)| before.as_ref() != Some(key));
    let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    for (seq, key, _) in changed {
        execute(db, PUT, (seq, key))?;
    }
    transaction.commit()?;
    Ok(Some(last))
}

/// The name of the setting that says which version of the keys the rows have.
const SETTING: &str = "user-name-keys";

const MISSING: &str = "SELECT seq, resource, name_key FROM users
    WHERE seq > ?1 AND name_key IS NULL ORDER BY seq LIMIT 1000";

const ALL: &str =
    "SELECT seq, resource, name_key FROM users WHERE seq > ?1 ORDER BY seq LIMIT 1000";

const PUT: &str = "UPDATE users SET name_key = ?2 WHERE seq = ?1";
