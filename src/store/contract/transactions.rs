//! Promises of transactions to work that changes rows.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::people::group;
use super::people::user;
use super::samples::at;
use super::samples::id;
use super::samples::key;
use super::samples::told;
use super::samples::with_connections;
use crate::configuration::ConfigLock;
use crate::configuration::ConfigTx;
use crate::directory::Counts;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTx;
use crate::directory::Lock;
use crate::directory::Put;
use crate::event::Event;
use crate::event::Happened;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::saml::Admission;
use crate::saml::ReplayKey;
use crate::session::SessionTx;
use crate::session::SignOnTx;
use crate::store::Store;

/// Work for a door that tells of a user, and wants that to be kept or not.
macro_rules! telling {
    ($tx:ty, $user:literal, $verdict:ident) => {
        TxWork::<$tx>::new(|rows| {
            Box::pin(async move {
                let user = $user.to_owned();
                let event = Event::new(&id("acme"), at(1), Happened::UserUpdated { user });
                let told = rows.append_events(&[event]).await;
                told.expect("the event is appended");
                TxOutcome::$verdict
            })
        })
    };
}

/// A row that should take the place of one that is not there is refused.
pub(super) async fn a_row_is_changed_only_where_it_is(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let acme = id("acme");
    let work = TxWork::<DirectoryTx>::new(|rows| {
        Box::pin(async move {
            let (ada, board) = (
                user(1, serde_json::json!({"userName": "ada"})),
                group(1, "board"),
            );
            let changed = rows.put_user(&ada, Put::Changed).await;
            assert!(matches!(changed, Err(DirectoryError::NotFound)));
            let changed = rows.put_group(&board, Put::Changed).await;
            assert!(matches!(changed, Err(DirectoryError::NotFound)));
            TxOutcome::Commit
        })
    });
    let kept = store.run(&acme, work).await;
    assert_eq!(kept.expect("the store answers"), TxOutcome::Commit);
    let counts = store.counts(&acme).await.expect("the store answers");
    assert_eq!(counts, Counts::default());
}

/// A store may run work several times, at the same time as others, until it has done it once.
pub(super) async fn work_counts_once_however_often_it_runs(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let (acme, nothing) = (id("acme"), ConfigLock::Nothing);
    let before = users(&store).await;
    let directory = telling!(DirectoryTx, "directory", Commit);
    let sign_on = telling!(SignOnTx, "sign-on", Commit);
    let sessions = telling!(SessionTx, "sessions", Commit);
    let trust = telling!(ConfigTx, "trust", Commit);
    let kept = tokio::join!(
        store.run(&acme, directory),
        store.sign_on(&acme, Lock::Users, sign_on.clone()),
        store.sign_on(&acme, Lock::Connection, sign_on),
        store.change_sessions(sessions),
        store.change_configuration(&nothing, trust),
    );
    for verdict in [kept.0, kept.1, kept.2, kept.3, kept.4] {
        assert_eq!(verdict.expect("the store answers"), TxOutcome::Commit);
    }
    let mut told = users(&store).await.split_off(before.len());
    told.sort();
    let expected = ["directory", "sessions", "sign-on", "sign-on", "trust"];
    assert_eq!(told, expected);
}

pub(super) async fn work_that_wants_to_be_undone_leaves_nothing(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let (acme, nothing) = (id("acme"), ConfigLock::Nothing);
    let before = users(&store).await;
    let directory = telling!(DirectoryTx, "directory", Rollback);
    let sign_on = telling!(SignOnTx, "sign-on", Rollback);
    let sessions = telling!(SessionTx, "sessions", Rollback);
    let trust = telling!(ConfigTx, "trust", Rollback);
    let undone = tokio::join!(
        store.run(&acme, directory),
        store.sign_on(&acme, Lock::Users, sign_on),
        store.change_sessions(sessions),
        store.change_configuration(&nothing, trust),
    );
    for verdict in [undone.0, undone.1, undone.2, undone.3] {
        assert_eq!(verdict.expect("the store answers"), TxOutcome::Rollback);
    }
    assert_eq!(users(&store).await, before);
}

/// Two pieces of work want the same rows in opposite orders. A store that lets them begin together finds that each waits for the other,
/// undoes one, and runs it again; one that does them in turn has no more to do. Both are done, and each row is written once.
pub(super) async fn work_that_was_in_the_way_of_other_work_runs_again(store: Arc<dyn Store>) {
    for round in 0..4 {
        let keys = [key(2 * round), key(2 * round + 1)];
        let forth = admissions(&store, keys);
        let back = admissions(&store, [keys[1], keys[0]]);
        let (forth, back) = tokio::join!(forth, back);
        let first = [forth, back].concat();
        let first = first.iter().filter(|of| **of == Admission::First).count();
        assert_eq!(first, 2, "each of two keys is admitted once");
    }
}

/// Admits two keys in one transaction, the second one a while after the first.
async fn admissions(store: &Arc<dyn Store>, keys: [ReplayKey; 2]) -> Vec<Admission> {
    let found = Arc::new(Mutex::new(Vec::new()));
    let last = found.clone();
    let work = TxWork::<SessionTx>::new(move |rows| {
        let found = found.clone();
        Box::pin(async move {
            let [first, second] = keys.map(|key| (key, at(100), at(0)));
            let Ok(one) = rows.admit(first.0, first.1, first.2).await else {
                return TxOutcome::Rollback;
            };
            // Work waits for nothing but rows, and does the same whenever it runs. This takes until the other one has begun.
            for _ in 0..100 {
                let Ok(again) = rows.admit(first.0, first.1, first.2).await else {
                    return TxOutcome::Rollback;
                };
                assert_eq!(again, Admission::Replayed);
            }
            let Ok(other) = rows.admit(second.0, second.1, second.2).await else {
                return TxOutcome::Rollback;
            };
            let admitted = vec![one, other];
            *found.lock().unwrap_or_else(PoisonError::into_inner) = admitted;
            TxOutcome::Commit
        })
    });
    let done = store.change_sessions(work).await;
    assert_eq!(done.expect("the work is done"), TxOutcome::Commit);
    last.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The users that events tell of, in the order of the events.
async fn users(store: &Arc<dyn Store>) -> Vec<String> {
    let events = told(store).await.into_iter();
    let user = |happened| match happened {
        Happened::UserUpdated { user } => user,
        other => format!("{other:?}"),
    };
    events.map(|event| user(event.happened)).collect()
}
