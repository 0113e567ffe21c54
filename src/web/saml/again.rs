//! A response that came a second time, by the Back button, a reload or a double click: it opens nothing, and leads on whoever
//! has signed on by it.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use maud::Markup;
use maud::html;

use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::site::PersonMark;
use crate::site::SignOnError;
use crate::web::Entrada;
use crate::web::login_params::LoginParams;
use crate::web::page::for_administrators;
use crate::web::page::page;
use crate::web::page::redirect;
use crate::web::page::reference;
use crate::web::refusal::RefusedAction;
use crate::web::request_id;
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
            false => forbidden(somebody_else(entrada.base_url(), self.path)),
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
        let said = html! { "The response opens no session: " code { (code) } ". If the person is signed in already, nothing is wrong." };
        let body = html! {
            p { "This page was loaded a second time. You are on your way to where the first time led." }
            p { a href=(next) { "Continue" } }
            (for_administrators(said))
        };
        let mut response = forbidden(page("One moment", body));
        if let Ok(refresh) = HeaderValue::try_from(format!("0; url={next}")) {
            response.headers_mut().insert(header::REFRESH, refresh);
        }
        response
    }

    pub(super) fn refuse(&self, entrada: &Entrada) -> Response {
        let (connection, code) = (self.connection, self.code);
        entrada.outcomes().count(code);
        let request = request_id::current();
        tracing::warn!(
            event = "refused",
            action = "sign-on",
            connection,
            request,
            code,
            "sign-on refused"
        );
        let login = format!("{}/saml/login", entrada.base_url());
        let login = LoginParams::returning(self.path, None).at(&login);
        let body = html! {
            p { "The sign-in took too long, or this page was loaded a second time. You are not signed in." }
            (reference(code, None, &request))
            p { a href=(login) { "Sign in" } }
        };
        forbidden(page(RefusedAction::SignOn.failed(), body))
    }
}

/// Says that a session is live here that is not the one of the response.
fn somebody_else(base_url: &BaseUrl, path: &ReturnPath) -> Markup {
    let body = html! {
        p { "This page was loaded a second time. In this browser somebody is signed in already, and perhaps as another person than this page is about. It changed nothing." }
        p { a href=(base_url.local(path).as_str()) { "Go on as whoever is signed in" } }
        p { a href={ (base_url) "/saml/logout" } { "Sign out" } }
    };
    page("Somebody is signed in here", body)
}

fn forbidden(page: Markup) -> Response {
    (StatusCode::FORBIDDEN, page).into_response()
}
