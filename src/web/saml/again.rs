//! A response that came a second time, by the Back button, a reload or a double click: it opens nothing, and leads on whoever
//! has signed on by it.

use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::saml::ReturnPath;
use crate::site::PersonMark;
use crate::site::SignOnError;
use crate::web::Entrada;
use crate::web::ui;
use crate::web::wish::LoginParams;

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
        let fits = self
            .inner
            .site
            .sign_ons
            .fits(&session, connection, came.person);
        let session = &session.record().id;
        tracing::info!(connection, %session, code, fits, "a response came again where somebody is signed on");
        Ok(Some(match fits {
            true => self.redirect(came.path),
            false => ui::somebody_else(self.base_url(), came.path),
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
            query.append_pair("person", person.text());
        }
        let query = query.finish();
        let next = format!("{}/saml/{connection}/acs?{query}", self.base_url());
        ui::look_again(code, &next)
    }

    /// Refuses a response that came again to somebody who is not signed on.
    pub(super) fn refuse_again(&self, came: &CameAgain<'_>) -> Response {
        self.outcomes().count(came.code);
        let correlation = ui::correlation();
        tracing::warn!(
            connection = came.connection,
            correlation,
            code = came.code,
            "sign-on refused"
        );
        let login = format!("{}/saml/login", self.base_url());
        let login = LoginParams::returning(came.path, None).at(&login);
        let body = ui::came_twice(came.code, &correlation, &login);
        (StatusCode::FORBIDDEN, body).into_response()
    }
}
