//! The parts that these pages have in common: fields, links and refusals.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use maud::Markup;
use maud::html;
use serde::Deserialize;

use crate::practice::app::App;
use crate::practice::directory::Group;
use crate::practice::page;
use crate::practice::state::State;
use crate::ui::FEW;

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

/// Everything in the order of its names, as people look for it.
pub(super) fn sorted<T>(all: &[T], name: impl Fn(&T) -> &str) -> Vec<&T> {
    let mut sorted: Vec<&T> = all.iter().collect();
    sorted.sort_by_cached_key(|one| name(one).to_lowercase());
    sorted
}

/// Links to groups: all of a few, or else the first of those whose names hold what was looked for on this page.
pub(super) fn group_links(groups: &[&Group], here: &str, search: &GroupSearch) -> Markup {
    let wanted = search.group.trim().to_lowercase();
    let mut found = groups.to_vec();
    found.retain(|group| group.name.to_lowercase().contains(&wanted));
    found.sort_by_cached_key(|group| group.name.to_lowercase());
    html! {
        @if groups.len() > FEW {
            form.fields method="get" action=(here) {
                label { span { "Part of a group’s name" } input type="search" name="group" value=(search.group) maxlength=(MAX_TEXT); }
                button { "Find" }
            }
        }
        ul.links {
            @for group in found.iter().take(FEW) {
                li { a href=(group_path(&group.object_id)) { (group.name) } }
            }
        }
        @if found.len() > FEW { p.soft { "And " (found.len() - FEW) " more." } }
        @if found.is_empty() { p.soft { "There are none." } }
    }
}

/// The search among groups that are too many to list.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct GroupSearch {
    pub(super) group: String,
}

pub(super) fn person_path(object_id: &str) -> String {
    format!("/directory/people/{object_id}")
}

pub(super) fn group_path(object_id: &str) -> String {
    format!("/directory/groups/{object_id}")
}

/// Characters of a name: Entra has 256 for most.
const MAX_TEXT: usize = 256;
