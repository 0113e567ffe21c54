//! The pace of requests, whatever is due: refreshes that are due at most fifteen in any second. Those that a person waits
//! for have a way of their own, which a stranger with many connections cannot keep busy for longer than people wait.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use tokio::time::sleep;

use crate::metadata::Pacer;

/// Two lanes out of this process.
#[derive(Debug)]
pub(super) struct Pace {
    begun: Instant,
    scheduled: Mutex<Pacer>,
    awaited: Mutex<Pacer>,
}

impl Pace {
    pub(super) fn new() -> Pace {
        Pace {
            begun: Instant::now(),
            scheduled: Mutex::default(),
            awaited: Mutex::default(),
        }
    }

    pub(super) async fn scheduled(&self) {
        self.turn(&self.scheduled, SCHEDULED).await;
    }

    /// Waits for the turn of a refresh that a person waits for.
    pub(super) async fn awaited(&self) {
        self.turn(&self.awaited, AWAITED).await;
    }

    async fn turn(&self, lane: &Mutex<Pacer>, gap: Duration) {
        let now = self.begun.elapsed();
        let at = {
            let mut lane = lane.lock().unwrap_or_else(PoisonError::into_inner);
            lane.leave(now, gap)
        };
        sleep(at.saturating_sub(now)).await;
    }
}

/// Fifteen a second: a thousand connections that are all due at once take 67 seconds.
const SCHEDULED: Duration = Duration::from_nanos(66_666_667);
/// Two hundred a second. Each connection has one early refresh in five minutes, so strangers who ask for that of a thousand
/// connections at once delay the next by the five seconds that a sign-on waits, and cannot do it again soon. A publisher that
/// does not answer delays nobody: a turn is over when the request has left.
const AWAITED: Duration = Duration::from_millis(5);
