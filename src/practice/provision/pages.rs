//! The provisioning page of an app: its settings, a test, a cycle at the press of a button, and the log.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::Router;
use axum::extract::Path;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use maud::Markup;
use maud::html;
use serde::Deserialize;

use super::api;
use super::cycle;
use super::dialect::Dialect;
use super::error::ProvisionError;
use super::job::Board;
use super::job::Summary;
use super::log::LogLine;
use super::settings::ExternalId;
use super::settings::Matching;
use super::settings::Provisioning;
use crate::practice::page;
use crate::practice::page::Page;
use crate::practice::state::RegisteredApp;
use crate::practice::state::State;
use crate::ui;
use crate::ui::minute;

pub(in crate::practice) fn pages() -> Router<Arc<State>> {
    Router::new().route("/apps/{app_id}/provisioning", get(show))
}

pub(in crate::practice) fn buttons() -> Router<Arc<State>> {
    Router::new()
        .route("/apps/{app_id}/provisioning", post(save))
        .route("/apps/{app_id}/provisioning/test", post(test))
        .route("/apps/{app_id}/provisioning/now", post(now))
}

async fn show(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
) -> Result<Page, ProvisionError> {
    let entry = api::app(&state, &app_id)?;
    let settings = entry.job.settings();
    let body = html! {
        @if settings.is_some() { (status(&entry)) }
        (form(&path(&app_id), settings.as_ref()))
        (log(&entry.job.log.lines()))
        p.row { a href="/" { "To the portal" } a href="/directory" { "People and groups" } }
    };
    let title = format!("Provisioning of {}", entry.app.name);
    Ok(Page::new(title, body).with_local_times())
}

fn status(entry: &RegisteredApp) -> Markup {
    let board = entry.job.board();
    let path = path(&entry.app.app_id);
    html! {
        section.card {
            h1 { "Provisioning of " (entry.app.name) }
            (state_of(&board))
            div.row {
                form method="post" action={ (path) "/now" } { button.primary { "Provision now" } }
                form method="post" action={ (path) "/test" } { button { "Test connection" } }
            }
            @if !board.escrow.objects().is_empty() {
                h2 { "In escrow" }
                ul {
                    @for object in board.escrow.objects() {
                        li { (object.name) ": " (object.reason) " (attempt " (object.attempts) ", the schedule tries again at " (minute(object.next)) ")" }
                    }
                }
            }
        }
    }
}

fn state_of(board: &Board) -> Markup {
    html! {
        @match &board.test {
            Some(Ok(())) => p.note role="status" { "The connection works." },
            Some(Err(reason)) => p.alert role="status" { "The connection test failed: " (reason) },
            None => {},
        }
        @if let Some(quarantine) = &board.quarantine {
            p.alert role="status" { "In quarantine since " (minute(quarantine.since)) ": " (quarantine.reason) ". The schedule tries again at " (minute(quarantine.next)) "." }
        }
        @if board.running { p.note role="status" { "A cycle is under way. Load this page again to see it go on." } }
        @match &board.last {
            Some(summary) => p id="summary" { (words(summary)) },
            None => p.soft { "No cycle has ended yet." },
        }
    }
}

fn words(summary: &Summary) -> String {
    let Summary {
        created,
        matched,
        updated,
        enabled,
        disabled,
        deleted,
        skipped,
        failed,
        ..
    } = summary;
    format!(
        "Last cycle: {created} created, {matched} matched, {updated} updated, {enabled} enabled, \
         {disabled} disabled, {deleted} deleted, {skipped} skipped, {failed} failed."
    )
}

fn form(path: &str, settings: Option<&Provisioning>) -> Markup {
    let nothing = Provisioning::new("", "");
    let now = settings.unwrap_or(&nothing);
    let plain = now.clone().with_dialect(Dialect::Usual);
    let every = now.every.map(|every| every.as_secs().to_string());
    let token_note = settings.map(|_| "unchanged, unless you enter another");
    html! {
        section.card {
            h2 { "Settings" }
            form.fields method="post" action=(path) {
                label { span { "Tenant URL" } input name="tenant_url" value=(plain.tenant_url) inputmode="url" required; }
                label { span { "Secret Token" } input type="password" name="secret_token" autocomplete="off" placeholder=[token_note] required[settings.is_none()]; }
                (choice("Dialect", "dialect", &[
                    ("usual", "Entra’s own", now.dialect() == Dialect::Usual),
                    ("compliant", "With aadOptscim062020", now.dialect() == Dialect::Compliant),
                ]))
                (choice("externalId of a user", "external_id", &[
                    ("mail-nickname", "mailNickname (Entra’s default)", now.external_id == ExternalId::MailNickname),
                    ("object-id", "objectId (recommended)", now.external_id == ExternalId::ObjectId),
                ]))
                (choice("Find users by", "match_users", &[
                    ("name", "userName", now.match_users == Matching::Name),
                    ("external-id", "externalId", now.match_users == Matching::ExternalId),
                ]))
                (choice("Find groups by", "match_groups", &[
                    ("name", "displayName", now.match_groups == Matching::Name),
                    ("external-id", "externalId", now.match_groups == Matching::ExternalId),
                ]))
                label {
                    span { "Seconds between two cycles (empty: off; Entra: " (Provisioning::ENTRA_INTERVAL.as_secs()) ")" }
                    input name="every" value=(every.unwrap_or_default()) inputmode="numeric";
                }
                button { "Save" }
            }
        }
    }
}

fn choice(legend: &str, name: &str, options: &[(&str, &str, bool)]) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            @for (value, label, is_chosen) in options {
                label { input type="radio" name=(name) value=(value) checked[*is_chosen]; " " (label) }
            }
        }
    }
}

fn log(lines: &[LogLine]) -> Markup {
    html! {
        section.card {
            h2 { "Log" }
            @if lines.is_empty() {
                p.soft { "Nothing has been sent yet." }
            } @else {
                div.wide tabindex="0" role="region" aria-label="Log, the newest line first" {
                    (ui::table("log", ["Time", "Step", "Request", "Status", "What happened"], lines.iter().rev().take(LINES_SHOWN).map(row)))
                }
            }
        }
    }
}

fn row(line: &LogLine) -> [Markup; 5] {
    [
        ui::second(line.at),
        html! { (line.step) },
        html! { @if let Some((method, path)) = &line.request { code { (method) " " (path) } } },
        html! { @if let Some(status) = line.status { (status) } },
        html! { (line.outcome) },
    ]
}

#[derive(Deserialize)]
struct Entered {
    tenant_url: String,
    secret_token: String,
    dialect: String,
    external_id: String,
    match_users: String,
    match_groups: String,
    every: String,
}

async fn save(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
    Form(form): Form<Entered>,
) -> Result<Response, ProvisionError> {
    let entry = api::app(&state, &app_id)?;
    let Some(settings) = form.settings(entry.job.settings()) else {
        let sentence = "The schedule is a number of seconds, or empty.";
        return Ok(page::plain(StatusCode::BAD_REQUEST, sentence).into_response());
    };
    api::set_up(&state, &app_id, settings).await?;
    Ok(back(&app_id))
}

impl Entered {
    fn settings(self, before: Option<Provisioning>) -> Option<Provisioning> {
        let entered = Provisioning::new(self.tenant_url.trim(), self.secret_token.trim());
        let dialect = match self.dialect.as_str() {
            "compliant" => Dialect::Compliant,
            // Whoever has typed the flag means it.
            _ => entered.dialect(),
        };
        let matching = |by: &str| match by {
            "external-id" => Matching::ExternalId,
            _ => Matching::Name,
        };
        let every = match self.every.trim() {
            "" => None,
            seconds => Some(Duration::from_secs(seconds.parse().ok()?)),
        };
        let entered = Provisioning {
            external_id: match self.external_id.as_str() {
                "object-id" => ExternalId::ObjectId,
                _ => ExternalId::MailNickname,
            },
            match_users: matching(&self.match_users),
            match_groups: matching(&self.match_groups),
            every,
            ..entered.with_dialect(dialect)
        };
        Some(with_former_token(entered, before))
    }
}

/// An empty field leaves the token as it was, for the server that it was entered for and for no other.
fn with_former_token(entered: Provisioning, before: Option<Provisioning>) -> Provisioning {
    let same_server = |before: &Provisioning| before.endpoint() == entered.endpoint();
    match before.filter(same_server) {
        Some(before) if entered.secret_token.is_empty() => Provisioning {
            secret_token: before.secret_token,
            ..entered
        },
        _ => entered,
    }
}

async fn test(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
) -> Result<Response, ProvisionError> {
    let job = api::app(&state, &app_id)?.job;
    finish(&app_id, async move {
        let tested = cycle::test_connection(&job).await;
        match tested {
            Err(ProvisionError::Connection(reason)) => {
                job.with_board(|board| board.test = Some(Err(reason)))
            }
            Err(error) => return Err(error),
            Ok(()) => job.with_board(|board| board.test = Some(Ok(()))),
        }
        Ok(())
    })
    .await
}

async fn now(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
) -> Result<Response, ProvisionError> {
    let id = app_id.clone();
    finish(
        &app_id,
        async move { api::run(&state, &id).await.map(drop) },
    )
    .await
}

/// Does something that may take long, whether or not the browser waits; the page shows what came of it.
async fn finish(
    app_id: &str,
    work: impl Future<Output = Result<(), ProvisionError>> + Send + 'static,
) -> Result<Response, ProvisionError> {
    match tokio::time::timeout(PATIENCE, tokio::spawn(work)).await {
        Ok(Ok(Err(error))) => Err(error),
        Ok(Err(_)) => Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        Ok(Ok(Ok(()))) | Err(_) => Ok(back(app_id)),
    }
}

fn back(app_id: &str) -> Response {
    Redirect::to(&path(app_id)).into_response()
}

impl IntoResponse for ProvisionError {
    fn into_response(self) -> Response {
        let status = match self {
            ProvisionError::UnknownApp => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        page::plain(status, &self.to_string()).into_response()
    }
}

fn path(app_id: &str) -> String {
    format!("/apps/{app_id}/provisioning")
}

/// The time that a browser waits for a cycle; less than the time limit of any answer.
const PATIENCE: Duration = Duration::from_secs(5);
const LINES_SHOWN: usize = 200;
