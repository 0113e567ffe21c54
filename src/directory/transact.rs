//! Changing the directory: all of a request, or nothing of it.

use super::Directory;
use super::DirectoryTransaction;
use super::DirectoryTx;
use super::Scope;
use crate::ports::StoreError;
use crate::ports::TxFuture;
use crate::ports::TxOutcome;
use crate::ports::TxResult;

/// Runs `work` in one transaction on the directory of a connection, by its rules. When this returns `Ok`, everything that the work did
/// is on disk; when the work ends with an error, nothing of it is, and the error comes back.
///
/// The work waits for the methods of the transaction and for nothing else: everybody else's changes wait for it. It must not call
/// methods of the store itself, which are no part of the transaction; those that change something fail within it.
///
/// ```
/// # #[cfg(feature = "server")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # use entrada::connection::Connection;
/// # use entrada::configuration::danger::put_connection;
/// use entrada::directory::{DirectoryError, Origin, Scope, UserId, UserRecord, transact};
/// use entrada::scim::{Draft, ResourceKind, Schemas};
/// # let store = entrada::store::SqliteStore::in_memory().await?;
/// # put_connection(&store, &Connection::builder("acme").metadata_url("https://idp.example/").build()?, jiff::Timestamp::UNIX_EPOCH).await?;
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
    W: for<'t> FnOnce(&'t mut DirectoryTransaction<'_>) -> TxFuture<'t, Result<T, E>>,
    W: Clone + Send + Sync + 'static,
{
    let own = scope.clone();
    let (work, outcome) = TxResult::of::<DirectoryTx, _>(TxOutcome::Commit, move |rows| {
        Box::pin(async move { work(&mut DirectoryTransaction::new(rows, &own)).await })
    });
    directory.run(&scope.connection, work).await?;
    outcome.take()
}
