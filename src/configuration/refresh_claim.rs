//! The claim of a refresh of metadata: the right to it, and the record of what came of it.

use super::ConfigLock;
use super::ConfigRows;
use super::ConfigStore;
use super::change;
use crate::connection::ConnectionId;
use crate::event::Event;
use crate::event::keys_refreshed;
use crate::metadata::Claim;
use crate::metadata::FinishedRefresh;
use crate::metadata::NotClaimed;
use crate::metadata::PinnedNote;
use crate::metadata::RefreshRecord;
use crate::metadata::RefreshState;
use crate::ports::StoreError;

/// Takes the right to refresh, by [`RefreshState::claimed`], in one step: of any number of claimants, in whichever process, one
/// gets it. Nobody gets it for a connection that has another source by now, is not there, or cannot be read: that is
/// [`NotClaimed::OtherSource`].
pub(crate) async fn claim_refresh(
    store: &(impl ConfigStore + ?Sized),
    id: &ConnectionId,
    claim: &Claim,
) -> Result<Result<RefreshState, NotClaimed>, StoreError> {
    let (id, claim) = (id.clone(), claim.clone());
    change(store, lock(&id), move |rows| {
        Box::pin(async move {
            if !has_source(rows, &id, &claim.source).await? {
                return Ok(Err(NotClaimed::OtherSource));
            }
            let record = rows.refresh_record(&id).await?;
            let state = match record.state.claimed(&claim) {
                Ok(state) => state,
                Err(not_claimed) => return Ok(Err(not_claimed)),
            };
            let record = RefreshRecord {
                state: state.clone(),
                ..record
            };
            rows.put_refresh_record(&id, &record).await?;
            Ok(Ok(state))
        })
    })
    .await
}

/// Writes what came of a refresh, all of it or nothing, if `holder` still has the right to and the copy is of the source that
/// the connection has now; says whether it is written. With a new copy come the events of [`keys_refreshed`]. Without a copy
/// nothing but the record changes, and the revision of the store stays.
pub(crate) async fn finish_refresh(
    store: &(impl ConfigStore + ?Sized),
    id: &ConnectionId,
    holder: u64,
    finished: &FinishedRefresh,
) -> Result<bool, StoreError> {
    let (id, finished) = (id.clone(), finished.clone());
    change(store, lock(&id), move |rows| {
        Box::pin(async move {
            let record = rows.refresh_record(&id).await?;
            let Some((record, told)) = after_refresh(&id, record, holder, &finished) else {
                return Ok(false);
            };
            if let Some(copy) = &finished.copy
                && !has_source(rows, &id, &copy.url).await?
            {
                return Ok(false);
            }
            rows.put_refresh_record(&id, &record).await?;
            if let Some(copy) = &finished.copy {
                let revision = rows.bump_revision().await?;
                rows.put_metadata_copy(&id, copy, revision).await?;
            }
            rows.append_events(&told).await?;
            Ok(true)
        })
    })
    .await
}

/// Takes note of certificates that the connection pins, by
/// [`KeyHistory::observe_pinned`](crate::metadata::KeyHistory::observe_pinned), in one step; says whether anything was new. One
/// that is pinned no longer is passed over. The revision of the store stays: whom to trust does not change by it. Fails where
/// the store does.
pub async fn note_pinned(
    store: &(impl ConfigStore + ?Sized),
    id: &ConnectionId,
    note: &PinnedNote,
) -> Result<bool, StoreError> {
    let (id, note) = (id.clone(), note.clone());
    change(store, lock(&id), move |rows| {
        Box::pin(async move {
            let present = rows.connection(&id).await?;
            let pins = present
                .connection()
                .map(|connection| connection.trust().pins());
            let Some(pins) = pins.filter(|pins| !pins.is_empty()) else {
                return Ok(false);
            };
            let mut record = rows.refresh_record(&id).await?;
            let history = &mut record.history;
            if !history.observe_pinned(pins, &note.met, &note.source, note.now) {
                return Ok(false);
            }
            rows.put_refresh_record(&id, &record).await?;
            Ok(true)
        })
    })
    .await
}

fn lock(id: &ConnectionId) -> ConfigLock {
    ConfigLock::Connection(id.clone())
}

/// Says whether the connection has this source now: a server that lags behind may refresh from the source before.
async fn has_source(
    rows: &mut dyn ConfigRows,
    id: &ConnectionId,
    source: &str,
) -> Result<bool, StoreError> {
    let present = rows.connection(id).await?;
    let name = present
        .connection()
        .and_then(|connection| connection.trust().copy_name());
    Ok(name.as_deref() == Some(source))
}

/// The record after a refresh, and the events of certificates; `None` where the holder lost the right. Unseen keys stay.
fn after_refresh(
    id: &ConnectionId,
    record: RefreshRecord,
    holder: u64,
    finished: &FinishedRefresh,
) -> Option<(RefreshRecord, Vec<Event>)> {
    if !record.state.is_held_by(holder) {
        return None;
    }
    let told = match (&finished.history, &finished.copy) {
        (Some(history), Some(copy)) => keys_refreshed(id, &record.history, history, copy.fetched),
        _ => Vec::new(),
    };
    let after = RefreshRecord {
        state: finished.state.clone(),
        history: finished.history.clone().unwrap_or(record.history),
    };
    Some((after, told))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::crypto::Certificate;
    use crate::crypto::SigningKey;
    use crate::metadata::KeyHistory;
    use crate::metadata::Lease;
    use crate::metadata::MetadataCopy;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn history(name: &str, now: Timestamp) -> KeyHistory {
        let key = SigningKey::generate_p256().unwrap();
        let (begin, end) = (at("2026-01-01T00:00:00Z"), at("2029-01-01T00:00:00Z"));
        let certificate = Certificate::self_signed(&key, name, 1, begin, end).unwrap();
        let mut history = KeyHistory::default();
        let _ = history.observe(&[certificate], "idp", now);
        history
    }

    fn held_by(holder: u64, until: Timestamp) -> RefreshState {
        RefreshState {
            lease: Some(Lease { holder, until }),
            ..RefreshState::default()
        }
    }

    #[test]
    fn a_refresh_is_written_by_its_holder_and_told_where_a_copy_came() {
        let (acme, now) = ("acme".parse().unwrap(), at("2026-11-22T12:00:00Z"));
        let (old, new) = (history("old", now), history("new", now));
        let record = || RefreshRecord {
            state: held_by(7, now),
            history: old.clone(),
        };
        let copy = MetadataCopy {
            url: "https://idp".to_owned(),
            document: b"<a/>".to_vec(),
            fetched: now,
            etag: None,
            last_modified: None,
            digest: None,
        };
        let state = RefreshState {
            last_success: Some(now),
            ..RefreshState::default()
        };
        let finished =
            |copy: Option<&MetadataCopy>, history: Option<&KeyHistory>| FinishedRefresh {
                state: state.clone(),
                copy: copy.cloned(),
                history: history.cloned(),
            };
        let after = |holder, finished| after_refresh(&acme, record(), holder, &finished);

        assert_eq!(after(8, finished(Some(&copy), Some(&new))), None);
        let written = |history: &KeyHistory| RefreshRecord {
            state: state.clone(),
            history: history.clone(),
        };
        // Keys that come without a copy were on trial before: they are no news.
        for (history, expected) in [(None, &old), (Some(&new), &new)] {
            let after = after(7, finished(None, history));
            assert_eq!(after, Some((written(expected), Vec::new())));
        }
        let (record, told) = after(7, finished(Some(&copy), Some(&new))).unwrap();
        assert_eq!(record, written(&new));
        assert_eq!(told, keys_refreshed(&acme, &old, &new, now));
        assert_eq!(told.len(), 2);
        // Nobody holds the right twice.
        let again = after_refresh(&acme, record, 7, &finished(Some(&copy), Some(&new)));
        assert_eq!(again, None);
    }
}
