//! A guard as an argument of a handler.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::OptionalFromRequestParts;
use axum::http::request::Parts;

use super::guarding::admit;
use super::refusal::NotPermitted;
use crate::session::Rule;
use crate::site::GuardError;
use crate::site::Required;
use crate::web::CurrentUser;
use crate::web::Entrada;
use crate::web::GivesEntrada;
use crate::web::request_session::RequestSession;

/// A type of yours that says its rule. A handler asks for it with [`Permitted`].
pub trait Requirement: Send + Sync + 'static {
    /// The rule. It is asked for once in a process.
    fn rule() -> Rule;
}

/// A person whom the rule of `R` permits, as an argument of a handler. `Option<Permitted<R>>` is `None` for everybody
/// else. It dereferences to [`CurrentUser`], and refuses as [`Guard`](super::Guard) does.
///
/// The rule is bound to a connection, if it names none, and its names are settled at the first request that asks for it;
/// [`Entrada::prepare`] does that earlier, when the app starts, and says what is wrong with it. While a rule cannot be bound, who
/// is signed on gets 500 (`guard-unbound`).
///
/// ```
/// use entrada::prelude::*;
///
/// struct Board;
///
/// impl Requirement for Board {
///     fn rule() -> Rule {
///         Rule::group("Board").and(Rule::connection("acme"))
///     }
/// }
///
/// async fn minutes(user: Permitted<Board>) -> String {
///     format!("The minutes, for {}", user.name_id())
/// }
/// ```
pub struct Permitted<R> {
    user: CurrentUser,
    requirement: PhantomData<fn() -> R>,
}

impl<R> Permitted<R> {
    fn of(user: CurrentUser) -> Permitted<R> {
        Permitted {
            user,
            requirement: PhantomData,
        }
    }
}

impl<R> Clone for Permitted<R> {
    fn clone(&self) -> Permitted<R> {
        Permitted::of(self.user.clone())
    }
}

impl<R> fmt::Debug for Permitted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permitted").field(&self.user).finish()
    }
}

impl<R> Deref for Permitted<R> {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.user
    }
}

impl<S, R> FromRequestParts<S> for Permitted<R>
where
    S: GivesEntrada + Send + Sync,
    R: Requirement,
{
    type Rejection = NotPermitted;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotPermitted> {
        let entrada = state.entrada();
        let required = match required::<R>(&entrada).await {
            Ok(required) => required,
            Err(error) => return Err(not_built::<R>(parts, &entrada, error).await),
        };
        let user = admit(&required, parts, &entrada).await?;
        Ok(Permitted::of(user))
    }
}

impl<S, R> OptionalFromRequestParts<S> for Permitted<R>
where
    S: GivesEntrada + Send + Sync,
    R: Requirement,
{
    type Rejection = NotPermitted;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, NotPermitted> {
        let admitted =
            <Permitted<R> as FromRequestParts<S>>::from_request_parts(parts, state).await;
        match admitted {
            Ok(permitted) => Ok(Some(permitted)),
            Err(refusal) if refusal.is_of_the_site() => Err(refusal),
            Err(_) => Ok(None),
        }
    }
}

impl Entrada {
    /// Binds the rule of a [`Requirement`] and settles its names now, and not at the first request that asks for it.
    ///
    /// Fails as [`Entrada::require`] does.
    pub async fn prepare<R: Requirement>(&self) -> Result<(), GuardError> {
        required::<R>(self).await.map(drop)
    }
}

/// Turns somebody away whose request needs a rule that cannot be built. The reason is logged once.
async fn not_built<R: Requirement>(
    parts: &mut Parts,
    entrada: &Entrada,
    error: GuardError,
) -> NotPermitted {
    let error = match error {
        GuardError::Store(error) => return NotPermitted::store(parts, entrada, &error),
        GuardError::Unbound(error) => error,
    };
    if entrada.inner.requirements.is_news(TypeId::of::<R>()) {
        tracing::error!(event = "guard-closed", %error, "a guard is closed to everybody");
    }
    match RequestSession::of(parts, entrada).await {
        Err(error) => NotPermitted::store(parts, entrada, &error),
        Ok(Some(check)) if check.session().is_some() => NotPermitted::unbound(),
        Ok(_) => NotPermitted::not_signed_on(parts, entrada),
    }
}

async fn required<R: Requirement>(entrada: &Entrada) -> Result<Arc<Required>, GuardError> {
    let (requirements, site) = (&entrada.inner.requirements, &entrada.inner.site);
    requirements.of(TypeId::of::<R>(), R::rule, site).await
}
