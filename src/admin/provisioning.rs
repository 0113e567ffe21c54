//! The beginning of provisioning: with the first credential or user of a connection the directory decides who may sign on.

use super::Admin;
use super::Done;
use super::connections;
use super::connections::Edit;
use super::effects;
use super::effects::Effects;
use super::sessions::WhoseSessions;
use crate::connection::Connection;
use crate::connection::ConnectionId;

/// The effects of a connection's first credential or user on those who use the app already.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Beginning {
    /// True if provisioning begins with it.
    pub is_first: bool,
    /// True if the connection lets in others than those who are provisioned from then on, since people have signed on over it.
    pub switches: bool,
    /// Live sessions of nobody in the directory: they end.
    pub sessions: u64,
}

impl Beginning {
    /// The numbers of what it takes away.
    pub(crate) fn effects(&self) -> Effects {
        Effects {
            sessions: self.sessions,
            ..Effects::default()
        }
    }
}

/// Finds out what a credential or a user of a connection begins; writes nothing. Fails where the store does.
pub async fn foresee(admin: &Admin, connection: &Connection) -> Done<Beginning> {
    let (store, id) = (admin.store(), connection.id());
    if store.provisioned().await?.contains(id) {
        return Ok(Beginning::default());
    }
    let policy = connection.sign_on().policy;
    let has_signed_on = store.has_signed_on(id).await?;
    // Without a user in the directory, all sessions are of nobody in it.
    let whose = WhoseSessions {
        connection: Some(id.clone()),
        ..WhoseSessions::default()
    };
    Ok(Beginning {
        is_first: true,
        switches: policy.once_provisioned(has_signed_on) != policy,
        sessions: effects::of_sessions(admin, &whose).await?.sessions,
    })
}

/// Readies a connection for its first credential or user: where people have signed on over it, they come in from then on too. It is
/// done before provisioning begins, so that nobody is shut out in between. Fails on an unknown connection, and where the store does.
pub async fn begin(admin: &Admin, id: &ConnectionId) -> Done<(Connection, Beginning)> {
    let connection = connections::one(admin, id).await?;
    let beginning = foresee(admin, &connection).await?;
    if !beginning.switches {
        return Ok((connection, beginning));
    }
    let edit = Edit::of_other_settings(|present| {
        let policy = present.sign_on().policy.once_provisioned(true);
        Ok(present.clone().into_builder().sign_on(policy).build()?)
    });
    let changed = connections::change(admin, id, &edit).await?;
    Ok((changed.connection, beginning))
}
