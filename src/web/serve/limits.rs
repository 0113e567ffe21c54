//! The limits of a server.

use std::time::Duration;

use super::file_limit;

/// The time for which clients may keep a listener waiting, and the number of clients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServeLimits {
    /// Connections at once, and requests at once over those of HTTP/2, which count with them. By default as many as the limit of open
    /// files has room for, and at most 4096.
    pub connections: usize,
    /// Connections of one address at once, or of one network of IPv6 (a /64): three quarters of all by default, since a
    /// reverse proxy is one address.
    pub connections_of_one_address: usize,
    /// The time for the head of a request: 10 seconds by default.
    pub head: Duration,
    /// The time between two requests of a connection: 75 seconds by default, more than proxies keep theirs.
    pub idle: Duration,
    /// The time for a whole request to arrive: five minutes by default.
    pub request: Duration,
    /// For how long a client may be behind in sending a body or in reading an answer, at a pace of 1 KiB a second: 20
    /// seconds by default.
    pub stall: Duration,
}

impl Default for ServeLimits {
    fn default() -> ServeLimits {
        ServeLimits::connections(file_limit::connections())
    }
}

impl ServeLimits {
    /// The defaults, with so many connections at once.
    pub fn connections(connections: usize) -> ServeLimits {
        ServeLimits {
            connections,
            connections_of_one_address: connections - connections / 4,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            request: Duration::from_secs(300),
            stall: Duration::from_secs(20),
        }
    }
}
