//! Connections that go, with a copy for a while or for good, and that come back from their copy.

use jiff::Timestamp;
use serde::Serialize;

use super::super::effects::Effects;
use super::super::effects::of_connection;
use super::Admin;
use super::AdminError;
use super::Done;
use super::unknown;
use crate::configuration::Restoration;
use crate::configuration::purge_connection;
use crate::configuration::remove_connection;
use crate::configuration::restore_connection;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;
use crate::event::EventQuery;
use crate::store::is_unreadable;

/// The numbers of what went with a connection, and the moment until which it can be restored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Removed {
    /// The numbers.
    pub effects: Effects,
    /// The moment; none where no copy is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
}

/// Removes a connection with everything that belongs to it, and keeps a copy for 30 days; of one that holds nothing only where there is
/// no earlier copy. The sessions of everybody who signed on over it end, for good. Fails on an unknown connection, and where the store does.
pub async fn remove(admin: &Admin, id: &ConnectionId) -> Done<Removed> {
    let before = of_connection(admin, id).await?;
    let removed = remove_connection(admin.store(), id, admin.now(), admin.actor()).await?;
    let Some(removed) = removed else {
        return Err(unknown(admin, id).await?);
    };
    Ok(Removed {
        effects: Effects {
            sessions: removed.sessions,
            ..of_copy(&removed.kept, before)
        },
        kept_until: Some(removed.kept.until),
    })
}

/// Removes a connection for good, with the copies of it that are kept, and has the store written anew, also where there is neither: an
/// earlier attempt may not have come so far. Fails where the store does.
pub async fn purge(admin: &Admin, id: &ConnectionId) -> Done<Removed> {
    let effects = would_purge(admin, id).await?;
    let sessions = purge_connection(admin.store(), id, admin.now(), admin.actor()).await?;
    let erased = match admin.store().erase_removed().await {
        // What was removed is in the log of the database still.
        Ok(()) => admin.store().close().await,
        failed => failed,
    };
    erased.map_err(|cause| AdminError::NotErased {
        id: id.clone(),
        cause,
    })?;
    Ok(Removed {
        effects: Effects {
            sessions: sessions.unwrap_or_default(),
            ..effects
        },
        kept_until: None,
    })
}

/// Counts what [`purge`] would take away, with what the copies hold. Fails as that does, and writes nothing.
pub async fn would_purge(admin: &Admin, id: &ConnectionId) -> Done<Effects> {
    let mut kept = admin.store().kept_connections().await?;
    kept.retain(|kept| kept.connection == *id);
    let mut effects = match of_connection(admin, id).await {
        // An earlier purge of it may have come half-way; an id with a typo has no event.
        Err(AdminError::NoConnection { .. })
            if !kept.is_empty() || was_there(admin, id).await? =>
        {
            Effects::default()
        }
        counted => counted?,
    };
    for kept in &kept {
        let copies = Effects {
            copies: 1,
            ..Effects::default()
        };
        effects += of_copy(kept, copies);
    }
    Ok(effects)
}

async fn was_there(admin: &Admin, id: &ConnectionId) -> Done<bool> {
    let of_it = EventQuery {
        connection: Some(id.clone()),
        limit: 1,
        ..EventQuery::default()
    };
    Ok(!admin.store().events(&of_it).await?.is_empty())
}

/// Lists the copies that can be restored, the latest first. Fails where the store does.
pub async fn kept(admin: &Admin) -> Done<Vec<KeptConnection>> {
    let mut kept = admin.store().kept_connections().await?;
    kept.retain(|kept| kept.until > admin.now());
    Ok(kept)
}

/// Finds the copy that [`restore`] would put back. Fails as that does, and writes nothing.
pub async fn restorable(
    admin: &Admin,
    id: &ConnectionId,
    number: Option<u64>,
    as_id: &ConnectionId,
) -> Done<KeptConnection> {
    if let Some(problem) = Connection::reserved_id(as_id.as_str()) {
        return Err(AdminError::Settings(vec![problem.to_string()]));
    }
    let is_taken = match admin.store().connection(as_id).await {
        Err(error) if is_unreadable(&error) => true,
        found => found?.is_some(),
    };
    if is_taken {
        return Err(AdminError::NotFree(as_id.clone()));
    }
    let all = kept(admin).await?;
    let mut of_id = all.iter().filter(|kept| kept.connection == *id);
    match of_id.find(|kept| kept.is_numbered(number)) {
        Some(kept) => Ok(kept.clone()),
        None => Err(AdminError::NoCopy {
            id: id.clone(),
            known: all.into_iter().map(|kept| kept.connection).collect(),
        }),
    }
}

/// Puts back a connection that was removed, from its latest copy or from that of a number, under its own id or another; returns the numbers of what came back.
/// Fails on an id that is taken, a connection of which there is no copy, and where the store does.
pub async fn restore(
    admin: &Admin,
    id: &ConnectionId,
    number: Option<u64>,
    as_id: &ConnectionId,
) -> Done<Effects> {
    restorable(admin, id, number, as_id).await?;
    let (now, by) = (admin.now(), admin.actor());
    let restored = restore_connection(admin.store(), id, number, as_id, now, by);
    match restored.await? {
        Restoration::Done(kept) => Ok(of_copy(&kept, Effects::default())),
        Restoration::Taken => Err(AdminError::NotFree(as_id.clone())),
        Restoration::NoCopy => Err(AdminError::NoCopy {
            id: id.clone(),
            known: Vec::new(),
        }),
    }
}

fn of_copy(kept: &KeptConnection, others: Effects) -> Effects {
    Effects {
        users: kept.users,
        groups: kept.groups,
        tokens: kept.tokens,
        ..others
    }
}
