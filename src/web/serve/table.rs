//! The table of a listener: who comes in, and who goes where one more comes.

use std::io;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio::time::timeout;

use super::connections::Connections;
use super::limits::ServeLimits;
use super::wait::millis;
use super::watch::Watch;
use crate::web::client_address::logged;
use crate::web::client_address::network;

pub(super) struct Table {
    began: Instant,
    limits: ServeLimits,
    connections: Mutex<Connections>,
    changed: Notify,
    /// The time at which the log was last told that there are too many.
    warned: AtomicU64,
}

pub(super) enum Admission {
    Slot(Slot),
    /// Every connection is being worked for: it must wait.
    Full,
    /// Its address has as many as it may, and all of them are being worked for.
    TooManyOfOne,
}

impl Table {
    pub(super) fn new(limits: ServeLimits) -> Table {
        // A server for nobody would be a mistake.
        let limits = ServeLimits {
            connections: limits.connections.max(1),
            connections_of_one_address: limits.connections_of_one_address.max(1),
            ..limits
        };
        Table {
            began: Instant::now(),
            limits,
            connections: Mutex::default(),
            changed: Notify::new(),
            warned: AtomicU64::new(0),
        }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        millis(self.began.elapsed())
    }

    pub(super) fn admit(self: &Arc<Table>, address: IpAddr) -> Admission {
        let network = network(address);
        let mut connections = self.connections();
        if let Err(refused) = self.make_room(&mut connections, network) {
            return refused;
        }
        // Those that were cut still have their files, until their tasks have run.
        if connections.open.len() >= self.limits.connections + ENDING {
            return Admission::Full;
        }
        let watch = Arc::new(Watch::new(self.began));
        Admission::Slot(Slot(ConnectionEntry {
            id: connections.add(network, watch.clone()),
            watch,
            table: self.clone(),
        }))
    }

    /// Makes room for one more of a network, where there is none: those go who keep the server waiting.
    fn make_room(&self, connections: &mut Connections, network: IpAddr) -> Result<(), Admission> {
        if connections.of(network) >= self.limits.connections_of_one_address {
            self.warn(network, "one address has as many connections as it may");
            if !connections.cut_slowest(self.now(), Some(network)) {
                return Err(Admission::TooManyOfOne);
            }
        }
        if connections.count() >= self.limits.connections {
            self.warn(network, "there are as many connections as there may be");
            if !connections.cut_slowest(self.now(), None) {
                return Err(Admission::Full);
            }
        }
        Ok(())
    }

    /// Makes room for one more request of a connection. A client may ask thousands of times a second, so that the connections are not
    /// looked through each time.
    fn has_room(&self, connections: &mut Connections, network: IpAddr) -> bool {
        let now = self.now();
        let is_full = connections.of(network) >= self.limits.connections_of_one_address
            || connections.count() >= self.limits.connections;
        if is_full && connections.were_all_at_work(now) {
            return false;
        }
        let has_room = self.make_room(connections, network).is_ok();
        connections.all_at_work = (!has_room).then_some(now);
        has_room
    }

    pub(super) fn cut_overdue(&self) {
        let now = self.now();
        let mut connections = self.connections();
        let overdue: Vec<u64> = connections
            .uncut()
            .filter(|(_, entry)| {
                entry
                    .watch
                    .is_overdue(now, &connections.limits_now(&self.limits))
            })
            .map(|(id, _)| *id)
            .collect();
        for id in overdue {
            connections.cut(id);
        }
    }

    pub(super) fn cut_all(&self) {
        let mut connections = self.connections();
        let left: Vec<u64> = connections.uncut().map(|(id, _)| *id).collect();
        for id in left {
            connections.cut(id);
        }
    }

    /// Files have run out, whoever has them: one of ours goes.
    pub(super) fn no_files(&self, error: &io::Error) {
        let now = self.now();
        if self.may_warn(now) {
            tracing::error!(event = "accept-failed", %error, "a connection was not accepted");
        }
        self.connections().cut_slowest(now, None);
    }

    /// From now on nobody is waited for who has not sent a whole head.
    pub(super) fn stop(&self) {
        self.connections().stopping = Some(self.now());
    }

    /// Waits until the last answer is given.
    pub(super) async fn drained(&self, sweep: Duration) {
        while !self.connections().is_drained() {
            self.cut_overdue();
            // An error means that it is time to look again.
            let _ = timeout(sweep, self.changed()).await;
        }
    }

    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn warn(&self, of: IpAddr, what: &str) {
        if self.may_warn(self.now()) {
            let network = logged(of);
            tracing::warn!(event = "connections-full", %network, "{what}: those go whose clients keep the server waiting");
        }
    }

    fn may_warn(&self, now: u64) -> bool {
        let last = self.warned.load(Relaxed);
        let due = last == 0 || now.saturating_sub(last) >= QUIET;
        due && self
            .warned
            .compare_exchange(last, now.max(1), Relaxed, Relaxed)
            .is_ok()
    }
}

/// The slot of a connection; it is free again when this is dropped.
pub(super) struct Slot(ConnectionEntry);

impl Deref for Slot {
    type Target = ConnectionEntry;

    fn deref(&self) -> &ConnectionEntry {
        &self.0
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.table.connections().remove(self.id);
        self.table.changed.notify_one();
    }
}

/// The entry of a connection in the table.
#[derive(Clone)]
pub(super) struct ConnectionEntry {
    table: Arc<Table>,
    id: u64,
    pub(super) watch: Arc<Watch>,
}

impl ConnectionEntry {
    /// Takes room for a request beside others. Says whether there is some; while the server stops there is none after a moment,
    /// and whoever asks on and on is cut.
    pub(super) fn begin_stream(&self) -> bool {
        let mut connections = self.table.connections();
        // Those before it are answered; then the connection idles, and goes.
        if connections.takes_no_more(self.table.now()) {
            return false;
        }
        let open = connections.open.get(&self.id);
        let Some(network) = open.filter(|of| !of.cut).map(|of| of.network) else {
            return false;
        };
        self.table.has_room(&mut connections, network) && connections.begin_stream(self.id)
    }

    pub(super) fn end_stream(&self) {
        self.table.connections().end_stream(self.id);
    }
}

/// Connections that were cut and whose files are still open, at most.
const ENDING: usize = 64;
/// Milliseconds between two lines of the log that say the same.
const QUIET: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(table: &Arc<Table>, address: &str) -> Slot {
        match table.admit(address.parse().unwrap()) {
            Admission::Slot(slot) => slot,
            Admission::Full => panic!("{address}: full"),
            Admission::TooManyOfOne => panic!("{address}: too many"),
        }
    }

    fn cut(table: &Table) -> Vec<u64> {
        let connections = table.connections();
        let cut = connections.open.iter().filter(|(_, of)| of.cut);
        let mut cut: Vec<u64> = cut.map(|(id, _)| *id).collect();
        cut.sort_unstable();
        cut
    }

    async fn pass(milliseconds: u64) {
        tokio::time::advance(Duration::from_millis(milliseconds)).await;
    }

    fn table(connections: usize, of_one: usize) -> Arc<Table> {
        Arc::new(Table::new(ServeLimits {
            connections_of_one_address: of_one,
            ..ServeLimits::connections(connections)
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_wait_goes_first_of_the_address_with_the_most() {
        let table = table(4, 4);
        let patient = slot(&table, "192.0.2.1");
        pass(10).await;
        let first = slot(&table, "192.0.2.2");
        pass(10).await;
        let _others = [slot(&table, "192.0.2.2"), slot(&table, "192.0.2.2")];
        pass(10).await;
        let _next = slot(&table, "192.0.2.3");
        assert_eq!(cut(&table), [first.id]);
        drop(first);
        // Nobody is worked for more often than others are: the one that came first goes last.
        pass(10).await;
        let _again = slot(&table, "192.0.2.4");
        assert_eq!(cut(&table).len(), 1);
        assert!(!cut(&table).contains(&patient.id));
    }

    #[tokio::test(start_paused = true)]
    async fn work_is_never_cut_for_others() {
        let table = table(2, 2);
        let at_work = [slot(&table, "192.0.2.1"), slot(&table, "192.0.2.1")];
        at_work.iter().for_each(|of| of.watch.head_came());
        let refused = table.admit("192.0.2.2".parse().unwrap());
        assert!(matches!(refused, Admission::Full));
        let refused = table.admit("192.0.2.1".parse().unwrap());
        assert!(matches!(refused, Admission::TooManyOfOne));
        at_work[1].watch.answered();
        let _next = slot(&table, "192.0.2.2");
        assert_eq!(cut(&table), [at_work[1].id]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_on_and_on_is_looked_for_now_and_then() {
        let table = table(3, 3);
        let (asks, idle) = (slot(&table, "192.0.2.1"), slot(&table, "192.0.2.1"));
        [&asks, &idle].iter().for_each(|of| of.watch.head_came());
        assert!(asks.begin_stream());
        assert!(!asks.begin_stream(), "all are worked for");
        idle.watch.answered();
        assert!(!asks.begin_stream(), "somebody looked just now");
        assert!(cut(&table).is_empty());
        pass(20).await;
        assert!(asks.begin_stream());
        assert_eq!(cut(&table), [idle.id]);
        // Where there is room, nobody waits.
        asks.end_stream();
        assert!(asks.begin_stream());
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_makes_room_for_itself() {
        let table = table(10, 2);
        let other = slot(&table, "192.0.2.9");
        pass(10).await;
        let mine = [slot(&table, "2001:db8::1"), slot(&table, "2001:db8::2")];
        let _third = slot(&table, "2001:db8::3");
        let cut = cut(&table);
        assert_eq!(cut.len(), 1);
        assert!(mine.iter().any(|of| of.id == cut[0]) && cut[0] != other.id);
    }

    #[tokio::test(start_paused = true)]
    async fn slots_that_are_left_are_free() {
        let table = table(3, 3);
        for _ in 0..1000 {
            let slots = [0; 3].map(|_| slot(&table, "192.0.2.1"));
            let _fourth = slot(&table, "192.0.2.2");
            drop(slots);
        }
        let connections = table.connections();
        assert!(connections.open.is_empty() && connections.networks.is_empty());
        assert_eq!(connections.ending, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_table_that_stops_waits_for_answers_and_for_nobody_else() {
        let table = table(4, 4);
        let (silent, at_work) = (slot(&table, "192.0.2.1"), slot(&table, "192.0.2.1"));
        at_work.watch.head_came();
        table.stop();
        pass(1000).await;
        table.cut_overdue();
        assert_eq!(cut(&table), [silent.id]);
        drop(silent);
        let drained = tokio::spawn({
            let table = table.clone();
            async move { table.drained(Duration::from_millis(100)).await }
        });
        pass(60_000).await;
        assert!(!drained.is_finished());
        drop(at_work);
        drained.await.unwrap();
    }
}
