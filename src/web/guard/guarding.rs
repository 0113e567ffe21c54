//! A guard, and the way in past it.

use std::sync::Arc;

use axum::http::request::Parts;

use super::refusal::NotPermitted;
use crate::session::Rule;
use crate::site::GuardError;
use crate::site::Required;
use crate::web::CurrentUser;
use crate::web::Entrada;
use crate::web::request_session::RequestSession;

/// Lets in whom a [`Rule`] permits: a tower layer for `Router::layer` and `Router::route_layer`; [`Entrada::require`] makes
/// one.
///
/// A browser without a session is sent to sign on and comes back; a program gets 401. A person who is signed on and whom
/// the rule does not permit gets 403: a browser a page that names the code `not-permitted` and no group, a program JSON. A
/// store that fails is 503, and opens nothing. Behind the guard, handlers take [`CurrentUser`] as ever: the session is not
/// looked up again.
///
/// **Names.** A guard follows groups, not names. What a name of the rule stands for is settled once for each connection:
/// when the guard is built, or, where no group has the name then, at the first request after one does. A group that is
/// renamed keeps its door, and the next bearer of the name does not get it. When the group is deleted, the door is closed
/// until the guard is built again. While several groups of a connection share the name, it stands for none.
///
/// **Connections.** A rule that names no connection is bound to the only connection of the site when the guard is built: one
/// that is added later does not widen it. On a site with several, the rule must name one, or say [`Rule::any_connection`].
#[derive(Clone, Debug)]
pub struct Guard {
    pub(super) entrada: Entrada,
    pub(super) required: Arc<Required>,
}

pub(super) async fn admit(
    required: &Required,
    parts: &mut Parts,
    entrada: &Entrada,
) -> Result<CurrentUser, NotPermitted> {
    let check = RequestSession::of(parts, entrada).await;
    let check = check.map_err(|error| NotPermitted::store(parts, entrada, &error))?;
    let signed_on = check
        .as_ref()
        .and_then(|check| Some((check, check.session()?)));
    let Some((check, session)) = signed_on else {
        return Err(NotPermitted::not_signed_on(parts, entrada));
    };
    let groups = check.groups(session);
    let permitted = required.permits(session, entrada.store(), groups).await;
    let permitted = permitted.map_err(|error| NotPermitted::store(parts, entrada, &error))?;
    let user = CurrentUser::of(session.clone(), entrada);
    match permitted {
        true => Ok(user),
        false => {
            let groups = check.count_groups();
            Err(NotPermitted::lacking(parts, &user, required.rule(), groups))
        }
    }
}

impl Entrada {
    /// Builds a guard: binds its rule to a connection, if it names none, and settles which groups its names stand for.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use axum::Router;
    /// use axum::routing::get;
    /// use entrada::prelude::*;
    ///
    /// async fn minutes(user: CurrentUser) -> String {
    ///     format!("The minutes, for {}", user.name_id())
    /// }
    ///
    /// # let store = "memory:";
    /// let entrada = Entrada::builder("https://app.example.com").store(store).build().await?;
    /// let board = Rule::group("Board").or(Rule::role("Auditor"));
    /// # assert!(entrada.require(board.clone()).await.is_err(), "there is no connection");
    /// let board = Rule::connection("acme").and(board);
    /// let app: Router = Router::new()
    ///     .route("/minutes", get(minutes))
    ///     .route_layer(entrada.require(board).await?)
    ///     .merge(entrada.routes())
    ///     .with_state(entrada);
    /// # use axum::body::Body;
    /// # use axum::http::{Request, StatusCode};
    /// # use tower::ServiceExt;
    /// let nobody = Request::get("/minutes").body(Body::empty())?;
    /// assert_eq!(app.oneshot(nobody).await?.status(), StatusCode::UNAUTHORIZED);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A rule without a connection on a site that has none or several, and a store that does not answer.
    pub async fn require(&self, rule: Rule) -> Result<Guard, GuardError> {
        let required = Required::build(rule, &self.inner.site).await?;
        Ok(Guard {
            entrada: self.clone(),
            required: Arc::new(required),
        })
    }
}
