//! The sessions that a logout of the identity provider ends.

use jiff::Timestamp;

use crate::connection::ConnectionId;
use crate::directory::Whose;
use crate::saml::ReplayKey;
use crate::saml::logout::LogoutOrder;
use crate::saml::logout::ValidatedLogout;

/// The owners of the sessions that a logout ends, within one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum LogoutScope {
    /// The sessions with these indexes, as far as they are this person's, or the index is the ID of the assertion that
    /// opened the session.
    ///
    /// Entra's broadcast may carry another `NameID` than the assertion did, and its index is the assertion's own ID. An
    /// identity provider that gives everybody the index "1" ends the named person's sessions alone.
    Sessions {
        /// Their indexes.
        indexes: Vec<String>,
        /// The person's NameID value; `None` where the request encrypts it: the indexes decide alone then, since a
        /// session too few would be worse than one too many.
        name_id: Option<String>,
    },
    /// All sessions of the person with this NameID value (SAML 2.0 Core §3.7.3).
    Person(String),
}

impl LogoutScope {
    /// The scope of an order of the identity provider.
    pub(crate) fn of(order: &LogoutOrder) -> LogoutScope {
        let name_id = order.name_id().map(|name_id| name_id.value.clone());
        match (order.session_indexes(), name_id) {
            ([], Some(name_id)) => LogoutScope::Person(name_id),
            (indexes, name_id) => LogoutScope::Sessions {
                indexes: indexes.to_vec(),
                name_id,
            },
        }
    }
}

/// A logout on the point of being carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ending {
    /// The request; it may be used once.
    pub request: ReplayKey,
    /// Until when the request must be remembered.
    pub until: Timestamp,
    /// The connection that it came over.
    pub connection: ConnectionId,
    /// The sessions that it means.
    pub scope: LogoutScope,
}

impl Ending {
    /// The sessions that it means.
    pub(super) fn whose(&self) -> Whose {
        let connection = self.connection.clone();
        match &self.scope {
            LogoutScope::Person(name_id) => Whose::Person(connection, name_id.clone()),
            LogoutScope::Sessions { indexes, name_id } => Whose::Indexes {
                connection,
                indexes: indexes.clone(),
                name_id: name_id.clone(),
            },
        }
    }

    /// The ending that a validated request asks of the store, and its order for once the store has admitted it.
    #[cfg_attr(
        not(feature = "server"),
        expect(dead_code, reason = "only the edge ends sessions")
    )]
    pub(crate) fn of(
        validated: ValidatedLogout,
        connection: &ConnectionId,
    ) -> (Ending, LogoutOrder) {
        let admissible = validated.admissible();
        let ending = Ending {
            request: admissible.key,
            until: admissible.until,
            connection: connection.clone(),
            scope: LogoutScope::of(&admissible.order),
        };
        (ending, admissible.order)
    }
}

/// The result of a logout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    /// So many sessions are over.
    Sessions(u64),
    /// The request was used before, so nothing was ended.
    Replayed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logout_means_the_sessions_of_its_connection_by_person_or_by_index() {
        let acme: ConnectionId = "acme".parse().unwrap();
        let whose = |scope| {
            let ending = Ending {
                request: ReplayKey::of("https://idp.example/", "_1"),
                until: Timestamp::UNIX_EPOCH,
                connection: acme.clone(),
                scope,
            };
            ending.whose()
        };
        let (ada, indexes) = ("ada".to_owned(), vec!["_a".to_owned(), "_b".to_owned()]);
        assert_eq!(
            whose(LogoutScope::Person(ada.clone())),
            Whose::Person(acme.clone(), ada.clone())
        );
        for name_id in [Some(ada), None] {
            let scope = LogoutScope::Sessions {
                indexes: indexes.clone(),
                name_id: name_id.clone(),
            };
            let expected = Whose::Indexes {
                connection: acme.clone(),
                indexes: indexes.clone(),
                name_id,
            };
            assert_eq!(whose(scope), expected);
        }
    }
}
