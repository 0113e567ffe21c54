//! The store of a site as a file: its facts, backups of it, and a backup in its place. A store of another kind is backed up by its own
//! tools.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::path::absolute;
#[cfg(feature = "postgres")]
use std::sync::Arc;

use serde::Serialize;

use super::AdminError;
use super::Done;
use super::Unreadable;
#[cfg(unix)]
use super::check;
use super::effects::Effects;
use crate::ports::StoreError;
use crate::store;
#[cfg(feature = "postgres")]
use crate::store::CopyError;
use crate::store::FaultKind;
use crate::store::Schema;
use crate::store::StoreFacts;
use crate::store::StoreFault;
#[cfg(feature = "postgres")]
use crate::store::TableDigest;

/// A backup that took the place of a store.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Restored {
    /// The store as it is now.
    pub store: StoreFacts,
    /// The copy of the store of before; `None` where there was none.
    pub before: Option<PathBuf>,
}

/// The facts of the store that a URL names; it is neither made nor changed.
pub async fn facts(url: &str) -> Done<StoreFacts> {
    #[cfg(feature = "postgres")]
    if store::is_postgres(url) {
        return Ok(store::inspect_database(url).await?);
    }
    Ok(store::inspect(file_of(url)?).await?)
}

/// The numbers of what goes where a backup takes the place of this store.
pub(crate) fn effects(present: &StoreFacts) -> Effects {
    Effects {
        connections: present.connections,
        users: present.users,
        groups: present.groups,
        tokens: present.tokens,
        sessions: present.sessions,
        keys: present.keys,
        copies: present.kept.len() as u64,
        ..Effects::default()
    }
}

/// Databases beside the store that a URL names, which look like copies of it.
#[cfg(unix)]
pub fn copies(url: &str) -> Vec<PathBuf> {
    store::file_of(url).map(check::copies).unwrap_or_default()
}

/// The facts of a backup that is to take the place of a store.
pub async fn facts_of_backup(file: &Path) -> Done<StoreFacts> {
    let facts = store::inspect(file).await;
    let facts = facts.map_err(|error| Unreadable::new(file, error))?;
    match facts.schema {
        0 => Err(Unreadable::new(
            file,
            "there is no store in it: name a backup",
        ))?,
        _ => Ok(facts),
    }
}

/// Copies the store that a URL names into a file that is not there yet. It may be in use meanwhile.
pub async fn backup(url: &str, to: &Path) -> Done<StoreFacts> {
    let file = file_of(url)?;
    if fs::symlink_metadata(to).is_ok() {
        return Err(AdminError::FileIsThere(to.to_owned()));
    }
    let backed_up = store::backup(file, to).await;
    backed_up.map_err(|error| {
        let cause = error.source().and_then(|cause| cause.downcast_ref());
        match cause.map(io::Error::kind) {
            // It came meanwhile.
            Some(io::ErrorKind::AlreadyExists) => AdminError::FileIsThere(to.to_owned()),
            _ => error.into(),
        }
    })
}

/// Copies the store in the file that one URL names into the empty database of another; says what both have. Nobody may change the store
/// meanwhile. `progress` hears how many rows of how many are copied, and of which table.
#[cfg(feature = "postgres")]
pub async fn copy(
    from: &str,
    to: &str,
    progress: impl Fn(u64, u64, &'static str) + Send + Sync + 'static,
) -> Done<Vec<TableDigest>> {
    let from = store::file_of(from).filter(|_| store::is_postgres(to));
    let from = from.ok_or(AdminError::NoSuchCopy)?;
    let copied = store::copy(from, to, Arc::new(progress)).await;
    copied.map_err(|error| {
        let cause = error.source().and_then(|cause| cause.downcast_ref());
        match cause {
            Some(CopyError::NotEmpty(_) | CopyError::Changed) => AdminError::NotCopied(error),
            _ => error.into(),
        }
    })
}

/// The numbers of the migrations of the store that a URL names; `None` for one in memory, which is made anew each time.
pub async fn schema(url: &str) -> Done<Option<Schema>> {
    Ok(store::schema(url).await?)
}

/// Brings the tables of the store that a URL names up to date, or makes them. Several processes may do so at once.
pub async fn migrate(url: &str) -> Done<()> {
    Ok(store::open(url).await?.close().await?)
}

/// Puts a backup into the place of the store that a URL names; that one is kept beside it.
pub async fn restore(url: &str, from: &Path, now: jiff::Timestamp) -> Done<Restored> {
    let file = file_of(url)?;
    facts_of_backup(from).await?;
    let second = now.strftime("%Y%m%dT%H%M%S");
    let mut before = file.as_os_str().to_owned();
    before.push(format!(
        ".before-restore-{second}.{:03}",
        now.subsec_millisecond()
    ));
    let before = PathBuf::from(before);
    if fs::symlink_metadata(&before).is_ok() {
        return Err(AdminError::FileIsThere(before));
    }
    let restored = store::restore(file, from, &before).await;
    Ok(Restored {
        store: restored.map_err(|error| refused(error, from))?,
        before: before.exists().then_some(before),
    })
}

fn refused(error: StoreError, from: &Path) -> AdminError {
    match StoreFault::of(&error) {
        Some(fault) if absolute(from).is_ok_and(|from| from == fault.path()) => {
            Unreadable::new(from, error).into()
        }
        Some(fault) if *fault.kind() == FaultKind::Busy => AdminError::StoreInUse(error),
        _ => error.into(),
    }
}

fn file_of(url: &str) -> Done<&Path> {
    store::file_of(url).ok_or(AdminError::StoreWithoutFile)
}
