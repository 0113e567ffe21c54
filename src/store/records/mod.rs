//! Records and their rows, the same in every database: how a row is read, which values a record is written as, and the statements that
//! are put together from a selection. The stores beside this module run them.

mod access_token;
mod connection;
#[cfg(feature = "postgres")]
mod copied;
mod credential;
mod entity;
mod error;
mod event;
mod kept;
mod lease;
mod list;
mod log_entry;
mod metadata;
mod request;
mod row;
mod session;
mod sign_on;
mod sql;
mod terms;

pub(super) use self::access_token::read_access_token;
pub(super) use self::connection::read_connection;
#[cfg(feature = "postgres")]
pub(super) use self::copied::COPIED_TABLES;
#[cfg(feature = "postgres")]
pub(super) use self::copied::CopiedTable;
#[cfg(feature = "postgres")]
pub(super) use self::copied::CopyCounts;
#[cfg(feature = "postgres")]
pub(super) use self::copied::CopyPart;
#[cfg(feature = "postgres")]
pub(super) use self::copied::IsAsItWas;
#[cfg(feature = "postgres")]
pub(super) use self::copied::ReadParts;
#[cfg(feature = "postgres")]
pub(super) use self::copied::RowDigest;
#[cfg(feature = "postgres")]
pub use self::copied::TableDigest;
pub(super) use self::credential::credential_values;
pub(super) use self::credential::read_credential;
pub(super) use self::entity::EntityRow;
pub(super) use self::entity::record_values;
pub(super) use self::entity::user_values;
pub(super) use self::error::Cause;
pub(crate) use self::error::UnreadableKeys;
pub(crate) use self::error::UnreadableRow;
pub(super) use self::error::failed;
pub(crate) use self::error::is_unreadable;
pub(super) use self::event::event_values;
pub(super) use self::event::list_events;
pub(super) use self::event::read_event;
pub(super) use self::kept::KEPT_TABLES;
pub(super) use self::kept::adapted_row;
pub(super) use self::kept::from_json;
pub(super) use self::kept::read_kept_connection;
pub(super) use self::kept::to_json;
pub(super) use self::lease::lease_values;
pub(super) use self::list::count_rows;
pub(super) use self::list::list_rows;
pub(super) use self::log_entry::list_log;
pub(super) use self::log_entry::log_values;
pub(super) use self::log_entry::read_log_entry;
pub(super) use self::metadata::metadata_values;
pub(super) use self::metadata::read_metadata_copy;
pub(super) use self::metadata::read_refresh_record;
pub(super) use self::metadata::refresh_values;
pub(super) use self::request::RequestRow;
pub(super) use self::request::request_values;
pub(super) use self::row::Row;
pub(super) use self::row::micros;
pub(super) use self::session::count_sessions;
pub(super) use self::session::decode_session;
pub(super) use self::session::list_sessions;
pub(super) use self::session::live_session;
pub(super) use self::session::read_held_session;
pub(super) use self::session::read_session;
pub(super) use self::session::seen_at;
pub(super) use self::session::session_values;
pub(super) use self::sign_on::read_sign_on;
pub(super) use self::sign_on::sign_on_values;
pub(super) use self::sql::Dialect;
pub(super) use self::sql::Sql;
pub(super) use self::sql::Value;
