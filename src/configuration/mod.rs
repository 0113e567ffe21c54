//! Changes of the configuration of a site: its connections, their metadata and its refreshing, and its settings. Each change is
//! a function that locks, reads rows, decides, and writes rows, in one transaction; adapters store.

mod connections;
mod kept;
mod log;
mod refresh_claim;
mod rows;
mod site_settings;

use async_trait::async_trait;

pub use self::connections::ChangeOutcome;
pub(crate) use self::connections::ConnectionChange;
pub(crate) use self::connections::change_connection;
pub use self::connections::replace_connection;
pub(crate) use self::kept::Restoration;
pub(crate) use self::kept::purge_connection;
pub(crate) use self::kept::remove_connection;
pub(crate) use self::kept::restore_connection;
pub use self::log::append_events;
pub use self::log::append_log;
pub(crate) use self::refresh_claim::claim_refresh;
pub(crate) use self::refresh_claim::finish_refresh;
pub use self::refresh_claim::note_pinned;
pub use self::rows::ConfigRows;
pub use self::rows::Present;
pub(crate) use self::site_settings::first_base_url;
pub(crate) use self::site_settings::put_base_url;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::ports::TxFuture;
use crate::ports::TxKind;
use crate::ports::TxOutcome;
use crate::ports::TxResult;
use crate::ports::TxWork;

/// Changes that look at nothing: whatever another program has changed meanwhile is lost.
pub mod danger {
    pub use super::connections::put_connection;
}

/// The way to the rows of the configuration.
pub enum ConfigTx {}

impl TxKind for ConfigTx {
    type Rows<'r> = dyn ConfigRows + 'r;
    type End = TxOutcome;
}

/// The rows that one change keeps from all others until it ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfigLock {
    /// Those of a connection, its metadata copy and its refreshing. It need not be there yet.
    Connection(ConnectionId),
    /// The settings of the site.
    Settings,
    /// None: rows are only added.
    Nothing,
}

/// Lets the configuration of a site be changed.
#[async_trait]
pub trait ConfigStore: Send + Sync {
    /// Runs work on the rows of the configuration in one transaction that holds a lock, for the functions of this module. All
    /// of the work's changes are on disk when this returns [`TxOutcome::Commit`], and none in any other case. Fails where the
    /// store does.
    async fn change_configuration(
        &self,
        lock: &ConfigLock,
        work: TxWork<ConfigTx>,
    ) -> Result<TxOutcome, StoreError>;
}

/// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, and nothing of it in any other case.
async fn change<T, W>(
    store: &(impl ConfigStore + ?Sized),
    lock: ConfigLock,
    work: W,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut dyn ConfigRows) -> TxFuture<'t, Result<T, StoreError>>,
    W: Clone + Send + Sync + 'static,
{
    let (work, outcome) = TxResult::of::<ConfigTx, _>(TxOutcome::Commit, work);
    store.change_configuration(&lock, work).await?;
    outcome.take()
}
