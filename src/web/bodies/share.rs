//! The share of the room that one request holds.

use std::sync::Arc;
use std::task::Waker;

use tokio::time::Instant;

use super::room::Account;
use super::room::Holding;
use super::room::NoRoom;
use super::room::Shared;
use crate::connection::ConnectionId;

/// The room that one request holds; it is free again when the last clone goes.
pub(super) struct Share {
    pub(super) bodies: Arc<Shared>,
    pub(super) id: u64,
}

impl Share {
    pub(super) fn room(&self) -> Result<bool, NoRoom> {
        let mut held = self.bodies.held();
        let holding = held.requests.get_mut(&self.id);
        let holding = holding.filter(|of| !of.given_up).ok_or(NoRoom)?;
        let account = holding.account.clone();
        let is_room = *held.bytes(&account) < self.bodies.most;
        if let Some(holding) = held.requests.get_mut(&self.id) {
            holding.waits_for_room = !is_room;
            // Where there is none, it is not the client that is waited for.
            holding.stalled = holding.stalled.filter(|_| is_room);
        }
        if !is_room {
            self.bodies.look_after(&mut held);
        }
        Ok(is_room)
    }

    pub(super) fn is_of(&self, connection: &ConnectionId) {
        let mut held = self.bodies.held();
        if let Some(mut holding) = held.requests.remove(&self.id) {
            *held.bytes(&holding.account) -= holding.bytes;
            holding.account = Account::Connection(connection.clone());
            *held.bytes(&holding.account) += holding.bytes;
            held.requests.insert(self.id, holding);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Holding)) {
        if let Some(holding) = self.bodies.held().requests.get_mut(&self.id) {
            change(holding);
        }
    }

    pub(super) fn is_given_up(&self) -> bool {
        let held = self.bodies.held();
        held.requests.get(&self.id).is_some_and(|of| of.given_up)
    }

    pub(super) fn took(&self, bytes: usize) {
        let mut held = self.bodies.held();
        let account = held.requests.get_mut(&self.id).map(|of| {
            of.bytes += bytes;
            of.stalled = None;
            of.account.clone()
        });
        if let Some(account) = account {
            *held.bytes(&account) += bytes;
        }
    }

    pub(super) fn waits(&self) {
        self.change(|of| of.stalled = of.stalled.or_else(|| Some(Instant::now())));
    }

    pub(super) fn reads(&self, waker: &Waker) {
        self.change(|of| of.reader = Some(waker.clone()));
    }

    pub(super) fn arrived(&self) {
        self.change(|of| of.arriving = false);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.bodies.held();
        if let Some(holding) = held.requests.remove(&self.id) {
            *held.bytes(&holding.account) -= holding.bytes;
        }
    }
}
