//! SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865) without HTTP and without a store: what a request means, what it does to a
//! resource, and what a client reads of it.
//!
//! A server reads a request with these types, asks its store, and writes what they make of the answer:
//!
//! | request | read by | done by | answered by |
//! |---|---|---|---|
//! | `POST /Users`, `PUT` | [`Draft::read`] | [`Draft::created`], `Draft::replacing` | [`Record::document`], `Projection::apply` |
//! | `PATCH /Users/{id}` | [`PatchRequest::parse`] | [`PatchRequest::apply`] | the same |
//! | `PATCH /Groups/{id}` | [`PatchRequest::parse`] | [`PatchRequest::apply`], then the store does each [`MembershipChange`] | 204 |
//! | `GET /Users?...`, `POST /.search` | [`Parameters`], resolved to a [`ListQuery`] | [`Filter::plan`] in the store, [`Filter::matches`] on what is left, `Sort` | `ListResponse` |
//! | `POST /Bulk` | [`BulkRequest::parse`] | each operation that [`BulkRun::next`] gives out, as if it came alone | [`BulkRun::response`] |
//!
//! Each failure is a [`ScimError`], which knows its status and its body. Entra's habits are known to one module
//! alone, `dialect`; what follows the RFC is left as it is, so there is no switch.
//!
//! ```
//! use entrada::scim::{Draft, Filter, PatchRequest, Record, Relations, ResourceKind, Schemas, Version};
//! use serde_json::json;
//!
//! let schemas = Schemas::standard();
//! let user = schemas.resource_type(ResourceKind::User);
//!
//! // POST /Users
//! let draft = Draft::read(json!({"userName": "ada@example.com"}), user)?.created();
//! let mut record = Record {
//!     id: "1".to_owned(),
//!     resource: draft.resource,
//!     created: jiff::Timestamp::UNIX_EPOCH,
//!     last_modified: jiff::Timestamp::UNIX_EPOCH,
//!     version: Version(1),
//! };
//!
//! // PATCH /Users/1
//! let patch = PatchRequest::parse(json!({
//!     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//!     "Operations": [{"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ada@example.com"}],
//! }), user)?;
//! let patched = patch.apply(&record.resource, user)?;
//! if !patched.changed.is_empty() {
//!     record.resource = patched.resource;
//!     record.version = Version(record.version.0 + 1);
//! }
//!
//! // GET /Users?filter=...
//! let filter = Filter::parse("emails.value ew \"@EXAMPLE.com\"", user)?;
//! let document = record.document(user, Relations::None, "https://app.example.com/scim/acme/v2");
//! assert!(filter.matches(&document));
//! assert_eq!(document["meta"]["version"], "W/\"2\"");
//! # Ok::<(), entrada::scim::ScimError>(())
//! ```

mod bulk;
mod date_time;
mod dialect;
mod error;
mod etag;
mod filter;
mod json;
pub(crate) mod limits;
mod list;
mod member;
mod overlooked;
mod patch;
mod path;
mod projection;
mod resource;
pub(crate) mod schema;
mod user_name;
mod value;

pub use self::error::OperationName;
pub use self::error::ScimError;
pub use self::etag::Version;
pub use self::filter::Filter;
pub(crate) use self::json::named;
pub(crate) use self::json::read as read_json;
pub(crate) use self::list::LIST_RESPONSE;
pub use self::list::ListQuery;
pub(crate) use self::list::ListResponse;
pub(crate) use self::list::Page;
pub(crate) use self::list::PageEnd;
pub use self::list::PageLimits;
pub(crate) use self::list::PagePosition;
pub use self::list::Parameters;
pub(crate) use self::list::SEARCH_REQUEST;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::member::GroupRef;
pub use self::member::Member;
pub use self::member::MemberFilter;
pub use self::member::MemberRef;
pub use self::patch::MembershipChange;
pub(crate) use self::patch::PATCH_OP;
pub use self::patch::PatchRequest;
pub use self::patch::Patched;
pub(crate) use self::path::AttributePath;
pub(crate) use self::projection::Projection;
pub use self::resource::Draft;
pub use self::resource::Record;
pub use self::resource::Relations;
pub use self::resource::Resource;
pub use self::schema::AttributeDeclaration;
pub use self::schema::AttributeType;
pub use self::schema::ExtensionDeclaration;
pub use self::schema::ExtensionError;
pub use self::schema::Mutability;
pub use self::schema::ResourceKind;
pub use self::schema::Returned;
pub use self::schema::Schemas;
pub(crate) use self::user_name::check_user_name;

hidden! {
    pub use self::bulk::BulkDone;
    pub use self::bulk::BulkMethod;
    pub use self::bulk::BulkOperation;
    pub use self::bulk::BulkRequest;
    pub use self::bulk::BulkRun;
    pub use self::filter::Indexed;
    pub use self::filter::Operator;
    pub use self::filter::Plan;
    pub use self::filter::Term;
    pub use self::filter::TermValue;
    pub use self::filter::fold;
    pub use self::schema::ResourceType;
    pub use self::user_name::user_name_key;
    pub use self::user_name::user_name_key_version;
}
