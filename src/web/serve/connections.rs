//! The connections of a listener as a collection: of whom each is, and which one has kept the server waiting for the longest.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::limits::ServeLimits;
use super::watch::Watch;

#[derive(Default)]
pub(super) struct Connections {
    next: u64,
    pub(super) open: HashMap<u64, Connection>,
    /// The number of connections of each network, without those that were cut.
    pub(super) networks: HashMap<IpAddr, usize>,
    /// Those that were cut and are not gone yet.
    pub(super) ending: usize,
    pub(super) stopping: bool,
}

pub(super) struct Connection {
    network: IpAddr,
    pub(super) watch: Arc<Watch>,
    pub(super) cut: bool,
}

impl Connections {
    pub(super) fn count(&self) -> usize {
        self.open.len() - self.ending
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
            false => *limits,
            true => ServeLimits {
                head: limits.head.min(LAST),
                idle: limits.idle.min(LAST),
                stall: limits.stall.min(3 * LAST),
                ..*limits
            },
        }
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
            let network = connection.network;
            self.ending += 1;
            self.one_less(network);
        }
    }

    pub(super) fn remove(&mut self, id: u64) {
        match self.open.remove(&id) {
            Some(connection) if connection.cut => self.ending -= 1,
            Some(connection) => self.one_less(connection.network),
            None => {}
        }
    }

    fn one_less(&mut self, network: IpAddr) {
        if let Some(count) = self.networks.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.networks.remove(&network);
            }
        }
    }
}

/// The time for a head while the server stops.
const LAST: Duration = Duration::from_secs(1);
