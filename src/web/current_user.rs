//! The person who is signed on, as an argument of a handler.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::OptionalFromRequestParts;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use jiff::SignedDuration;

use super::Entrada;
use super::GivesEntrada;
use super::cookie::doubled;
use super::cookie::header::SetCookies;
use super::login_params::LoginParams;
use super::pages::Page;
use super::pages::Phrase;
use super::pages::Reference;
use super::recipient::Recipient;
use super::recipient::is_browser;
use super::recipient::refuse;
use super::request_session::RequestSession;
use crate::ports::StoreError;
use crate::saml::ClockSkew;
use crate::session::Group;
use crate::session::Session;

/// The person who is signed on.
///
/// As an argument of a handler it lets only them in: a browser is sent to sign on and comes back to the page
/// it asked for; anything else gets 401. `Option<CurrentUser>` lets everybody in. The store is asked once for
/// each request, however many handlers and guards want to know, so a session that was ended elsewhere is over with the
/// next click.
///
/// It dereferences to the [`Session`]; nothing but a live session makes one:
///
/// ```compile_fail,E0451
/// use std::sync::Arc;
///
/// use entrada::session::Session;
/// use entrada::web::{CurrentUser, Entrada};
///
/// fn forge(session: Arc<Session>, entrada: Entrada) -> CurrentUser {
///     CurrentUser { session, entrada }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct CurrentUser {
    session: Arc<Session>,
    entrada: Entrada,
}

impl Deref for CurrentUser {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl CurrentUser {
    /// For those who have it from the check, which has found it live.
    pub(super) fn of(session: Arc<Session>, entrada: &Entrada) -> CurrentUser {
        CurrentUser {
            session,
            entrada: entrada.clone(),
        }
    }

    /// The person's groups, as they are now: those of the directory, by name, and then those that the identity provider
    /// claimed at sign-on and the directory does not have, in the order of the claim. About a group that it has, the
    /// directory decides: a claim beside it counts for nothing. Where nobody is provisioned, all are claims.
    ///
    /// Each call asks the store.
    ///
    /// ```
    /// use entrada::ports::StoreError;
    /// use entrada::session::MembershipKind;
    /// use entrada::web::CurrentUser;
    ///
    /// async fn my_groups(user: CurrentUser) -> Result<String, StoreError> {
    ///     let groups = user.groups().await?;
    ///     let named = groups.iter().filter(|group| group.standing != MembershipKind::Claimed);
    ///     Ok(named.map(|group| group.label()).collect::<Vec<_>>().join(", "))
    /// }
    /// ```
    ///
    /// # Errors
    /// A store that does not answer, and a person of more than [`SCAN`](crate::directory::SCAN) (10,000) provisioned groups;
    /// as a response that is 503.
    pub async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.entrada.inner.site.sessions.groups(self).await
    }

    pub(super) fn site(&self) -> &Entrada {
        &self.entrada
    }

    /// The person of a request, who proved who they are at most so many minutes ago, or else at any time.
    async fn admitted(
        parts: &mut Parts,
        entrada: &Entrada,
        max_age: Option<u32>,
    ) -> Result<CurrentUser, NotSignedOn> {
        let recent = |user: &CurrentUser| {
            let age = entrada.now().duration_since(user.record().authn_instant);
            let most = |minutes| SignedDuration::from_mins(i64::from(minutes));
            max_age.is_none_or(|minutes| age <= most(minutes) + ClockSkew::COMMON.duration())
        };
        let user = CurrentUser::asked(parts, entrada).await?;
        let user = user.filter(recent);
        user.ok_or_else(|| NotSignedOn::of(parts, entrada, max_age))
    }

    async fn asked(
        parts: &mut Parts,
        entrada: &Entrada,
    ) -> Result<Option<CurrentUser>, NotSignedOn> {
        let check = RequestSession::of(parts, entrada).await;
        let check = check.map_err(|error| NotSignedOn::store(parts, entrada, &error))?;
        let session = check.as_ref().and_then(RequestSession::session);
        Ok(session.map(|session| CurrentUser::of(session.clone(), entrada)))
    }
}

/// A handler may end with it: the log has the reason, and whoever asked gets 503.
impl IntoResponse for StoreError {
    fn into_response(self) -> Response {
        tracing::error!(event = "store-failed", error = %self, "a request could not be answered");
        refuse(StatusCode::SERVICE_UNAVAILABLE, STORE_UNAVAILABLE)
    }
}

impl<S> FromRequestParts<S> for CurrentUser
where
    S: GivesEntrada + Send + Sync,
{
    type Rejection = NotSignedOn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<CurrentUser, NotSignedOn> {
        CurrentUser::admitted(parts, &state.entrada(), None).await
    }
}

impl<S> OptionalFromRequestParts<S> for CurrentUser
where
    S: GivesEntrada + Send + Sync,
{
    type Rejection = NotSignedOn;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<CurrentUser>, NotSignedOn> {
        CurrentUser::asked(parts, &state.entrada()).await
    }
}

/// A handler may have the service provider as an argument, whatever state gives it.
impl<S> FromRequestParts<S> for Entrada
where
    S: GivesEntrada + Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Entrada, Infallible> {
        Ok(state.entrada())
    }
}

/// The code of a store that does not answer.
const STORE_UNAVAILABLE: &str = "store-unavailable";

/// The address at which a browser signs on, to come back to the page that it asked for.
fn login_address(parts: &Parts, entrada: &Entrada, max_age: Option<u32>) -> String {
    let wanted = entrada.inner.mount.path_in_browser(parts);
    LoginParams::returning(&wanted, max_age).at(&format!("{}/saml/login", entrada.base_url()))
}

/// A person who proved who they are at most `MINUTES` ago: a guard for what is dangerous.
///
/// A person who is signed on but proved it earlier is sent to prove it anew (`ForceAuthn`), and the answer is held to that:
/// an identity provider that overlooks the request is refused (`authn-too-old`). The clocks may be three minutes apart.
/// It dereferences to [`CurrentUser`].
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
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl<S, const MINUTES: u32> FromRequestParts<S> for RecentUser<MINUTES>
where
    S: GivesEntrada + Send + Sync,
{
    type Rejection = NotSignedOn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotSignedOn> {
        let entrada = state.entrada();
        let admitted = CurrentUser::admitted(parts, &entrada, Some(MINUTES));
        admitted.await.map(RecentUser)
    }
}

/// Nobody is signed on. As a response: a redirect to sign-on for a browser, 401 for a program, and 503 with `Retry-After` when the
/// store does not answer, as a page for a browser.
#[derive(Debug)]
pub struct NotSignedOn {
    kind: Kind,
    /// Takes away what cannot be told apart.
    cookies: SetCookies,
}

#[derive(Debug)]
enum Kind {
    Browser(String),
    Client,
    Store(Box<Recipient>, Reference),
}

impl NotSignedOn {
    /// A browser goes to sign on if it can come back: a form that is posted has nothing to come back to.
    pub(super) fn of(parts: &Parts, entrada: &Entrada, max_age: Option<u32>) -> NotSignedOn {
        let kind = match is_browser(parts) && parts.method == Method::GET {
            true => Kind::Browser(login_address(parts, entrada, max_age)),
            false => Kind::Client,
        };
        NotSignedOn {
            kind,
            cookies: doubled::removal(parts),
        }
    }

    pub(super) fn store(parts: &Parts, entrada: &Entrada, error: &StoreError) -> NotSignedOn {
        let reference = Reference::of(STORE_UNAVAILABLE);
        let request = &reference.number;
        tracing::error!(event = "store-failed", request, %error, "the session could not be looked up");
        NotSignedOn {
            kind: Kind::Store(Box::new(Recipient::of(parts, entrada)), reference),
            cookies: SetCookies::default(),
        }
    }
}

impl IntoResponse for NotSignedOn {
    fn into_response(self) -> Response {
        let response = match self.kind {
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
            Kind::Store(recipient, reference) => {
                let page = Page::Refused {
                    title: Phrase::NotNow,
                    advice: Phrase::StoreIsAway,
                    sign_in: None,
                    reference,
                };
                recipient.refuse(StatusCode::SERVICE_UNAVAILABLE, STORE_UNAVAILABLE, page)
            }
        };
        (self.cookies, response).into_response()
    }
}
