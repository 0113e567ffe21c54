//! The stores of this crate against the contract of all stores.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use entrada::store;
use entrada::store::SqliteStore;
use entrada::store::contract;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_sqlite_file_keeps_its_promises() {
    let files = Files::new();
    contract::check(async || Arc::new(SqliteStore::open(files.fresh()).await.unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reopened_sqlite_file_keeps_its_promises() {
    let files = Files::new();
    let reopened = async || {
        let path = files.fresh();
        drop(SqliteStore::open(&path).await.unwrap());
        Arc::new(SqliteStore::open(&path).await.unwrap())
    };
    contract::check(reopened).await;
}

#[tokio::test]
async fn sqlite_in_memory_keeps_its_promises() {
    contract::check(async || Arc::new(SqliteStore::in_memory().await.unwrap())).await;
}

#[tokio::test]
async fn a_url_that_names_no_store_is_refused_without_its_password() {
    for (url, found) in [
        ("mysql://user:secret@db/entrada", "mysql:"),
        ("memory:secret", "memory:"),
        ("sqlite:", "sqlite:"),
        ("hunter2", "***"),
        ("hunter2:secret", "***"),
        ("the secret://db", "***"),
        ("", ""),
    ] {
        let error = store::open(url).await.err().unwrap().to_string();
        assert!(error.contains(&format!("found {found:?}")), "{error}");
        assert!(error.contains("expected \"sqlite:PATH\""), "{error}");
        for secret in ["secret", "hunter2"] {
            assert!(!error.contains(secret), "{error}");
        }
    }
}

#[tokio::test]
async fn a_sqlite_url_opens_a_file_that_only_its_owner_can_read() {
    let files = Files::new();
    let path = files.fresh();
    let store = store::open(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    store.ping().await.unwrap();
    #[cfg(unix)]
    for suffix in ["", "-wal", "-shm"] {
        use std::os::unix::fs::PermissionsExt;
        let file = format!("{}{suffix}", path.display());
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_everybody_could_read_becomes_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |file: &str| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let set = |file: &str, mode: u32| {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let files = Files::new();
    for (before, after) in [
        (0o644, 0o600),
        (0o666, 0o600),
        (0o604, 0o600),
        (0o777, 0o600),
        (0o602, 0o600),
        (0o600, 0o600),
        // Shared with a group by somebody's choice.
        (0o660, 0o660),
        (0o640, 0o640),
    ] {
        let path = files.fresh().display().to_string();
        // One that is open keeps its side files there, as a server that runs does.
        let running = SqliteStore::open(&path).await.unwrap();
        let all = ["", "-wal", "-shm"].map(|suffix| format!("{path}{suffix}"));
        all.iter().for_each(|file| set(file, before));
        let link = format!("{path}.link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        drop(SqliteStore::open(&path).await.unwrap());
        for file in &all {
            assert_eq!(mode(file), after, "{file} was {before:o}");
        }
        set(&path, before);
        drop(SqliteStore::open(&link).await.unwrap());
        assert_eq!(mode(&path), after, "by a link, {before:o}");
        drop(running);
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let files = Files::new();
    let path = files.fresh();
    let content = "# not a database\n".repeat(100);
    std::fs::write(&path, &content).unwrap();
    assert!(SqliteStore::open(&path).await.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), content);

    let error = SqliteStore::open(files.fresh().join("no/such/folder.db")).await;
    let error = error.err().unwrap().to_string();
    assert!(error.contains("make the folder"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_may_open_a_new_file_at_the_same_time() {
    let files = Files::new();
    for _ in 0..10 {
        let path = files.fresh();
        let (one, two) = tokio::join!(SqliteStore::open(&path), SqliteStore::open(&path));
        drop((one.unwrap(), two.unwrap()));
    }
}

/// Names of files that are not there yet; the folder goes when this is dropped.
struct Files {
    folder: TempDir,
    count: AtomicU32,
}

impl Files {
    fn new() -> Files {
        Files {
            folder: tempfile::tempdir().unwrap(),
            count: AtomicU32::new(0),
        }
    }

    fn fresh(&self) -> PathBuf {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        self.folder.path().join(format!("{count}.db"))
    }
}
