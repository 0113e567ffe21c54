//! The scope of a change: whose directory it changes, and by which rules.

use jiff::Timestamp;

use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::GroupChange;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;
use crate::event::Event;
use crate::event::Happened;
use crate::ports::Actor;

/// A connection's directory as one change sees it: the connection, its rules, and the moment of the change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// The connection whose users and groups change.
    pub connection: ConnectionId,
    /// The rules of the connection.
    pub rules: Rules,
    /// The time of the change.
    pub now: Timestamp,
    /// The one who works on the site and makes it, whom the events name; `None` for a client of SCIM and a sign-on.
    pub by: Option<Actor>,
}

/// The rules of a connection for its directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    /// The number of users who may be active at once.
    pub seats: Option<u32>,
    /// The effect on sessions when groups change.
    pub group_change: GroupChange,
    /// The policy of who may sign in. It decides whether provisioning takes over users who came by sign-on.
    pub sign_on: SignOnPolicy,
    /// The rule by which a person finds their user. It decides which of those users provisioning takes over.
    pub link_rule: LinkRule,
}

impl Scope {
    /// The scope of a change of this connection's directory.
    pub fn of(connection: &Connection, now: Timestamp) -> Scope {
        Scope {
            connection: connection.id().clone(),
            rules: Rules {
                seats: connection.scim().seats,
                group_change: connection.scim().group_change,
                sign_on: connection.sign_on().policy,
                link_rule: connection.sign_on().link_rule,
            },
            now,
            by: None,
        }
    }

    /// The scope of a change by the rules that a connection has where nobody set any.
    pub fn by_default(connection: ConnectionId, now: Timestamp) -> Scope {
        Scope {
            connection,
            rules: Rules::default(),
            now,
            by: None,
        }
    }

    /// The scope of the same change by this actor.
    #[must_use]
    pub fn by(self, actor: &Actor) -> Scope {
        Scope {
            by: Some(actor.clone()),
            ..self
        }
    }

    pub(crate) fn event(&self, happened: Happened) -> Event {
        Event::new(&self.connection, self.now, happened).by(self.by.as_ref())
    }
}
