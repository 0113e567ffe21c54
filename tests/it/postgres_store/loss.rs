//! A database that goes, comes back, and moves: nothing that was acknowledged is lost, and nothing needs a restart.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use entrada::saml::Admission;
use entrada::saml::ReplayCache as _;
use entrada::saml::ReplayKey;
use entrada::store::DatabaseFault;
use entrada::store::PostgresStore;
use entrada::store::Store as _;
use jiff::Timestamp;
use tokio::time::sleep;

use super::opened;
use crate::postgres::Cluster;
use crate::postgres::Replication;
use crate::postgres::Version;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_comes_back_is_used_again() {
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Cluster::builder(Version::V15)
        .setting("fsync", "on")
        .start();
    let store = opened(&cluster.create_database()).await;
    assert_eq!(admit(&store, 1).await.unwrap(), Admission::First);

    cluster.kill();
    let asked = Instant::now();
    let error = store.ping().await.unwrap_err();
    assert_eq!(code(&error), "database-unreachable", "{error}");
    assert!(asked.elapsed() < Duration::from_secs(10));
    // Whoever asks meanwhile is not kept waiting.
    let asked = Instant::now();
    assert!(store.ping().await.is_err());
    assert!(asked.elapsed() < Duration::from_secs(1));

    cluster.restart();
    until_it_answers(&store).await;
    assert_eq!(admit(&store, 1).await.unwrap(), Admission::Replayed);
    assert_eq!(admit(&store, 2).await.unwrap(), Admission::First);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_ended_under_load_lose_nothing() {
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Arc::new(Cluster::start(Version::V15));
    let store = opened(&cluster.create_database()).await;
    let (is_over, next) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU32::new(0)),
    );
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let (store, is_over, next) = (store.clone(), is_over.clone(), next.clone());
            tokio::spawn(async move {
                let (mut admitted, mut refused) = (Vec::new(), 0);
                while !is_over.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    match admit(&store, number).await {
                        Ok(_) => admitted.push(number),
                        Err(_) => refused += 1,
                    }
                }
                (admitted, refused)
            })
        })
        .collect();
    let mut ended = 0;
    for _ in 0..15 {
        sleep(Duration::from_millis(200)).await;
        let cluster = cluster.clone();
        let some = tokio::task::spawn_blocking(move || cluster.terminate_backends());
        ended += some.await.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    let mut admitted = Vec::new();
    let mut refused = 0;
    for writer in writers {
        let (some, no) = writer.await.unwrap();
        admitted.extend(some);
        refused += no;
    }
    assert!(
        ended > 20 && admitted.len() > 200,
        "{ended} {}",
        admitted.len()
    );
    // Work runs again where its connection ends; a commit in doubt alone is refused.
    assert!(
        refused < admitted.len() / 10,
        "{refused} of {}",
        admitted.len()
    );
    until_it_answers(&store).await;
    for number in admitted {
        let again = admit(&store, number).await.unwrap();
        assert_eq!(again, Admission::Replayed, "{number} was acknowledged");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_takes_over_has_all_that_was_acknowledged() {
    if !Version::V15.is_installed() {
        return;
    }
    let primary = Cluster::builder(Version::V15).tcp().start();
    let database = primary.create_named_database();
    let standby = primary.standby(Replication::Synchronous);
    let store = opened(&both(&primary, &standby, &database)).await;
    for number in 0..20 {
        assert_eq!(admit(&store, number).await.unwrap(), Admission::First);
    }
    primary.kill();
    assert!(admit(&store, 100).await.is_err());
    standby.promote();
    standby.psql("ALTER SYSTEM RESET synchronous_standby_names");
    standby.psql("SELECT pg_reload_conf()");
    until_it_answers(&store).await;
    for number in 0..20 {
        assert_eq!(admit(&store, number).await.unwrap(), Admission::Replayed);
    }
    assert_eq!(admit(&store, 200).await.unwrap(), Admission::First);
}

/// The old primary lives on and takes no changes: connections to it are dropped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_leave_a_server_that_takes_none_any_more() {
    if !Version::V15.is_installed() {
        return;
    }
    let primary = Cluster::builder(Version::V15).tcp().start();
    let database = primary.create_named_database();
    let standby = primary.standby(Replication::Asynchronous);
    let store = opened(&both(&primary, &standby, &database)).await;
    assert_eq!(admit(&store, 1).await.unwrap(), Admission::First);
    let caught_up =
        "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()";
    while primary.psql(caught_up) != "1" {
        sleep(Duration::from_millis(10)).await;
    }
    standby.promote();
    primary.psql("ALTER SYSTEM SET default_transaction_read_only = on");
    primary.psql("SELECT pg_reload_conf()");
    while primary.psql("SHOW default_transaction_read_only") != "on" {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(admit(&store, 2).await.unwrap(), Admission::First);
    let kept = |cluster: &Cluster| {
        let url = cluster.url(&database);
        crate::postgres::psql(&url, &["SELECT count(*) FROM replay_keys"]).unwrap()
    };
    assert_eq!(kept(&standby), "2");
    assert_eq!(kept(&primary), "1");
}

fn both(primary: &Cluster, standby: &Cluster, database: &str) -> String {
    let hosts = [primary, standby].map(|cluster| format!("localhost:{}", cluster.port().unwrap()));
    format!("postgres://entrada@{}/{database}", hosts.join(","))
}

async fn admit(
    store: &PostgresStore,
    number: u32,
) -> Result<Admission, entrada::ports::StoreError> {
    let key = ReplayKey::of("https://idp.example/", &format!("_{number}"));
    let now = Timestamp::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    store.admit(key, now + Duration::from_secs(600), now).await
}

async fn until_it_answers(store: &PostgresStore) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while let Err(error) = store.check_writable().await {
        assert!(Instant::now() < deadline, "{error}");
        sleep(Duration::from_millis(50)).await;
    }
}

fn code(error: &entrada::ports::StoreError) -> &'static str {
    DatabaseFault::of(error).map_or("none", DatabaseFault::code)
}
