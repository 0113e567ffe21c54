//! Changes of one kind that wait at the same time. Each statement crosses to SQLite's thread and back, which costs more
//! than most statements do: so a hundred sign-ons are a few statements of a hundred rows.

use std::slice;

use sqlx::Connection;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::Transaction;

use super::Asked;
use super::BatchFailed;
use super::Caller;
use super::Cause;
use super::tell;

/// A kind of change that is made for many callers together.
pub(in crate::store::sqlite) trait Together:
    Sized + Send + Sync + 'static
{
    /// What a caller hears.
    type Answer: Send;

    /// Makes all changes, each as if those before it had been made; says what came of each, in their order.
    ///
    /// # Errors
    /// A store that cannot answer, or one change that cannot be made: then all are undone, and each is made alone.
    fn make(
        db: &mut SqliteConnection,
        changes: &[Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, Cause>> + Send;
}

/// The changes of one kind in a batch.
pub(super) struct Group<T: Together> {
    changes: Vec<T>,
    callers: Vec<Caller<T::Answer>>,
    answers: Vec<Result<T::Answer, Cause>>,
}

impl<T: Together> Default for Group<T> {
    fn default() -> Group<T> {
        Group {
            changes: Vec::new(),
            callers: Vec::new(),
            answers: Vec::new(),
        }
    }
}

impl<T: Together> Group<T> {
    pub(super) fn push(&mut self, asked: Asked<T>) {
        self.changes.push(asked.change);
        self.callers.push(asked.caller);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) async fn together(&mut self, db: &mut SqliteConnection) -> Result<(), Cause> {
        if self.is_empty() {
            return Ok(());
        }
        let answers = T::make(db, &self.changes).await?;
        self.answers = answers.into_iter().map(Ok).collect();
        Ok(())
    }

    pub(super) async fn one_by_one(
        &mut self,
        transaction: &mut Transaction<'_, Sqlite>,
    ) -> sqlx::Result<()> {
        self.answers.clear();
        for change in &self.changes {
            let mut savepoint = transaction.begin().await?;
            match T::make(&mut savepoint, slice::from_ref(change)).await {
                Ok(answers) => {
                    savepoint.commit().await?;
                    self.answers.extend(answers.into_iter().map(Ok));
                }
                Err(cause) => {
                    savepoint.rollback().await?;
                    self.answers.push(Err(cause));
                }
            }
        }
        Ok(())
    }

    pub(super) fn answer(self, outcome: &Result<(), BatchFailed>) {
        let mut answers = self.answers.into_iter();
        for caller in self.callers {
            let answer = answers.next();
            let answer = answer.unwrap_or_else(|| Err("the change was not made".into()));
            tell(caller, answer, outcome);
        }
    }
}
