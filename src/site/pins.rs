//! Pinned certificates: nothing but a message brings one, so the first verified sign-on with it is when its end becomes
//! known. It is written down once.

use std::sync::Arc;

use jiff::Timestamp;

use super::LoadedConnection;
use crate::configuration::note_pinned;
use crate::event::Happened;
use crate::metadata::KnownKey;
use crate::metadata::PinnedEnds;
use crate::metadata::PinnedNote;
use crate::ports::Clock;
use crate::store::Store;

/// The pinned certificates of a site's connections, as sign-ons meet them.
#[derive(Clone)]
pub(crate) struct Pins {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Pins {
    /// Has the pinned certificates written down that were met since this was last called. The sign-on does not wait.
    pub(super) fn note_met(&self, loaded: &Arc<LoadedConnection>) {
        if !loaded.has_newly_met() {
            return;
        }
        let (store, loaded, note) = (
            self.store.clone(),
            loaded.clone(),
            note(loaded, self.clock.now()),
        );
        tokio::spawn(async move {
            let id = loaded.connection.id();
            if let Err(error) = note_pinned(&*store, id, &note).await {
                loaded.forget_noted();
                tracing::warn!(event = "pin-not-noted", connection = %id, %error, "a pinned certificate was not written down");
            }
        });
    }

    /// Until when the pinned certificates of a connection hold: none where trust is by metadata.
    pub(crate) async fn ends(&self, loaded: &LoadedConnection) -> PinnedEnds {
        let (connection, pins) = (&loaded.connection, loaded.connection.trust().pins());
        if pins.is_empty() {
            return PinnedEnds::default();
        }
        let record = self.store.refresh_record(connection.id().as_str()).await;
        // A store that does not answer now knows no more than this process has met.
        let mut history = record.unwrap_or_default().history;
        let PinnedNote { met, source, now } = note(loaded, self.clock.now());
        let _ = history.observe_pinned(pins, &met, &source, now);
        PinnedEnds::of(pins, &history)
    }
}

/// The days that the pinned certificates hold at most, and the event that says so, where they near their end.
pub(super) fn expiring(ends: &PinnedEnds, now: Timestamp) -> Option<(i64, Happened)> {
    let last = ends.nearing(now)?;
    let days = last.level.days();
    let happened = Happened::CertificateExpiring {
        fingerprint: last.fingerprint,
        not_after: last.not_after,
        days,
    };
    Some((days, happened))
}

fn note(loaded: &LoadedConnection, now: Timestamp) -> PinnedNote {
    PinnedNote {
        met: loaded.met(),
        source: KnownKey::SIGN_ON.to_owned(),
        now,
    }
}
