//! The store in PostgreSQL: the contract, several nodes, and a database that goes and comes back.

mod bad_input;
mod loss;

use std::sync::Arc;

use entrada::store;
use entrada::store::PostgresStore;
use entrada::store::contract;

use crate::postgres::Cluster;
use crate::postgres::PgBouncer;
use crate::postgres::PoolMode;
use crate::postgres::Version;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_15_keeps_its_promises() {
    keeps_its_promises(Version::V15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_18_keeps_its_promises() {
    keeps_its_promises(Version::V18).await;
}

async fn keeps_its_promises(version: Version) {
    if !version.is_installed() {
        return;
    }
    checked(version, "").await;
}

/// Each promise has a database of its own, which goes with it: all of them together would take gigabytes.
async fn checked(version: Version, parameters: &str) {
    let cluster = Cluster::shared(version);
    for promise in contract::PROMISES {
        let database = cluster.create_named_database();
        let store = opened(&format!("{}{parameters}", cluster.url(&database))).await;
        promise.check(store).await;
        cluster.psql(&format!("DROP DATABASE {database} WITH (FORCE)"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_without_names_keep_the_promises() {
    if !Version::V15.is_installed() {
        return;
    }
    checked(Version::V15, "&statements=unnamed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_of_sessions_keeps_the_promises() {
    behind_a_pooler(PoolMode::Session, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_of_transactions_keeps_the_promises_without_names() {
    behind_a_pooler(PoolMode::Transaction, "&statements=unnamed").await;
}

async fn behind_a_pooler(mode: PoolMode, parameters: &str) {
    if !Version::V15.is_installed() || !PgBouncer::is_installed() {
        return;
    }
    let cluster = Cluster::shared(Version::V15);
    let pooler = PgBouncer::start(cluster, mode);
    let pooled = async || {
        let database = cluster.create_named_database();
        opened(&format!("{}{parameters}", pooler.url(&database))).await
    };
    // Few of them: a pooler is in the way of connections and transactions, not of single statements.
    for promise in contract::PROMISES.iter().step_by(6) {
        promise.check(pooled().await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_nodes_that_start_at_once_make_one_store() {
    if !Version::V15.is_installed() {
        return;
    }
    let url = Cluster::shared(Version::V15).create_database();
    let nodes: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { store::open(&url).await })
        })
        .collect();
    let mut ids = Vec::new();
    for node in nodes {
        let facts = node.await.unwrap().unwrap().facts().await.unwrap();
        assert_eq!(facts.schema, 1);
        ids.push(facts.store_id.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

/// The database says that it has undone one of two that waited for each other: the promise is no empty one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_the_database_undoes_is_done_in_the_end() {
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Cluster::shared(Version::V15);
    let name = "work_that_was_in_the_way_of_other_work_runs_again";
    let promise = contract::PROMISES.iter().find(|one| one.name == name);
    // Two that happen to come one after the other are in nobody's way.
    let undone = async |_| {
        let database = cluster.create_named_database();
        let store = opened(&cluster.url(&database)).await;
        promise.unwrap().check(store).await;
        let statistics = "SELECT deadlocks FROM pg_stat_database WHERE datname";
        cluster.psql(&format!("{statistics} = '{database}'")) != "0"
    };
    for attempt in 0..20 {
        if undone(attempt).await {
            return;
        }
    }
    panic!("the two never met");
}

async fn opened(url: &str) -> Arc<PostgresStore> {
    let opened = PostgresStore::open(url).await;
    Arc::new(opened.unwrap_or_else(|error| panic!("{url}: {error}")))
}
