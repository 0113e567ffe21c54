//! The failures and the times of the next attempts: single objects in escrow, and the whole job in quarantine.

use jiff::SignedDuration;
use jiff::Timestamp;

/// An object that could not be provisioned, set aside until it is tried again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Escrowed {
    /// The object id.
    pub object_id: String,
    /// Its name in the directory.
    pub name: String,
    /// The reason that it failed last.
    pub reason: String,
    /// The number of failures in a row.
    pub attempts: u32,
    /// The time at which a cycle of the schedule tries it again.
    pub next: Timestamp,
}

/// A job that failed as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quarantine {
    /// The time at which it began.
    pub since: Timestamp,
    /// The reason.
    pub reason: String,
    /// The number of failures in a row.
    pub attempts: u32,
    /// The time at which the schedule tries again.
    pub next: Timestamp,
}

#[derive(Clone, Debug, Default)]
pub(in crate::practice) struct Escrow(Vec<Escrowed>);

impl Escrow {
    /// True if the schedule leaves the object alone for now.
    pub(super) fn holds(&self, object_id: &str, now: Timestamp) -> bool {
        let mut objects = self.0.iter();
        objects.any(|object| object.object_id == object_id && now < object.next)
    }

    /// The object failed, once more perhaps.
    pub(super) fn put(&mut self, object_id: &str, name: &str, reason: String, now: Timestamp) {
        let attempts = self.take(object_id).map_or(0, |before| before.attempts) + 1;
        self.0.push(Escrowed {
            object_id: object_id.to_owned(),
            name: name.to_owned(),
            reason,
            attempts,
            next: after(attempts, now),
        });
    }

    /// The object is well, or gone.
    pub(super) fn take(&mut self, object_id: &str) -> Option<Escrowed> {
        let at = self
            .0
            .iter()
            .position(|object| object.object_id == object_id)?;
        Some(self.0.remove(at))
    }

    pub(in crate::practice) fn objects(&self) -> &[Escrowed] {
        &self.0
    }
}

impl Quarantine {
    /// The job failed, once more perhaps.
    pub(super) fn begin(before: Option<Quarantine>, reason: String, now: Timestamp) -> Quarantine {
        let attempts = before.as_ref().map_or(0, |before| before.attempts) + 1;
        Quarantine {
            since: before.map_or(now, |before| before.since),
            reason,
            attempts,
            next: after(attempts, now),
        }
    }
}

/// Entra tries again after 6, 12 and 24 hours, and then every day.
fn after(attempts: u32, now: Timestamp) -> Timestamp {
    let hours = match attempts {
        0 | 1 => 6,
        2 => 12,
        _ => 24,
    };
    now.saturating_add(SignedDuration::from_hours(hours))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn hours(hours: i64) -> Timestamp {
        NOW + SignedDuration::from_hours(hours)
    }

    #[test]
    fn an_object_waits_longer_each_time_until_it_is_well() {
        let mut escrow = Escrow::default();
        for (attempt, wait) in [(1, 6), (2, 12), (3, 24), (4, 24)] {
            escrow.put("a", "Ada", "no".to_owned(), NOW);
            assert_eq!(escrow.objects()[0].attempts, attempt);
            assert_eq!(escrow.objects()[0].next, hours(wait));
            assert!(escrow.holds("a", hours(wait) - SignedDuration::from_nanos(1)));
            assert!(!escrow.holds("a", hours(wait)));
        }
        assert!(!escrow.holds("b", NOW));
        assert!(escrow.take("a").is_some());
        assert!(escrow.objects().is_empty());
    }

    #[test]
    fn a_quarantine_remembers_when_it_began() {
        let first = Quarantine::begin(None, "one".to_owned(), NOW);
        assert_eq!((first.attempts, first.next), (1, hours(6)));
        let second = Quarantine::begin(Some(first), "two".to_owned(), hours(6));
        assert_eq!((second.since, second.attempts), (NOW, 2));
        assert_eq!((second.next, second.reason.as_str()), (hours(18), "two"));
    }
}
