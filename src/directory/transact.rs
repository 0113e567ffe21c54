//! Changing the directory: all of a request, or nothing of it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;

use super::Directory;
use super::DirectoryRows;
use super::DirectoryTransaction;
use super::Scope;
use crate::ports::StoreError;

/// The work of a transaction, for a [`Directory`] to run; [`transact`] makes it.
pub type Work = Box<dyn for<'t> FnOnce(&'t mut dyn DirectoryRows) -> Doing<'t, Verdict> + Send>;

/// Work under way.
pub type Doing<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// The verdict of the work: its changes are kept or undone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// All of them.
    Keep,
    /// None of them.
    Undo,
}

/// Runs `work` in one transaction on the directory of a connection, by its rules. When this returns `Ok`, everything that the work did
/// is on disk; when the work ends with an error, nothing of it is, and the error comes back.
///
/// The work waits for the methods of the transaction and for nothing else: everybody else's changes wait for it. It must not call
/// methods of the store itself, which are no part of the transaction; those that change something fail within it.
///
/// ```
/// # #[cfg(feature = "server")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # use entrada::connection::{Connection, Connections};
/// use entrada::directory::{DirectoryError, Origin, Scope, UserId, UserRecord, transact};
/// use entrada::scim::{Draft, ResourceKind, Schemas};
/// # let store = entrada::store::SqliteStore::in_memory().await?;
/// # store.put_connection(&Connection::builder("acme").metadata_url("https://idp.example/").build()?, jiff::Timestamp::UNIX_EPOCH).await?;
///
/// let schemas = Schemas::standard();
/// let user = schemas.resource_type(ResourceKind::User);
/// let draft = Draft::read(serde_json::json!({"userName": "ada@example.com"}), user)?.created();
/// let acme: entrada::connection::ConnectionId = "acme".parse()?;
/// # let (random, now) = ([7; 16], jiff::Timestamp::UNIX_EPOCH);
/// let ada = UserRecord::new(&UserId::from_random(random), acme.clone(), Origin::Provisioned, draft.resource, now);
///
/// let scope = Scope::by_default(acme, now);
/// let version = transact(&store, &scope, move |directory| {
///     Box::pin(async move {
///         directory.insert_user(&ada).await?;
///         Ok::<_, DirectoryError>(ada.record().version)
///     })
/// })
/// .await?;
/// assert_eq!(version.to_string(), "W/\"1\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The work's own, or that of a store that could not keep the changes, or whose work waits for something else.
pub async fn transact<T, E, W>(
    directory: &(impl Directory + ?Sized),
    scope: &Scope,
    work: W,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    W: for<'t> FnOnce(&'t mut DirectoryTransaction<'_>) -> Doing<'t, Result<T, E>>,
    W: Send + 'static,
{
    let (outcome, within) = Outcome::new();
    let own = scope.clone();
    let work: Work = Box::new(move |rows| {
        Box::pin(async move {
            let mut transaction = DirectoryTransaction::new(rows, &own);
            within.keep(work(&mut transaction).await, Verdict::Keep)
        })
    });
    directory.run(&scope.connection, work).await?;
    outcome.take()
}

/// The result of work on its way out of the transaction.
pub(crate) struct Outcome<T, E>(Arc<Mutex<Option<Result<T, E>>>>);

impl<T, E: From<StoreError>> Outcome<T, E> {
    /// A place for the result: for who waits, and for the work.
    pub(crate) fn new() -> (Outcome<T, E>, Outcome<T, E>) {
        let slot = Arc::new(Mutex::new(None));
        (Outcome(Arc::clone(&slot)), Outcome(slot))
    }

    /// Keeps the result; says whether the changes are to be kept. Those of an error never are.
    pub(crate) fn keep(&self, result: Result<T, E>, of_success: Verdict) -> Verdict {
        let verdict = match result {
            Ok(_) => of_success,
            Err(_) => Verdict::Undo,
        };
        if let Ok(mut slot) = self.0.lock() {
            *slot = Some(result);
        }
        verdict
    }

    /// The result, once the store has run the work.
    ///
    /// # Errors
    /// The work's own, and a store that has not run it.
    pub(crate) fn take(self) -> Result<T, E> {
        let result = self.0.lock().ok().and_then(|mut slot| slot.take());
        result.unwrap_or_else(|| Err(StoreError::new(NotRun).into()))
    }
}

/// A store said that it had run the work, and had not.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the work of a transaction was not run")]
struct NotRun;
