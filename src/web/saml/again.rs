//! A response that came a second time, by the Back button, a reload or a double click: it opens nothing, and leads on whoever
//! has signed on by it.

use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::Response;

use super::outgoing::redirect;
use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::site::PersonMark;
use crate::site::SignOnError;
use crate::site::reasons::remedy;
use crate::web::Entrada;
use crate::web::login_params::LoginParams;
use crate::web::pages::Page;
use crate::web::pages::Phrase;
use crate::web::pages::Reference;
use crate::web::request_session::live_session;

pub(super) struct CameAgain<'a> {
    pub(super) connection: &'a str,
    pub(super) path: &'a ReturnPath,
    /// The person who signs on by it, where its signature holds.
    pub(super) person: Option<&'a PersonMark>,
    /// The reason that it opens nothing.
    pub(super) code: &'static str,
}

/// The refusals of a response that came too late or a second time.
pub(super) const CODES: [&str; 3] = ["request-unknown", "request-expired", "replayed"];

impl CameAgain<'_> {
    /// Leads a person on whom this browser shows to be signed on by the response. Of another session that is live here the
    /// page says so, and leaves it to the person. All that it grants is a link to a page of this site.
    pub(super) async fn lead_on(
        &self,
        entrada: &Entrada,
        headers: &HeaderMap,
    ) -> Result<Option<Response>, SignOnError> {
        let Some(session) = live_session(entrada, headers).await? else {
            return Ok(None);
        };
        let (connection, code) = (self.connection, self.code);
        let marks = &entrada.inner.site.sign_ons.marks;
        let fits = marks.fit(&session, connection, self.person);
        let session = &session.record().id;
        tracing::info!(event = "response-came-again", connection, %session, code, fits, "a response came again where somebody is signed on");
        Ok(Some(match fits {
            true => redirect(entrada.base_url(), self.path),
            false => somebody_else(entrada.base_url(), self.path),
        }))
    }

    /// A page that goes on to where the session is looked at: its cookie does not come along with the identity provider's
    /// cross-site POST, but with a page of our own. Nothing is said of a refusal before that. The response opens nothing, which
    /// the status says to machines.
    pub(super) fn look_again(&self, base_url: &BaseUrl) -> Response {
        let (connection, code) = (self.connection, self.code);
        tracing::info!(
            event = "response-came-again",
            connection,
            code,
            "a response came again: it is looked whether somebody is signed on"
        );
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return", self.path.as_str());
        query.append_pair("code", code);
        if let Some(person) = self.person {
            query.append_pair("person", person.text());
        }
        let query = query.finish();
        let next = format!("{base_url}/saml/{connection}/acs?{query}");
        let page = Page::CameAgain {
            to: next.clone(),
            reference: Reference::of(code),
        };
        page.going_on(StatusCode::FORBIDDEN, &next)
    }

    pub(super) fn refuse(&self, entrada: &Entrada) -> Response {
        let (connection, code) = (self.connection, self.code);
        entrada.outcomes().count(code);
        let reference = Reference::of(code);
        tracing::warn!(
            event = "refused",
            action = "sign-on",
            connection,
            request = reference.number,
            code,
            remedy = remedy(code),
            "sign-on refused"
        );
        let login = format!("{}/saml/login", entrada.base_url());
        let page = Page::Refused {
            title: Phrase::SignInFailed,
            advice: Phrase::TookTooLongNotSignedIn,
            sign_in: Some(LoginParams::returning(self.path, None).at(&login)),
            reference,
        };
        page.answer(StatusCode::FORBIDDEN)
    }
}

/// Says that a session is live here that is not the one of the response.
fn somebody_else(base_url: &BaseUrl, path: &ReturnPath) -> Response {
    let page = Page::SomebodyElse {
        to: base_url.local(path).as_str().to_owned(),
        sign_out: format!("{base_url}/saml/logout"),
    };
    page.answer(StatusCode::FORBIDDEN)
}
