//! The writer with changes that are kept, refused, faulty, or in the way of others.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Db;
use super::connect;
use super::ready::ready;
use super::statement::all;
use super::statement::column;
use super::statement::execute;
use super::writer::PATIENCE;
use super::writer::begin_again;
use crate::ports::StoreError;
use crate::store::SqliteStore;

async fn insert(store: &SqliteStore, byte: u8, fails: fn(u8) -> bool) -> Result<(), StoreError> {
    let change = store.write(move |db| {
        let statement = "INSERT INTO replay_keys (key, expires) VALUES (?1, 0)";
        execute(db, statement, [[byte; 32]])?;
        match fails(byte) {
            true => Err("refused after it had written".into()),
            false => Ok(()),
        }
    });
    change.await
}

async fn kept(store: &SqliteStore) -> Vec<Vec<u8>> {
    let kept = "SELECT key FROM replay_keys ORDER BY key";
    store
        .read(move |db| all(db, kept, [], column))
        .await
        .unwrap()
}

fn never(_: u8) -> bool {
    false
}

fn always(_: u8) -> bool {
    true
}

#[tokio::test]
async fn a_change_that_panics_has_failed_and_the_writer_goes_on() {
    fn panics(byte: u8) -> bool {
        panic!("a fault of ours: {byte}")
    }
    let store = SqliteStore::in_memory().await.unwrap();
    let (first, faulty) = tokio::join!(insert(&store, 1, never), insert(&store, 2, panics));
    assert!(first.is_ok() && faulty.is_err());
    assert!(insert(&store, 3, never).await.is_ok());
    assert_eq!(kept(&store).await, [[1; 32], [3; 32]]);
}

#[tokio::test]
async fn a_change_that_fails_takes_nothing_of_its_neighbours_along() {
    let store = SqliteStore::in_memory().await.unwrap();
    let insert = |byte| insert(&store, byte, |byte| byte.is_multiple_of(2));
    let (a, b, c, d) = tokio::join!(insert(1), insert(2), insert(1), insert(3));
    assert!(a.is_ok() && b.is_err() && c.is_err() && d.is_ok());
    assert!(insert(4).await.is_err(), "alone, it fails as well");
    assert_eq!(kept(&store).await, [[1; 32], [3; 32]]);
}

/// Two changes of one transaction: one that is kept, and one that is refused, before it has written something or after. The
/// numbers of their runs, and what is there at the end.
async fn beside_one_that_is_refused(writes: bool) -> ([usize; 2], Vec<Vec<u8>>) {
    let store = SqliteStore::in_memory().await.unwrap();
    let (started, begun) = oneshot::channel();
    let mut started = Some(started);
    let (go, wait) = std::sync::mpsc::channel();
    let busy = store.write(move |_| {
        started.take().unwrap().send(()).unwrap();
        Ok(wait.recv()?)
    });
    let runs: [Arc<AtomicUsize>; 2] = Default::default();
    let [kept, refused] = runs.clone();
    let statement = "INSERT INTO replay_keys (key, expires) VALUES (?1, 0)";
    let kept = store.write(move |db| {
        kept.fetch_add(1, Ordering::Relaxed);
        Ok(execute(db, statement, [[1; 32]])?)
    });
    let refused = store.write(move |db| {
        refused.fetch_add(1, Ordering::Relaxed);
        if writes {
            execute(db, statement, [[2; 32]])?;
        }
        Err::<(), _>("refused".into())
    });
    let together = async {
        begun.await.unwrap();
        tokio::join!(kept, refused, async { go.send(()).unwrap() })
    };
    let (_, (kept, refused, ())) = tokio::join!(busy, together);
    assert!(kept.is_ok() && refused.is_err());
    let runs = runs.map(|runs| runs.load(Ordering::Relaxed));
    (runs, self::kept(&store).await)
}

thread_local! {
    /// A connection that has the lock, and how often it is waited for until it goes.
    static OTHER: RefCell<Option<(Db, u32)>> = const { RefCell::new(None) };
}

/// Waits in vain.
fn waited(_: i32) -> bool {
    OTHER.with_borrow_mut(|other| match other {
        Some((_, waits)) if *waits > 1 => *waits -= 1,
        other => *other = None,
    });
    false
}

#[test]
fn changes_that_are_made_again_wait_for_another_process_more_than_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("entrada.db");
    std::fs::File::create(&path).unwrap();
    for (waits, begins) in [(1, true), (PATIENCE - 1, true), (PATIENCE, false)] {
        let (ours, other) = (connect::writing(&path).unwrap(), connect::writing(&path));
        let other = other.unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        OTHER.set(Some((other, waits)));
        ours.busy_handler(Some(waited)).unwrap();
        assert_eq!(begin_again(&ours).is_ok(), begins, "{waits}");
    }
}

#[tokio::test]
async fn changes_are_made_again_only_where_one_has_to_be_undone() {
    let (runs, there) = beside_one_that_is_refused(false).await;
    assert_eq!((runs, there), ([1, 1], vec![vec![1; 32]]));
    let (runs, there) = beside_one_that_is_refused(true).await;
    assert_eq!((runs, there), ([2, 2], vec![vec![1; 32]]));
}

/// SQLite ends the transaction itself when the disk is full.
#[tokio::test]
async fn a_transaction_that_fails_fails_all_of_its_changes_and_the_next_one_holds() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("entrada.db"));
    let store = store.await.unwrap();
    let (started, begun) = oneshot::channel();
    let mut started = Some(started);
    let (go, wait) = std::sync::mpsc::channel();
    let busy = store.write(move |_| {
        started.take().unwrap().send(()).unwrap();
        Ok(wait.recv()?)
    });
    let ends = store.write(|db| Ok(db.execute_batch("ROLLBACK")?));
    let together = async {
        begun.await.unwrap();
        let (made, refused) = (insert(&store, 1, never), insert(&store, 3, always));
        tokio::join!(made, refused, ends, async { go.send(()).unwrap() })
    };
    let (alone, (first, refused, ended, ())) = tokio::join!(busy, together);
    assert!(alone.is_ok());
    for answer in [first, refused, ended] {
        let error = answer.unwrap_err();
        assert!(error.to_string().contains("transaction failed"), "{error}");
    }
    let alone = store.write(|db| {
        db.execute_batch("ROLLBACK")?;
        Err::<(), _>("an error of its own".into())
    });
    let error = alone.await.unwrap_err().to_string();
    assert!(error.contains("an error of its own"), "{error}");
    assert!(insert(&store, 2, never).await.is_ok());
    assert_eq!(kept(&store).await, [[2; 32]]);
}

#[tokio::test]
async fn a_connection_that_has_only_waited_in_vain_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("entrada.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let marked = store.write(|db| {
        db.busy_timeout(Duration::ZERO)?;
        Ok(db.execute_batch("CREATE TEMP TABLE mark (x)")?)
    });
    marked.await.unwrap();
    let is_marked = || store.write(|db| Ok(db.execute_batch("SELECT x FROM mark")?));
    let other = connect::writing(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(insert(&store, 1, never).await.is_err());
    other.execute_batch("COMMIT").unwrap();
    assert!(is_marked().await.is_ok());
    let broken = store.write(|db| Ok(db.execute_batch("ROLLBACK")?));
    assert!(broken.await.is_err());
    assert!(is_marked().await.is_err(), "one in doubt is not");
    assert!(insert(&store, 2, never).await.is_ok());
    assert_eq!(kept(&store).await, [[2; 32]]);
}

#[tokio::test]
async fn a_change_that_asks_for_another_one_is_refused_that() {
    let store = SqliteStore::in_memory().await.unwrap();
    let same = store.clone();
    let asks = store.write(move |_| {
        let another = ready(insert(&same, 1, never))?;
        Ok(another.unwrap_err().to_string())
    });
    let error = asks.await.unwrap();
    assert!(error.contains("within another one"), "{error}");
    assert!(insert(&store, 2, never).await.is_ok());
    assert_eq!(kept(&store).await, [[2; 32]]);
}
