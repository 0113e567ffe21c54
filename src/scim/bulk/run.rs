//! Doing a Bulk request: the order, what a failure means for others, and the answer.

use serde_json::Value;
use serde_json::json;

use super::queue::Queue;
use super::queue::Turn;
use super::queue::members_of;
use super::reference::BulkIdState;
use super::reference::BulkIds;
use super::reference::mentioned;
use super::reference::resolve;
use super::reference::resolved;
use super::request::BulkMethod;
use super::request::BulkRequest;
use super::request::Parsed;
use super::request::Target;
use crate::scim::PATCH_OP;
use crate::scim::ResourceKind;
use crate::scim::ScimError;
use crate::scim::Version;
use crate::scim::error::excerpt;

pub(super) const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// An operation whose turn it is; there are no bulkIds in it any more.
#[derive(Clone, PartialEq)]
pub struct BulkOperation {
    /// The method.
    pub method: BulkMethod,
    /// The kind of the resource.
    pub kind: ResourceKind,
    /// The id of the resource, but for `POST`.
    pub id: Option<String>,
    /// The version that it must have, to be held against it as `If-Match` is.
    pub version: Option<String>,
    /// The body.
    pub data: Value,
}

/// An operation that was done.
#[derive(Clone, PartialEq, Debug)]
pub struct BulkDone {
    /// The HTTP status, as it would be alone: 200, 201 or 204.
    pub status: u16,
    /// The id of the resource.
    pub id: String,
    /// The address of the resource.
    pub location: String,
    /// Its version; `None` if it is gone.
    pub version: Option<Version>,
}

/// A Bulk request under way.
///
/// ```
/// use entrada::scim::{BulkDone, BulkRequest};
/// use serde_json::json;
///
/// let mut run = BulkRequest::parse(json!({
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
///     "Operations": [
///         {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "G", "members": [{"value": "bulkId:u"}]}},
///         {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "ada@example.com"}},
///     ],
/// }), 1000)?.run();
///
/// let user = run.next().expect("the user comes first: the group needs its id");
/// assert_eq!(user.data["userName"], "ada@example.com");
/// run.done(Ok(BulkDone { status: 201, id: "7".to_owned(), location: "https://x/v2/Users/7".to_owned(), version: None }));
///
/// let group = run.next().expect("then the group");
/// assert_eq!(group.data["members"][0]["value"], "7");
/// # Ok::<(), entrada::scim::ScimError>(())
/// ```
pub struct BulkRun {
    operations: Vec<Parsed>,
    outcomes: Vec<Option<Result<BulkDone, ScimError>>>,
    ids: BulkIds,
    queue: Queue,
    /// Members that were left out of a group so that a circle of references could be opened; they are added at the end.
    late: Vec<Late>,
    current: Option<Current>,
    errors_left: Option<u64>,
}

struct Late {
    index: usize,
    members: Vec<Value>,
}

enum Current {
    Operation(usize),
    LateMembers(usize),
}

impl BulkRequest {
    /// Begins to do it.
    pub fn run(self) -> BulkRun {
        let created = |of: &&Parsed| of.method == Some(BulkMethod::Post);
        let created = self.operations.iter().filter(created);
        let ids = created.filter_map(|of| Some((of.bulk_id.clone()?, BulkIdState::Pending)));
        let ids = ids.collect();
        BulkRun {
            queue: Queue::new(&self.operations, &ids),
            ids,
            outcomes: self.operations.iter().map(|_| None).collect(),
            operations: self.operations,
            late: Vec::new(),
            current: None,
            errors_left: self.fail_on_errors,
        }
    }
}

impl BulkRun {
    /// The operation whose turn it is: the first whose references are known. `None` when all are done, or so many failed
    /// that the client wants to hear no more.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<BulkOperation> {
        while self.errors_left != Some(0) {
            let Some(turn) = self.queue.next() else {
                return self.next_late();
            };
            match self.obstacle(turn) {
                Some(error) => self.finish(turn.index(), Err(error)),
                None => return self.begin(turn.index()),
            }
        }
        None
    }

    /// The reason that an operation cannot be done although it is its turn.
    fn obstacle(&mut self, turn: Turn) -> Option<ScimError> {
        let operation = &self.operations[turn.index()].operation;
        if let Err(error) = operation {
            return Some(error.clone());
        }
        match turn {
            Turn::Failed(index) => {
                let found = self.unresolved(index).unwrap_or_default();
                let expected =
                    format!("a reference to an operation that succeeded, found {found:?}");
                Some(ScimError::BulkReference(expected.into()))
            }
            Turn::Circle(_) => Some(ScimError::BulkReference(
                "references without a circle".into(),
            )),
            Turn::WithoutMembers(index) => {
                self.leave_members_out(index);
                None
            }
            Turn::Ready(_) => None,
        }
    }

    /// The first bulkId of an operation that stands for nothing.
    fn unresolved(&self, index: usize) -> Option<String> {
        let target = self.operations[index].operation.as_ref().ok()?;
        let mut ids = Vec::new();
        let id = target
            .id
            .as_deref()
            .and_then(|id| id.strip_prefix("bulkId:"));
        ids.extend(id.map(str::to_owned));
        mentioned(&target.data, &mut ids);
        let is_known = |id: &String| match self.ids.get(id) {
            Some(BulkIdState::Created(_) | BulkIdState::Pending) => true,
            Some(BulkIdState::Failed) | None => false,
        };
        ids.iter().find(|id| !is_known(id)).map(|id| excerpt(id))
    }

    /// Hands back what came of the operation that [`BulkRun::next`] gave out last.
    pub fn done(&mut self, outcome: Result<BulkDone, ScimError>) {
        match (self.current.take(), outcome) {
            (Some(Current::Operation(index)), outcome) => self.finish(index, outcome),
            (Some(Current::LateMembers(index)), Err(error)) => {
                self.count_error();
                self.outcomes[index] = Some(Err(error));
            }
            // The group has another version now.
            (Some(Current::LateMembers(index)), Ok(done)) => {
                if let Some(Some(Ok(created))) = self.outcomes.get_mut(index) {
                    created.version = done.version;
                }
            }
            (None, _) => {}
        }
    }

    /// The body of the answer: every operation that was done or failed, in the order of the request.
    pub fn response(&self) -> Value {
        let outcomes = self.operations.iter().zip(&self.outcomes);
        let answers = outcomes.filter_map(|(operation, outcome)| {
            let outcome = outcome.as_ref()?;
            Some(answer(operation, outcome))
        });
        json!({"schemas": [BULK_RESPONSE], "Operations": answers.collect::<Vec<_>>()})
    }

    /// True if a member names a bulkId in this state. A reference that no operation has is as good as failed.
    fn names_any(&self, member: &Value, wanted: &BulkIdState) -> bool {
        let mut references = Vec::new();
        mentioned(member, &mut references);
        let mut references = references.iter();
        references.any(|id| self.ids.get(id).unwrap_or(&BulkIdState::Failed) == wanted)
    }

    /// Takes the members out of a group that are not there yet.
    fn leave_members_out(&mut self, index: usize) {
        let mut operation = self.operations[index].clone();
        if let Ok(target) = &mut operation.operation
            && let Some(Value::Array(members)) = members_of(&mut target.data)
        {
            let is_pending = |member: &Value| self.names_any(member, &BulkIdState::Pending);
            let (members, present) = members.into_iter().partition(is_pending);
            target.data["members"] = Value::Array(present);
            self.late.push(Late { index, members });
        }
        self.operations[index] = operation;
    }

    fn begin(&mut self, index: usize) -> Option<BulkOperation> {
        let operation = &self.operations[index];
        let (Some(method), Ok(target)) = (operation.method, &operation.operation) else {
            return None;
        };
        let Target {
            kind,
            id,
            version,
            data,
        } = target;
        let mut data = data.clone();
        resolve(&mut data, &self.ids);
        self.current = Some(Current::Operation(index));
        Some(BulkOperation {
            method,
            kind: *kind,
            id: id.as_deref().map(|id| resolved(id, &self.ids)),
            version: version.clone(),
            data,
        })
    }

    /// Adds the members that were left out, now that they are there.
    fn next_late(&mut self) -> Option<BulkOperation> {
        while let Some(mut late) = self.late.pop() {
            let Some(Some(Ok(created))) = self.outcomes.get(late.index) else {
                continue;
            };
            let id = created.id.clone();
            late.members
                .retain(|member| !self.names_any(member, &BulkIdState::Failed));
            let mut members = Value::Array(late.members);
            resolve(&mut members, &self.ids);
            self.current = Some(Current::LateMembers(late.index));
            return Some(BulkOperation {
                method: BulkMethod::Patch,
                kind: ResourceKind::Group,
                id: Some(id),
                version: None,
                data: json!({
                    "schemas": [PATCH_OP],
                    "Operations": [{"op": "add", "path": "members", "value": members}],
                }),
            });
        }
        None
    }

    fn finish(&mut self, index: usize, outcome: Result<BulkDone, ScimError>) {
        let known = match &outcome {
            Ok(done) => BulkIdState::Created(done.id.clone()),
            Err(_) => {
                self.count_error();
                BulkIdState::Failed
            }
        };
        let operation = &self.operations[index];
        if let (Some(BulkMethod::Post), Some(id)) = (operation.method, &operation.bulk_id) {
            self.queue.settle(id, &known);
            self.ids.insert(id.clone(), known);
        }
        self.outcomes[index] = Some(outcome);
    }

    fn count_error(&mut self) {
        self.errors_left = self.errors_left.map(|left| left.saturating_sub(1));
    }
}

fn answer(operation: &Parsed, outcome: &Result<BulkDone, ScimError>) -> Value {
    let mut answer = json!({});
    if let Some(method) = operation.method {
        answer["method"] = json!(method.name());
    }
    if let Some(bulk_id) = &operation.bulk_id {
        answer["bulkId"] = json!(bulk_id);
    }
    match outcome {
        Ok(done) => {
            answer["location"] = json!(done.location);
            answer["status"] = json!(done.status.to_string());
            if let Some(version) = done.version {
                answer["version"] = json!(version.to_string());
            }
        }
        Err(error) => {
            answer["status"] = json!(error.status().to_string());
            answer["response"] = error.to_json();
        }
    }
    answer
}
