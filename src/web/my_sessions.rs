//! A person's own sessions: where they are signed on, and how they end a session that they have left somewhere.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use super::CurrentUser;
use super::Entrada;
use super::origin::is_from_here;
use super::page;
use super::page::Doing;
use crate::ports::StoreError;
use crate::session::Device;
use crate::session::Session;
use crate::session::SessionFilter;
use crate::session::SessionId;
use crate::session::SessionRecord;
use crate::session::revoke;
use crate::site::SignOnError;

/// A session as its owner sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnSession {
    /// The handle to end it by.
    pub id: SessionId,
    /// From where the person signed on.
    pub device: Device,
    /// When the person signed on.
    pub opened: Timestamp,
    /// The latest request that was noted; requests in quick succession are noted once.
    pub seen: Timestamp,
    /// When it ends by itself, if it is used until then.
    pub expires: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Entrada {
    /// The live sessions of the person who is signed on, the newest 500, the newest first.
    ///
    /// # Errors
    /// A store that cannot answer.
    pub async fn sessions_of(&self, user: &Session) -> Result<Vec<OwnSession>, StoreError> {
        let records = self.own(user, Some(LIMIT)).await?;
        let own = |record: SessionRecord| OwnSession {
            is_this: record.id == user.record().id,
            id: record.id,
            device: record.device,
            opened: record.opened,
            seen: record.seen,
            expires: record.expires,
        };
        Ok(records.into_iter().map(own).collect())
    }

    /// Ends one of the sessions of the person who is signed on; says whether it was live, and theirs.
    ///
    /// # Errors
    /// A store that cannot answer.
    pub async fn end_session_of(&self, user: &Session, id: &SessionId) -> Result<bool, StoreError> {
        let own = self.own(user, None).await?;
        match own.iter().any(|record| record.id == *id) {
            true => revoke(self.store(), id, self.now()).await,
            false => Ok(false),
        }
    }

    /// Ends all sessions of the person who is signed on, but for this one; says how many.
    ///
    /// # Errors
    /// A store that cannot answer; some may have ended then.
    pub async fn end_other_sessions_of(&self, user: &Session) -> Result<u64, StoreError> {
        let mut ended = 0;
        for record in self.own(user, None).await? {
            if record.id != user.record().id {
                let gone = revoke(self.store(), &record.id, self.now()).await?;
                ended += u64::from(gone);
            }
        }
        Ok(ended)
    }

    /// By the user in the directory; of somebody who has none by the name that the identity provider gave, to the letter.
    async fn own(
        &self,
        user: &Session,
        limit: Option<u32>,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let by_name = user.user().is_none();
        let filter = SessionFilter {
            connection: Some(user.connection().clone()),
            name_id: by_name.then(|| user.name_id().value.clone()),
            user: user.user().cloned(),
            limit,
        };
        let now = self.now();
        let records = self.store().sessions(&filter, now).await?.into_iter();
        let theirs = |record: &SessionRecord| {
            let is_own = record.name_id == *user.name_id() && record.issuer == user.record().issuer;
            !by_name || is_own
        };
        Ok(records.filter(theirs).collect())
    }
}

/// What the form asks for.
#[derive(Deserialize)]
pub(super) struct Wish {
    /// The handle of a session, or `others`.
    end: String,
}

/// `GET /saml/sessions`.
pub(super) async fn show(State(entrada): State<Entrada>, user: CurrentUser) -> Response {
    match entrada.sessions_of(&user).await {
        Ok(sessions) => page::sessions(entrada.base_url(), &user, &sessions).into_response(),
        Err(error) => page::refused(
            entrada.base_url(),
            Doing::Sessions,
            &error.into(),
            Some(user.connection().as_str()),
        ),
    }
}

/// `POST /saml/sessions`: ends one session, or all others.
pub(super) async fn end(
    State(entrada): State<Entrada>,
    user: CurrentUser,
    headers: HeaderMap,
    form: Result<Form<Wish>, FormRejection>,
) -> Response {
    match try_end(&entrada, &user, &headers, form).await {
        Ok(response) => response,
        Err(error) => page::refused(
            entrada.base_url(),
            Doing::Sessions,
            &error,
            Some(user.connection().as_str()),
        ),
    }
}

async fn try_end(
    entrada: &Entrada,
    user: &CurrentUser,
    headers: &HeaderMap,
    form: Result<Form<Wish>, FormRejection>,
) -> Result<Response, SignOnError> {
    if !is_from_here(headers, entrada.base_url().as_str()) {
        return Err(SignOnError::Elsewhere);
    }
    let Form(wish) = form.map_err(|_| SignOnError::Form)?;
    if wish.end == OTHERS {
        entrada.end_other_sessions_of(user).await?;
    } else {
        let id = wish.end.parse().map_err(|_| SignOnError::Form)?;
        entrada.end_session_of(user, &id).await?;
    }
    let here = format!("{}/saml/sessions", entrada.base_url());
    Ok(Redirect::to(&here).into_response())
}

/// What stands for all sessions but this one.
pub(super) const OTHERS: &str = "others";

/// Sessions of one person on one page.
const LIMIT: u32 = 500;
