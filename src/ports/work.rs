//! The work of a transaction, on its way from the rules that decide to the store that runs it. A store may run the same work
//! again, when two changes stood in each other's way: work holds values that can be cloned, and a run that is not kept leaves
//! nothing behind.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::StoreError;

/// A way into a store: the kind of rows that work is given.
pub trait TxKind: 'static {
    /// The rows, for as long as a transaction lasts.
    type Rows<'r>: ?Sized;
    /// The word of the work to the store at its end: a [`TxOutcome`] where it may have changed something.
    type End: Send + 'static;
}

pub(crate) type TxFuture<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// The end of a transaction, as the work decides it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TxOutcome {
    /// All of them are kept.
    Commit,
    /// None of them is.
    Rollback,
}

/// The work of one transaction. It waits for the rows and for nothing else.
pub struct TxWork<D: TxKind>(Box<dyn Repeatable<D>>);

impl<D: TxKind> TxWork<D> {
    /// Work that does this with the rows.
    pub fn new<W>(work: W) -> TxWork<D>
    where
        W: for<'t> FnOnce(&'t mut D::Rows<'t>) -> TxFuture<'t, D::End>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        TxWork(Box::new(work))
    }

    /// Does the work. A store that may have to run it again does a clone.
    pub fn run<'t>(self, rows: &'t mut D::Rows<'t>) -> TxFuture<'t, D::End> {
        self.0.run(rows)
    }
}

impl<D: TxKind> Clone for TxWork<D> {
    fn clone(&self) -> TxWork<D> {
        TxWork(self.0.again())
    }
}

trait Repeatable<D: TxKind>: Send + Sync {
    fn run<'t>(self: Box<Self>, rows: &'t mut D::Rows<'t>) -> TxFuture<'t, D::End>;

    fn again(&self) -> Box<dyn Repeatable<D>>;
}

impl<D: TxKind, W> Repeatable<D> for W
where
    W: for<'t> FnOnce(&'t mut D::Rows<'t>) -> TxFuture<'t, D::End> + Clone + Send + Sync + 'static,
{
    fn run<'t>(self: Box<Self>, rows: &'t mut D::Rows<'t>) -> TxFuture<'t, D::End> {
        self(rows)
    }

    fn again(&self) -> Box<dyn Repeatable<D>> {
        Box::new(self.clone())
    }
}

/// The result of work on its way out of the transaction: that of the last run counts.
pub(crate) struct TxResult<T, E>(Arc<Mutex<Option<Result<T, E>>>>);

impl<T, E> Clone for TxResult<T, E> {
    fn clone(&self) -> TxResult<T, E> {
        TxResult(Arc::clone(&self.0))
    }
}

impl<T, E: From<StoreError>> TxResult<T, E> {
    pub(crate) fn new() -> TxResult<T, E> {
        TxResult(Arc::default())
    }

    /// Work for a store, and the place where its result comes out. The changes of work that succeeds come to `of_success`.
    pub(crate) fn of<D, W>(of_success: TxOutcome, work: W) -> (TxWork<D>, TxResult<T, E>)
    where
        D: TxKind<End = TxOutcome>,
        T: Send + 'static,
        E: Send + 'static,
        W: for<'t> FnOnce(&'t mut D::Rows<'t>) -> TxFuture<'t, Result<T, E>>,
        W: Clone + Send + Sync + 'static,
    {
        let outcome = TxResult::new();
        let within = outcome.clone();
        let work = TxWork::new(move |rows| {
            let result = work(rows);
            Box::pin(async move { within.keep(result.await, of_success) })
        });
        (work, outcome)
    }

    /// Keeps the result; says whether to keep the changes. Those of an error are never kept.
    pub(crate) fn keep(&self, result: Result<T, E>, of_success: TxOutcome) -> TxOutcome {
        let outcome = match result {
            Ok(_) => of_success,
            Err(_) => TxOutcome::Rollback,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        outcome
    }

    pub(crate) fn take(self) -> Result<T, E> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
            .unwrap_or_else(|| Err(StoreError::new(NotRun).into()))
    }
}

/// A store said that it had run the work, and had not.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the work of a transaction was not run")]
struct NotRun;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_is_to_be_kept_comes_out_whatever_befell_its_place() {
        let outcome = TxResult::<u8, StoreError>::new();
        let within = outcome.clone();
        let broken = std::thread::spawn(move || {
            let _held = within.0.lock();
            panic!("the place is poisoned");
        });
        assert!(broken.join().is_err());
        let within = outcome.clone();
        assert_eq!(within.keep(Ok(7), TxOutcome::Commit), TxOutcome::Commit);
        assert_eq!(outcome.take().ok(), Some(7));
    }
}
