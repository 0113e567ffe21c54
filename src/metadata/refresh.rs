//! The schedule for fetching metadata again, and the right to do so: jitter, back-off and early refreshes, as values.
//! The random numbers and the time come as arguments; fetching and storing is the adapters' work.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

/// The frequency at which metadata is fetched. The same numbers hold for every connection of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RefreshPolicy {
    /// The longest time for which a fetched document is left alone; an hour by default. Each refresh comes up to a
    /// fifth earlier, by chance, so that many connections do not march in step.
    pub interval: Duration,
    /// The shortest time for which it is left alone, whatever the publisher asks for, and the wait after the first
    /// failure; five minutes by default.
    pub floor: Duration,
    /// The shortest time between two early refreshes of one connection; five minutes by default. Anybody can cause one,
    /// by a response with an unknown key.
    pub early_interval: Duration,
}

impl Default for RefreshPolicy {
    fn default() -> RefreshPolicy {
        RefreshPolicy {
            interval: Duration::from_secs(60 * 60),
            floor: Duration::from_secs(5 * 60),
            early_interval: Duration::from_secs(5 * 60),
        }
    }
}

impl RefreshPolicy {
    /// The time at which the next refresh is due after one that succeeded. `freshness` is the time for which the
    /// publisher says that the document stays as it is; `fraction`, from 0 to 1, is drawn at random.
    pub fn after_success(
        &self,
        now: Timestamp,
        freshness: Option<Duration>,
        fraction: f64,
    ) -> Timestamp {
        let wanted = freshness.map_or(self.interval, |freshness| freshness.min(self.interval));
        later(now, jittered(wanted, fraction).max(self.floor))
    }

    /// The time at which the next refresh is due after `failures` failures in a row. The delay is the floor, doubled
    /// with each failure, up to the interval. A `Retry-After` is honoured up to `RETRY_AFTER_MAX`.
    pub fn after_failure(
        &self,
        now: Timestamp,
        failures: u32,
        retry_after: Option<Duration>,
        fraction: f64,
    ) -> Timestamp {
        let doubled = self.floor * 2_u32.pow(failures.saturating_sub(1).min(DOUBLINGS));
        let wanted = doubled.min(self.interval.max(self.floor));
        let delay = jittered(wanted, fraction).max(self.floor);
        let asked = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
        later(now, delay.max(asked))
    }

    /// True if a refresh that is due at `due` is so now. A time further ahead than anything is ever scheduled counts as
    /// past: the clock has been set back since.
    pub fn is_due(&self, due: Option<Timestamp>, now: Timestamp) -> bool {
        due.and_then(|at| ahead(at, now, self.longest())).is_none()
    }

    /// The longest time that any schedule has. A later due time was written before the clock was set back.
    fn longest(&self) -> Duration {
        self.interval.max(self.floor).max(RETRY_AFTER_MAX)
    }
}

/// The state of the refreshing of one connection's metadata. It lives in the store, beside the copy.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RefreshState {
    /// The source that this is about; another source begins anew.
    pub source: String,
    /// The time at which a refresh last began.
    pub last_attempt: Option<Timestamp>,
    /// The time at which the source last vouched for the copy: by a new document, by the same, or by "not modified".
    pub last_success: Option<Timestamp>,
    /// Failures since then.
    pub failures: u32,
    /// The last failure, which stays on record after a success.
    pub last_failure: Option<RefreshFailure>,
    /// The time for which the copy's publisher says that a document stays as it is (`cacheDuration`). A document that
    /// was not modified is not parsed again for it.
    pub cache_duration: Option<Duration>,
    /// The time at which the next refresh is due; `None` for at once.
    pub next_due: Option<Timestamp>,
    /// The time at which a response with an unknown key last caused a refresh.
    pub last_early: Option<Timestamp>,
    /// The time until which the source wants to be left alone (`Retry-After`).
    pub quiet_until: Option<Timestamp>,
    /// The lease of the one that is refreshing it right now.
    pub lease: Option<Lease>,
}

/// The reason for which a refresh failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RefreshFailure {
    /// The time of the failure.
    pub at: Timestamp,
    /// A stable kebab-case code.
    pub code: String,
    /// The reason for people, cut to a bounded length.
    pub reason: String,
}

impl RefreshFailure {
    /// A failure; the reason is cut after 512 characters, since parts of it come from outside.
    pub fn new(at: Timestamp, code: &str, reason: &str) -> RefreshFailure {
        RefreshFailure {
            at,
            code: code.to_owned(),
            reason: reason.chars().take(REASON_MAX).collect(),
        }
    }
}

/// The right to refresh, for a while: of several processes on one store, one fetches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lease {
    /// A number that the holder has drawn.
    pub holder: u64,
    /// The time at which it ends by itself, should the holder have died.
    pub until: Timestamp,
}

/// Asks for the right to refresh.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The source to fetch from.
    pub source: String,
    /// The reason for the refresh.
    pub trigger: RefreshTrigger,
    /// The numbers that hold.
    pub policy: RefreshPolicy,
    /// A number drawn at random, by which the holder is known afterwards.
    pub holder: u64,
    /// The present moment.
    pub now: Timestamp,
}

/// The reason for a refresh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefreshTrigger {
    /// The schedule.
    Scheduled,
    /// A response whose key is unknown.
    UnknownKey,
    /// An admin, who need not wait for anything.
    Manual,
}

/// The reason for which the right to refresh is not given.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotClaimed {
    /// The connection has another source, is gone, or cannot be read any more: the claimant has not read it since.
    #[error("the connection has another source by now")]
    OtherSource,
    /// It is not due.
    #[error("expected a refresh that is due, found one that is due at {at}")]
    NotDue {
        /// The time at which it will be due.
        at: Timestamp,
    },
    /// There was an early one a short while ago, or the source wants to be left alone.
    #[error("expected no other early refresh before {at}")]
    TooEarly {
        /// The time from which another may come.
        at: Timestamp,
    },
    /// Somebody is at it.
    #[error("somebody else refreshes it, until {until} at most")]
    Held {
        /// The time at which that right ends.
        until: Timestamp,
    },
}
debug_as_sentence!(NotClaimed);

impl RefreshState {
    /// The state after a claim. The state of another source begins anew.
    ///
    /// # Errors
    /// The reason for which there is nothing to do for the claimant.
    pub fn claimed(&self, claim: &Claim) -> Result<RefreshState, NotClaimed> {
        let mut state = match self.source == claim.source {
            true => self.clone(),
            false => RefreshState::default(),
        };
        let now = claim.now;
        if let Some(until) = state.lease.and_then(|lease| ahead(lease.until, now, LEASE)) {
            return Err(NotClaimed::Held { until });
        }
        match claim.trigger {
            RefreshTrigger::Manual => {}
            RefreshTrigger::Scheduled => {
                if let Some(at) = state.next_due
                    && !claim.policy.is_due(Some(at), now)
                {
                    return Err(NotClaimed::NotDue { at });
                }
            }
            RefreshTrigger::UnknownKey => {
                if let Some(at) = state.no_early_before(now, &claim.policy) {
                    return Err(NotClaimed::TooEarly { at });
                }
                state.last_early = Some(now);
            }
        }
        state.source.clone_from(&claim.source);
        state.last_attempt = Some(now);
        state.lease = Some(Lease {
            holder: claim.holder,
            until: later(now, LEASE),
        });
        Ok(state)
    }

    fn no_early_before(&self, now: Timestamp, policy: &RefreshPolicy) -> Option<Timestamp> {
        let early = self.last_early.and_then(|last| {
            let at = later(last, policy.early_interval);
            ahead(at, now, policy.early_interval)
        });
        let quiet = self
            .quiet_until
            .and_then(|until| ahead(until, now, RETRY_AFTER_MAX));
        early.max(quiet)
    }

    /// Records that the source has vouched for the copy, and gives the lease back. `freshness` is what HTTP caching says.
    pub fn succeed(
        &mut self,
        now: Timestamp,
        freshness: Option<Duration>,
        policy: &RefreshPolicy,
        fraction: f64,
    ) {
        self.last_success = Some(now);
        self.failures = 0;
        self.quiet_until = None;
        self.lease = None;
        let freshness = [freshness, self.cache_duration].into_iter().flatten().min();
        self.next_due = Some(policy.after_success(now, freshness, fraction));
    }

    /// Records a failure, and gives the lease back.
    pub fn fail(
        &mut self,
        failure: RefreshFailure,
        retry_after: Option<Duration>,
        policy: &RefreshPolicy,
        fraction: f64,
    ) {
        let now = failure.at;
        self.failures = self.failures.saturating_add(1);
        self.quiet_until = retry_after.map(|wait| later(now, wait.min(RETRY_AFTER_MAX)));
        self.next_due = Some(policy.after_failure(now, self.failures, retry_after, fraction));
        self.last_failure = Some(failure);
        self.lease = None;
    }

    /// True if this holder may still write what it has fetched.
    pub fn is_held_by(&self, holder: u64) -> bool {
        self.lease.is_some_and(|lease| lease.holder == holder)
    }
}

/// `at`, if it is still to come. A time further ahead than anything was ever scheduled was written before the clock was
/// set back: it counts as past, or refreshing would stop until the clock has caught up.
fn ahead(at: Timestamp, now: Timestamp, longest: Duration) -> Option<Timestamp> {
    (now < at && at <= later(now, longest)).then_some(at)
}

/// A duration, shortened by up to a fifth of itself.
fn jittered(duration: Duration, fraction: f64) -> Duration {
    let fraction = if fraction.is_finite() { fraction } else { 0.0 };
    duration.mul_f64(1.0 - EARLIER * fraction.clamp(0.0, 1.0))
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Spaces requests, so that however many are due at once, no second sees more than its share.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pacer {
    next: Duration,
}

impl Pacer {
    /// The time at which the next request may leave. `now` is the time since some fixed moment of a clock that only
    /// goes forward, and so is the result. `gap` lies between two requests.
    pub(crate) fn leave(&mut self, now: Duration, gap: Duration) -> Duration {
        let at = self.next.max(now);
        self.next = at + gap;
        at
    }
}

/// The longest time for which a server that asks for patience is left alone: six hours, so that one wrong header costs
/// no certificate's notice.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// The share of itself by which a delay is shortened at most: a thousand connections that began together are spread
/// over twelve minutes after the first hour.
const EARLIER: f64 = 0.2;
/// Twice the time that a fetch may take, and the reading of the largest document.
const LEASE: Duration = Duration::from_secs(60);
/// Doublings of the floor at most: the interval ends them long before; this keeps the number small.
const DOUBLINGS: u32 = 16;
/// Characters of a reason that are kept: two lines of a terminal hold most.
const REASON_MAX: usize = 512;

#[cfg(test)]
#[path = "refresh_tests.rs"]
mod tests;
