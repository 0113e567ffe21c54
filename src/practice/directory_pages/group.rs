//! The page of a group.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use axum::extract::State as Shared;
use axum::response::IntoResponse;
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use super::parts::assignments;
use super::parts::done;
use super::parts::field;
use super::parts::group_path;
use super::parts::home;
use super::parts::nobody;
use super::parts::sorted;
use super::parts::text;
use super::parts::wrong;
use crate::practice::page::Page;
use crate::practice::state::State;

pub(super) async fn show(
    Shared(state): Shared<Arc<State>>,
    Path(object_id): Path<String>,
) -> Response {
    let directory = state.directory();
    let Some(group) = directory.group(&object_id) else {
        return nobody();
    };
    let path = group_path(&object_id);
    let body = html! {
        section.card {
            h1 { (group.name) }
            p.soft { code { (group.object_id) } }
            form.fields method="post" action=(path) {
                (field("Name", "name", &group.name, true))
                button.primary { "Rename" }
            }
        }
        section.card {
            h2 { "Members" }
            form method="post" action={ (path) "/members" } {
                ul.ticks {
                    @for person in sorted(&directory.people, |person| &person.display_name) {
                        li { label {
                            input type="checkbox" name="member" value=(person.object_id) checked[person.is_in(&object_id)];
                            " " (person.display_name)
                        } }
                    }
                }
                button { "Save members" }
            }
        }
        (assignments(&state, &path, |app| app.admits_group(group)))
        section.card {
            form method="post" action={ (path) "/delete" } { button { "Delete group" } }
        }
        p { a href="/directory" { "People and groups" } }
        (home())
    };
    Page::new(group.name.as_str(), body).into_response()
}

#[derive(Deserialize)]
pub(super) struct Rename {
    name: String,
}

pub(super) async fn rename(
    Shared(state): Shared<Arc<State>>,
    Path(object_id): Path<String>,
    Form(form): Form<Rename>,
) -> Response {
    let Some(name) = text(&form.name) else {
        return wrong("A group has a name of at most 256 characters.");
    };
    let renamed = state.change_directory(|directory| {
        let group = directory.group_mut(&object_id);
        group.map(|group| group.name = name).is_some()
    });
    done(renamed, &group_path(&object_id))
}

/// `POST /directory/groups/{object_id}/members`: those who are ticked are members, and nobody else.
pub(super) async fn set_members(
    Shared(state): Shared<Arc<State>>,
    Path(object_id): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let ticked: BTreeSet<String> = form.into_iter().map(|(_, person)| person).collect();
    let known = state.change_directory(|directory| {
        let people: Vec<String> = directory
            .people
            .iter()
            .map(|person| person.object_id.clone())
            .collect();
        for person in people {
            directory.set_member(&object_id, &person, ticked.contains(&person));
        }
        directory.group(&object_id).is_some()
    });
    done(known, &group_path(&object_id))
}

pub(super) async fn delete(
    Shared(state): Shared<Arc<State>>,
    Path(object_id): Path<String>,
) -> Response {
    let deleted = state.change_directory(|directory| directory.delete_group(&object_id));
    done(deleted, "/directory")
}
