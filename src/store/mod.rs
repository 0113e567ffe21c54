//! The store of a site, for what must outlive a request: connections, metadata copies, sign-ons under way, replay keys,
//! sessions, the directory, and what happened to them. [`Store`] is the sum of the traits that the core asks for,
//! [`open`] makes one from a URL, and `contract` (a feature) holds the tests that every implementation must pass.
//! [`SqliteStore`] keeps an acknowledged write through `kill -9` and power cuts; in memory, for tests and demos, it
//! forgets everything when the process ends. A store keeps, finds and locks rows, and decides nothing: its methods
//! read, and [`Store::forget`] what is old. A change comes as [work](crate::ports::TxWork) in a transaction of its kind:
//! the rules of the core read rows, decide, and write rows, in one transaction. Users, groups and credentials change by
//! the functions of [`crate::directory`], sessions by those of [`crate::session`], connections, metadata and settings
//! by those of [`crate::configuration`]. The directory is read in a transaction too,
//! [`Directory::look`](crate::directory::Directory::look).

#[cfg(feature = "contract")]
pub mod contract;
mod error;
mod fault;
mod port;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
mod sqlite;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tokio::task::spawn_blocking;

#[doc(hidden)]
pub use self::fault::FaultKind;
pub use self::fault::StoreFault;
pub use self::port::Store;
#[cfg(feature = "postgres")]
pub use self::postgres::AddressError;
#[cfg(feature = "postgres")]
#[doc(hidden)]
pub use self::postgres::AddressFacts;
#[cfg(feature = "postgres")]
pub(crate) use self::postgres::CopyError;
#[cfg(feature = "postgres")]
pub(crate) use self::postgres::CopyProgress;
#[cfg(feature = "postgres")]
pub use self::postgres::DatabaseFault;
#[cfg(feature = "postgres")]
#[doc(hidden)]
pub use self::postgres::DatabaseFaultKind;
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresStore;
#[cfg(feature = "postgres")]
#[doc(hidden)]
pub use self::postgres::read_address;
#[cfg(feature = "postgres")]
pub use self::records::TableDigest;
pub(crate) use self::records::UnreadableKeys;
pub(crate) use self::records::UnreadableRow;
pub(crate) use self::records::is_unreadable;
pub use self::sqlite::CannotCreate;
pub use self::sqlite::SqliteStore;

store_port! {
    pub use self::error::AlreadyThere;
    pub use self::error::NoCredential;
    pub use self::error::NoActiveUser;
    pub use self::error::UnknownConnection;
    pub use self::port::SharedTask;
    pub use self::port::Stale;
    pub use self::port::StoreFacts;
}
use crate::ports::StoreError;

/// Opens the store that a URL names: `sqlite:PATH` for a [`SqliteStore`] in that file, which is created if it
/// is missing, `memory:` (or `sqlite::memory:`) for one without a file, and with the feature `postgres`
/// `postgres://USER@HOST/DATABASE` for a database that several nodes may share.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let store = entrada::store::open("memory:").await?;
/// store.ping().await?;
///
/// let error = entrada::store::open("mysql://db/entrada").await.err();
/// assert!(error.is_some_and(|error| error.to_string().contains("\"mysql:\"")));
/// # Ok::<(), entrada::ports::StoreError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// An [`UnknownStore`], or a store that cannot be opened.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match file_of(url) {
        Some(path) => Ok(Arc::new(SqliteStore::open(path).await?)),
        None if is_in_memory(url) => Ok(Arc::new(SqliteStore::in_memory().await?)),
        #[cfg(feature = "postgres")]
        None if is_postgres(url) => Ok(Arc::new(PostgresStore::open(url).await?)),
        None => Err(StoreError::new(UnknownStore::of(url))),
    }
}

/// True for a URL that [`open`] takes, and that holds no secret.
pub(crate) fn may_show(url: &str) -> bool {
    is_in_memory(url) || file_of(url).is_some()
}

fn is_in_memory(url: &str) -> bool {
    matches!(url, "memory:" | "sqlite::memory:")
}

/// True for the URL of a PostgreSQL database.
#[cfg(feature = "postgres")]
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The stable code of the fault behind an error of a store, such as `store-disk-full`.
pub(crate) fn fault_code(error: &(dyn Error + 'static)) -> &'static str {
    #[cfg(feature = "postgres")]
    if let Some(fault) = DatabaseFault::of(error) {
        return fault.code();
    }
    StoreFault::of(error).map_or("store-unavailable", StoreFault::code)
}

/// True where a store was not opened because its URL is wrong.
pub(crate) fn is_wrong_url(error: &StoreError) -> bool {
    error.source().is_some_and(|cause| {
        #[cfg(feature = "postgres")]
        if cause.is::<AddressError>() {
            return true;
        }
        cause.is::<UnknownStore>()
    })
}

/// The file of the store that a URL names; `None` for one that has none.
pub(crate) fn file_of(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    (!matches!(path, "" | ":memory:")).then(|| Path::new(path))
}

/// The facts of a store in a file, which is neither made, changed nor brought up to date. Fails where there is none that this version
/// understands.
pub(crate) async fn inspect(path: &Path) -> Result<StoreFacts, StoreError> {
    let path = path.to_owned();
    blocking(move || sqlite::inspect(&path)).await
}

/// The facts of the store in a database, which is neither made, changed nor brought up to date. Fails where there is none that this
/// version understands.
#[cfg(feature = "postgres")]
pub(crate) async fn inspect_database(url: &str) -> Result<StoreFacts, StoreError> {
    PostgresStore::connect(url).await?.inspected().await
}

/// Copies the store in a file, which nobody may change meanwhile, into the database of a URL, whose tables are brought up to date and must
/// be empty. It is done whole or not at all; says what both sides have.
#[cfg(feature = "postgres")]
pub(crate) async fn copy(
    from: &Path,
    to: &str,
    progress: CopyProgress,
) -> Result<Vec<TableDigest>, StoreError> {
    let from = from.to_owned();
    // A source that cannot be read is no reason to make tables.
    inspect(&from).await?;
    let target = PostgresStore::open(to).await?;
    let read = Arc::new(move |parts: &_| sqlite::read_parts(&from, parts));
    target.copy_from(read, progress).await
}

/// The numbers of the migrations of a store.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Debug)]
pub struct Schema {
    /// The last one that it has; 0 for one that is not made yet.
    pub has: i64,
    /// The last one that this version knows.
    pub needs: i64,
}

/// The numbers of the migrations of the store that a URL names; `None` for one in memory. It is neither made nor changed. Fails as [`open`]
/// does.
pub(crate) async fn schema(url: &str) -> Result<Option<Schema>, StoreError> {
    if is_in_memory(url) {
        return Ok(None);
    }
    #[cfg(feature = "postgres")]
    if is_postgres(url) {
        let (has, needs) = (inspect_database(url).await?.schema, postgres::newest());
        return Ok(Some(Schema { has, needs }));
    }
    let path = file_of(url).ok_or_else(|| StoreError::new(UnknownStore::of(url)))?;
    let has = match path.exists() {
        true => inspect(path).await?.schema,
        false => 0,
    };
    let needs = sqlite::newest();
    Ok(Some(Schema { has, needs }))
}

/// Copies the store in a file, which may be in use, to a path where nothing is, and checks the copy.
pub(crate) async fn backup(path: &Path, to: &Path) -> Result<StoreFacts, StoreError> {
    let (path, to) = (path.to_owned(), to.to_owned());
    blocking(move || sqlite::backup(&path, &to)).await
}

/// Puts a backup into the place of the store at `path`, which nobody else has open, and keeps that one at `before`. The store gets a
/// new id, a higher revision and no sessions.
pub(crate) async fn restore(
    path: &Path,
    from: &Path,
    before: &Path,
) -> Result<StoreFacts, StoreError> {
    let [path, from, before] = [path, from, before].map(Path::to_owned);
    blocking(move || sqlite::restore(&path, &from, &before)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Box<dyn Error + Send + Sync>> + Send + 'static,
) -> Result<T, StoreError> {
    let done = spawn_blocking(work).await.map_err(StoreError::new)?;
    done.map_err(StoreError::new)
}

/// A URL that names no store. It holds the scheme alone, since what follows can be a password, and so can a text without one.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected \"sqlite:PATH\", \"sqlite::memory:\", \"memory:\" or \"postgres://USER@HOST/DATABASE\", found {found:?}"
)]
pub struct UnknownStore {
    /// The URL up to its colon; `***` for a text that is none.
    pub found: String,
}
debug_as_sentence!(UnknownStore);

impl UnknownStore {
    fn of(url: &str) -> UnknownStore {
        let found = match url.split_once(':') {
            Some((scheme @ ("sqlite" | "memory"), _)) => format!("{scheme}:"),
            Some((scheme, rest)) if rest.starts_with("//") && is_scheme(scheme) => {
                format!("{scheme}:")
            }
            _ if url.is_empty() => String::new(),
            _ => "***".to_owned(),
        };
        UnknownStore { found }
    }
}

fn is_scheme(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}
