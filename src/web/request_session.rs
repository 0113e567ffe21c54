//! The session of a request, looked up once however many guards and handlers ask. The result stays with the request, in
//! a type that cannot be made outside, and counts only for the cookie that it was found by: a handler can neither put
//! another person there nor take one out for another request.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use tokio::sync::OnceCell;

use super::Entrada;
use super::cookie::doubled;
use crate::ports::StoreError;
use crate::session::Group;
use crate::session::Session;
use crate::site::Site;
use crate::token::TokenHash;

#[derive(Clone)]
pub(super) struct RequestSession {
    found: Arc<SessionLookup>,
}

struct SessionLookup {
    /// The site whose store was asked. The token is that of the cookie.
    site: Arc<Site>,
    token: TokenHash,
    session: Option<Arc<Session>>,
    groups: OnceCell<Vec<Group>>,
}

impl RequestSession {
    /// The check of a request, made by whoever asks first; `None` for a request without a session's cookie.
    pub(super) async fn of(
        parts: &mut Parts,
        entrada: &Entrada,
    ) -> Result<Option<RequestSession>, StoreError> {
        let Some(token) = entrada.cookies().session(&parts.headers) else {
            doubled::note(parts, entrada.cookies(), &entrada.inner.mount);
            return Ok(None);
        };
        let token = token.hash();
        let kept = parts.extensions.get::<RequestSession>();
        let site = &entrada.inner.site;
        let is_of = |check: &&RequestSession| {
            Arc::ptr_eq(&check.found.site, site) && check.found.token == token
        };
        if let Some(check) = kept.filter(is_of) {
            return Ok(Some(check.clone()));
        }
        let check = RequestSession::made(site, token).await?;
        parts.extensions.insert(check.clone());
        Ok(Some(check))
    }

    async fn made(site: &Arc<Site>, token: TokenHash) -> Result<RequestSession, StoreError> {
        let session = site.sessions.seen(&token).await?;
        Ok(RequestSession {
            found: Arc::new(SessionLookup {
                session: session.map(Arc::new),
                site: site.clone(),
                token,
                groups: OnceCell::new(),
            }),
        })
    }

    pub(super) fn session(&self) -> Option<&Arc<Session>> {
        self.found.session.as_ref()
    }

    /// The groups of that person, read once for all guards of the request.
    pub(super) async fn groups(&self, session: &Session) -> Result<&[Group], StoreError> {
        let found = &self.found;
        let read = || found.site.sessions.groups(session);
        let groups = found.groups.get_or_try_init(read);
        Ok(groups.await?)
    }

    /// The number of their groups, where somebody has asked for them.
    pub(super) fn count_groups(&self) -> Option<usize> {
        Some(self.found.groups.get()?.len())
    }
}

/// The live session that a request shows, without a note that it was used.
pub(super) async fn live_session(
    entrada: &Entrada,
    headers: &HeaderMap,
) -> Result<Option<Session>, StoreError> {
    match entrada.cookies().session(headers) {
        Some(token) => entrada.inner.site.sessions.live(&token.hash()).await,
        None => Ok(None),
    }
}
