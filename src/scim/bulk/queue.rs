//! The order of operations: references are counted once, so that a long chain of them, written backwards, costs no more
//! than a short one.

use std::collections::BTreeSet;
use std::collections::HashMap;

use serde_json::Value;

use super::reference::BulkIdState;
use super::reference::BulkIds;
use super::reference::mentioned;
use super::request::BulkMethod;
use super::request::Parsed;
use crate::scim::ResourceKind;
use crate::scim::json::take;

/// The operations that are not done yet.
pub(super) struct Queue {
    pending: BTreeSet<usize>,
    ready: BTreeSet<usize>,
    /// Those that wait for nothing but members of the group that they create.
    openable: BTreeSet<usize>,
    failed: BTreeSet<usize>,
    waits: Vec<Waits>,
    /// The operations that wait for a bulkId. The flag is true if an operation names it elsewhere than in members.
    dependents: HashMap<String, Vec<(usize, bool)>>,
}

/// The number of bulkIds that an operation waits for.
#[derive(Clone, Copy, Default)]
struct Waits {
    all: usize,
    elsewhere: usize,
    creates_group: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// All that it refers to is known.
    Ready(usize),
    /// It refers to what failed, or to nothing.
    Failed(usize),
    /// Everything that is left waits for something else; this one can be done without some members (RFC 7644 §3.7.1).
    WithoutMembers(usize),
    /// Everything that is left waits for something else, and this one cannot be done without it.
    Circle(usize),
}

impl Turn {
    pub(super) fn index(self) -> usize {
        match self {
            Turn::Ready(index)
            | Turn::Failed(index)
            | Turn::WithoutMembers(index)
            | Turn::Circle(index) => index,
        }
    }
}

impl Queue {
    pub(super) fn new(operations: &[Parsed], ids: &BulkIds) -> Queue {
        let mut queue = Queue {
            pending: (0..operations.len()).collect(),
            ready: BTreeSet::new(),
            openable: BTreeSet::new(),
            failed: BTreeSet::new(),
            waits: vec![Waits::default(); operations.len()],
            dependents: HashMap::new(),
        };
        for (index, operation) in operations.iter().enumerate() {
            queue.count(index, operation, ids);
            queue.place(index);
        }
        queue
    }

    /// The next operation, which is not pending any more.
    pub(super) fn next(&mut self) -> Option<Turn> {
        let failed = self.failed.first().copied().map(Turn::Failed);
        let ready = self.ready.first().copied().map(Turn::Ready);
        let first = [failed, ready]
            .into_iter()
            .flatten()
            .min_by_key(|turn| turn.index());
        let circle = || self.pending.first().copied().map(Turn::Circle);
        let openable = || self.openable.first().copied().map(Turn::WithoutMembers);
        let turn = first.or_else(openable).or_else(circle)?;
        self.take(turn.index());
        Some(turn)
    }

    /// Says what has become of a bulkId.
    pub(super) fn settle(&mut self, bulk_id: &str, known: &BulkIdState) {
        for (index, elsewhere) in self.dependents.remove(bulk_id).unwrap_or_default() {
            let waits = &mut self.waits[index];
            waits.all -= 1;
            waits.elsewhere -= usize::from(elsewhere);
            if !self.pending.contains(&index) {
                continue;
            }
            if *known == BulkIdState::Failed {
                self.failed.insert(index);
            }
            self.place(index);
        }
    }

    fn count(&mut self, index: usize, operation: &Parsed, ids: &BulkIds) {
        let Ok(target) = &operation.operation else {
            return;
        };
        let mut data = target.data.clone();
        let members = members_of(&mut data).unwrap_or_default();
        let mut elsewhere = Vec::new();
        mentioned(&data, &mut elsewhere);
        let id = target.id.as_deref().unwrap_or_default();
        elsewhere.extend(id.strip_prefix("bulkId:").map(str::to_owned));
        let mut in_members = Vec::new();
        mentioned(&members, &mut in_members);
        let elsewhere: BTreeSet<String> = elsewhere.into_iter().collect();
        let in_members: BTreeSet<String> = in_members.into_iter().collect();
        self.waits[index].creates_group =
            operation.method == Some(BulkMethod::Post) && target.kind == ResourceKind::Group;
        for id in elsewhere.union(&in_members) {
            if !ids.contains_key(id) {
                self.failed.insert(index);
                continue;
            }
            let elsewhere = elsewhere.contains(id);
            self.waits[index].all += 1;
            self.waits[index].elsewhere += usize::from(elsewhere);
            let dependents = self.dependents.entry(id.clone()).or_default();
            dependents.push((index, elsewhere));
        }
    }

    fn place(&mut self, index: usize) {
        let waits = self.waits[index];
        if waits.all == 0 {
            self.ready.insert(index);
        }
        if waits.creates_group && waits.elsewhere == 0 {
            self.openable.insert(index);
        }
    }

    fn take(&mut self, index: usize) {
        for set in [
            &mut self.pending,
            &mut self.ready,
            &mut self.openable,
            &mut self.failed,
        ] {
            set.remove(&index);
        }
    }
}

pub(super) fn members_of(data: &mut Value) -> Option<Value> {
    take(data.as_object_mut()?, "members").filter(Value::is_array)
}
