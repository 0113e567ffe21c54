//! Bringing the tables of a database up to date, by as many processes at once as there are.

use openssl::sha::sha256;

use super::PostgresStore;
use super::conn::Conn;
use super::error::NewerStore;
use super::error::OldServer;
use super::query::Query;
use super::query::values;
use super::transaction::Keeps;
use crate::ports::StoreError;
use crate::store::records::Cause;
use crate::store::records::Row as _;

/// Applies what is missing, each migration in a transaction of its own.
pub(super) async fn run(store: &PostgresStore) -> Result<(), StoreError> {
    // A database that is up to date is not locked.
    while store
        .look_at(|conn| Box::pin(missing(conn)))
        .await?
        .is_some()
    {
        store
            .change(Keeps::Migrations, |conn| Box::pin(apply_next(conn)))
            .await?;
    }
    Ok(())
}

/// Checks that the server will do, and that the database is empty or a store that this version understands; writes nothing.
pub(super) async fn check(store: &PostgresStore) -> Result<(), StoreError> {
    let mut reading = store.reading();
    store.own(check_server(&mut reading).await)?;
    store.own(missing(&mut reading).await).map(drop)
}

/// The number of the last migration that the database has; 0 for an empty one.
pub(super) async fn version(conn: &mut impl Query) -> Result<i64, Cause> {
    match conn.truth(HAS_TABLE, &[]).await? {
        true => conn.number(VERSION, &[]).await,
        false => Ok(0),
    }
}

/// The first migration that the database lacks.
async fn missing(conn: &mut impl Query) -> Result<Option<&'static Migration>, Cause> {
    let version = version(conn).await?;
    let oldest = match version {
        0 => 0,
        _ => conn.number(OLDEST, &[]).await?,
    };
    if version > newest() && oldest > newest() {
        let (has, knows) = (version, newest());
        return Err(NewerStore { has, knows }.into());
    }
    Ok(MIGRATIONS.iter().find(|one| one.version > version))
}

async fn apply_next(conn: &mut Conn) -> Result<(), Cause> {
    // Another process may have been faster.
    let Some(migration) = missing(conn).await? else {
        return Ok(());
    };
    conn.batch(TABLE).await?;
    conn.batch(migration.text).await?;
    let digest = sha256(migration.text.as_bytes()).to_vec();
    let values = values![migration.version, migration.oldest, digest];
    conn.execute(APPLIED, &values).await?;
    Ok(())
}

async fn check_server(conn: &mut impl Query) -> Result<(), Cause> {
    let found = conn.first(SERVER, &[], |row| {
        Ok((row.integer("number")?, row.text("name")?.into_owned()))
    });
    match found.await? {
        Some((number, has)) if number < OldServer::OLDEST * 10_000 => Err(OldServer { has }.into()),
        _ => Ok(()),
    }
}

/// The number of the last migration that this version knows.
pub(in crate::store) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |last| last.version)
}

/// A step of the schema. One that only adds lets programs go on that do not know it: nodes of two versions run side by side.
struct Migration {
    version: i64,
    /// The number of the last migration that a program must know at least to go on with this one.
    oldest: i64,
    text: &'static str,
}

const MIGRATIONS: [Migration; 1] = [Migration {
    version: 1,
    oldest: 1,
    text: include_str!("../migrations/postgres/0001_store.sql"),
}];

const SERVER: &str = "SELECT current_setting('server_version_num')::bigint AS number,
    current_setting('server_version') AS name";

const TABLE: &str = "CREATE TABLE IF NOT EXISTS entrada_migrations (
    version bigint PRIMARY KEY, oldest bigint NOT NULL, digest bytea NOT NULL,
    applied timestamptz NOT NULL DEFAULT now())";

const HAS_TABLE: &str = "SELECT to_regclass('entrada_migrations') IS NOT NULL AS truth";

const VERSION: &str = "SELECT coalesce(max(version), 0) AS number FROM entrada_migrations";

const OLDEST: &str = "SELECT coalesce(max(oldest), 0) AS number FROM entrada_migrations";

const APPLIED: &str =
    "INSERT INTO entrada_migrations (version, oldest, digest) VALUES ($1, $2, $3)";
