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

use super::access::signing;
use super::cycle;
use super::error::ProvisionError;
use super::form;
use super::form::Entered;
use super::job::Board;
use super::job::Summary;
use super::log::LogLine;
use super::manual;
use super::sign_in::SignIn;
use crate::practice::assertion_fault::AssertionFault;
use crate::practice::federated_identity::FederatedIdentity;
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
        .route("/apps/{app_id}/provisioning/assertion", post(spoil))
}

async fn show(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
) -> Result<Page, ProvisionError> {
    let entry = manual::app(&state, &app_id)?;
    let settings = entry.job.settings();
    let identity = FederatedIdentity::of(&state, &app_id);
    let sign_in = settings.as_ref().map(|settings| &settings.sign_in);
    let is_federated = matches!(sign_in, Some(SignIn::Federation { .. }));
    let body = html! {
        @if settings.is_some() { (status(&entry)) }
        (form::show(&path(&app_id), settings.as_ref(), &identity))
        @if is_federated { (assertion_switch(&path(&app_id), entry.job.fault.get())) }
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

fn assertion_switch(path: &str, chosen: Option<AssertionFault>) -> Markup {
    html! {
        section.card {
            h2 { "The next assertion" }
            @match chosen {
                Some(fault) => p.alert role="status" { "The next assertion will be bad: " (fault.label().to_lowercase()) ". The app should refuse it." },
                None => p.soft { "It will be valid. Choose a fault to see the app refuse it; it applies once, to the next request." },
            }
            form.faults method="post" action={ (path) "/assertion" } {
                button name="fault" value="" aria-pressed=(chosen.is_none()) { "Valid" }
                @for fault in AssertionFault::ALL {
                    button name="fault" value=(fault.name()) aria-pressed=(chosen == Some(fault)) { (fault.label()) }
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

async fn save(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
    Form(form): Form<Entered>,
) -> Result<Response, ProvisionError> {
    let entry = manual::app(&state, &app_id)?;
    let Some(settings) = form.settings(entry.job.settings()) else {
        let sentence = "The schedule is a number of seconds, or empty.";
        return Ok(page::plain(StatusCode::BAD_REQUEST, sentence).into_response());
    };
    manual::set_up(&state, &app_id, settings).await?;
    Ok(back(&app_id))
}

async fn test(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
) -> Result<Response, ProvisionError> {
    let entry = manual::app(&state, &app_id)?;
    finish(&app_id, async move {
        let job = &entry.job;
        let tested = cycle::test_connection(job, signing(&state, &entry)).await;
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
        async move { manual::run(&state, &id).await.map(drop) },
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

#[derive(Deserialize)]
struct Spoil {
    fault: String,
}

async fn spoil(
    Shared(state): Shared<Arc<State>>,
    Path(app_id): Path<String>,
    Form(form): Form<Spoil>,
) -> Result<Response, ProvisionError> {
    let fault = AssertionFault::from_name(&form.fault);
    manual::app(&state, &app_id)?.job.spoil(fault).await;
    Ok(back(&app_id))
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
