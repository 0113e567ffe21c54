//! Connections that go, with a copy for a while or for good, and that come back from their copy.

use jiff::Timestamp;

use super::ConfigLock;
use super::ConfigRows;
use super::ConfigStore;
use super::Present;
use super::change;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;
use crate::directory::SessionSelection;
use crate::directory::end_sessions;
use crate::event::EndReason;
use crate::event::connection_changed;
use crate::ports::Actor;
use crate::ports::StoreError;

/// A connection after it was removed.
pub(crate) struct RemovedConnection {
    /// The number of sessions that ended.
    pub(crate) sessions: u64,
    /// The connection that was removed, and the end of the time for which its copy is kept.
    pub(crate) kept: KeptConnection,
}

/// Removes a connection with its metadata copy, pending requests, sessions and directory, in one step; `None` where it was not there.
/// Each of its sessions ends with an event. A copy of all but sessions and sign-ons under way is kept, unless it would hide an earlier
/// one and holds neither people nor tokens nor keys.
pub(crate) async fn remove_connection(
    store: &(impl ConfigStore + ?Sized),
    id: &ConnectionId,
    now: Timestamp,
    by: &Actor,
) -> Result<Option<RemovedConnection>, StoreError> {
    let (id, by) = (id.clone(), by.clone());
    change(store, ConfigLock::Connection(id.clone()), move |rows| {
        Box::pin(async move {
            // What is kept has no session, so that none comes back with it.
            let sessions = end_all(rows, &id, now, &by).await?;
            let mut earlier = rows.kept_connections(&id).await?.into_iter();
            let has_keys = match rows.connection(&id).await? {
                Present::Read(connection) => connection.sp_keys().iter().next().is_some(),
                Present::Unreadable | Present::Nothing => true,
            };
            let Some(mut kept) = rows.keep_connection(&id, now).await? else {
                return Ok(None);
            };
            let is_bare = !has_keys && kept.users + kept.groups + kept.tokens == 0;
            if let Some(earlier) = earlier.find(|kept| is_bare && kept.until > now) {
                rows.forget_kept(&kept).await?;
                kept.until = earlier.until;
            }
            rows.delete_connection(&id).await?;
            rows.bump_revision().await?;
            Ok(Some(RemovedConnection { sessions, kept }))
        })
    })
    .await
}

/// Removes a connection for good, with all copies that are kept of it; returns the number of sessions that ended, or `None` where there
/// was neither.
pub(crate) async fn purge_connection(
    store: &(impl ConfigStore + ?Sized),
    id: &ConnectionId,
    now: Timestamp,
    by: &Actor,
) -> Result<Option<u64>, StoreError> {
    let (id, by) = (id.clone(), by.clone());
    change(store, ConfigLock::Connection(id.clone()), move |rows| {
        Box::pin(async move {
            let sessions = end_all(rows, &id, now, &by).await?;
            if !rows.purge_connection(&id).await? {
                return Ok(None);
            }
            rows.bump_revision().await?;
            Ok(Some(sessions))
        })
    })
    .await
}

async fn end_all(
    rows: &mut dyn ConfigRows,
    id: &ConnectionId,
    now: Timestamp,
    by: &Actor,
) -> Result<u64, StoreError> {
    let whose = SessionSelection::Connection(id.clone());
    end_sessions(rows, &whose, EndReason::ConnectionRemoved, now, Some(by)).await
}

/// The outcome of [`restore_connection`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Restoration {
    /// The connection is there again, and this copy is gone.
    Done(KeptConnection),
    /// Another connection has the id; nothing was written.
    Taken,
    /// There is no copy that is young enough.
    NoCopy,
}

/// Puts back a connection that was removed, from its latest copy or from that of a number, under its own id or another. Nobody is signed on over it. Fails where
/// the copy cannot be read, and where the store does.
pub(crate) async fn restore_connection(
    store: &(impl ConfigStore + ?Sized),
    id: &ConnectionId,
    number: Option<u64>,
    as_id: &ConnectionId,
    now: Timestamp,
    by: &Actor,
) -> Result<Restoration, StoreError> {
    let (id, as_id, by) = (id.clone(), as_id.clone(), by.clone());
    change(store, ConfigLock::Connection(as_id.clone()), move |rows| {
        Box::pin(async move {
            if rows.connection(&as_id).await? != Present::Nothing {
                return Ok(Restoration::Taken);
            }
            let mut kept = rows.kept_connections(&id).await?.into_iter();
            let Some(kept) = kept.find(|kept| kept.until > now && kept.is_numbered(number)) else {
                return Ok(Restoration::NoCopy);
            };
            rows.put_kept(&kept, &as_id).await?;
            rows.forget_kept(&kept).await?;
            let Present::Read(connection) = rows.connection(&as_id).await? else {
                return Err(StoreError::new(UnreadableCopy(id)));
            };
            let connection = connection.renamed(as_id);
            let as_id = connection.id();
            rows.put_connection(&connection).await?;
            // The version of the copy of its metadata must be one that no registry has seen.
            let revision = rows.bump_revision().await?;
            let copy = rows.metadata_copy(as_id).await?;
            if let Some(copy) = &copy {
                rows.put_metadata_copy(as_id, copy, revision).await?;
            }
            let mut record = rows.refresh_record(as_id).await?;
            if record.state.lease.take().is_some() {
                rows.put_refresh_record(as_id, &record).await?;
            }
            let told = connection_changed(None, None, &connection, copy.as_ref(), now, &by);
            rows.append_events(&told).await?;
            Ok(Restoration::Done(kept))
        })
    })
    .await
}

/// The copy of a connection was written by a version that this one does not understand.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the copy of the connection {0} cannot be read by this version")]
struct UnreadableCopy(ConnectionId);
