//! A person's own sessions: where they are signed on, and how they end a session that they have left somewhere.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use crate::site::SignOnError;
use crate::web::CurrentUser;
use crate::web::Entrada;
use crate::web::origin::is_from_here;
use crate::web::ui;
use crate::web::ui::RefusedAction;

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct EndSessionForm {
    /// The handle of a session, or `others`.
    end: String,
}

/// `GET /saml/sessions`.
pub(super) async fn show(State(entrada): State<Entrada>, user: CurrentUser) -> Response {
    match entrada.sessions_of(&user).await {
        Ok(sessions) => ui::sessions(entrada.base_url(), &user, &sessions).into_response(),
        Err(error) => ui::refused(
            entrada.base_url(),
            RefusedAction::Sessions,
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
    form: Result<Form<EndSessionForm>, FormRejection>,
) -> Response {
    match try_end(&entrada, &user, &headers, form).await {
        Ok(response) => response,
        Err(error) => ui::refused(
            entrada.base_url(),
            RefusedAction::Sessions,
            &error,
            Some(user.connection().as_str()),
        ),
    }
}

async fn try_end(
    entrada: &Entrada,
    user: &CurrentUser,
    headers: &HeaderMap,
    form: Result<Form<EndSessionForm>, FormRejection>,
) -> Result<Response, SignOnError> {
    if !is_from_here(headers, entrada.base_url().as_str()) {
        return Err(SignOnError::Elsewhere);
    }
    let Form(wish) = form.map_err(|_| SignOnError::Form)?;
    if wish.end == ui::OTHERS {
        entrada.end_other_sessions_of(user).await?;
    } else {
        let id = wish.end.parse().map_err(|_| SignOnError::Form)?;
        entrada.end_session_of(user, &id).await?;
    }
    let here = format!("{}/saml/sessions", entrada.base_url());
    Ok(Redirect::to(&here).into_response())
}
