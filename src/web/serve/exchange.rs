//! A request with its answer: what watches it, and its entry among all that a listener has at once.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use super::table::ConnectionEntry;
use super::watch::Watch;

/// A request, from its head to the end of its answer. It is over at the latest when this is dropped.
pub(super) struct Exchange {
    entry: ConnectionEntry,
    /// Watches one of several requests at once; one alone is its connection's.
    stream: Option<Arc<Watch>>,
    is_over: AtomicBool,
}

impl Exchange {
    /// The head of a request came. `None` where there is no room for one more beside others.
    pub(super) fn begin(entry: &ConnectionEntry) -> Option<Exchange> {
        let stream = match entry.watch.is_multiplexed() {
            true if !entry.begin_stream() => return None,
            true => Some(entry.watch.begin_stream()),
            false => {
                entry.watch.head_came();
                None
            }
        };
        Some(Exchange {
            entry: entry.clone(),
            stream,
            is_over: AtomicBool::new(false),
        })
    }

    pub(super) fn watch(&self) -> &Watch {
        self.stream.as_ref().unwrap_or(&self.entry.watch)
    }

    /// True for one request beside others.
    pub(super) fn is_stream(&self) -> bool {
        self.stream.is_some()
    }

    /// The whole answer was handed over.
    pub(super) fn answered(&self) {
        match self.is_stream() {
            true => self.over(true),
            false => self.entry.watch.answered(),
        }
    }

    fn over(&self, was_answered: bool) {
        if let Some(stream) = &self.stream
            && !self.is_over.swap(true, Relaxed)
        {
            self.entry.watch.end_stream(stream, was_answered);
            self.entry.end_stream();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.over(false);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::limits::ServeLimits;
    use super::super::table::Admission;
    use super::super::table::Slot;
    use super::super::table::Table;
    use super::*;

    const LIMITS: fn() -> ServeLimits = || ServeLimits::connections(10);

    fn multiplexed(table: &Arc<Table>) -> Slot {
        let Admission::Slot(slot) = table.admit([192, 0, 2, 1].into()) else {
            panic!("there is room");
        };
        slot.watch.multiplexes();
        slot
    }

    fn request(entry: &ConnectionEntry) -> Exchange {
        Exchange::begin(entry).expect("there is room")
    }

    fn table() -> Arc<Table> {
        Arc::new(Table::new(LIMITS()))
    }

    async fn is_cut(entry: &ConnectionEntry) -> bool {
        let cut = tokio::time::timeout(Duration::ZERO, entry.watch.cut_off());
        cut.await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_idles_from_the_end_of_its_last_request() {
        let slot = multiplexed(&table());
        let watch = &slot.watch;
        let overdue = |now| watch.is_overdue(now, &LIMITS());
        assert!(overdue(10_000), "the first head");
        let (first, second) = (request(&slot), request(&slot));
        assert!(!overdue(1_000_000), "at work");
        first.answered();
        assert_eq!(watch.lag(1_000_000), None);
        second.answered();
        assert!(!overdue(74_999));
        assert!(overdue(75_000));
        // Whatever comes that is no request, such as a PING, keeps nothing open.
        tokio::time::advance(Duration::from_secs(60)).await;
        watch.read();
        assert!(overdue(75_000));
        let _third = request(&slot);
        assert!(!overdue(75_000));
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_of_several_requests_counts_unless_one_is_worked_for() {
        let slot = multiplexed(&table());
        let watch = &slot.watch;
        let overdue = |now| watch.is_overdue(now, &LIMITS());
        let (stalled, read) = (request(&slot), request(&slot));
        stalled.watch().body_awaited();
        assert_eq!(watch.lag(5_000), None, "work is never cut for others");
        assert!(!overdue(19_999));
        assert!(overdue(20_000));
        tokio::time::advance(Duration::from_secs(3)).await;
        read.watch().reader_awaited();
        assert_eq!(watch.lag(5_000), Some(5_000));
        stalled.watch().body_ended();
        stalled.answered();
        assert_eq!(watch.lag(5_000), Some(2_000));
        assert!(overdue(23_000));
        read.watch().reader_took(1024);
        assert!(!overdue(1_000_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_back_its_requests_is_cut() {
        let slot = multiplexed(&table());
        for _ in 0..1000 {
            drop(request(&slot));
            request(&slot).answered();
        }
        assert!(!is_cut(&slot).await);
        let mut more = 0;
        while !is_cut(&slot).await {
            drop(request(&slot));
            more += 1;
            assert!(more <= 101);
        }
        assert_eq!(more, 101);
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_several_requests_counts_like_a_connection() {
        let table = table();
        let (slot, other) = (multiplexed(&table), multiplexed(&table));
        // Eight of one address.
        let _served = request(&other);
        let at_work: Vec<Exchange> = (0..5).map(|_| request(&slot)).collect();
        assert!(Exchange::begin(&other).is_none(), "all are worked for");
        at_work.iter().for_each(|of| of.watch().body_awaited());
        tokio::time::advance(Duration::from_millis(20)).await;
        let _more = request(&other);
        assert!(is_cut(&slot).await, "it keeps the server waiting");
        assert!(Exchange::begin(&slot).is_none());
        drop((slot, at_work));
        let _others: Vec<Exchange> = (0..5).map(|_| request(&other)).collect();
        assert!(Exchange::begin(&other).is_none());
        assert!(!is_cut(&other).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_takes_no_more_requests_after_a_moment() {
        let table = table();
        let slot = multiplexed(&table);
        let waited_for = request(&slot);
        table.stop();
        request(&slot).answered();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!is_cut(&slot).await);
        assert!(Exchange::begin(&slot).is_none());
        assert!(!is_cut(&slot).await, "one is waited for");
        waited_for.answered();
        let stopped = ServeLimits {
            idle: Duration::from_secs(1),
            ..LIMITS()
        };
        for _ in 0..3 {
            tokio::time::advance(Duration::from_millis(400)).await;
            assert!(Exchange::begin(&slot).is_none());
        }
        assert!(
            slot.watch.is_overdue(2_200, &stopped),
            "or it would never end"
        );
    }
}
