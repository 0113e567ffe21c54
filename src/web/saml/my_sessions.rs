//! A person's own sessions: where they are signed on, and how they end a session that they have left somewhere.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use crate::site::SignOnError;
use crate::web::CurrentUser;
use crate::web::Entrada;
use crate::web::origin::is_from_here;
use crate::web::pages::Page;
use crate::web::refusal::RefusedAction;

#[derive(Deserialize)]
pub(super) struct EndSessionForm {
    /// The handle of a session, or `others`.
    end: String,
}

pub(super) async fn show(State(entrada): State<Entrada>, user: CurrentUser) -> Response {
    match entrada.sessions_of(&user).await {
        Ok(sessions) => {
            let page = Page::Sessions {
                name: user.name_id().to_string(),
                sessions,
                action: format!("{}/saml/sessions", entrada.base_url()),
            };
            page.answer(StatusCode::OK)
        }
        Err(error) => refused(&user, &error.into()),
    }
}

pub(super) async fn end(
    State(entrada): State<Entrada>,
    user: CurrentUser,
    headers: HeaderMap,
    form: Result<Form<EndSessionForm>, FormRejection>,
) -> Response {
    match try_end(&entrada, &user, &headers, form).await {
        Ok(response) => response,
        Err(error) => refused(&user, &error),
    }
}

fn refused(user: &CurrentUser, error: &SignOnError) -> Response {
    let connection = Some(user.connection().as_str());
    RefusedAction::Sessions.refuse(error, connection)
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
    let Form(params) = form.map_err(|_| SignOnError::Form)?;
    if params.end == OTHERS {
        entrada.end_other_sessions_of(user).await?;
    } else {
        let id = params.end.parse().map_err(|_| SignOnError::Form)?;
        entrada.end_session_of(user, &id).await?;
    }
    let here = format!("{}/saml/sessions", entrada.base_url());
    Ok(Redirect::to(&here).into_response())
}

const OTHERS: &str = "others";
