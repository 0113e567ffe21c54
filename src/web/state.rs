//! The state of an app, out of which extractors have the service provider.

use std::sync::Arc;

use axum::extract::FromRef;

use super::Entrada;

/// A state of an app that gives [`Entrada`]: [`CurrentUser`](crate::web::CurrentUser) and the other extractors ask for it.
///
/// [`Entrada`] itself is one. A state of your own is one by `FromRef`, and so is an [`Arc`] of it:
///
/// ```
/// use axum::extract::{FromRef, State};
/// use entrada::prelude::*;
///
/// #[derive(Clone)]
/// struct AppState {
///     entrada: Entrada,
///     greeting: String,
/// }
///
/// impl FromRef<AppState> for Entrada {
///     fn from_ref(state: &AppState) -> Entrada {
///         state.entrada.clone()
///     }
/// }
///
/// async fn hello(user: CurrentUser, State(state): State<AppState>) -> String {
///     format!("{}, {}", state.greeting, user.name_id())
/// }
/// # fn is_a_handler<S>(_: impl axum::handler::Handler<S, AppState>) {}
/// # is_a_handler(hello);
/// ```
#[diagnostic::on_unimplemented(
    message = "the state `{Self}` of the app gives no `Entrada`: write `impl axum::extract::FromRef<{Self}> for entrada::web::Entrada {{ fn from_ref(state: &{Self}) -> Self {{ state.entrada.clone() }} }}`",
    label = "needs `Entrada` out of the state `{Self}`",
    note = "of a state `Arc<T>`, write it for `T`; the state `()` has no place for it: end the router with `.with_state(entrada)`"
)]
pub trait GivesEntrada {
    /// The service provider.
    fn entrada(&self) -> Entrada;
}

#[diagnostic::do_not_recommend]
impl<S> GivesEntrada for S
where
    Entrada: FromRef<S>,
{
    fn entrada(&self) -> Entrada {
        Entrada::from_ref(self)
    }
}

/// Nobody can write `FromRef` for it: neither of the types is the app's.
impl<T: GivesEntrada> GivesEntrada for Arc<T> {
    fn entrada(&self) -> Entrada {
        T::entrada(self)
    }
}

/// A state that routers with [`Entrada::routes`] may have: one that gives [`Entrada`], or `()`, where other routers have brought theirs.
/// An app whose state gives none hears of it here, and not only from `axum` about its handlers. The compiler finds `Kind` by itself.
#[diagnostic::on_unimplemented(
    message = "the state `{Self}` of the app gives no `Entrada`: write `impl axum::extract::FromRef<{Self}> for entrada::web::Entrada {{ fn from_ref(state: &{Self}) -> Self {{ state.entrada.clone() }} }}`",
    label = "a router with these routes has the state `{Self}`, out of which handlers take `CurrentUser`",
    note = "of a state `Arc<T>`, write it for `T`; a router without such handlers merges them behind `.with_state(…)`"
)]
pub trait RouterState<Kind> {}

// Two impls, so that the compiler tries both and refuses here: from one it would go on to `GivesEntrada`, which a handler has failed
// already, and say nothing more.
#[diagnostic::do_not_recommend]
impl<S: GivesEntrada> RouterState<Entrada> for S {}

/// Of `()` alone.
#[diagnostic::do_not_recommend]
impl<S> RouterState<()> for S where (): From<S> {}
