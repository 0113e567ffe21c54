//! The provisioning of one app: its settings, what was sent to it, and how it fares.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Mutex;

use jiff::Timestamp;

use super::kept_token::KeptToken;
use super::log::Log;
use super::mapping::DesiredObject;
use super::retry::Escrow;
use super::retry::Quarantine;
use super::settings::Provisioning;
use crate::practice::assertion_fault::AssertionFault;
use crate::practice::lock::Switch;
use crate::practice::lock::lock;
use crate::scim::ResourceKind;

#[derive(Debug, Default)]
pub(in crate::practice) struct Job {
    settings: Mutex<Option<Provisioning>>,
    /// Held by a cycle from its beginning to its end, so that there is one at a time.
    pub(in crate::practice) memory: tokio::sync::Mutex<Memory>,
    board: Mutex<Board>,
    pub(in crate::practice) log: Log,
    pub(super) kept: KeptToken,
    /// The fault of the next assertion.
    pub(in crate::practice) fault: Switch<Option<AssertionFault>>,
}

/// The objects that were sent to the app, by object id.
#[derive(Debug, Default)]
pub(in crate::practice) struct Memory {
    pub(in crate::practice) users: BTreeMap<String, Link>,
    pub(in crate::practice) groups: BTreeMap<String, Link>,
    /// The connection has stood its test since it was set up, or since the last quarantine.
    pub(in crate::practice) tested: bool,
    /// An object is changed only once a GET by its id has shown the name that was meant: an app that is validated is not known to
    /// answer with the right ids.
    pub(in crate::practice) confirms_objects: bool,
}

impl Memory {
    pub(in crate::practice) fn of(&mut self, kind: ResourceKind) -> &mut BTreeMap<String, Link> {
        match kind {
            ResourceKind::User => &mut self.users,
            ResourceKind::Group => &mut self.groups,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(in crate::practice) struct Link {
    /// The server's id, remembered from the first answer on.
    pub(in crate::practice) id: String,
    pub(in crate::practice) sent: DesiredObject,
    /// The server's ids of those whom it was told to refer to: a user's manager, or the members of a group.
    pub(super) refers_to: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(in crate::practice) struct Board {
    pub(super) running: bool,
    pub(super) started: Option<Timestamp>,
    pub(super) test: Option<Result<(), String>>,
    pub(super) last: Option<Summary>,
    pub(in crate::practice) quarantine: Option<Quarantine>,
    pub(in crate::practice) escrow: Escrow,
}

/// The counts of a cycle's work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Users and groups that were created.
    pub created: u32,
    /// Those that were there already and are remembered from now on.
    pub matched: u32,
    /// Those whose attributes, manager or members changed.
    pub updated: u32,
    /// Users who became active again.
    pub enabled: u32,
    /// Users who became inactive.
    pub disabled: u32,
    /// Users and groups that were deleted.
    pub deleted: u32,
    /// Objects that were left out.
    pub skipped: u32,
    /// Objects that failed.
    pub failed: u32,
    /// The cycle ended early: the job is in quarantine.
    pub quarantined: bool,
}

impl Job {
    pub(in crate::practice) fn settings(&self) -> Option<Provisioning> {
        lock(&self.settings).clone()
    }

    /// Takes new settings. Those of another server begin from nothing.
    pub(in crate::practice) async fn set_up(&self, settings: Provisioning) {
        let mut memory = self.memory.lock().await;
        let before = lock(&self.settings).replace(settings.clone());
        memory.tested = false;
        self.kept.clear().await;
        lock(&self.board).test = None;
        let same = before.is_some_and(|before| before.endpoint() == settings.endpoint());
        if !same {
            *memory = Memory::default();
            *lock(&self.board) = Board::default();
        }
    }

    /// Chooses the fault of the next assertion. The next cycle tests the connection, so that it is made then at the latest.
    pub(super) async fn spoil(&self, fault: Option<AssertionFault>) {
        let mut memory = self.memory.lock().await;
        memory.tested = false;
        self.fault.set(fault);
        self.kept.clear().await;
    }

    pub(in crate::practice) fn board(&self) -> Board {
        lock(&self.board).clone()
    }

    pub(super) fn with_board<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        change(&mut lock(&self.board))
    }
}
