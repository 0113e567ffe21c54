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
mod sqlite;

use std::sync::Arc;

#[doc(hidden)]
pub use self::fault::FaultKind;
pub use self::fault::StoreFault;
pub use self::port::Store;
pub use self::sqlite::CannotCreate;
pub use self::sqlite::SqliteStore;
pub(crate) use self::sqlite::UnreadableRow;

store_port! {
    pub use self::error::AlreadyThere;
    pub use self::error::NoActiveUser;
    pub use self::error::UnknownConnection;
    pub use self::port::Stale;
    pub use self::port::StoreFacts;
}
use crate::ports::StoreError;

/// Opens the store that a URL names: `sqlite:PATH` for a [`SqliteStore`] in that file, which is created if it
/// is missing, `memory:` (or `sqlite::memory:`) for one without a file.
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
    match url.split_once(':') {
        Some(("memory", "") | ("sqlite", ":memory:")) => {
            Ok(Arc::new(SqliteStore::in_memory().await?))
        }
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(SqliteStore::open(path).await?)),
        _ => Err(StoreError::new(UnknownStore::of(url))),
    }
}

/// A URL that names no store. It holds the scheme alone, since what follows can be a password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected \"sqlite:PATH\", \"sqlite::memory:\" or \"memory:\", found {found:?}")]
pub struct UnknownStore {
    /// The URL up to its colon; all of it if it has none.
    pub found: String,
}

impl UnknownStore {
    fn of(url: &str) -> UnknownStore {
        let scheme = url.find(':').map_or(url, |colon| &url[..=colon]);
        UnknownStore {
            found: scheme.to_owned(),
        }
    }
}
