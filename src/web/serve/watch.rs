//! The state of one connection, for its listener: on what it waits, and since when.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::limits::ServeLimits;

/// One connection. Its own task writes here, the listener's reads.
pub(super) struct Watch {
    began: Instant,
    head: Wait,
    /// Nothing of the next head has come yet, after an answer.
    idle: AtomicBool,
    /// The time at which the request under way began.
    request: AtomicU64,
    body: Wait,
    reader: Wait,
    end: Wait,
    upgraded: AtomicBool,
    cut: Notify,
}

impl Watch {
    /// A connection that was just made. `began` is what all of a listener count from.
    pub(super) fn new(began: Instant) -> Watch {
        let watch = Watch {
            began,
            head: Wait::default(),
            idle: AtomicBool::new(false),
            request: AtomicU64::new(0),
            body: Wait::default(),
            reader: Wait::default(),
            end: Wait::default(),
            upgraded: AtomicBool::new(false),
            cut: Notify::new(),
        };
        watch.expect_head(false);
        watch
    }

    fn now(&self) -> u64 {
        millis(self.began.elapsed())
    }

    fn expect_head(&self, idle: bool) {
        let now = self.now();
        self.idle.store(idle, Relaxed);
        self.request.store(now, Relaxed);
        self.head.begin(now);
    }

    /// Bytes were read: the first of a head end the idling.
    pub(super) fn read(&self) {
        if self.idle.swap(false, Relaxed) {
            let now = self.now();
            self.request.store(now, Relaxed);
            self.head.reset();
            self.head.begin(now);
        }
    }

    pub(super) fn head_came(&self) {
        self.idle.store(false, Relaxed);
        self.head.reset();
        self.reader.reset();
    }

    pub(super) fn body_awaited(&self) {
        self.body.begin(self.now());
    }

    pub(super) fn body_came(&self, bytes: usize) {
        self.body.moved(bytes, self.now());
    }

    /// All of the body came, or nobody wants the rest.
    pub(super) fn body_ended(&self) {
        self.body.reset();
    }

    pub(super) fn reader_awaited(&self) {
        self.reader.begin(self.now());
    }

    pub(super) fn reader_took(&self, bytes: usize) {
        self.reader.moved(bytes, self.now());
    }

    /// The whole answer was handed over.
    pub(super) fn answered(&self) {
        self.body.reset();
        self.expect_head(true);
    }

    /// The server is done, and waits for the client to see that.
    pub(super) fn ending(&self) {
        self.head.reset();
        self.end.begin(self.now());
    }

    /// It speaks something else from now on, and belongs to who speaks it.
    pub(super) fn upgraded(&self) {
        self.upgraded.store(true, Relaxed);
    }

    pub(super) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Relaxed)
    }

    /// For how long the client has kept the server waiting; `None` while the server is at work.
    pub(super) fn lag(&self, now: u64) -> Option<u64> {
        if self.is_upgraded() {
            return None;
        }
        let waits = [&self.head, &self.body, &self.reader, &self.end];
        waits.iter().filter_map(|wait| wait.lag(now)).max()
    }

    pub(super) fn is_overdue(&self, now: u64, limits: &ServeLimits) -> bool {
        if self.is_upgraded() {
            return false;
        }
        let over = |wait: &Wait, limit| wait.lag(now).is_some_and(|lag| lag >= millis(limit));
        let head = match self.idle.load(Relaxed) {
            true => limits.idle,
            false => limits.head,
        };
        let arriving = now.saturating_sub(self.request.load(Relaxed));
        over(&self.head, head)
            || over(&self.body, limits.stall)
            || over(&self.reader, limits.stall)
            || over(&self.end, LINGER)
            || (self.body.lag(now).is_some() && arriving >= millis(limits.request))
    }

    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    pub(super) async fn cut_off(&self) {
        self.cut.notified().await;
    }
}

/// Waiting for a client. What it does counts: at [`PACE`] it is never behind.
#[derive(Default)]
struct Wait {
    /// Milliseconds, one more than they are; 0 while nobody waits.
    since: AtomicU64,
    /// By how much the client was behind when it moved last.
    behind: AtomicU64,
}

impl Wait {
    fn begin(&self, now: u64) {
        if self.since.load(Relaxed) == 0 {
            let since = now.saturating_sub(self.behind.load(Relaxed));
            self.since.store(since + 1, Relaxed);
        }
    }

    fn moved(&self, bytes: usize, now: u64) {
        let behind = self.lag(now).unwrap_or_else(|| self.behind.load(Relaxed));
        let earned = bytes as u64 * 1000 / PACE;
        self.behind.store(behind.saturating_sub(earned), Relaxed);
        self.since.store(0, Relaxed);
    }

    fn reset(&self) {
        self.behind.store(0, Relaxed);
        self.since.store(0, Relaxed);
    }

    fn lag(&self, now: u64) -> Option<u64> {
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
/// The time that a client gets to read the end of an answer before the connection is gone.
const LINGER: Duration = Duration::from_secs(2);

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

    #[tokio::test(start_paused = true)]
    async fn each_wait_has_its_limit() {
        let limits = ServeLimits::connections(10);
        let watch = Watch::new(Instant::now());
        assert!(!watch.is_overdue(9_999, &limits));
        assert!(watch.is_overdue(10_000, &limits), "a head");
        watch.head_came();
        assert_eq!(watch.lag(1_000_000), None, "the server is at work");
        assert!(!watch.is_overdue(1_000_000, &limits));
        watch.answered();
        assert!(!watch.is_overdue(74_999, &limits));
        assert!(watch.is_overdue(75_000, &limits), "idle");
        watch.read();
        assert!(watch.is_overdue(10_000, &limits), "the next head");
        watch.head_came();
        watch.body_awaited();
        assert!(watch.is_overdue(20_000, &limits), "a body");
        watch.body_ended();
        watch.reader_awaited();
        assert!(watch.is_overdue(20_000, &limits), "an answer");
        watch.upgraded();
        assert!(!watch.is_overdue(u64::MAX, &limits));
        assert_eq!(watch.lag(u64::MAX), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_keeps_the_pace_ends_too() {
        let limits = ServeLimits::connections(10);
        let watch = Watch::new(Instant::now());
        watch.head_came();
        watch.body_awaited();
        watch.body_came(1_000_000);
        tokio::time::advance(Duration::from_secs(300)).await;
        watch.body_awaited();
        assert!(!watch.is_overdue(299_999, &limits));
        assert!(watch.is_overdue(300_000, &limits));
    }
}
