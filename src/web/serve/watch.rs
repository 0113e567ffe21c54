//! The state of one connection, for its listener: on what it waits, and since when.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::limits::ServeLimits;
use super::wait::Wait;
use super::wait::millis;

/// One connection, or one of the requests that HTTP/2 has at once on a connection. Its own tasks write here, the listener's reads.
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
    multiplexed: AtomicBool,
    /// The requests under way of HTTP/2.
    streams: Mutex<Vec<Arc<Watch>>>,
    /// By how many more of them the client took back than it let be answered.
    resets: AtomicU32,
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
            multiplexed: AtomicBool::new(false),
            streams: Mutex::default(),
            resets: AtomicU32::new(0),
        };
        watch.expect_head(false);
        watch
    }

    /// From now on a client may have several requests at once (HTTP/2). The bytes that come say nothing of a head.
    #[cfg(any(feature = "tls", test))]
    pub(super) fn multiplexes(&self) {
        self.multiplexed.store(true, Relaxed);
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        self.multiplexed.load(Relaxed)
    }

    /// The head of a request beside others came. Returns who watches it.
    pub(super) fn begin_stream(&self) -> Arc<Watch> {
        let stream = Arc::new(Watch::new(self.began));
        stream.head_came();
        let mut streams = self.streams();
        self.idle.store(false, Relaxed);
        self.head.reset();
        streams.push(stream.clone());
        stream
    }

    fn streams(&self) -> MutexGuard<'_, Vec<Arc<Watch>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request beside others is over. The connection idles after the last one; a client that takes back one after the other
    /// (rapid reset) only makes work, and goes.
    pub(super) fn end_stream(&self, stream: &Arc<Watch>, was_answered: bool) {
        let mut streams = self.streams();
        streams.retain(|other| !Arc::ptr_eq(other, stream));
        if streams.is_empty() {
            self.expect_head(true);
        }
        let resets = self.resets.load(Relaxed);
        let resets = match was_answered {
            true => resets.saturating_sub(1),
            false => resets + 1,
        };
        self.resets.store(resets, Relaxed);
        if resets > RESETS {
            self.cut();
        }
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
        if !self.is_multiplexed() && self.idle.swap(false, Relaxed) {
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

    /// For how long the client has kept the server waiting; `None` while the server is at work, if only for one of its requests.
    pub(super) fn lag(&self, now: u64) -> Option<u64> {
        if self.is_upgraded() {
            return None;
        }
        let waits = [&self.head, &self.body, &self.reader, &self.end];
        let own = waits.iter().filter_map(|wait| wait.lag(now)).max();
        let streams = self.streams();
        let longest = streams.iter().try_fold(own, |longest, stream| {
            Some(longest.max(Some(stream.lag(now)?)))
        });
        longest.flatten()
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
            || self
                .streams()
                .iter()
                .any(|stream| stream.is_overdue(now, limits))
    }

    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    pub(super) async fn cut_off(&self) {
        self.cut.notified().await;
    }
}

/// The time that a client gets to read the end of an answer before the connection is gone.
const LINGER: Duration = Duration::from_secs(2);
/// Requests that a client may take back, beyond as many as it lets be answered. Somebody who leaves a page takes back a few.
const RESETS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

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
