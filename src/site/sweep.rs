//! Removing what has expired from the store, and what the provisioning log has held for long enough.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::connection::KEPT_FOR;
use crate::session::expire;
use crate::store::Stale;
use crate::store::Store;

pub(super) async fn sweep(store: &dyn Store, now: Timestamp, log_retention: SignedDuration) {
    if let Err(error) = expire(store, now).await {
        tracing::warn!(event = "sweep-failed", %error, "sessions that are over were not ended");
    }
    let retained = now.saturating_sub(log_retention);
    let retained = retained.unwrap_or(Timestamp::MIN);
    for stale in Stale::ALL {
        let before = match stale {
            Stale::KeptConnections => now.saturating_sub(KEPT_FOR).unwrap_or(Timestamp::MIN),
            Stale::ReplayKeys | Stale::PendingRequests | Stale::AccessTokens => now,
            Stale::SignOns | Stale::Events | Stale::LogEntries => retained,
        };
        if let Err(error) = store.forget(stale, before).await {
            tracing::warn!(event = "sweep-failed", %error, ?stale, "old rows were not removed from the store");
        }
    }
}

/// A month: long enough for the question why somebody was not provisioned, and for Entra's own 30 days before a deletion.
pub(crate) const LOG_RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::configuration::append_log;
    use crate::configuration::danger::put_connection;
    use crate::configuration::remove_connection;
    use crate::connection::Connection;
    use crate::crypto::Fingerprint;
    use crate::ports::Actor;
    use crate::provisioning::LogEntry;
    use crate::provisioning::LogOperation;
    use crate::provisioning::LogQuery;
    use crate::store;

    fn noon() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn days(days: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * days)
    }

    /// A store in memory with the connection `acme`.
    async fn store() -> Arc<dyn Store> {
        let fingerprint = Fingerprint::parse(&"AB".repeat(32)).unwrap();
        let idp = "https://idp.example/";
        let acme = Connection::builder("acme");
        let acme = acme.fingerprint(fingerprint, idp, "https://idp.example/sso");
        let store = store::open("memory:").await.unwrap();
        let acme = acme.build().unwrap();
        put_connection(&*store, &acme, noon()).await.unwrap();
        store
    }

    fn entry(subject: &str, ago: SignedDuration) -> LogEntry {
        LogEntry {
            connection: "acme".parse().unwrap(),
            at: noon() - ago,
            credential: None,
            operation: LogOperation::Search,
            resource_kind: None,
            resource: None,
            subject: Some(subject.to_owned()),
            status: 200,
            scim_type: None,
            detail: None,
            changed: Vec::new(),
            overlooked: Vec::new(),
            request_id: None,
            duration: Duration::ZERO,
        }
    }

    /// The subjects of the entries that are left after a sweep, the oldest first.
    async fn left(retention: Option<SignedDuration>, entries: &[LogEntry]) -> Vec<String> {
        let store = store().await;
        append_log(&*store, entries).await.unwrap();
        let retention = retention.unwrap_or(LOG_RETENTION);
        sweep(&*store, noon(), retention).await;
        let query = LogQuery {
            after: Some(0),
            ..LogQuery::default()
        };
        let logged = store.log(&query).await.unwrap();
        let subjects = logged
            .into_iter()
            .map(|logged| logged.entry.subject.unwrap());
        subjects.collect()
    }

    #[tokio::test]
    async fn the_log_is_kept_for_the_configured_time_and_not_a_moment_longer() {
        let tick = SignedDuration::from_micros(1);
        for (retention, kept_for) in [(None, days(30)), (Some(days(7)), days(7))] {
            let entries = [
                entry("older", days(400)),
                entry("just past", kept_for + tick),
                entry("still kept", kept_for),
                entry("new", SignedDuration::ZERO),
            ];
            assert_eq!(left(retention, &entries).await, ["still kept", "new"]);
        }
        let all = [entry("older", days(400)), entry("new", days(0))];
        let for_ever = Some(SignedDuration::MAX);
        assert_eq!(left(for_ever, &all).await, ["older", "new"]);
    }

    #[tokio::test]
    async fn a_removed_connection_is_kept_for_thirty_days_however_long_the_log_is() {
        for (ago, retention, kept) in [(30, 400, 0), (29, 1, 1)] {
            let store = store().await;
            let (id, at) = ("acme".parse().unwrap(), noon() - days(ago));
            let removed = remove_connection(&*store, &id, at, &Actor::App).await;
            assert!(removed.unwrap().is_some());
            sweep(&*store, noon(), days(retention)).await;
            assert_eq!(store.kept_connections().await.unwrap().len(), kept);
        }
    }
}
