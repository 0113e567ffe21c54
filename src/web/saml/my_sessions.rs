//! A person's own sessions: where they are signed on, and how they end a session that they have left somewhere.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use maud::Markup;
use maud::html;
use serde::Deserialize;

use crate::connection::BaseUrl;
use crate::session::Device;
use crate::session::Session;
use crate::site::SignOnError;
use crate::ui;
use crate::ui::minute;
use crate::web::CurrentUser;
use crate::web::Entrada;
use crate::web::OwnSession;
use crate::web::headers;
use crate::web::origin::is_from_here;
use crate::web::page::with_way_back;
use crate::web::refusal::RefusedAction;

#[derive(Deserialize)]
pub(super) struct EndSessionForm {
    /// The handle of a session, or `others`.
    end: String,
}

pub(super) async fn show(State(entrada): State<Entrada>, user: CurrentUser) -> Response {
    match entrada.sessions_of(&user).await {
        Ok(sessions) => {
            let policy = headers::policy(Some(ui::LOCAL_TIMES));
            let page = page_of(entrada.base_url(), &user, &sessions);
            ([(header::CONTENT_SECURITY_POLICY, policy)], page).into_response()
        }
        Err(error) => refused(&entrada, &user, &error.into()),
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
        Err(error) => refused(&entrada, &user, &error),
    }
}

fn refused(entrada: &Entrada, user: &CurrentUser, error: &SignOnError) -> Response {
    let connection = Some(user.connection().as_str());
    RefusedAction::Sessions.refuse(entrada.base_url(), error, connection)
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

fn page_of(base_url: &BaseUrl, user: &Session, sessions: &[OwnSession]) -> Markup {
    let action = format!("{base_url}/saml/sessions");
    let body = html! {
        p { "You are signed in as " strong { (user.name_id()) } " from:" }
        form method="post" action=(action) {
            ul.sessions {
                @for session in sessions {
                    li {
                        strong title=[&session.device.agent] { (browser(&session.device)) }
                        @if let Some(address) = &session.device.address { " at " (address) }
                        br;
                        "Since " (minute(session.opened)) ", last used " (minute(session.seen)) ". "
                        @if session.is_this { "This is the one that you are using." }
                        @else {
                            button name="end" value=(session.id) {
                                "Sign out" span.hidden { " the one since " (minute(session.opened)) }
                            }
                        }
                    }
                }
            }
            @if sessions.len() > 1 { button name="end" value=(OTHERS) { "Sign out all others" } }
        }
        (ui::script(ui::LOCAL_TIMES))
    };
    with_way_back(base_url, "Your sessions", body)
}

/// The browser as people call it, or else as it calls itself.
fn browser(device: &Device) -> String {
    let agent = || device.agent.clone().filter(|agent| !agent.is_empty());
    let known = device.browser().or_else(agent);
    known.unwrap_or_else(|| "An unknown browser".to_owned())
}

const OTHERS: &str = "others";
