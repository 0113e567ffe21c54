//! The users and groups of each connection, under sign-on and provisioning alike. [`UserRecord`] and [`GroupRecord`] are what
//! is kept, [`Directory`] what a store answers, and [`transact`] how a request changes it: all of it or nothing. Every record
//! belongs to a connection and is never reached from another.

mod change_rows;
mod collisions;
mod consequences;
mod counts;
mod credentials;
mod end_sessions;
mod error;
mod group_transaction;
mod id;
mod listing;
mod lock;
mod lookup;
mod membership;
mod memberships;
mod port;
mod query;
mod reading;
mod record;
mod rows;
mod scope;
mod transact;
mod transaction;
mod user_group;

pub(crate) use self::collisions::collision;
pub(crate) use self::consequences::is_another_person;
pub use self::credentials::add_credential;
pub(crate) use self::end_sessions::AT_A_TIME;
pub(crate) use self::end_sessions::end_sessions;
pub(crate) use self::end_sessions::end_some_sessions;
pub use self::error::DirectoryError;
pub use self::id::GroupId;
pub(crate) use self::id::ID_BYTES;
pub use self::id::IdError;
pub use self::id::UserId;
pub(crate) use self::lookup::same_object;
pub use self::memberships::Memberships;
pub use self::port::Directory;
pub use self::query::Listed;
pub use self::query::Query;
pub use self::query::View;
pub use self::reading::ViewTx;
pub use self::reading::Weight;
pub use self::record::GroupRecord;
pub use self::record::Origin;
pub use self::record::UserRecord;
pub use self::rows::DirectoryTx;
pub use self::scope::Rules;
pub use self::scope::Scope;
pub use self::transact::transact;
pub use self::transaction::DirectoryTransaction;

store_port! {
    pub use self::change_rows::ChangeRows;
    pub use self::collisions::Collisions;
    pub use self::counts::Counts;
    pub use self::end_sessions::HeldSession;
    pub use self::end_sessions::SessionClaims;
    pub use self::end_sessions::SessionDeletion;
    pub use self::end_sessions::SessionSelection;
    pub use self::group_transaction::MembersChanged;
    pub use self::user_group::UserGroup;
    pub use self::listing::RowOrder;
    pub use self::listing::RowPlace;
    pub use self::listing::RowSelection;
    pub use self::lock::Lock;
    pub use self::lookup::GroupLookup;
    pub use self::lookup::Lookup;
    pub use crate::text::is_guid;
    pub use self::memberships::Named;
    pub use self::query::MemberPage;
    pub use self::query::MemberPosition;
    pub use self::reading::DirectoryView;
    pub use self::reading::GroupSelection;
    pub use self::reading::UserSelection;
    pub use self::rows::DirectoryRow;
    pub use self::rows::DirectoryRows;
    pub use self::rows::MemberRows;
    pub use self::rows::Put;
    pub use self::rows::Touched;
}

hidden! {
    pub use self::credentials::extend_credential;
    pub use self::credentials::issue_access_token;
    pub use self::credentials::revoke_credential;
    pub use self::credentials::rotate_credential;
    pub use self::query::GROUPS;
    pub use self::query::PAGE;
    pub use self::query::SCAN;
}
