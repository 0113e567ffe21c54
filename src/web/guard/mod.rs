//! Doors that open for some of those who are signed on: [`Guard`] as a layer around routes, [`Permitted`] as an argument of
//! a handler.

mod layer;
mod names;
mod permitted;
mod refusal;

use std::sync::Arc;

use axum::http::request::Parts;

pub use self::layer::Guarded;
use self::names::Names;
pub use self::permitted::Permitted;
pub use self::permitted::Requirement;
pub(super) use self::permitted::Requirements;
pub use self::refusal::NotPermitted;
use super::CurrentUser;
use super::Entrada;
use super::check::Check;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::session::BoundRule;
use crate::session::Rule;
use crate::session::UnboundRule;

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
    entrada: Entrada,
    required: Arc<Required>,
}

/// A rule, and what its names stand for.
#[derive(Debug)]
struct Required {
    rule: BoundRule,
    names: Names,
}

impl Required {
    /// Binds the rule to the connections that the site has now, and settles its names.
    async fn build(rule: Rule, entrada: &Entrada) -> Result<Required, GuardError> {
        let connections = entrada.registry().renewed().await?;
        let ids = connections.iter().map(|loaded| loaded.connection.id());
        let ids: Vec<ConnectionId> = ids.cloned().collect();
        let rule = rule.bind(&ids)?;
        let names = Names::of(&rule);
        names.settle_all(entrada).await?;
        Ok(Required { rule, names })
    }

    /// Lets in whom the rule permits. The groups are read only if the answer depends on them.
    async fn admit(
        &self,
        parts: &mut Parts,
        entrada: &Entrada,
    ) -> Result<CurrentUser, NotPermitted> {
        let check = Check::of(parts, entrada).await;
        let check = check.map_err(|error| NotPermitted::store(&error))?;
        let signed_on = check
            .as_ref()
            .and_then(|check| Some((check, check.user()?)));
        let Some((check, user)) = signed_on else {
            return Err(NotPermitted::not_signed_on(parts, entrada));
        };
        let permitted = self.permits(check, user, entrada).await;
        match permitted.map_err(|error| NotPermitted::store(&error))? {
            true => Ok(user.clone()),
            false => Err(NotPermitted::lacking(parts, user, &self.rule)),
        }
    }

    async fn permits(
        &self,
        check: &Check,
        user: &CurrentUser,
        entrada: &Entrada,
    ) -> Result<bool, StoreError> {
        if let Some(permitted) = self.rule.without_groups(user) {
            return Ok(permitted);
        }
        let connection = user.connection();
        self.names.settle(entrada, connection).await?;
        let groups = check.groups(user).await?;
        let named = |name: &str| self.names.group(connection, name);
        Ok(self.rule.permits(user, groups, named))
    }
}

impl Entrada {
    /// Builds a guard: binds its rule to a connection, if it names none, and settles which groups its names stand for.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use axum::Router;
    /// use axum::routing::get;
    /// use entrada::session::Rule;
    /// use entrada::web::{CurrentUser, Entrada};
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
        let required = Required::build(rule, self).await?;
        Ok(Guard {
            entrada: self.clone(),
            required: Arc::new(required),
        })
    }
}

/// Why a guard cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Nobody knows of which connection the rule speaks.
    #[error(transparent)]
    Unbound(#[from] UnboundRule),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
