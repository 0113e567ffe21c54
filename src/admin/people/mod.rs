//! The users and groups of the directory, by their names, and in lists that are walked page by page, so that none is too large.

mod change;
mod groups;
mod list;
mod names;
mod record;
mod users;

pub(super) use self::change::ChangeError;
pub use self::change::UserChange;
pub(super) use self::change::log_entry;
pub(super) use self::change::patch;
pub use self::groups::GroupListed;
pub use self::groups::GroupShown;
pub use self::groups::group;
pub use self::list::InvalidListCursor;
pub use self::list::ListCursor;
pub use self::list::ListPage;
pub use self::list::ListQuery;
pub use self::list::Walk;
pub use self::list::list;
pub(crate) use self::names::named;
pub(super) use self::names::naming;
pub(super) use self::names::narrow;
pub use self::names::one;
pub use self::record::DirectoryRecord;
pub(super) use self::record::inner_view;
pub use self::users::Unlinked;
pub use self::users::UserListed;
pub use self::users::UserShown;
pub use self::users::deactivate;
pub use self::users::delete;
pub use self::users::unlink;
pub use self::users::user;
