//! A wait for a client, measured.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Waiting for a client. What it does counts: at [`PACE`] it is never behind.
#[derive(Default)]
pub(super) struct Wait {
    /// Milliseconds, one more than they are; 0 while nobody waits.
    since: AtomicU64,
    /// By how much the client was behind when it moved last.
    behind: AtomicU64,
}

impl Wait {
    pub(super) fn begin(&self, now: u64) {
        if self.since.load(Relaxed) == 0 {
            let since = now.saturating_sub(self.behind.load(Relaxed));
            self.since.store(since + 1, Relaxed);
        }
    }

    pub(super) fn moved(&self, bytes: usize, now: u64) {
        let behind = self.lag(now).unwrap_or_else(|| self.behind.load(Relaxed));
        let earned = bytes as u64 * 1000 / PACE;
        self.behind.store(behind.saturating_sub(earned), Relaxed);
        self.since.store(0, Relaxed);
    }

    pub(super) fn reset(&self) {
        self.behind.store(0, Relaxed);
        self.since.store(0, Relaxed);
    }

    pub(super) fn lag(&self, now: u64) -> Option<u64> {
        let since = self.since.load(Relaxed).checked_sub(1)?;
        Some(now.saturating_sub(since))
    }
}

/// Milliseconds, as all times here are.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Bytes a second. Slower than any line that a person would put up with.
const PACE: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_the_pace_is_never_behind_and_who_trickles_is() {
        let (steady, trickle) = (Wait::default(), Wait::default());
        for second in 0..30 {
            let now = second * 1000;
            steady.begin(now);
            trickle.begin(now);
            steady.moved(2048, now + 1000);
            trickle.moved(1, now + 1000);
        }
        steady.begin(30_000);
        trickle.begin(30_000);
        assert_eq!(steady.lag(30_000), Some(0));
        assert!(trickle.lag(30_000).is_some_and(|lag| lag > 29_000));
    }

    #[test]
    fn the_time_of_the_server_is_not_the_clients() {
        let wait = Wait::default();
        wait.begin(0);
        wait.moved(10, 3000);
        assert_eq!(wait.lag(100_000), None);
        wait.begin(100_000);
        assert_eq!(wait.lag(100_000), Some(2991));
    }
}
