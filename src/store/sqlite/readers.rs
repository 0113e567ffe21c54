//! The connections that read beside the writer. What is found at once is looked up by the caller ([`InlineReaders`]); anything that may
//! take longer is read on a thread that may wait, and sees one state of the database.

use std::path::Path;

use super::inline_readers::InlineReaders;
use super::pool::Pool;

#[derive(Clone)]
pub(super) struct Readers {
    pub(super) inline: InlineReaders,
    pub(super) scans: Pool,
    /// Lists of the directory have their own, so that long ones never keep anything else waiting.
    pub(super) lists: Pool,
}

impl Readers {
    /// The file is there, and its tables are up to date.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Readers> {
        Ok(Readers {
            inline: InlineReaders::open(path)?,
            scans: Pool::open(path, SCANS)?,
            lists: Pool::open(path, LISTS)?,
        })
    }
}

/// Two for each core of a small machine. A reader holds its connection for some 50 µs.
const SCANS: usize = 4;

/// One for each core of a small machine: a list that has to be evaluated keeps one busy for tens of milliseconds.
const LISTS: usize = 2;

#[cfg(test)]
mod tests {
    use crate::store::SqliteStore;
    use crate::store::sqlite::statement::execute;
    use crate::store::sqlite::statement::value;

    const COUNT: &str = "SELECT count(*) FROM replay_keys";

    const ADD: &str = "INSERT INTO replay_keys (key, expires) VALUES (randomblob(32), 0)";

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_scan_sees_one_state_and_a_look_up_the_latest() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("entrada.db"));
        let store = store.await.unwrap();
        let (begun, go) = std::sync::mpsc::channel();
        let (done, wait) = std::sync::mpsc::channel();
        let scan = store.scan(move |db| {
            let before: i64 = value(db, COUNT, [])?;
            begun.send(())?;
            wait.recv()?;
            Ok((before, value::<i64>(db, COUNT, [])?))
        });
        let change = async {
            tokio::task::block_in_place(|| go.recv()).unwrap();
            let added = store.write(|db| Ok(execute(db, ADD, [])?));
            assert_eq!(added.await.unwrap(), 1);
            let latest = store.read(|db| Ok(value::<i64>(db, COUNT, [])?));
            assert_eq!(latest.await.unwrap(), 1);
            done.send(()).unwrap();
        };
        let (seen, ()) = tokio::join!(scan, change);
        assert_eq!(seen.unwrap(), (0, 0));
    }

    #[tokio::test]
    async fn connections_that_read_cannot_write_and_outlive_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("entrada.db"));
        let store = store.await.unwrap();
        assert!(store.read(|db| Ok(execute(db, ADD, [])?)).await.is_err());
        for _ in 0..20 {
            assert!(store.scan(|db| Ok(execute(db, ADD, [])?)).await.is_err());
            let panics = store.scan(|_| -> Result<(), _> { panic!("a fault of ours") });
            assert!(panics.await.is_err());
        }
        let count = store.scan(|db| Ok(value::<i64>(db, COUNT, [])?));
        assert_eq!(count.await.unwrap(), 0);
    }
}
