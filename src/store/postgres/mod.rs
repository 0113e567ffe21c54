//! A store in a PostgreSQL database, for any number of nodes that share a site. It finds, locks and keeps rows, as the store of SQLite does,
//! and decides nothing. Transactions run at READ COMMITTED behind locks that are taken first ([`Keeps`](transaction::Keeps)), and run again
//! where another one was in the way. An acknowledged write is on the disk of the server, and on that of its synchronous standbys.

mod address;
mod address_facts;
mod configuration;
mod conn;
mod connections;
mod copy_target;
mod copying;
mod credentials;
mod directory;
mod error;
mod events;
mod facts;
mod fault;
mod kept;
mod metadata;
mod migrations;
mod open;
mod provisioning_log;
mod query;
mod replay;
mod requests;
mod rows;
mod session_deletion;
mod session_rows;
mod sessions;
mod sign_on;
mod site_settings;
mod store;
mod sweep;
mod transaction;
mod value;

pub use self::address::AddressError;
#[doc(hidden)]
pub use self::address_facts::AddressFacts;
#[doc(hidden)]
pub use self::address_facts::read_address;
pub(crate) use self::copy_target::CopyError;
pub(crate) use self::copy_target::CopyProgress;
pub use self::fault::DatabaseFault;
#[doc(hidden)]
pub use self::fault::DatabaseFaultKind;
pub(super) use self::migrations::newest;
pub use self::store::PostgresStore;
