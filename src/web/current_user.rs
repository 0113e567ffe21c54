//! The person who is signed on, as an argument of a handler.

use std::convert::Infallible;
use std::ops::Deref;

use axum::Json;
use axum::extract::FromRef;
use axum::extract::FromRequestParts;
use axum::extract::OptionalFromRequestParts;
use axum::extract::OriginalUri;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use jiff::SignedDuration;

use super::Entrada;
use super::sign_on::SKEW;
use super::wish::Wish;
use crate::ports::StoreError;
use crate::saml::ReturnPath;
use crate::session::Session;

/// The person who is signed on.
///
/// As an argument of a handler it lets only them in: a browser is sent to sign on and comes back to the page
/// it asked for; anything else gets 401. `Option<CurrentUser>` lets everybody in. The store is asked once for
/// each request, so a session that was ended elsewhere is over with the next click.
///
/// It dereferences to the [`Session`]; nothing but a live session makes one:
///
/// ```compile_fail,E0451
/// fn forge(session: entrada::session::Session) -> entrada::web::CurrentUser {
///     entrada::web::CurrentUser { session }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct CurrentUser {
    session: Session,
}

impl Deref for CurrentUser {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl CurrentUser {
    async fn of(parts: &Parts, entrada: &Entrada) -> Result<Option<CurrentUser>, StoreError> {
        let Some(token) = entrada.cookies().session(&parts.headers) else {
            return Ok(None);
        };
        let now = entrada.now();
        let record = entrada.store().session(&token.hash(), now).await?;
        Ok(record
            .and_then(|record| Session::resume(record, now))
            .map(|session| CurrentUser { session }))
    }
}

impl<S> FromRequestParts<S> for CurrentUser
where
    Entrada: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = NotSignedOn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<CurrentUser, NotSignedOn> {
        let entrada = Entrada::from_ref(state);
        match CurrentUser::of(parts, &entrada).await {
            Ok(Some(user)) => Ok(user),
            Ok(None) if is_browser(parts) => Err(NotSignedOn(Kind::Browser(login_address(
                parts, &entrada, None,
            )))),
            Ok(None) => Err(NotSignedOn(Kind::Client)),
            Err(error) => Err(NotSignedOn::store(&error)),
        }
    }
}

impl<S> OptionalFromRequestParts<S> for CurrentUser
where
    Entrada: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = NotSignedOn;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<CurrentUser>, NotSignedOn> {
        CurrentUser::of(parts, &Entrada::from_ref(state))
            .await
            .map_err(|error| NotSignedOn::store(&error))
    }
}

/// The service provider is its own state, so an app may have it as an extractor.
impl FromRequestParts<Entrada> for Entrada {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &Entrada) -> Result<Entrada, Infallible> {
        Ok(state.clone())
    }
}

/// A browser asks for a page; a program does not, and a form that is posted has nothing to come back to.
fn is_browser(parts: &Parts) -> bool {
    let accept = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    parts.method == Method::GET && accept.contains("text/html")
}

/// Where a browser signs on, to come back to the page that it asked for.
fn login_address(parts: &Parts, entrada: &Entrada, max_age: Option<u32>) -> String {
    let original = parts.extensions.get::<OriginalUri>();
    let uri = original.map_or(&parts.uri, |original| &original.0);
    let wanted = uri.path_and_query().map_or("/", |path| path.as_str());
    let wanted = ReturnPath::parse(wanted).unwrap_or_else(ReturnPath::root);
    Wish::returning(&wanted, max_age).at(&format!("{}/saml/login", entrada.base_url()))
}

/// A person who proved who they are at most `MINUTES` ago: a guard for what is dangerous.
///
/// Whoever is signed on but proved it earlier is sent to prove it anew (`ForceAuthn`), and the answer is held to that:
/// an identity provider that overlooks the wish is refused (`authn-too-old`). The clocks may be three minutes apart.
/// It dereferences to the [`Session`], as [`CurrentUser`] does.
///
/// ```
/// use entrada::web::RecentUser;
///
/// async fn delete_everything(user: RecentUser<5>) -> String {
///     format!("deleted by {}", user.name_id())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RecentUser<const MINUTES: u32>(CurrentUser);

impl<const MINUTES: u32> Deref for RecentUser<MINUTES> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl<S, const MINUTES: u32> FromRequestParts<S> for RecentUser<MINUTES>
where
    Entrada: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = NotSignedOn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotSignedOn> {
        let entrada = Entrada::from_ref(state);
        let found = CurrentUser::of(parts, &entrada).await;
        let user = found.map_err(|error| NotSignedOn::store(&error))?;
        let oldest = SignedDuration::from_mins(i64::from(MINUTES)) + SKEW.duration();
        let recent = |user: &CurrentUser| {
            entrada.now().duration_since(user.record().authn_instant) <= oldest
        };
        match user.filter(recent) {
            Some(user) => Ok(RecentUser(user)),
            None if is_browser(parts) => {
                let address = login_address(parts, &entrada, Some(MINUTES));
                Err(NotSignedOn(Kind::Browser(address)))
            }
            None => Err(NotSignedOn(Kind::Client)),
        }
    }
}

/// Nobody is signed on. As a response: a redirect to sign-on for a browser, 401 for a program, 503 when the
/// store does not answer.
#[derive(Debug)]
pub struct NotSignedOn(Kind);

#[derive(Debug)]
enum Kind {
    Browser(String),
    Client,
    Store,
}

impl NotSignedOn {
    fn store(error: &StoreError) -> NotSignedOn {
        tracing::error!(%error, "the session could not be looked up");
        NotSignedOn(Kind::Store)
    }
}

impl IntoResponse for NotSignedOn {
    fn into_response(self) -> Response {
        let refuse = |status: StatusCode, code: &str| {
            (status, Json(serde_json::json!({ "error": code }))).into_response()
        };
        match self.0 {
            Kind::Browser(address) => (
                [(header::CACHE_CONTROL, "no-store")],
                Redirect::to(&address),
            )
                .into_response(),
            Kind::Client => {
                let mut response = refuse(StatusCode::UNAUTHORIZED, "not-signed-on");
                let challenge = header::HeaderValue::from_static("Cookie realm=\"entrada\"");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
                response
            }
            Kind::Store => refuse(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable"),
        }
    }
}
