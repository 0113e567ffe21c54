//! Carrying what is committed from the write-ahead log into the database file, beside the writer. SQLite would have the
//! connection do that whose commit makes the log long enough: then one sign-on in some hundred waits for the disk three times.

use std::time::Duration;

use sqlx::SqlitePool;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio::time::timeout;

/// Starts the task that carries the log over, as often as the number of changes grows by [`CHANGES`]. It ends with the
/// sender.
///
/// Nothing is lost where it fails: what is in the log is durable there, and the writer carries it over itself once the log
/// has [`LONGEST_LOG`].
pub(super) fn start(pool: SqlitePool) -> watch::Sender<u64> {
    let (changes, seen) = watch::channel(0);
    tokio::spawn(carry(pool, seen));
    changes
}

async fn carry(pool: SqlitePool, mut changes: watch::Receiver<u64>) {
    let mut carried = 0;
    while changes.changed().await.is_ok() {
        let made = *changes.borrow_and_update();
        if made.saturating_sub(carried) < CHANGES {
            continue;
        }
        carried = made;
        // Passive: it waits for nobody, and nobody for it.
        let done = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
            .execute(&pool)
            .await;
        if done.is_err() {
            sleep(AGAIN_AFTER).await;
        }
    }
}

/// So many sign-ons come to a thousand pages of the log, which is where SQLite by itself would carry them over.
const CHANGES: u64 = 400;

/// A disk that is full or gone is not asked without a pause.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Carries all of the log over and empties it, for a store that is done. Whoever else has the file open may be in the way:
/// then the log stays, and nothing is lost.
pub(super) async fn empty_log(pool: &SqlitePool) -> sqlx::Result<()> {
    let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool);
    match timeout(EMPTYING, emptied).await {
        Ok(done) => done.map(drop),
        Err(_) => Ok(()),
    }
}

/// Less than what a server that stops is given.
const EMPTYING: Duration = Duration::from_secs(1);

/// In pages. The log is begun anew only in a moment in which all of it has been carried over. Under a load without a pause
/// the writer makes that moment itself, with little left to carry, when the log has 16 MB.
pub(super) const LONGEST_LOG: &str = "4096";

/// In bytes: to so much a longer log is cut when it is begun anew.
pub(super) const SHORT_LOG: &str = "16777216";
