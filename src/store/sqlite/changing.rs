//! Running work that changes rows: on the writer's thread, in its transaction. A store may run work again, so a build
//! with debug assertions runs all work twice, the first time in a savepoint that is undone.

use super::Db;
use super::SqliteStore;
use super::ready::NotReady;
use super::statement::execute;
use super::writer::Run;
use crate::ports::StoreError;
use crate::ports::TxKind;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::store::records::Cause;

impl SqliteStore {
    /// Runs work; `run` gives it its rows. What it changed is on disk when this returns [`TxOutcome::Commit`].
    pub(super) async fn run_in_transaction<D: TxKind<End = TxOutcome>>(
        &self,
        work: TxWork<D>,
        run: impl Fn(&mut Db, TxWork<D>) -> Result<TxOutcome, NotReady> + Send + 'static,
    ) -> Result<TxOutcome, StoreError> {
        let mut waiting = Some(work);
        let done = self.writer.change(move |db, time| {
            let work = match time {
                Run::First => waiting.clone(),
                Run::Last => waiting.take(),
            };
            let work = work.ok_or(RanAlready)?;
            let rehearsed = match cfg!(debug_assertions) {
                true => Some(rehearse(db, work.clone(), &run)?),
                false => None,
            };
            let played = play(db, work, &run)?;
            if rehearsed.is_some_and(|rehearsed| rehearsed != played) {
                return Err(NotRepeatable.into());
            }
            match played.0 {
                TxOutcome::Commit => Ok(()),
                TxOutcome::Rollback => Err(RolledBack.into()),
            }
        });
        match done.await {
            Ok(()) => Ok(TxOutcome::Commit),
            Err(cause) if cause.is::<RolledBack>() => Ok(TxOutcome::Rollback),
            Err(cause) => Err(self.failed(cause)),
        }
    }
}

/// Runs work; returns how it ends, and the number of rows that it has changed.
fn play<D: TxKind>(
    db: &mut Db,
    work: TxWork<D>,
    run: impl Fn(&mut Db, TxWork<D>) -> Result<D::End, NotReady>,
) -> Result<(D::End, u64), Cause> {
    let before = db.total_changes();
    let end = run(db, work)?;
    Ok((end, db.total_changes() - before))
}

/// Runs work and undoes it; the result is that of [`play`].
fn rehearse<D: TxKind>(
    db: &mut Db,
    work: TxWork<D>,
    run: impl Fn(&mut Db, TxWork<D>) -> Result<D::End, NotReady>,
) -> Result<(D::End, u64), Cause> {
    execute(db, "SAVEPOINT rehearsal", [])?;
    let played = play(db, work, run)?;
    execute(db, "ROLLBACK TO rehearsal", [])?;
    execute(db, "RELEASE rehearsal", [])?;
    Ok(played)
}

/// A fault of ours: work that runs again does something else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the work of a transaction did something else when it ran again")]
struct NotRepeatable;

/// A fault of ours: the last run was not the last.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the work of a transaction was asked for after its last run")]
struct RanAlready;

/// The work does not want its changes; the writer rolls back what ends with an error.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("undone")]
struct RolledBack;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;

    use jiff::Timestamp;

    use crate::connection::ConnectionId;
    use crate::directory::Directory;
    use crate::directory::DirectoryTx;
    use crate::event::Event;
    use crate::event::EventQuery;
    use crate::event::Events;
    use crate::event::Happened;
    use crate::ports::TxOutcome;
    use crate::ports::TxWork;
    use crate::store::SqliteStore;

    #[tokio::test]
    async fn work_runs_twice_in_builds_that_make_sure_of_it_and_counts_once() {
        let store = SqliteStore::in_memory().await.unwrap();
        let acme: ConnectionId = "acme".parse().unwrap();
        let runs = Arc::new(AtomicUsize::new(0));
        let (within, connection) = (Arc::clone(&runs), acme.clone());
        let work = TxWork::<DirectoryTx>::new(move |rows| {
            Box::pin(async move {
                within.fetch_add(1, Ordering::SeqCst);
                let user = "ada".to_owned();
                let updated = Happened::UserUpdated { user };
                let event = Event::new(&connection, Timestamp::UNIX_EPOCH, updated);
                rows.append_events(&[event]).await.unwrap();
                TxOutcome::Commit
            })
        });
        assert_eq!(store.run(&acme, work).await.unwrap(), TxOutcome::Commit);
        let expected = if cfg!(debug_assertions) { 2 } else { 1 };
        assert_eq!(runs.load(Ordering::SeqCst), expected);
        let events = store.events(&EventQuery::default()).await.unwrap();
        let ids: Vec<u64> = events.iter().map(|event| event.id).collect();
        assert_eq!(ids, [1]);
    }
}
