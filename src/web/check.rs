//! The session of a request, looked up once however many guards and handlers ask.
//!
//! What was found stays with the request, in a type that nobody outside can make: a handler can neither put another person
//! there nor take one out for another request, since what is kept counts only for the cookie that it was found by.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::CurrentUser;
use super::Entrada;
use super::doubled;
use crate::ports::StoreError;
use crate::session::Group;
use crate::session::Session;
use crate::token::TokenHash;

/// What one look at the store has found for a request.
#[derive(Clone)]
pub(super) struct Check {
    found: Arc<Found>,
}

struct Found {
    /// Whose store it was, and by which cookie.
    entrada: Entrada,
    token: TokenHash,
    user: Option<CurrentUser>,
    groups: OnceCell<Vec<Group>>,
}

impl Check {
    /// The check of a request, made by whoever asks first; `None` for a request without a session's cookie.
    pub(super) async fn of(
        parts: &mut Parts,
        entrada: &Entrada,
    ) -> Result<Option<Check>, StoreError> {
        let Some(token) = entrada.cookies().session(&parts.headers) else {
            doubled::note(parts, entrada);
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
        let now = entrada.now();
        let record = entrada.store().session(&token, now).await?;
        let unnoted = record.as_ref().is_some_and(|record| record.is_unnoted(now));
        let session = record.and_then(|record| Session::resume(record, now));
        if unnoted && session.is_some() {
            entrada.note(token, now);
        }
        Ok(Check {
            found: Arc::new(Found {
                user: session.map(|session| CurrentUser::of(session, entrada)),
                entrada: entrada.clone(),
                token,
                groups: OnceCell::new(),
            }),
        })
    }

    fn is_of(&self, entrada: &Entrada, token: &TokenHash) -> bool {
        self.found.entrada.is(entrada) && self.found.token == *token
    }

    /// Who is signed on.
    pub(super) fn user(&self) -> Option<&CurrentUser> {
        self.found.user.as_ref()
    }

    /// The groups of that person, read once for all guards of the request.
    pub(super) async fn groups(&self, user: &CurrentUser) -> Result<&[Group], StoreError> {
        let groups = self.found.groups.get_or_try_init(|| user.groups()).await?;
        Ok(groups)
    }
}

/// The sessions whose latest request is being noted just now: of many requests at a time one writes.
#[derive(Default)]
pub(super) struct Noting(Mutex<HashSet<[u8; 32]>>);

impl Noting {
    /// Whether nobody else is noting this session.
    fn begin(&self, token: &TokenHash) -> bool {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.insert(*token.as_octets())
    }

    fn end(&self, token: &TokenHash) {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.remove(token.as_octets());
    }
}

impl Entrada {
    /// The live session that a request shows, without a note that it was used.
    pub(super) async fn live_session(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Session>, StoreError> {
        let Some(token) = self.cookies().session(headers) else {
            return Ok(None);
        };
        let now = self.now();
        let record = self.store().session(&token.hash(), now).await?;
        Ok(record.and_then(|record| Session::resume(record, now)))
    }

    /// Notes that a session was used, beside the request: a write waits for the disk, and perhaps for other processes, and
    /// nobody's page has to. What is not noted for want of a store only lets an idle session end early.
    fn note(&self, token: TokenHash, now: Timestamp) {
        if !self.inner.noting.begin(&token) {
            return;
        }
        let entrada = self.clone();
        tokio::spawn(async move {
            if let Err(error) = entrada.store().touch_session(&token, now).await {
                tracing::warn!(%error, "the latest use of a session was not noted");
            }
            entrada.inner.noting.end(&token);
        });
    }

    /// Whether both are one.
    fn is(&self, other: &Entrada) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}
