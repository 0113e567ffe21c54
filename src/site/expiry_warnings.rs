//! The ends that come near, reported once for each level and not every time somebody looks.

use std::collections::HashMap;
use std::slice;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::LoadedConnection;
use super::Site;
use super::pins;
use crate::configuration::append_events;
use crate::connection::CertificateDates;
use crate::connection::ConnectionId;
use crate::crypto::Fingerprint;
use crate::event::Event;
use crate::event::Happened;
use crate::metadata::ExpiryLevel;
use crate::metadata::PinnedEnds;
use crate::metadata::StaleLevel;
use crate::metadata::TrustError;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;

#[derive(Debug, Default)]
pub(super) struct Expiry {
    looked: Option<Timestamp>,
    reported: HashMap<(ConnectionId, Subject), i64>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Subject {
    Certificate(Fingerprint),
    Credential(CredentialId),
    Pins,
    SignOn,
    Copy,
    Age,
    End,
    Missing,
}

impl Expiry {
    /// True if a level is news: higher than the one that was reported. `rank` grows with how bad it is. A subject that
    /// is not seen in a round is forgotten after it.
    fn is_news(&mut self, connection: &ConnectionId, subject: Subject, rank: i64) -> bool {
        let reported = self.reported.insert((connection.clone(), subject), rank);
        reported.is_none_or(|before| rank > before)
    }

    pub(super) async fn round(&mut self, site: &Site) {
        let now = site.now();
        if self
            .looked
            .is_some_and(|at| now.duration_since(at).abs() < ROUND)
        {
            return;
        }
        let Ok(snapshot) = site.registry.current().await else {
            return;
        };
        self.looked = Some(now);
        let credentials = site.store.credentials(None).await.unwrap_or_default();
        let before = std::mem::take(&mut self.reported);
        for loaded in snapshot.iter() {
            if loaded.connection.is_stand_in() {
                continue;
            }
            let id = loaded.connection.id();
            let own = credentials.iter().filter(|of| of.connection == *id);
            let nearing = own.filter_map(|of| nearing(of, site.now()));
            let ends = site.pins.ends(loaded).await;
            let pinned = pins::expiring(&ends, site.now());
            let pinned = pinned.map(|(days, happened)| (Subject::Pins, -days, happened));
            let stopping = stopping(loaded, &ends, site.now());
            let reached = reached(site, loaded).into_iter().chain(pinned);
            let reached = reached.chain(stopping);
            for (subject, rank, happened) in reached.chain(nearing) {
                let key = (id.clone(), subject.clone());
                if let Some(rank) = before.get(&key) {
                    self.reported.insert(key, *rank);
                }
                if self.is_news(id, subject, rank) {
                    announce(site, id, happened).await;
                }
            }
        }
    }
}

/// Tells of something that is found anew with each start and by each server: the outbox has it once.
async fn announce(site: &Site, connection: &ConnectionId, happened: Happened) {
    let event = Event::new(connection, site.now(), happened);
    if event.kind().is_kept()
        && let Err(error) = append_events(&*site.store, slice::from_ref(&event)).await
    {
        tracing::warn!(event = "expiry-not-noted", %connection, %error, "what nears its end was not noted among the events");
    }
    site.refresh.tell(event);
}

fn reached(site: &Site, loaded: &LoadedConnection) -> Vec<(Subject, i64, Happened)> {
    let now = site.now();
    let mut reached = Vec::new();
    if let Err(TrustError::NoDocument) = loaded.trusted(now) {
        reached.push((Subject::Missing, 0, Happened::CopyMissing));
    }
    for certificate in loaded.certificates() {
        let (fingerprint, not_after) = (certificate.fingerprint(), certificate.not_after());
        if let Some(level) = ExpiryLevel::of(not_after, now) {
            let days = level.days();
            let happened = Happened::CertificateExpiring {
                fingerprint,
                not_after,
                days,
            };
            reached.push((Subject::Certificate(fingerprint), -days, happened));
        }
    }
    if let Some(valid_until) = loaded.ends() {
        let fetched = loaded.fetched().unwrap_or(Timestamp::MIN);
        if loaded.validity().check(now).is_err() {
            let happened = Happened::CopyExpired { valid_until };
            reached.push((Subject::End, 0, happened));
        } else if let Some(level) = ExpiryLevel::of_copy(valid_until, fetched, now) {
            let days = level.days();
            let happened = Happened::CopyExpiring { valid_until, days };
            reached.push((Subject::Copy, -days, happened));
        }
    }
    if let Some(confirmed) = site.refresh.confirmed(loaded)
        && let Some(level) = StaleLevel::of(confirmed, now)
    {
        let days = level.days();
        let happened = Happened::CopyStale { confirmed, days };
        reached.push((Subject::Age, days, happened));
    }
    reached
}

/// The level that the end of all sign-on has reached, where the dates of certificates are enforced.
fn stopping(
    loaded: &LoadedConnection,
    pinned: &PinnedEnds,
    now: Timestamp,
) -> Option<(Subject, i64, Happened)> {
    if loaded.connection.sign_on().certificate_dates != CertificateDates::Enforced {
        return None;
    }
    let last = pinned.end_of_sign_on(loaded.certificates(), now)?;
    let days = last.level.days();
    let happened = Happened::SignOnStopping {
        fingerprint: last.fingerprint,
        not_after: last.not_after,
        days,
    };
    Some((Subject::SignOn, -days, happened))
}

/// The level that a credential has reached. Of one that ended long ago nobody wants to hear at each start.
fn nearing(credential: &ScimCredential, now: Timestamp) -> Option<(Subject, i64, Happened)> {
    let expires = credential.expires;
    let is_over = now.duration_since(expires) > REMEMBERED;
    let days = credential.expiry(now).filter(|_| !is_over)?.days();
    let id = credential.id.clone();
    let happened = Happened::CredentialExpiring {
        credential: id.clone(),
        expires,
        days,
    };
    Some((Subject::Credential(id), -days, happened))
}

/// A week in which somebody may still wonder why provisioning has stopped.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The interval between looks, by the clock that the levels go by: they are days apart, and a minute costs nothing. A
/// machine that has slept through a level says so when it wakes.
const ROUND: SignedDuration = SignedDuration::from_secs(60);
