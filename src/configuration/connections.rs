//! Connections that come, change and go.

use jiff::Timestamp;

use super::ConfigLock;
use super::ConfigRows;
use super::ConfigStore;
use super::Present;
use super::change;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::TrustSource;
use crate::event::connection_changed;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::metadata::RefreshState;
use crate::metadata::SeenCertificates;
use crate::ports::Actor;
use crate::ports::StoreError;

/// Adds a connection, or replaces the one of the same id. Whoever changes what they have read takes [`replace_connection`]. One
/// that the store holds and cannot read is replaced too, so that it can be repaired: the events are those of a new connection
/// then, and tell no certificate as retired; keys of ours in it that the new one lacks are lost. Fails where the store does.
pub async fn put_connection(
    store: &(impl ConfigStore + ?Sized),
    connection: &Connection,
    now: Timestamp,
) -> Result<(), StoreError> {
    let connection = connection.clone();
    change(store, lock(connection.id()), move |rows| {
        Box::pin(async move {
            let wanted = ConnectionChange {
                present: rows.connection(connection.id()).await?,
                wanted: connection,
                copy: None,
                met: Vec::new(),
                by: Actor::App,
                now,
            };
            wanted.put(rows).await?;
            wanted.keep_record(rows).await
        })
    })
    .await
}

/// A change of a connection, from what its author has read to what is wanted.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionChange {
    /// The state that the author has read.
    pub present: Present,
    /// The connection from now on.
    pub wanted: Connection,
    /// A copy of its metadata that was fetched for it, past the guard.
    pub copy: Option<MetadataCopy>,
    /// Certificates that it pins and that were given whole.
    pub met: Vec<SeenCertificates>,
    /// The author, whom the events name.
    pub by: Actor,
    pub now: Timestamp,
}

/// The result of a `ConnectionChange`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeOutcome {
    /// The connection, or the copy of its metadata, is another one now.
    Changed,
    /// The connection is as it was, and that is what was wanted. Ends of pinned certificates may have been noted.
    Unchanged,
    /// The store holds something else than the author has read. Nothing was written; the author reads again.
    Late,
}

/// Changes a connection if the store still holds what the author has read; connections are compared as values, since another
/// version may have written the same in other words. In one transaction come the copy of its metadata, the record of the
/// certificates that it pins, and the events of [`connection_changed`]; those of a connection that could not be read are those
/// of a new one. A refresh of its metadata that is under way writes nothing if the source of trust changes. Where the store holds
/// a connection that it cannot read and the author has read one, or none, the result is [`ChangeOutcome::Late`]: only who has found
/// it unreadable replaces it.
pub(crate) async fn change_connection(
    store: &(impl ConfigStore + ?Sized),
    wanted: &ConnectionChange,
) -> Result<ChangeOutcome, StoreError> {
    let wanted = wanted.clone();
    change(store, lock(wanted.wanted.id()), move |rows| {
        Box::pin(async move {
            match rows.connection(wanted.wanted.id()).await? == wanted.present {
                true => wanted.write(rows).await,
                false => Ok(ChangeOutcome::Late),
            }
        })
    })
    .await
}

/// Puts a connection if the store still holds what the caller has read: `present`, or none of this id. Says whether it was
/// done; if not, somebody else was faster, nothing was changed, and the caller reads again. Fails where the store does.
pub async fn replace_connection(
    store: &(impl ConfigStore + ?Sized),
    present: Option<&Connection>,
    connection: &Connection,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let wanted = ConnectionChange {
        present: present.cloned().into(),
        wanted: connection.clone(),
        copy: copy.cloned(),
        met: Vec::new(),
        by: Actor::App,
        now,
    };
    let outcome = change_connection(store, &wanted).await?;
    Ok(outcome != ChangeOutcome::Late)
}

fn lock(id: &ConnectionId) -> ConfigLock {
    ConfigLock::Connection(id.clone())
}

impl ConnectionChange {
    async fn write(&self, rows: &mut dyn ConfigRows) -> Result<ChangeOutcome, StoreError> {
        let is_change = self.present.connection() != Some(&self.wanted) || self.copy.is_some();
        if is_change {
            self.put(rows).await?;
        }
        self.keep_record(rows).await?;
        Ok(match is_change {
            true => ChangeOutcome::Changed,
            false => ChangeOutcome::Unchanged,
        })
    }

    async fn put(&self, rows: &mut dyn ConfigRows) -> Result<(), StoreError> {
        let (id, before, copy) = (
            self.wanted.id(),
            self.present.connection(),
            self.copy.as_ref(),
        );
        let kept = rows.metadata_copy(id).await?;
        let told = connection_changed(
            before,
            kept.as_ref(),
            &self.wanted,
            copy,
            self.now,
            &self.by,
        );
        let revision = rows.bump_revision().await?;
        rows.put_connection(&self.wanted).await?;
        if let Some(copy) = copy {
            rows.put_metadata_copy(id, copy, revision).await?;
        }
        rows.append_events(&told).await
    }

    /// Writes the record of refreshing and of certificates, if it differs or could not be read. Trust does not change, nor does
    /// the store's revision.
    async fn keep_record(&self, rows: &mut dyn ConfigRows) -> Result<(), StoreError> {
        let id = self.wanted.id();
        let record = rows.refresh_record(id).await?;
        let after = self.record_after(&record);
        if after != record {
            rows.put_refresh_record(id, &after).await?;
        }
        Ok(())
    }

    fn record_after(&self, record: &RefreshRecord) -> RefreshRecord {
        let mut after = record.clone();
        let source = self.wanted.trust();
        let before = self.present.connection().map(Connection::trust);
        if before != Some(source) {
            after.state = state_after(&record.state, source);
        }
        let pins = source.pins();
        if !pins.is_empty() {
            let _ = after.history.observe_pinned(pins, &[], "", self.now);
            for SeenCertificates {
                source,
                certificates,
            } in &self.met
            {
                let _ = after
                    .history
                    .observe_pinned(pins, certificates, source, self.now);
            }
        }
        after
    }
}

/// The state of refreshing once a connection has another source, or asks something else of it: what was going to be written is not
/// written, since its author has not asked this source.
fn state_after(state: &RefreshState, source: &TrustSource) -> RefreshState {
    match source.copy_name().as_ref() == Some(&state.source) {
        true => RefreshState {
            lease: None,
            ..state.clone()
        },
        false => RefreshState::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Lease;

    fn source(url: &str) -> TrustSource {
        let acme = Connection::builder("acme").metadata_url(url).build();
        acme.unwrap().trust().clone()
    }

    #[test]
    fn another_source_is_refreshed_anew_and_the_same_source_on_other_terms_goes_on() {
        let lease = Lease {
            holder: 7,
            until: Timestamp::UNIX_EPOCH,
        };
        let state = RefreshState {
            source: "https://idp.example/one".to_owned(),
            failures: 3,
            lease: Some(lease),
            ..RefreshState::default()
        };
        let other = state_after(&state, &source("https://idp.example/two"));
        assert_eq!(other, RefreshState::default());
        let same = state_after(&state, &source("https://idp.example/one"));
        assert_eq!((same.failures, same.lease), (3, None));
    }
}
