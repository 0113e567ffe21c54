//! The clock, held against what the store has seen.

use jiff::SignedDuration;

use super::finding::Finding;
use crate::admin::Admin;
use crate::admin::connections;
use crate::connection::Connection;
use crate::session::SessionFilter;
use crate::site::clock_differs;
use crate::store::Store;

/// Finds a clock that is far from that of the database, by which several nodes agree.
pub(super) fn difference(store: &dyn Store) -> Option<Finding> {
    let seconds = store.clock_difference().as_secs();
    clock_differs(store).then(|| {
        let message = format!(
            "the clock of the database is ahead of that of this machine by {seconds} seconds: set both right (timedatectl); a server whose clock differs by more than 30 is not ready"
        );
        Finding::new("clock", "clock-differs", message)
    })
}

/// Finds a clock that is behind the records of the store: it refuses good responses, and takes those that are over.
pub(super) async fn clock(admin: &Admin, connections: &[Connection]) -> Option<Finding> {
    let now = admin.now();
    let mut seen = Vec::new();
    for connection in connections {
        let copy = connections::metadata_copy(admin, connection).await;
        seen.extend(copy.ok().flatten().map(|copy| copy.fetched));
    }
    let newest = SessionFilter {
        limit: Some(1),
        ..SessionFilter::default()
    };
    let sessions = admin.store().sessions(&newest, now).await;
    let sessions = sessions.unwrap_or_default();
    seen.extend(sessions.iter().map(|session| session.opened));
    let latest = seen.into_iter().max()?;
    let is_behind = latest.duration_since(now) > CLOCK_TOLERANCE;
    is_behind.then(|| {
        let message = format!(
            "the clock says {now}, but the store has a record of {latest}: set the clock (timedatectl)"
        );
        Finding::new("clock", "clock-behind", message)
    })
}

/// As far as identity provider and site may be apart.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(180);
