//! The room of bodies: what each request holds of it, on whose account, and which one goes where there is none left.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Waker;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio::time::sleep;

use crate::connection::ConnectionId;

pub(super) struct Shared {
    pub(super) most: usize,
    pub(super) held: Mutex<HeldBodies>,
}

#[derive(Default)]
pub(super) struct HeldBodies {
    pub(super) next: u64,
    /// By number: the first is the one that came first.
    pub(super) requests: BTreeMap<u64, Holding>,
    pub(super) of_strangers: usize,
    of_connections: usize,
    /// The task that looks after those who wait for room.
    keeper: Option<JoinHandle<()>>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Account {
    /// That of a network of clients whom nobody knows; all whose address is unknown are one.
    Stranger(Option<IpAddr>),
    /// That of a connection whose credential came with the request.
    Connection(ConnectionId),
}

impl Account {
    fn shares_room_with(&self, other: &Account) -> bool {
        matches!(self, Account::Stranger(_)) == matches!(other, Account::Stranger(_))
    }
}

pub(super) struct Holding {
    pub(super) account: Account,
    pub(super) bytes: usize,
    pub(super) since: Instant,
    /// Since when the client has been waited for, in vain.
    pub(super) stalled: Option<Instant>,
    pub(super) arriving: bool,
    pub(super) waits_for_room: bool,
    pub(super) given_up: bool,
    pub(super) reader: Option<Waker>,
}

impl Shared {
    pub(super) fn held(&self) -> MutexGuard<'_, HeldBodies> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has somebody look after those who wait for room: one task for all, as long as there are any.
    pub(super) fn look_after(self: &Arc<Shared>, held: &mut HeldBodies) {
        if held.keeper.as_ref().is_none_or(JoinHandle::is_finished) {
            let bodies = self.clone();
            held.keeper = Some(tokio::spawn(async move {
                sleep(AGAIN).await;
                while bodies.held().look(bodies.most) {
                    sleep(AGAIN).await;
                }
            }));
        }
    }
}

impl HeldBodies {
    pub(super) fn bytes(&mut self, account: &Account) -> &mut usize {
        match account {
            Account::Stranger(_) => &mut self.of_strangers,
            Account::Connection(_) => &mut self.of_connections,
        }
    }

    /// Lets those go on for whom there is room, or gives one up that is in their way. Says whether anybody waits still.
    fn look(&mut self, most: usize) -> bool {
        let is_known = |of: &Holding| matches!(of.account, Account::Connection(_));
        let waiting = [false, true].map(|known| {
            let mut all = self.requests.values();
            let first = all.find(|of| of.waits_for_room && is_known(of) == known);
            first.map(|of| of.account.clone())
        });
        for account in waiting.iter().flatten() {
            if *self.bytes(account) < most {
                self.let_go_on(account);
            } else if !self.is_giving_up(account) {
                self.give_one_up(account);
            }
        }
        let waits = self.requests.values().any(|of| of.waits_for_room);
        if !waits {
            self.keeper = None;
        }
        waits
    }

    fn let_go_on(&mut self, account: &Account) {
        let all = self.requests.values_mut();
        let waiting = all.filter(|of| of.waits_for_room && of.account.shares_room_with(account));
        waiting.take(TURN).for_each(Holding::wake);
    }

    fn give_one_up(&mut self, account: &Account) {
        let now = Instant::now();
        let arriving =
            |of: &Holding| of.arriving && !of.given_up && of.account.shares_room_with(account);
        // If all wait for room and none for its client, one has to make room for the rest.
        let mut all = self.requests.values().filter(|of| arriving(of));
        let patience = match all.all(|of| of.stalled.is_none()) {
            true => MOMENT,
            false => PATIENCE,
        };
        let mut burdens: HashMap<Account, u128> = HashMap::new();
        for of in self.requests.values().filter(|of| arriving(of)) {
            *burdens.entry(of.account.clone()).or_default() += of.burden(now);
        }
        let late = |of: &&mut Holding| {
            arriving(of) && (of.is_stalled(now) || now.duration_since(of.since) >= patience)
        };
        let rank = |of: &&mut Holding| {
            let of_all = burdens.get(&of.account).copied().unwrap_or_default();
            (of.is_stalled(now), of_all, of.burden(now))
        };
        let late = self.requests.values_mut().filter(late);
        if let Some(holding) = late.max_by_key(rank) {
            holding.given_up = true;
            holding.wake();
        }
    }

    fn is_giving_up(&self, account: &Account) -> bool {
        let mut all = self.requests.values();
        all.any(|of| of.given_up && of.account.shares_room_with(account))
    }
}

impl Holding {
    fn wake(&mut self) {
        self.waits_for_room = false;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// True if nothing has come for longer than a moment.
    fn is_stalled(&self, now: Instant) -> bool {
        let stalled = self.stalled;
        stalled.is_some_and(|since| now.duration_since(since) >= MOMENT)
    }

    /// The bytes, times the milliseconds for which they have been kept from others.
    fn burden(&self, now: Instant) -> u128 {
        self.bytes as u128 * now.duration_since(self.since).as_millis()
    }
}

/// There is no room for the rest of a body.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many bodies are under way")]
pub(in crate::web) struct NoRoom;

impl NoRoom {
    /// True if this is why a body could not be read.
    pub(in crate::web) fn caused(error: &axum::Error) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.is::<NoRoom>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// The time between two looks for room.
const AGAIN: Duration = Duration::from_millis(20);
/// Bodies at most that go on after one look.
const TURN: usize = 64;
/// A body that sends nothing for so long may have to go.
const MOMENT: Duration = Duration::from_secs(1);
/// A body that keeps coming may have to go after this.
const PATIENCE: Duration = Duration::from_secs(10);
