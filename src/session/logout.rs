//! The sessions that a logout of the identity provider ends.

use jiff::Timestamp;

use crate::connection::ConnectionId;
use crate::directory::SessionSelection;
use crate::saml::ReplayKey;
use crate::saml::logout::LogoutOrder;
use crate::saml::logout::ValidatedLogout;

/// A logout on the point of being carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Logout {
    /// The request; it may be used once.
    pub request: ReplayKey,
    /// Until when the request must be remembered.
    pub until: Timestamp,
    /// The sessions that it ends.
    pub sessions: SessionSelection,
}

impl Logout {
    /// The logout that a validated request asks of the store, and its order for once the store has admitted it.
    pub(crate) fn of(
        validated: ValidatedLogout,
        connection: &ConnectionId,
    ) -> (Logout, LogoutOrder) {
        let admissible = validated.admissible();
        let order = admissible.order;
        let name_id = order.name_id().map(|name_id| name_id.value.clone());
        let logout = Logout {
            request: admissible.key,
            until: admissible.until,
            sessions: sessions(connection.clone(), order.session_indexes(), name_id),
        };
        (logout, order)
    }
}

/// The sessions that an order means: those with its indexes, as far as they are the person's, or the index is the ID of the
/// assertion that opened the session; without indexes all of the person (SAML 2.0 Core §3.7.3). Entra's broadcast may carry
/// another `NameID` than the assertion did, and its index is the assertion's own ID. An identity provider that gives everybody
/// the index "1" ends the named person's sessions alone. Where the name is encrypted, the indexes decide alone: a session too
/// few would be worse than one too many.
fn sessions(
    connection: ConnectionId,
    indexes: &[String],
    name_id: Option<String>,
) -> SessionSelection {
    match (indexes, name_id) {
        ([], Some(name_id)) => SessionSelection::Person(connection, name_id),
        (indexes, name_id) => SessionSelection::Indexes {
            connection,
            indexes: indexes.to_vec(),
            name_id,
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LogoutOutcome {
    Ended(u64),
    /// The request was used before, so nothing was ended.
    Replayed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logout_means_the_sessions_of_its_connection_by_person_or_by_index() {
        let acme: ConnectionId = "acme".parse().unwrap();
        let (ada, both) = ("ada".to_owned(), ["_a".to_owned(), "_b".to_owned()]);
        assert_eq!(
            sessions(acme.clone(), &[], Some(ada.clone())),
            SessionSelection::Person(acme.clone(), ada.clone())
        );
        for (indexes, name_id) in [(&both[..], Some(ada)), (&both[..], None), (&[][..], None)] {
            let expected = SessionSelection::Indexes {
                connection: acme.clone(),
                indexes: indexes.to_vec(),
                name_id: name_id.clone(),
            };
            assert_eq!(sessions(acme.clone(), indexes, name_id), expected);
        }
    }
}
