//! A response that came a second time, by the Back button, a reload or a double click: it opens nothing, and leads on whoever
//! has signed on by it.

use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

use super::Entrada;
use super::page;
use super::wish::Wish;
use crate::connection::ConnectionId;
use crate::crypto::sha256;
use crate::saml::NameId;
use crate::saml::ReturnPath;
use crate::session::Session;
use crate::site::SignOnError;
use crate::token::Token;

/// A mark of the person who signs on by a response. Only this process can read it: addresses are kept in histories and logs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PersonMark(String);

impl PersonMark {
    /// The mark as an address brought it.
    pub(super) fn from_text(text: String) -> PersonMark {
        PersonMark(text)
    }
}

/// The maker of the marks of a process.
pub(super) struct Marks(Option<Token>);

impl Default for Marks {
    fn default() -> Marks {
        Marks(Token::random().ok())
    }
}

impl Marks {
    /// The mark of a person of a connection. Without a key it is nobody's.
    pub(super) fn of(&self, connection: &ConnectionId, name: &NameId) -> PersonMark {
        let person = serde_json::to_vec(&(connection, name)).ok();
        let mark = self.0.as_ref().zip(person).map(|(key, person)| {
            let text = format!("{} {:02x?}", key.reveal(), sha256(&person));
            let hash = sha256(text.as_bytes());
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        PersonMark(mark.unwrap_or_default())
    }

    /// True for a session of the person of a mark, where there is one, and of the connection in any case.
    fn fit(&self, session: &Session, connection: &str, person: Option<&PersonMark>) -> bool {
        let of = &session.record().connection;
        let own = || self.of(of, session.name_id());
        of.as_str() == connection && person.is_none_or(|mark| !mark.0.is_empty() && *mark == own())
    }
}

/// A response that came a second time.
pub(super) struct CameAgain<'a> {
    /// The connection that it was posted to.
    pub(super) connection: &'a str,
    /// The page that it would lead to.
    pub(super) path: &'a ReturnPath,
    /// The person who signs on by it, where its signature holds.
    pub(super) person: Option<&'a PersonMark>,
    /// The reason that it opens nothing.
    pub(super) code: &'static str,
}

/// The refusals of a response that came too late or a second time.
pub(super) const CODES: [&str; 3] = ["request-unknown", "request-expired", "replayed"];

impl Entrada {
    /// Leads a person on whom this browser shows to be signed on by the response. Of another session that is live here the
    /// page says so, and leaves it to the person. All that it grants is a link to a page of this site.
    pub(super) async fn led_on(
        &self,
        came: &CameAgain<'_>,
        headers: &HeaderMap,
    ) -> Result<Option<Response>, SignOnError> {
        let Some(session) = self.live_session(headers).await? else {
            return Ok(None);
        };
        let (connection, code) = (came.connection, came.code);
        let fits = self.marks().fit(&session, connection, came.person);
        let session = &session.record().id;
        tracing::info!(connection, %session, code, fits, "a response came again where somebody is signed on");
        Ok(Some(match fits {
            true => self.redirect(came.path),
            false => page::somebody_else(self.base_url(), came.path),
        }))
    }

    /// A page that goes on to where the session is looked at: its cookie does not come along with the identity provider's
    /// cross-site POST, but with a page of our own. Nothing is said of a refusal before that.
    pub(super) fn looks_again(&self, came: &CameAgain<'_>) -> Response {
        let (connection, code) = (came.connection, came.code);
        tracing::info!(
            connection,
            code,
            "a response came again: it is looked whether somebody is signed on"
        );
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return", came.path.as_str());
        query.append_pair("code", came.code);
        if let Some(person) = came.person {
            query.append_pair("person", &person.0);
        }
        let query = query.finish();
        let next = format!("{}/saml/{connection}/acs?{query}", self.base_url());
        page::look_again(code, &next)
    }

    /// Refuses a response that came again to somebody who is not signed on.
    pub(super) fn refuse_again(&self, came: &CameAgain<'_>) -> Response {
        self.outcomes().count(came.code);
        let correlation = page::correlation();
        tracing::warn!(
            connection = came.connection,
            correlation,
            code = came.code,
            "sign-on refused"
        );
        let login = format!("{}/saml/login", self.base_url());
        let login = Wish::returning(came.path, None).at(&login);
        let body = page::came_twice(came.code, &correlation, &login);
        (StatusCode::FORBIDDEN, body).into_response()
    }
}
