//! Bringing the tables of a store up to date. What was applied stands in `_sqlx_migrations`, as the library sqlx writes it, which
//! earlier versions used: they refuse a store of this one in their own words, and their stores open here.

use std::time::Instant;

use openssl::sha::sha384;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;

use super::Db;
use super::statement::all;
use super::statement::execute;
use super::statement::first;
use crate::store::records::Cause;

/// Applies what is missing, each migration in a transaction of its own. Several processes may do so at once.
/// [`CannotMigrate`] is the error for a store that this version does not understand.
pub(super) fn run(db: &Db) -> Result<(), Cause> {
    // A store that is up to date is not locked.
    while missing(db)?.is_some() {
        let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
        db.execute_batch(TABLE)?;
        // Another process may have been faster.
        if let Some(migration) = missing(db)? {
            migration.apply(db)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// The number of the last migration that this version knows.
pub(in crate::store) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, Migration::version)
}

/// The number of the last migration that a database has; 0 for an empty one.
pub(super) fn version(db: &Db) -> Result<i64, Cause> {
    Ok(applied(db)?.last().map_or(0, |applied| applied.version))
}

/// Checks that the database is empty or a store that this version understands; writes nothing.
pub(super) fn check(db: &Db) -> Result<(), Cause> {
    missing(db).map(drop)
}

/// The first migration that was not applied yet, of a store that this version understands.
fn missing(db: &Db) -> Result<Option<&'static Migration>, Cause> {
    let applied = applied(db)?;
    if let (Some(applied), Some(ours)) = (applied.first(), MIGRATIONS.first())
        && applied.checksum != ours.checksum()
    {
        return Err(CannotMigrate::OtherProgram.into());
    }
    if let Some(failed) = applied.iter().find(|applied| !applied.success) {
        return Err(CannotMigrate::Failed(failed.version).into());
    }
    let known = |version| MIGRATIONS.iter().find(|known| known.version() == version);
    for Applied {
        version, checksum, ..
    } in applied.iter().rev()
    {
        let migration = known(*version).ok_or(CannotMigrate::Unknown(*version))?;
        if *checksum != migration.checksum() {
            return Err(CannotMigrate::Changed(*version).into());
        }
    }
    let is_applied = |known: &Migration| applied.iter().any(|one| one.version == known.version());
    Ok(MIGRATIONS.iter().find(|known| !is_applied(known)))
}

struct Applied {
    version: i64,
    checksum: Vec<u8>,
    success: bool,
}

fn applied(db: &Db) -> Result<Vec<Applied>, Cause> {
    let tables = first(db, TABLES, [], |row| Ok(<(bool, i64)>::try_from(row)?))?;
    match tables {
        Some((true, _)) => {}
        Some((false, 1..)) => return Err(CannotMigrate::OtherProgram.into()),
        _ => return Ok(Vec::new()),
    }
    all(db, APPLIED, [], |row| {
        Ok(Applied {
            version: row.get(0)?,
            checksum: row.get(1)?,
            success: row.get(2)?,
        })
    })
}

/// A file of statements, named by its version and what it is about.
struct Migration {
    file: &'static str,
    statements: &'static str,
}

impl Migration {
    fn apply(&self, db: &Db) -> Result<(), Cause> {
        let began = Instant::now();
        let version = self.version();
        let applied = db.execute_batch(self.statements);
        applied.map_err(|error| CannotMigrate::Broken(version, error))?;
        let took = i64::try_from(began.elapsed().as_nanos())?;
        let values = (version, self.description(), self.checksum(), took);
        execute(db, NOTE, values)?;
        Ok(())
    }

    fn version(&self) -> i64 {
        let (version, _) = self.file.split_once('_').unwrap_or_default();
        version.parse().unwrap_or_default()
    }

    fn description(&self) -> String {
        let (_, description) = self.file.split_once('_').unwrap_or_default();
        description.trim_end_matches(".sql").replace('_', " ")
    }

    fn checksum(&self) -> [u8; 48] {
        sha384(self.statements.as_bytes())
    }
}

/// A store that this version does not understand, or a migration that fails. The words are those of earlier versions.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotMigrate {
    /// The tables are those of another program.
    #[error("the tables are those of another program")]
    OtherProgram,
    /// A newer version has written the store.
    #[error("migration {0} was previously applied but is missing in the resolved migrations")]
    Unknown(i64),
    #[error("migration {0} was previously applied but has been modified")]
    Changed(i64),
    #[error("migration {0} is partially applied; fix and remove row from `_sqlx_migrations` table")]
    Failed(i64),
    #[error("while executing migration {0}: {1}")]
    Broken(i64, #[source] rusqlite::Error),
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);";

const TABLES: &str =
    "SELECT coalesce(max(name = '_sqlx_migrations'), FALSE), count(*) FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'";

const APPLIED: &str = "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";

const NOTE: &str =
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (?1, ?2, TRUE, ?3, ?4)";

macro_rules! migrations {
    ($($file:literal)*) => {
        &[$(Migration {
            file: $file,
            statements: include_str!(concat!("../migrations/sqlite/", $file)),
        }),*]
    };
}

/// In the order of their versions. A file is never changed once it was released.
const MIGRATIONS: &[Migration] = migrations![
    "0001_store.sql"
    "0002_request_options.sql"
    "0003_logout.sql"
    "0004_metadata_refresh.sql"
    "0005_directory.sql"
    "0007_copy_of_entity.sql"
    "0008_credential_successor.sql"
    "0010_one_directory.sql"
    "0012_group_object_ids.sql"
    "0013_forgotten_events.sql"
    "0014_one_directory_mended.sql"
    "0015_idle_sessions.sql"
    "0016_events_by_group.sql"
    "0017_site_settings.sql"
    "0018_user_name_keys.sql"
    "0021_used_requests.sql"
    "0025_pending_bytes.sql"
    "0030_scim_values.sql"
    "0035_event_fields.sql"
    "0040_store_id.sql"
    "0041_signed_on.sql"
    "0042_kept_connections.sql"
    "0043_oauth.sql"
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::path::PathBuf;

    use rusqlite::Row;

    use super::*;

    fn project(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    fn migrated() -> Db {
        let db = Db::open_in_memory().unwrap();
        run(&db).unwrap();
        db
    }

    fn refused(db: &Db) -> String {
        run(db).unwrap_err().to_string()
    }

    #[test]
    fn the_table_has_every_file_of_the_folder_in_order() {
        let files = fs::read_dir(project("src/store/migrations/sqlite")).unwrap();
        let mut files: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let known: Vec<&str> = MIGRATIONS.iter().map(|known| known.file).collect();
        assert_eq!(known, files);
        assert!(MIGRATIONS.is_sorted_by_key(Migration::version));
        // Each runs within a transaction, where these would do nothing.
        for Migration { file, statements } in MIGRATIONS {
            let lower = statements.to_ascii_lowercase();
            assert!(
                !lower.contains("pragma") && !lower.contains("no-transaction"),
                "{file}"
            );
        }
    }

    #[test]
    fn a_store_is_marked_as_earlier_versions_mark_it() {
        let columns = "SELECT version, description, success, hex(checksum) FROM _sqlx_migrations
            WHERE version <= 15 ORDER BY version";
        let rows = |db: &Db| -> Vec<(i64, String, i64, String)> {
            let read = |row: &Row<'_>| Ok(row.try_into()?);
            all(db, columns, [], read).unwrap()
        };
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("entrada.db");
        fs::copy(project("fixtures/stores/22875ef.sqlite"), &copy).unwrap();
        let earlier = rows(&Db::open(copy).unwrap());
        assert_eq!(earlier.len(), 12);
        assert_eq!(rows(&migrated()), earlier);
    }

    #[test]
    fn a_store_that_is_up_to_date_is_left_alone() {
        let db = migrated();
        let changes = db.total_changes();
        run(&db).unwrap();
        assert_eq!(db.total_changes(), changes);
    }

    #[test]
    fn a_store_that_is_not_understood_is_refused() {
        let newer = migrated();
        let one_more =
            "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, 1, checksum, 1
            FROM _sqlx_migrations WHERE version = 1";
        newer.execute_batch(one_more).unwrap();
        assert_eq!(
            refused(&newer),
            "migration 9999 was previously applied but is missing in the resolved migrations"
        );
        let changed = migrated();
        let change = "UPDATE _sqlx_migrations SET checksum = zeroblob(48) WHERE version = 3";
        changed.execute_batch(change).unwrap();
        assert_eq!(
            refused(&changed),
            "migration 3 was previously applied but has been modified"
        );
        let foreign = Db::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE places (x)").unwrap();
        assert_eq!(refused(&foreign), "the tables are those of another program");
        let other = migrated();
        let first = "UPDATE _sqlx_migrations SET checksum = zeroblob(48) WHERE version = 1";
        other.execute_batch(first).unwrap();
        assert_eq!(refused(&other), "the tables are those of another program");
        let failed = migrated();
        let fail = "UPDATE _sqlx_migrations SET success = 0 WHERE version = 30";
        failed.execute_batch(fail).unwrap();
        assert!(refused(&failed).contains("migration 30 is partially applied"));
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing() {
        let db = Db::open_in_memory().unwrap();
        db.execute_batch("CREATE VIEW scim_credentials AS SELECT 1")
            .unwrap();
        let error = refused(&db);
        assert!(error.starts_with("while executing migration "), "{error}");
        assert!(db.is_autocommit());
        let applied = applied(&db).unwrap();
        let last = applied.last().map_or(0, |last| last.version);
        assert!(
            error.contains(&format!("migration {}", last + 1)),
            "{error}"
        );
    }
}
