//! Marks by which a response that came a second time is known to be of the person who is signed on.

use crate::connection::ConnectionId;
use crate::crypto::sha256;
use crate::saml::NameId;
use crate::session::Session;
use crate::text::hex;
use crate::token::Token;

/// A mark of the person who signs on by a response. Only this process can read it: addresses are kept in histories and logs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PersonMark(String);

impl PersonMark {
    pub(crate) fn from_text(text: String) -> PersonMark {
        PersonMark(text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

pub(crate) struct Marks(Option<Token>);

impl Default for Marks {
    fn default() -> Marks {
        Marks(Token::random().ok())
    }
}

impl Marks {
    /// The mark of a person of a connection. Without a key it is nobody's.
    pub(crate) fn of(&self, connection: &ConnectionId, name: &NameId) -> PersonMark {
        let person = serde_json::to_vec(&(connection, name)).ok();
        let mark = self.0.as_ref().zip(person).map(|(key, person)| {
            let text = format!("{} {:02x?}", key.reveal(), sha256(&person));
            hex(&sha256(text.as_bytes()))
        });
        PersonMark(mark.unwrap_or_default())
    }

    /// True for a session of the person of a mark, where there is one, and of the connection in any case.
    pub(crate) fn fit(
        &self,
        session: &Session,
        connection: &str,
        person: Option<&PersonMark>,
    ) -> bool {
        let of = &session.record().connection;
        let own = || self.of(of, session.name_id());
        of.as_str() == connection && person.is_none_or(|mark| !mark.0.is_empty() && *mark == own())
    }
}
