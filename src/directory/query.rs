//! The query for a list, and the pages that a store answers with.

use std::fmt;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use super::GroupRecord;
use super::UserRecord;
use crate::connection::Connection;
use crate::scim::GroupRef;
use crate::scim::ListQuery;
use crate::scim::Member;
use crate::scim::Relations;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

/// The list that a client asks for, and its view of resources: a filter and an order look at what it sees.
#[derive(Clone, Debug)]
pub struct Query {
    /// The resources, their order, and the part of them. By number a part begins anywhere; by cursor it begins
    /// behind a resource in the order of ids, which never changes: so a walk misses nothing that was there throughout.
    pub list: ListQuery,
    /// The form in which clients see a resource.
    pub view: View,
}

/// Resources in one part of a list, whatever was asked for. A part of larger ones would be megabytes.
pub const PAGE: usize = 1000;

/// Resources, and members or groups of them, that a store looks at for one request, where its indexes do not help. So
/// many take about 50 ms and 20 MB; a client that needs more is told `tooMany`.
pub const SCAN: usize = 10_000;

/// Groups that a store names in one answer, those of all users together: as many as a request may name members. They take
/// 15 MB; a thousand users in a hundred groups each are at the limit.
pub const GROUPS: usize = 100_000;

/// The form in which clients see resources: the schemas, and the address of the server up to `/v2`.
#[derive(Clone)]
pub struct View {
    schemas: Arc<Schemas>,
    base: Arc<str>,
}

impl View {
    /// The view of one connection's clients.
    pub fn new(schemas: Arc<Schemas>, base: &str) -> View {
        View {
            schemas,
            base: base.into(),
        }
    }

    /// The view of the clients of a connection, with its extensions. They were checked when they came, so ones that do not hold
    /// now mean a store that was tampered with: clients then see the standard's schemas alone.
    pub fn of(connection: &Connection, base: &str) -> View {
        let schemas = Schemas::with_extensions(&connection.scim().extensions);
        let schemas = schemas.unwrap_or_else(|_| Schemas::standard());
        View::new(Arc::new(schemas), base)
    }

    /// The address of the server up to `/v2`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The schemas.
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.schemas
    }

    /// A user with the groups that it belongs to, or without them where nothing looks at them.
    pub fn user(&self, user: &UserRecord, groups: Option<&[GroupRef]>) -> Map<String, Value> {
        let of = self.schemas.resource_type(ResourceKind::User);
        let relations = groups.map_or(Relations::None, Relations::Groups);
        user.record().document(of, relations, &self.base)
    }

    /// A group with its members, or without them where nothing looks at them.
    pub fn group(&self, group: &GroupRecord, members: Option<&[Member]>) -> Map<String, Value> {
        let of = self.schemas.resource_type(ResourceKind::Group);
        let relations = members.map_or(Relations::None, Relations::Members);
        group.record().document(of, relations, &self.base)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({:?})", self.base)
    }
}

/// A part of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed<T> {
    /// The resources.
    pub resources: Vec<T>,
    /// The number of resources in the whole list. `None` for a walk by cursor through a list that has to be evaluated:
    /// the number is not known there.
    pub total: Option<u64>,
    /// The resource behind which a walk by cursor goes on: see [`ListQuery::cursor_behind`]. `None` at the end, and for a
    /// part by number. A part may hold fewer resources than were asked for, and there may be more (RFC 9865 §2).
    pub behind: Option<T>,
}

/// A part of a group's members.
#[derive(Clone, PartialEq)]
pub struct MemberPage {
    /// The members.
    pub members: Vec<Member>,
    /// The place where the next part begins; `None` at the end.
    pub next: Option<MemberPosition>,
}

/// A place among the members of a group: users first, then groups, each in the order of their creation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberPosition {
    /// The kind of the last member before the place.
    pub kind: ResourceKind,
    /// Its number in the store.
    pub number: u64,
}
