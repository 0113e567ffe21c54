//! Faults of the database behind a store, in the words of those who can fix them: the reason and the remedy.

use std::error::Error;
use std::fmt;
use std::iter::successors;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use super::error::NewerStore;
use super::error::OldServer;
use super::error::Unreachable;
use super::error::code_of;
use crate::directory::DirectoryError;
use crate::ports::StoreError;
use crate::store::records::Cause;

/// The fault of the database behind a [`StoreError`](crate::ports::StoreError). Its text is for logs and for those who run the site. It holds
/// no password.
pub struct DatabaseFault {
    kind: DatabaseFaultKind,
    cause: Cause,
}

/// The kind of a [`DatabaseFault`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[doc(hidden)]
pub enum DatabaseFaultKind {
    /// No server answers at the address.
    Unreachable,
    /// The server and this process do not agree about TLS.
    Tls,
    /// The user or the password is wrong, or the server lets nobody in from here.
    NotLetIn,
    /// There is no such database.
    NoDatabase,
    /// The server has no connection left.
    TooManyConnections,
    /// The server is a standby, or takes no changes.
    ReadOnly,
    /// The user may not do that in the database.
    NotAllowed,
    /// The disk of the server is full.
    DiskFull,
    /// The server is too old.
    OldServer {
        /// Its version.
        has: String,
    },
    /// A newer version has written the store.
    Newer {
        /// The number of its last migration.
        has: i64,
        /// The number of the last migration of this version.
        knows: i64,
    },
    /// Somebody else holds a lock for long.
    Busy,
}

impl DatabaseFault {
    /// The fault behind an error; `None` where it is not one of the database as a whole.
    pub fn of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e DatabaseFault> {
        successors(Some(error), |cause| (*cause).source()).find_map(|cause| cause.downcast_ref())
    }

    /// The kind of the fault.
    #[doc(hidden)]
    pub fn kind(&self) -> &DatabaseFaultKind {
        &self.kind
    }

    /// A stable kebab-case code, such as `database-unreachable`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            DatabaseFaultKind::Unreachable => "database-unreachable",
            DatabaseFaultKind::Tls => "database-tls",
            DatabaseFaultKind::NotLetIn => "database-not-let-in",
            DatabaseFaultKind::NoDatabase => "database-missing",
            DatabaseFaultKind::TooManyConnections => "database-too-many-connections",
            DatabaseFaultKind::ReadOnly => "database-read-only",
            DatabaseFaultKind::NotAllowed => "database-not-allowed",
            DatabaseFaultKind::DiskFull => "database-disk-full",
            DatabaseFaultKind::OldServer { .. } => "database-too-old",
            DatabaseFaultKind::Newer { .. } => "database-newer",
            DatabaseFaultKind::Busy => "database-busy",
        }
    }
}

impl fmt::Display for DatabaseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DatabaseFaultKind::Unreachable => f.write_str(
                "the database cannot be reached: check that it runs, and the host and port of its address (psql with the same address tells more)",
            ),
            DatabaseFaultKind::Tls => f.write_str(
                "no TLS with the database: its certificate must be of a name in the address and of an authority that is known (sslrootcert names one), or the address must say which other sslmode will do",
            ),
            DatabaseFaultKind::NotLetIn => f.write_str(
                "the database does not let this process in: check the user and the password of its address, and pg_hba.conf on the server",
            ),
            DatabaseFaultKind::NoDatabase => {
                f.write_str("there is no such database on the server: make it (createdb), or name another")
            }
            DatabaseFaultKind::TooManyConnections => f.write_str(
                "the database has no connection left: raise max_connections on the server, or lower the parameter connections of the address",
            ),
            DatabaseFaultKind::ReadOnly => f.write_str(
                "the database takes no changes, as a standby does: name the primary in the address, or all hosts of the cluster",
            ),
            DatabaseFaultKind::NotAllowed => f.write_str(
                "the user of the database may not do that: make it the owner of the database, or grant it CREATE on the schema",
            ),
            DatabaseFaultKind::DiskFull => f.write_str("the disk of the database is full: make room there"),
            DatabaseFaultKind::OldServer { has } => write!(
                f,
                "the server is PostgreSQL {has}: expected {} or a later one",
                OldServer::OLDEST
            ),
            DatabaseFaultKind::Newer { has, knows } => write!(
                f,
                "it was written by a newer version of Entrada (schema {has}, this one knows {knows}): use that version, or restore a backup from before the upgrade (docs/nodes.md)"
            ),
            DatabaseFaultKind::Busy => f.write_str(
                "somebody else holds rows of the database for long: pg_stat_activity names who",
            ),
        }
    }
}

impl Error for DatabaseFault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
debug_as_sentence!(DatabaseFault);

/// The error of a store, with the fault before its cause.
pub(super) fn store_error(cause: Cause) -> StoreError {
    StoreError::new(of(cause))
}

/// The same of a directory.
pub(super) fn failed(cause: impl Into<Cause>) -> DirectoryError {
    DirectoryError::Store(store_error(cause.into()))
}

/// The cause with the fault before it, if it is one of the database as a whole.
fn of(cause: Cause) -> Cause {
    if DatabaseFault::of(&*cause).is_some() {
        return cause;
    }
    match kind(&*cause) {
        Some(kind) => DatabaseFault { kind, cause }.into(),
        None => cause,
    }
}

fn kind(cause: &(dyn Error + 'static)) -> Option<DatabaseFaultKind> {
    let causes = || successors(Some(cause), |cause| (*cause).source());
    for cause in causes() {
        if let Some(NewerStore { has, knows }) = cause.downcast_ref() {
            let (has, knows) = (*has, *knows);
            return Some(DatabaseFaultKind::Newer { has, knows });
        }
        if let Some(OldServer { has }) = cause.downcast_ref() {
            return Some(DatabaseFaultKind::OldServer { has: has.clone() });
        }
    }
    if let Some(code) = code_of(cause) {
        return kind_of_code(code);
    }
    // The library has no other way of telling these two apart.
    let said = |words: &str| causes().any(|cause| cause.to_string().contains(words));
    if said("TLS handshake") {
        return Some(DatabaseFaultKind::Tls);
    }
    if said("does not allow writes") {
        return Some(DatabaseFaultKind::ReadOnly);
    }
    let is_unreachable = causes().any(|cause| {
        cause.is::<Unreachable>()
            || is_closed(cause)
            || cause.is::<std::io::Error>()
            || matches!(cause.downcast_ref(), Some(PoolError::Timeout(_)))
    });
    is_unreachable.then_some(DatabaseFaultKind::Unreachable)
}

/// The connection ended before the answer came.
fn is_closed(cause: &(dyn Error + 'static)) -> bool {
    let error = cause.downcast_ref::<tokio_postgres::Error>();
    error.is_some_and(tokio_postgres::Error::is_closed)
}

fn kind_of_code(code: &SqlState) -> Option<DatabaseFaultKind> {
    Some(match code.code() {
        "28000" | "28P01" => DatabaseFaultKind::NotLetIn,
        "3D000" => DatabaseFaultKind::NoDatabase,
        "53300" => DatabaseFaultKind::TooManyConnections,
        "53100" => DatabaseFaultKind::DiskFull,
        "25006" => DatabaseFaultKind::ReadOnly,
        "42501" => DatabaseFaultKind::NotAllowed,
        "55P03" => DatabaseFaultKind::Busy,
        code if code.starts_with("08") || code.starts_with("57P") => DatabaseFaultKind::Unreachable,
        _ => return None,
    })
}
