//! The session of a request, looked up once however many guards and handlers ask.
//!
//! The result stays with the request, in a type that cannot be made outside: a handler can neither put another person
//! there nor take one out for another request, since a result counts only for the cookie that it was found by.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use tokio::sync::OnceCell;

use super::Entrada;
use super::cookie::doubled;
use crate::ports::StoreError;
use crate::session::Group;
use crate::session::Session;
use crate::token::TokenHash;

/// The result of one look at the store for a request.
#[derive(Clone)]
pub(super) struct Check {
    found: Arc<SessionLookup>,
}

struct SessionLookup {
    /// The instance whose store was asked. The token is that of the cookie.
    entrada: Entrada,
    token: TokenHash,
    session: Option<Arc<Session>>,
    groups: OnceCell<Vec<Group>>,
}

impl Check {
    /// The check of a request, made by whoever asks first; `None` for a request without a session's cookie.
    pub(super) async fn of(
        parts: &mut Parts,
        entrada: &Entrada,
    ) -> Result<Option<Check>, StoreError> {
        let Some(token) = entrada.cookies().session(&parts.headers) else {
            doubled::note(parts, entrada.cookies(), &entrada.inner.mount);
            return Ok(None);
        };
        let token = token.hash();
        let kept = parts.extensions.get::<Check>();
        if let Some(check) = kept.filter(|check| check.is_of(entrada, &token)) {
            return Ok(Some(check.clone()));
        }
        let check = Check::made(entrada, token).await?;
        parts.extensions.insert(check.clone());
        Ok(Some(check))
    }

    async fn made(entrada: &Entrada, token: TokenHash) -> Result<Check, StoreError> {
        let session = entrada.inner.site.presence.seen(&token).await?;
        Ok(Check {
            found: Arc::new(SessionLookup {
                session: session.map(Arc::new),
                entrada: entrada.clone(),
                token,
                groups: OnceCell::new(),
            }),
        })
    }

    fn is_of(&self, entrada: &Entrada, token: &TokenHash) -> bool {
        self.found.entrada.is(entrada) && self.found.token == *token
    }

    /// The session of who is signed on.
    pub(super) fn session(&self) -> Option<&Arc<Session>> {
        self.found.session.as_ref()
    }

    /// The groups of that person, read once for all guards of the request.
    pub(super) async fn groups(&self, session: &Session) -> Result<&[Group], StoreError> {
        let presence = &self.found.entrada.inner.site.presence;
        let groups = self
            .found
            .groups
            .get_or_try_init(|| presence.groups(session));
        Ok(groups.await?)
    }
}

impl Entrada {
    /// The live session that a request shows, without a note that it was used.
    pub(super) async fn live_session(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Session>, StoreError> {
        match self.cookies().session(headers) {
            Some(token) => self.inner.site.presence.live(&token.hash()).await,
            None => Ok(None),
        }
    }

    /// True if both are one.
    fn is(&self, other: &Entrada) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}
