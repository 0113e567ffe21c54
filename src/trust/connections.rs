//! Connections that come, change and go.

use jiff::Timestamp;

use super::TrustLock;
use super::TrustRows;
use super::TrustStore;
use super::change;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::Whose;
use crate::directory::end_sessions;
use crate::event::EndReason;
use crate::event::connection_changed;
use crate::metadata::MetadataCopy;
use crate::ports::StoreError;

/// Adds a connection, or replaces the one of the same id. The events are those of [`connection_changed`]. Whoever changes what they
/// have read takes [`replace_connection`].
///
/// One that the store holds and cannot read is replaced too, so that it can be repaired. The events are those of a new connection then:
/// each key and each certificate is told as added, also one that was trusted before, and none as retired.
///
/// # Errors
/// A store that cannot answer.
pub async fn put_connection(
    store: &(impl TrustStore + ?Sized),
    connection: &Connection,
    now: Timestamp,
) -> Result<(), StoreError> {
    let connection = connection.clone();
    change(store, lock(connection.id()), move |rows| {
        Box::pin(async move {
            let before = rows.readable_connection(connection.id()).await?;
            put(rows, before.as_ref(), &connection, None, now).await
        })
    })
    .await
}

/// Puts a connection if the store still holds what the caller has read: `present`, or none of this id. The copy of its metadata, if
/// one was fetched for it, and the events of [`connection_changed`] come in the same step. Says whether it was done; if not, somebody
/// else was faster, nothing was changed, and the caller reads again.
///
/// # Errors
/// A store that cannot answer.
pub async fn replace_connection(
    store: &(impl TrustStore + ?Sized),
    present: Option<&Connection>,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (present, connection, copy) = (present.cloned(), connection.clone(), copy.cloned());
    change(store, lock(connection.id()), move |rows| {
        Box::pin(async move {
            let stored = rows.connection(connection.id()).await?;
            let (present, copy) = (present.as_ref(), copy.as_ref());
            match Replacement::of(stored.as_ref(), present, &connection, copy) {
                Replacement::Late => Ok(false),
                Replacement::Nothing => Ok(true),
                Replacement::Change => {
                    put(rows, present, &connection, copy, now).await?;
                    Ok(true)
                }
            }
        })
    })
    .await
}

/// Removes a connection with its metadata copy, pending requests, sessions and directory, in one step; says whether
/// it was there. Each of its sessions ends with an event.
///
/// # Errors
/// A store that cannot answer; then nothing is removed.
pub async fn remove_connection(
    store: &(impl TrustStore + ?Sized),
    id: &ConnectionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = id.clone();
    change(store, lock(&id), move |rows| {
        Box::pin(async move {
            let whose = Whose::Connection(id.clone());
            end_sessions(rows, &whose, EndReason::ConnectionRemoved, now).await?;
            let was_there = rows.delete_connection(&id).await?;
            if was_there {
                rows.bump_revision().await?;
            }
            Ok(was_there)
        })
    })
    .await
}

fn lock(id: &ConnectionId) -> TrustLock {
    TrustLock::Connection(id.clone())
}

/// Writes a connection in the place of the one before, the copy that was fetched for it, and the events.
async fn put(
    rows: &mut dyn TrustRows,
    before: Option<&Connection>,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = connection.id();
    let kept = rows.metadata_copy(id).await?;
    let told = connection_changed(before, kept.as_ref(), connection, copy, now);
    let revision = rows.bump_revision().await?;
    rows.put_connection(connection).await?;
    if let Some(copy) = copy {
        rows.put_metadata_copy(id, copy, revision).await?;
    }
    rows.append_events(&told).await
}

/// The consequence of a wish to replace what was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Replacement {
    /// Somebody else was faster.
    Late,
    /// All is as it is to be.
    Nothing,
    /// The connection is to be written.
    Change,
}

impl Replacement {
    /// Connections are compared as values: another version may have written the same in other words.
    fn of(
        stored: Option<&Connection>,
        present: Option<&Connection>,
        wanted: &Connection,
        copy: Option<&MetadataCopy>,
    ) -> Replacement {
        if stored != present {
            return Replacement::Late;
        }
        match present == Some(wanted) && copy.is_none() {
            true => Replacement::Nothing,
            false => Replacement::Change,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_replaced_if_it_is_still_what_was_read() {
        let acme = |path: &str| {
            let acme = Connection::builder("acme").metadata_url(format!("https://idp/{path}"));
            acme.build().unwrap()
        };
        let (one, two, three) = (acme("one"), acme("two"), acme("three"));
        let copy = MetadataCopy {
            url: "https://idp/one".to_owned(),
            document: b"<a/>".to_vec(),
            fetched: Timestamp::UNIX_EPOCH,
            etag: None,
            last_modified: None,
            digest: None,
        };
        for (stored, present, wanted, copy, expected) in [
            (None, None, &one, None, Replacement::Change),
            (Some(&one), Some(&one), &two, None, Replacement::Change),
            (Some(&one), Some(&one), &one, None, Replacement::Nothing),
            // A copy is news, though the connection is the same.
            (
                Some(&one),
                Some(&one),
                &one,
                Some(&copy),
                Replacement::Change,
            ),
            (Some(&one), None, &two, None, Replacement::Late),
            (None, Some(&one), &two, None, Replacement::Late),
            // Late is late, also with what stands already.
            (Some(&two), Some(&one), &two, None, Replacement::Late),
            (
                Some(&two),
                Some(&one),
                &three,
                Some(&copy),
                Replacement::Late,
            ),
        ] {
            let found = Replacement::of(stored, present, wanted, copy);
            assert_eq!(found, expected, "{stored:?} {present:?} {wanted:?}");
        }
    }
}
