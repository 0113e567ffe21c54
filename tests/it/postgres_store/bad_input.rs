//! A database that cannot be used: each reason has a message with what to do, and nothing is half done.

use entrada::store;
use entrada::store::DatabaseFault;

use crate::postgres::Cluster;
use crate::postgres::Replication;
use crate::postgres::Version;
use crate::postgres::psql;

/// Opens a store that cannot be; returns the code of the fault and the message.
async fn refused(url: &str) -> (&'static str, String) {
    let error = store::open(url).await.err();
    let error = error.unwrap_or_else(|| panic!("{url} opens"));
    let code = DatabaseFault::of(&error).map_or("none", DatabaseFault::code);
    (code, error.to_string())
}

#[tokio::test]
async fn nobody_at_the_address_is_said() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    for url in [
        format!("postgres://entrada:hunter2@127.0.0.1:{port}/entrada"),
        "postgres:///entrada?host=/nowhere/at/all&user=entrada&password=hunter2".to_owned(),
    ] {
        let (code, message) = refused(&url).await;
        assert_eq!(code, "database-unreachable", "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_database_are_said() {
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Cluster::builder(Version::V15)
        .password("right")
        .tcp()
        .start();
    let url = cluster.tcp_url(&cluster.create_named_database());
    store::open(&url).await.unwrap();
    for (bad, expected) in [
        (url.replace(":right@", ":hunter2@"), "database-not-let-in"),
        (
            url.replace("entrada:right@", "nobody:hunter2@"),
            "database-not-let-in",
        ),
        (cluster.tcp_url("nothing"), "database-missing"),
    ] {
        let (code, message) = refused(&bad).await;
        assert_eq!(code, expected, "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_refused() {
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Cluster::builder(Version::V15).tcp().tls().start();
    let url = cluster.tcp_url(&cluster.create_named_database());
    let root = cluster.certificate().display().to_string();
    for good in [
        format!("{url}?sslmode=verify-full&sslrootcert={root}"),
        format!("{url}?sslmode=require"),
    ] {
        store::open(&good).await.unwrap();
    }
    let (code, message) = refused(&format!("{url}?sslmode=verify-full")).await;
    assert_eq!(code, "database-tls", "{message}");
    let plain = Cluster::builder(Version::V15).tcp().start();
    let url = plain.tcp_url(&plain.create_named_database());
    let (code, message) = refused(&format!("{url}?sslmode=require")).await;
    assert_eq!(code, "database-tls", "{message}");
}

#[tokio::test]
async fn a_standby_alone_is_refused() {
    if !Version::V15.is_installed() {
        return;
    }
    let primary = Cluster::start(Version::V15);
    let name = primary.create_named_database();
    let standby = primary.standby(Replication::Synchronous);
    let (code, message) = refused(&standby.url(&name)).await;
    assert_eq!(code, "database-read-only", "{message}");
}

#[tokio::test]
async fn a_newer_schema_and_a_missing_right_are_said() {
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Cluster::shared(Version::V15);
    let name = cluster.create_named_database();
    let url = cluster.url(&name);
    store::open(&url).await.unwrap();
    // A step that only adds something is no reason to stop: nodes of two versions run side by side.
    let step = |version: i64, oldest: i64| {
        let sql = format!("INSERT INTO entrada_migrations VALUES ({version}, {oldest}, '')");
        psql(&url, &[&sql]).unwrap();
    };
    step(1000, 1);
    store::open(&url).await.unwrap();
    step(1001, 1001);
    let (code, message) = refused(&url).await;
    assert_eq!(code, "database-newer", "{message}");
    assert!(message.contains("1001"), "{message}");

    let name = cluster.create_named_database();
    let reader = format!("reader_{name}");
    cluster.psql(&format!("CREATE ROLE {reader} LOGIN"));
    let url = cluster
        .url(&name)
        .replace("user=entrada", &format!("user={reader}"));
    let (code, message) = refused(&url).await;
    assert_eq!(code, "database-not-allowed", "{message}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(psql(&cluster.url(&name), &[tables]).unwrap(), "0");
}
