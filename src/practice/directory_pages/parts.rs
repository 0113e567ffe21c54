//! The parts that these pages have in common: fields, links and refusals.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use maud::Markup;
use maud::html;

use crate::practice::app::App;
use crate::practice::page;
use crate::practice::state::State;

/// The apps that somebody, or a group, is assigned to.
pub(super) fn assignments(state: &State, path: &str, assigned: impl Fn(&App) -> bool) -> Markup {
    html! {
        section.card {
            h2 { "Apps" }
            form method="post" action={ (path) "/apps" } {
                @for app in state.apps() {
                    div.row {
                        span.grow { (app.name) }
                        @if assigned(&app) {
                            button name="unassign" value=(app.app_id) { "Unassign from " (app.name) }
                        } @else {
                            button name="assign" value=(app.app_id) { "Assign to " (app.name) }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn field(label: &str, name: &str, value: &str, required: bool) -> Markup {
    html! {
        label {
            span { (label) }
            input name=(name) value=(value) maxlength=(MAX_TEXT) required[required];
        }
    }
}

/// The typed text, trimmed; `None` if it is empty or too long.
pub(super) fn text(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let sound = !typed.is_empty() && typed.chars().count() <= MAX_TEXT;
    sound.then(|| typed.to_owned())
}

pub(super) fn wrong(sentence: &str) -> Response {
    page::plain(StatusCode::BAD_REQUEST, sentence).into_response()
}

pub(super) fn nobody() -> Response {
    page::plain(StatusCode::NOT_FOUND, "The directory has no such object.").into_response()
}

/// Goes on to a page once something was done; it was not where the directory has no such object.
pub(super) fn done(done: bool, next: &str) -> Response {
    match done {
        true => Redirect::to(next).into_response(),
        false => nobody(),
    }
}

pub(super) fn home() -> Markup {
    html! { p { a href="/" { "To the portal" } } }
}

pub(super) fn person_path(object_id: &str) -> String {
    format!("/directory/people/{object_id}")
}

pub(super) fn group_path(object_id: &str) -> String {
    format!("/directory/groups/{object_id}")
}

/// Characters of a name: Entra has 256 for most.
const MAX_TEXT: usize = 256;
