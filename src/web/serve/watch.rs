//! The state of one connection, for its listener: on what it waits, and since when.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
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
    streams: Mutex<Vec<Weak<Watch>>>,
    /// By how many more of them the client took back than it let be answered.
    resets: AtomicU32,
    /// The connection of such a request.
    connection: Option<Arc<Watch>>,
    is_over: AtomicBool,
}

impl Watch {
    /// A connection that was just made. `began` is what all of a listener count from.
    pub(super) fn new(began: Instant) -> Watch {
        Watch::of(began, None)
    }

    fn of(began: Instant, connection: Option<Arc<Watch>>) -> Watch {
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
            connection,
            is_over: AtomicBool::new(false),
        };
        watch.expect_head(false);
        watch
    }

    /// From now on a client may have several requests at once (HTTP/2). The bytes that come say nothing of a head.
    #[cfg(any(feature = "tls", test))]
    pub(super) fn multiplexes(&self) {
        self.multiplexed.store(true, Relaxed);
    }

    /// The head of a request came. Returns who watches the request: the connection, or one beside others.
    pub(super) fn request(self: &Arc<Watch>) -> Arc<Watch> {
        if !self.multiplexed.load(Relaxed) {
            self.head_came();
            return self.clone();
        }
        let stream = Arc::new(Watch::of(self.began, Some(self.clone())));
        stream.head_came();
        let mut streams = self.streams();
        self.idle.store(false, Relaxed);
        self.head.reset();
        streams.push(Arc::downgrade(&stream));
        stream
    }

    /// True for one request beside others.
    pub(super) fn is_stream(&self) -> bool {
        self.connection.is_some()
    }

    fn streams(&self) -> MutexGuard<'_, Vec<Weak<Watch>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The requests under way. The last owner of one takes the lock when it goes, so that none may go under it.
    fn under_way(&self) -> Vec<Arc<Watch>> {
        let streams = self.streams();
        streams.iter().filter_map(Weak::upgrade).collect()
    }

    /// A request beside others is over. The connection idles after the last one; a client that takes back one after the other
    /// (rapid reset) only makes work, and goes.
    fn over(&self, connection: &Watch, was_answered: bool) {
        if self.is_over.swap(true, Relaxed) {
            return;
        }
        let mut streams = connection.streams();
        streams.retain(|stream| !std::ptr::eq(stream.as_ptr(), self));
        if streams.is_empty() {
            connection.expect_head(true);
        }
        let resets = connection.resets.load(Relaxed);
        let resets = match was_answered {
            true => resets.saturating_sub(1),
            false => resets + 1,
        };
        connection.resets.store(resets, Relaxed);
        if resets > RESETS {
            connection.cut();
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
        if !self.multiplexed.load(Relaxed) && self.idle.swap(false, Relaxed) {
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
        match &self.connection {
            None => self.expect_head(true),
            Some(connection) => self.over(connection, true),
        }
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
        let streams = self.under_way();
        let streams: Option<Vec<u64>> = streams.iter().map(|stream| stream.lag(now)).collect();
        streams?.into_iter().chain(own).max()
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
                .under_way()
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

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            self.over(connection, false);
        }
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

    fn multiplexed() -> Arc<Watch> {
        let watch = Arc::new(Watch::new(Instant::now()));
        watch.multiplexes();
        watch
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_idles_from_the_end_of_its_last_request() {
        let limits = ServeLimits::connections(10);
        let watch = multiplexed();
        assert!(watch.is_overdue(10_000, &limits), "the first head");
        let (first, second) = (watch.request(), watch.request());
        assert!(!watch.is_overdue(1_000_000, &limits), "at work");
        first.answered();
        assert_eq!(watch.lag(1_000_000), None);
        second.answered();
        assert!(!watch.is_overdue(74_999, &limits));
        assert!(watch.is_overdue(75_000, &limits));
        // Whatever comes that is no request, such as a PING, keeps nothing open.
        tokio::time::advance(Duration::from_secs(60)).await;
        watch.read();
        assert!(watch.is_overdue(75_000, &limits));
        let _third = watch.request();
        assert!(!watch.is_overdue(75_000, &limits));
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_of_several_requests_counts_unless_one_is_worked_for() {
        let limits = ServeLimits::connections(10);
        let watch = multiplexed();
        let (stalled, read) = (watch.request(), watch.request());
        stalled.body_awaited();
        assert_eq!(watch.lag(5_000), None, "work is never cut for others");
        assert!(!watch.is_overdue(19_999, &limits));
        assert!(watch.is_overdue(20_000, &limits));
        tokio::time::advance(Duration::from_secs(3)).await;
        read.reader_awaited();
        assert_eq!(watch.lag(5_000), Some(5_000));
        stalled.body_ended();
        stalled.answered();
        assert_eq!(watch.lag(5_000), Some(2_000));
        assert!(watch.is_overdue(23_000, &limits));
        read.reader_took(1024);
        assert!(!watch.is_overdue(1_000_000, &limits));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_back_its_requests_is_cut() {
        let watch = multiplexed();
        let is_cut = || async {
            let cut = tokio::time::timeout(Duration::ZERO, watch.cut_off()).await;
            cut.is_ok()
        };
        for _ in 0..1000 {
            drop(watch.request());
            watch.request().answered();
        }
        assert!(!is_cut().await);
        for _ in 0..=RESETS {
            assert!(!is_cut().await);
            drop(watch.request());
        }
        assert!(is_cut().await);
        assert!(watch.streams().is_empty());
    }
}
