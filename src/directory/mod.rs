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
mod held_group;
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

#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::change_rows::ChangeRows;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::collisions::Collisions;
pub(crate) use self::collisions::collision;
pub(crate) use self::consequences::is_another_person;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::counts::Counts;
pub use self::credentials::add_credential;
#[doc(hidden)]
pub use self::credentials::extend_credential;
#[doc(hidden)]
pub use self::credentials::revoke_credential;
#[doc(hidden)]
pub use self::credentials::rotate_credential;
pub(crate) use self::end_sessions::AT_A_TIME;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::end_sessions::HeldSession;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::end_sessions::SessionClaims;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::end_sessions::SessionDeletion;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::end_sessions::SessionSelection;
pub(crate) use self::end_sessions::end_sessions;
pub(crate) use self::end_sessions::end_some_sessions;
pub use self::error::DirectoryError;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::group_transaction::MembersChanged;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::held_group::UserGroup;
pub use self::id::GroupId;
pub(crate) use self::id::ID_BYTES;
pub use self::id::IdError;
pub use self::id::UserId;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::listing::RowOrder;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::listing::RowPlace;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::listing::RowSelection;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::lock::Lock;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::lookup::GroupLookup;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::lookup::Lookup;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::lookup::is_guid;
pub(crate) use self::lookup::same_object;
pub use self::memberships::Memberships;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::memberships::Named;
pub use self::port::Directory;
#[doc(hidden)]
pub use self::query::GROUPS;
pub use self::query::Listed;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::query::MemberPage;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::query::MemberPosition;
#[doc(hidden)]
pub use self::query::PAGE;
pub use self::query::Query;
#[doc(hidden)]
pub use self::query::SCAN;
pub use self::query::View;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::reading::DirectoryView;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::reading::GroupSelection;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::reading::UserSelection;
pub use self::reading::ViewTx;
pub use self::reading::Weight;
pub use self::record::GroupRecord;
pub use self::record::Origin;
pub use self::record::UserRecord;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::DirectoryRow;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::DirectoryRows;
pub use self::rows::DirectoryTx;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::MemberRows;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::Put;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::rows::Touched;
#[cfg_attr(not(feature = "contract"), doc(hidden))]
pub use self::scope::Rules;
pub use self::scope::Scope;
pub use self::transact::transact;
pub use self::transaction::DirectoryTransaction;
