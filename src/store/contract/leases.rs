//! Promises about tasks that one process does for all.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::samples::TICK;
use super::samples::at;
use crate::store::SharedTask;
use crate::store::Store;

async fn take(store: &Arc<dyn Store>, now: Timestamp, until: Timestamp) -> bool {
    let taken = store.take_lease(SharedTask::Sweep, now, until).await;
    taken.expect("the store answers")
}

pub(super) async fn of_fifty_processes_one_does_a_task(store: Arc<dyn Store>) {
    for round in [0, 60] {
        let mut processes = JoinSet::new();
        for _ in 0..50 {
            let store = store.clone();
            processes.spawn(async move { take(&store, at(round), at(round + 60)).await });
        }
        let taken = processes.join_all().await;
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    }
}

pub(super) async fn a_lease_ends_by_itself(store: Arc<dyn Store>) {
    assert!(take(&store, at(0), at(60)).await);
    assert!(!take(&store, at(60) - TICK, at(120)).await);
    assert!(take(&store, at(60), at(120)).await);
    assert!(!take(&store, at(60), at(120)).await);
}

pub(super) async fn a_lease_from_before_a_clock_was_set_back_does_not_count(store: Arc<dyn Store>) {
    assert!(take(&store, at(10_000), at(10_060)).await);
    // Clocks that differ a little are no reason to do the task twice.
    assert!(!take(&store, at(9_995), at(10_055)).await);
    assert!(take(&store, at(0), at(60)).await);
    assert!(!take(&store, at(0), at(60)).await);
}
