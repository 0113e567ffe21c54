//! The connections of a listener as a collection: of whom each is, and which one has kept the server waiting for the longest.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::limits::ServeLimits;
use super::wait::millis;
use super::watch::Watch;

#[derive(Default)]
pub(super) struct Connections {
    next: u64,
    pub(super) open: HashMap<u64, Connection>,
    /// The number of connections of each network, and of their requests beside others, without those that were cut.
    pub(super) networks: HashMap<IpAddr, usize>,
    /// The requests beside others of all connections that were not cut.
    pub(super) streams: usize,
    /// Connections that were cut and are not gone yet.
    pub(super) ending: usize,
    /// The time at which the server began to stop.
    pub(super) stopping: Option<u64>,
    /// The time at which there was last nobody to cut for one more request of a connection.
    pub(super) all_at_work: Option<u64>,
}

pub(super) struct Connection {
    pub(super) network: IpAddr,
    streams: usize,
    pub(super) watch: Arc<Watch>,
    pub(super) cut: bool,
}

impl Connections {
    /// Requests beside others count like connections: each may cost as much memory.
    pub(super) fn count(&self) -> usize {
        self.open.len() - self.ending + self.streams
    }

    pub(super) fn of(&self, network: IpAddr) -> usize {
        self.networks.get(&network).copied().unwrap_or(0)
    }

    pub(super) fn uncut(&self) -> impl Iterator<Item = (&u64, &Connection)> {
        self.open.iter().filter(|(_, connection)| !connection.cut)
    }

    /// While the server stops, a head gets a moment, a body that stalls some more, and nobody idles.
    pub(super) fn limits_now(&self, limits: &ServeLimits) -> ServeLimits {
        match self.stopping {
            None => *limits,
            Some(_) => ServeLimits {
                head: limits.head.min(LAST),
                idle: limits.idle.min(LAST),
                stall: limits.stall.min(3 * LAST),
                ..*limits
            },
        }
    }

    /// True once the server stops and whoever knows it has had the time to ask for no more.
    pub(super) fn takes_no_more(&self, now: u64) -> bool {
        self.stopping
            .is_some_and(|since| now.saturating_sub(since) >= millis(LAST))
    }

    /// True if a look for somebody to cut found nobody a moment ago: each looks at every connection.
    pub(super) fn were_all_at_work(&self, now: u64) -> bool {
        self.all_at_work
            .is_some_and(|at| now.saturating_sub(at) < LOOK_AGAIN)
    }

    pub(super) fn is_drained(&self) -> bool {
        self.open.values().all(|of| of.watch.is_upgraded())
    }

    pub(super) fn add(&mut self, network: IpAddr, watch: Arc<Watch>) -> u64 {
        let id = self.next;
        self.next += 1;
        *self.networks.entry(network).or_default() += 1;
        let connection = Connection {
            network,
            streams: 0,
            watch,
            cut: false,
        };
        self.open.insert(id, connection);
        id
    }

    /// Cuts the connection whose client has kept the server waiting for the longest: of this network, or else of the one
    /// that has the most. Says whether there was one.
    pub(super) fn cut_slowest(&mut self, now: u64, network: Option<IpAddr>) -> bool {
        let waiting = self.uncut().filter_map(|(id, connection)| {
            let asked = network.is_none_or(|network| connection.network == network);
            let lag = asked.then(|| connection.watch.lag(now)).flatten()?;
            Some((self.of(connection.network), lag, *id))
        });
        let slowest = waiting.max();
        if let Some((_, _, id)) = slowest {
            self.cut(id);
        }
        slowest.is_some()
    }

    pub(super) fn cut(&mut self, id: u64) {
        let Some(connection) = self.open.get_mut(&id) else {
            return;
        };
        if !std::mem::replace(&mut connection.cut, true) {
            connection.watch.cut();
            let (network, streams) = (connection.network, connection.streams);
            self.ending += 1;
            self.streams -= streams;
            self.less(network, 1 + streams);
        }
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.cut(id);
        if self.open.remove(&id).is_some() {
            self.ending -= 1;
        }
    }

    /// One more request of a connection beside others. Says whether the connection is still there.
    pub(super) fn begin_stream(&mut self, id: u64) -> bool {
        let open = self.open.get_mut(&id).filter(|of| !of.cut);
        let Some(connection) = open else {
            return false;
        };
        connection.streams += 1;
        self.streams += 1;
        *self.networks.entry(connection.network).or_default() += 1;
        true
    }

    pub(super) fn end_stream(&mut self, id: u64) {
        if let Some(connection) = self.open.get_mut(&id).filter(|of| !of.cut) {
            connection.streams -= 1;
            self.streams -= 1;
            let network = connection.network;
            self.less(network, 1);
        }
    }

    fn less(&mut self, network: IpAddr, by: usize) {
        if let Some(count) = self.networks.get_mut(&network) {
            *count -= by;
            if *count == 0 {
                self.networks.remove(&network);
            }
        }
    }
}

/// Milliseconds after which it is worth a look again whether a client keeps the server waiting.
const LOOK_AGAIN: u64 = 20;
/// The time for a head while the server stops.
const LAST: Duration = Duration::from_secs(1);
