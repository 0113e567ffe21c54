//! What nears its end, reported once for each level and not every time somebody looks.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::Entrada;
use super::TrustEventKind;
use super::pinned;
use crate::connection::ConnectionId;
use crate::crypto::Fingerprint;
use crate::metadata::ExpiryLevel;
use crate::metadata::StaleLevel;
use crate::metadata::TrustError;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::web::registry::Loaded;

/// The levels that were reported.
#[derive(Debug, Default)]
pub(super) struct Levels {
    looked: Option<Timestamp>,
    reported: HashMap<(ConnectionId, Subject), i64>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Subject {
    Certificate(Fingerprint),
    Credential(CredentialId),
    Pins,
    Copy,
    Age,
    End,
    Missing,
}

impl Levels {
    /// Whether a level is news: higher than the one that was reported. `rank` grows with how bad it is. What is
    /// not seen in a round is forgotten after it.
    fn is_news(&mut self, connection: &ConnectionId, subject: Subject, rank: i64) -> bool {
        let reported = self.reported.insert((connection.clone(), subject), rank);
        reported.is_none_or(|before| rank > before)
    }
}

impl Entrada {
    /// Reports the levels that were reached since the last round.
    pub(super) async fn report_levels(&self, levels: &mut Levels) {
        let now = self.now();
        if levels
            .looked
            .is_some_and(|at| now.duration_since(at).abs() < ROUND)
        {
            return;
        }
        let Ok(snapshot) = self.registry().current().await else {
            return;
        };
        levels.looked = Some(now);
        let credentials = self.store().credentials(None).await.unwrap_or_default();
        let before = std::mem::take(&mut levels.reported);
        for loaded in snapshot.iter() {
            let id = loaded.connection.id();
            let own = credentials.iter().filter(|of| of.connection == *id);
            let nearing = own.filter_map(|of| nearing(of, self.now()));
            let pinned = pinned::expiring(&self.pinned_ends(loaded).await, self.now());
            let pinned = pinned.map(|(level, event)| (Subject::Pins, -level.days(), event));
            let reached = self.reached(loaded).into_iter().chain(pinned);
            for (subject, rank, event) in reached.chain(nearing) {
                let key = (id.clone(), subject.clone());
                if let Some(rank) = before.get(&key) {
                    levels.reported.insert(key, *rank);
                }
                if levels.is_news(id, subject, rank) {
                    self.tell_of_expiry(id, &event).await;
                    self.report(id, event);
                }
            }
        }
    }

    /// The levels that a connection has reached.
    fn reached(&self, loaded: &Loaded) -> Vec<(Subject, i64, TrustEventKind)> {
        let now = self.now();
        let mut reached = Vec::new();
        if let Err(TrustError::NoDocument) = loaded.trusted(now) {
            reached.push((Subject::Missing, 0, TrustEventKind::CopyMissing));
        }
        for certificate in loaded.certificates() {
            let (fingerprint, not_after) = (certificate.fingerprint(), certificate.not_after());
            if let Some(level) = ExpiryLevel::of(not_after, now) {
                let event = TrustEventKind::CertificateExpiring {
                    fingerprint,
                    not_after,
                    level,
                };
                reached.push((Subject::Certificate(fingerprint), -level.days(), event));
            }
        }
        if let Some(valid_until) = loaded.ends() {
            let fetched = loaded.fetched().unwrap_or(Timestamp::MIN);
            if loaded.validity().check(now).is_err() {
                let event = TrustEventKind::CopyExpired { valid_until };
                reached.push((Subject::End, 0, event));
            } else if let Some(level) = ExpiryLevel::of_copy(valid_until, fetched, now) {
                let event = TrustEventKind::CopyExpiring { valid_until, level };
                reached.push((Subject::Copy, -level.days(), event));
            }
        }
        if let Some(confirmed) = self.confirmed(loaded)
            && let Some(level) = StaleLevel::of(confirmed, now)
        {
            let event = TrustEventKind::CopyStale { confirmed, level };
            reached.push((Subject::Age, level.days(), event));
        }
        reached
    }

    /// When the source last vouched for the copy of a connection; `None` where nothing is fetched.
    pub(in crate::web) fn confirmed(&self, loaded: &Loaded) -> Option<Timestamp> {
        let fetched = loaded.fetched()?;
        let standing = self.standing(loaded);
        let confirmed = standing.and_then(|standing| standing.confirmed);
        Some(confirmed.map_or(fetched, |confirmed| confirmed.max(fetched)))
    }
}

/// The level that a credential has reached. Of one that ended long ago nobody wants to hear at each start.
fn nearing(credential: &ScimCredential, now: Timestamp) -> Option<(Subject, i64, TrustEventKind)> {
    let expires = credential.expires;
    let is_over = now.duration_since(expires) > REMEMBERED;
    let level = credential.expiry(now).filter(|_| !is_over)?;
    let id = credential.id.clone();
    let event = TrustEventKind::CredentialExpiring {
        credential: id.clone(),
        expires,
        level,
    };
    Some((Subject::Credential(id), -level.days(), event))
}

/// A week in which somebody may still wonder why provisioning has stopped.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How often anybody looks, by the clock that the levels go by: they are days apart, and a minute costs nothing. A machine
/// that has slept through a level says so when it wakes.
const ROUND: SignedDuration = SignedDuration::from_secs(60);
