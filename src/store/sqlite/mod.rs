//! A store in one SQLite file: the file, its connections and its transactions; the statements stand beside the trait
//! that they serve. Durability: the write-ahead log runs with `synchronous=FULL`, so the disk was told to keep a write
//! before its caller hears of it. It survives `kill -9` of every process, and a power cut as far as the disk keeps what
//! it acknowledges. A transaction that was not acknowledged is there wholly or not at all. Concurrency: one connection
//! writes, on a thread of its own, and changes that wait at the same time share a transaction; several connections read
//! beside it without waiting. Other processes may use the file; they wait for each other up to
//! [`BUSY_TIMEOUT`](connect::BUSY_TIMEOUT), and to open it up to [`OPEN_PATIENCE`](store::OPEN_PATIENCE).

mod access_tokens;
mod backup;
mod changing;
mod checkpoints;
mod configuration;
mod connect;
mod connections;
#[cfg(feature = "postgres")]
mod copy_source;
mod credentials;
mod directory;
mod error;
mod events;
mod facts;
mod fault;
mod file;
mod inline_readers;
mod kept;
mod metadata;
#[cfg(test)]
mod migration_tests;
mod migrations;
mod name_keys;
mod pool;
mod provisioning_log;
mod readers;
mod ready;
mod replay;
mod requests;
mod restore;
mod session_deletion;
mod session_rows;
mod sessions;
mod sign_on;
mod site_settings;
mod statement;
#[cfg(test)]
mod statement_tests;
mod store;
mod sweep;
mod worker;
mod writer;
#[cfg(test)]
mod writer_tests;

use rusqlite::Connection as Db;

pub(super) use self::backup::backup;
pub(super) use self::backup::inspect;
#[cfg(feature = "postgres")]
pub(super) use self::copy_source::read as read_parts;
pub use self::error::CannotCreate;
pub(super) use self::migrations::newest;
pub(super) use self::restore::restore;
pub use self::store::SqliteStore;
