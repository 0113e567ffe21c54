//! The support for tests on PostgreSQL: clusters start and end, are killed and come back, and have standbys.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::postgres::Cluster;
use crate::postgres::PgBouncer;
use crate::postgres::PoolMode;
use crate::postgres::Replication;
use crate::postgres::Version;
use crate::postgres::psql;

#[test]
fn postgres_15_is_killed_and_comes_back() {
    is_killed_and_comes_back(Version::V15);
}

#[test]
fn postgres_18_is_killed_and_comes_back() {
    is_killed_and_comes_back(Version::V18);
}

fn is_killed_and_comes_back(version: Version) {
    if !version.is_installed() {
        return;
    }
    let cluster = Cluster::builder(version).tcp().start();
    let number = cluster.psql("SHOW server_version_num");
    assert!(number.starts_with(&format!("{version:?}")[1..]), "{number}");
    let name = cluster.create_named_database();
    assert_ne!(cluster.create_named_database(), name);
    let url = cluster.url(&name);
    psql(&url, &["CREATE TABLE kept AS SELECT 'text' AS word"]).unwrap();
    cluster.kill();
    assert!(psql(&url, &["SELECT 1"]).is_err());
    cluster.restart();
    let tcp = cluster.tcp_url(&name);
    assert_eq!(psql(&tcp, &["SELECT word FROM kept"]).unwrap(), "text");

    let folder = cluster.socket_folder().to_owned();
    let processes = cluster.processes();
    assert!(processes.len() > 3, "{processes:?}");
    drop(cluster);
    assert!(!folder.exists());
    let runs = |id: &&u32| Path::new("/proc").join(id.to_string()).exists();
    assert_eq!(processes.iter().find(runs), None);
}

#[test]
fn postgres_15_has_standbys_that_take_over() {
    has_standbys_that_take_over(Version::V15);
}

#[test]
fn postgres_18_has_standbys_that_take_over() {
    has_standbys_that_take_over(Version::V18);
}

fn has_standbys_that_take_over(version: Version) {
    if !version.is_installed() {
        return;
    }
    let primary = Cluster::start(version);
    primary.psql("CREATE TABLE acknowledged AS SELECT 1 AS number");
    let synchronous = primary.standby(Replication::Synchronous);
    let asynchronous = primary.standby(Replication::Asynchronous);
    primary.psql("INSERT INTO acknowledged VALUES (2)");
    primary.kill();
    assert_eq!(asynchronous.psql("SELECT pg_is_in_recovery()"), "t");
    let refused = psql(&synchronous.url("postgres"), &["CREATE TABLE lost ()"]).unwrap_err();
    assert!(refused.contains("read-only transaction"), "{refused}");
    synchronous.promote();
    synchronous.psql("INSERT INTO acknowledged VALUES (3)");
    let all = synchronous.psql("SELECT number FROM acknowledged ORDER BY 1");
    assert_eq!(all, "1\n2\n3", "{}", primary.log());
    asynchronous.promote();
    asynchronous.psql("INSERT INTO acknowledged VALUES (4)");
}

#[test]
fn postgres_15_demands_a_password_and_shows_a_certificate_for_localhost() {
    demands_a_password_and_shows_a_certificate(Version::V15);
}

#[test]
fn postgres_18_demands_a_password_and_shows_a_certificate_for_localhost() {
    demands_a_password_and_shows_a_certificate(Version::V18);
}

fn demands_a_password_and_shows_a_certificate(version: Version) {
    if !version.is_installed() {
        return;
    }
    let builder = Cluster::builder(version).password("opensesame").tls();
    let cluster = builder.setting("max_connections", "12").start();
    assert_eq!(cluster.psql("SHOW max_connections"), "12");
    let verified = |url: &str| {
        let root = cluster.certificate();
        let url = format!("{url}?sslmode=verify-full&sslrootcert={}", root.display());
        psql(
            &url,
            &["SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"],
        )
    };
    let url = cluster.tcp_url("postgres");
    assert_eq!(verified(&url).unwrap(), "t");
    let refused = verified(&url.replace("localhost", "127.0.0.1")).unwrap_err();
    assert!(refused.contains("does not match host name"), "{refused}");
    let refused = verified(&url.replace("opensesame", "guessed")).unwrap_err();
    assert!(
        refused.contains("password authentication failed"),
        "{refused}"
    );
    let standby = cluster.standby(Replication::Asynchronous);
    assert_ne!(standby.port(), cluster.port());
    if PgBouncer::is_installed() {
        let pooler = PgBouncer::start(&cluster, PoolMode::Session);
        let answer = psql(&pooler.url("postgres"), &["SELECT 1"]);
        assert_eq!(answer.as_deref(), Ok("1"), "{}", pooler.log());
    }
}

#[test]
fn pgbouncer_answers_in_both_modes() {
    if !Version::V15.is_installed() || !PgBouncer::is_installed() {
        return;
    }
    let cluster = Cluster::shared(Version::V15);
    let name = cluster.create_named_database();
    for mode in [PoolMode::Session, PoolMode::Transaction] {
        let pooler = PgBouncer::start(cluster, mode);
        let answer = psql(&pooler.url(&name), &["SELECT 1"]);
        assert_eq!(answer.as_deref(), Ok("1"), "{}", pooler.log());
        let pools = psql(&pooler.url("pgbouncer"), &["SHOW POOLS"]).unwrap();
        assert!(
            pools.contains(&format!("|{mode:?}").to_lowercase()),
            "{pools}"
        );
    }
}

#[test]
fn connections_of_a_cluster_are_terminated() {
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Cluster::start(Version::V15);
    let url = cluster.create_database();
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| psql(&url, &["SELECT pg_sleep(60)"]).unwrap_err());
        while cluster.terminate_backends() == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        let said = sleeper.join().unwrap();
        assert!(said.contains("terminating connection"), "{said}");
    });
}
