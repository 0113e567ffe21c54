//! Whose directory a change is of, and by which rules.

use jiff::Timestamp;

use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::GroupChange;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;

/// A connection's directory as one change sees it: the connection, its rules, and the moment of the change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// Whose users and groups.
    pub connection: ConnectionId,
    /// By which rules.
    pub rules: Rules,
    /// When.
    pub now: Timestamp,
}

/// What a connection rules of its directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    /// How many users may be active at once.
    pub seats: Option<u32>,
    /// What becomes of sessions when groups change.
    pub group_change: GroupChange,
    /// Who may sign in, and so whether provisioning takes over users who came by sign-on.
    pub sign_on: SignOnPolicy,
    /// How a person finds their user, and so which of those it is.
    pub link_rule: LinkRule,
}

impl Scope {
    /// The scope of a change of this connection's directory.
    pub fn of(connection: &Connection, now: Timestamp) -> Scope {
        Scope {
            connection: connection.id().clone(),
            rules: Rules {
                seats: connection.seats(),
                group_change: connection.group_change(),
                sign_on: connection.sign_on(),
                link_rule: connection.link_rule(),
            },
            now,
        }
    }

    /// The scope of a change by the rules that a connection has where nobody set any.
    pub fn by_default(connection: ConnectionId, now: Timestamp) -> Scope {
        Scope {
            connection,
            rules: Rules::default(),
            now,
        }
    }
}
