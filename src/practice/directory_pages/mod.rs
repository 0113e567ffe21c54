//! The pages on which an admin hires, changes and dismisses people, and keeps groups. Apps hear of it when they are
//! provisioned next.

mod group;
mod parts;
mod person;

use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::extract::Query;
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

use self::parts::GroupSearch;
use self::parts::field;
use self::parts::group_links;
use self::parts::group_path;
use self::parts::home;
use self::parts::person_path;
use self::parts::sorted;
use self::parts::text;
use self::parts::wrong;
use super::directory::Directory;
use super::directory::Group;
use super::directory::Person;
use super::guid::guid;
use super::page::Page;
use super::state::State;
use crate::ui;

pub(super) fn pages() -> Router<Arc<State>> {
    Router::new()
        .route("/directory", get(show))
        .route("/directory/people/{object_id}", get(person::show))
        .route("/directory/groups/{object_id}", get(group::show))
}

pub(super) fn buttons() -> Router<Arc<State>> {
    Router::new()
        .route("/directory/people", post(add_person))
        .route("/directory/groups", post(add_group))
        .route("/directory/people/{object_id}", post(person::edit))
        .route(
            "/directory/people/{object_id}/state",
            post(person::set_state),
        )
        .route("/directory/groups/{object_id}", post(group::rename))
        .route(
            "/directory/groups/{object_id}/members",
            post(group::set_members),
        )
        .route("/directory/groups/{object_id}/delete", post(group::delete))
        .route("/directory/{kind}/{object_id}/apps", post(set_assignment))
}

async fn show(Shared(state): Shared<Arc<State>>, Query(search): Query<GroupSearch>) -> Page {
    let directory = state.directory();
    let body = html! {
        section.card {
            h1 { "People and groups" }
            p.soft { "Apps hear of a change when they are provisioned next." }
            (people(&directory))
        }
        (hire())
        @if !directory.deleted.is_empty() { (deleted(&directory)) }
        section.card {
            h2 { "Groups" }
            (group_links(&directory.groups.iter().collect::<Vec<_>>(), "/directory", &search))
            form.fields method="post" action="/directory/groups" {
                (field("Name of a new group", "name", "", true))
                button { "Add group" }
            }
        }
        (home())
    };
    Page::new("People and groups", body)
}

fn people(directory: &Directory) -> Markup {
    let people = sorted(&directory.people, |person| &person.display_name);
    let rows = people.into_iter().map(|person| {
        [
            html! { a href=(person_path(&person.object_id)) { (person.display_name) } },
            html! { (person.user_principal_name) },
            html! { (person.department.as_deref().unwrap_or_default()) },
            html! { @if person.enabled { "enabled" } @else { "disabled" } },
        ]
    });
    let heads = ["Name", "Sign-in name", "Department", "Account"];
    html! { div.wide { (ui::table("people", heads, rows)) } }
}

fn hire() -> Markup {
    html! {
        section.card {
            h2 { "Hire somebody" }
            form.fields method="post" action="/directory/people" {
                (field("Given name", "given_name", "", true))
                (field("Surname", "surname", "", true))
                (field("Sign-in name", "user_principal_name", "", true))
                button { "Add person" }
            }
        }
    }
}

fn deleted(directory: &Directory) -> Markup {
    html! {
        section.card {
            h2 { "Deleted people" }
            p.soft { "Apps have them disabled. Restored, they are the same people; deleted for good, apps delete them too, as after 30 days." }
            @for person in sorted(&directory.deleted, |person| &person.display_name) {
                form.row method="post" action={ (person_path(&person.object_id)) "/state" } {
                    span.grow { (person.display_name) " · " (person.user_principal_name) }
                    button name="state" value="restore" { "Restore " (person.given_name) }
                    button name="state" value="purge" { "Delete " (person.given_name) " for good" }
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct NewPerson {
    given_name: String,
    surname: String,
    user_principal_name: String,
}

async fn add_person(Shared(state): Shared<Arc<State>>, Form(form): Form<NewPerson>) -> Response {
    let (Some(given_name), Some(surname), Some(name)) = (
        text(&form.given_name),
        text(&form.surname),
        text(&form.user_principal_name),
    ) else {
        return wrong(
            "A person has a given name, a surname and a sign-in name of at most 256 characters.",
        );
    };
    let Ok(object_id) = guid() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let person = Person::new(object_id.as_str(), name, given_name, surname);
    match state.change_directory(|directory| hired(directory, person)) {
        true => Redirect::to(&person_path(&object_id)).into_response(),
        false => wrong("Somebody has this sign-in name, or there are too many people."),
    }
}

fn hired(directory: &mut Directory, person: Person) -> bool {
    let name = &person.user_principal_name;
    let mut everybody = directory.people.iter().chain(&directory.deleted);
    let sound = directory.people.len() < MAX_OBJECTS
        && !everybody.any(|other| other.user_principal_name.eq_ignore_ascii_case(name));
    if sound {
        directory.people.push(person);
    }
    sound
}

#[derive(Deserialize)]
struct NewGroup {
    name: String,
}

async fn add_group(Shared(state): Shared<Arc<State>>, Form(form): Form<NewGroup>) -> Response {
    let Some(name) = text(&form.name) else {
        return wrong("A group has a name of at most 256 characters.");
    };
    let Ok(object_id) = guid() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let group = Group {
        object_id: object_id.clone(),
        name,
    };
    let added = state.change_directory(|directory| {
        let sound = directory.groups.len() < MAX_OBJECTS;
        directory.groups.extend(Some(group).filter(|_| sound));
        sound
    });
    match added {
        true => Redirect::to(&group_path(&object_id)).into_response(),
        false => wrong("There are too many groups."),
    }
}

#[derive(Deserialize)]
struct Assign {
    assign: Option<String>,
    unassign: Option<String>,
}

async fn set_assignment(
    Shared(state): Shared<Arc<State>>,
    axum::extract::Path((kind, object_id)): axum::extract::Path<(String, String)>,
    Form(form): Form<Assign>,
) -> Response {
    let directory = state.directory();
    let known = match kind.as_str() {
        "people" => directory.person(&object_id).is_some(),
        "groups" => directory.group(&object_id).is_some(),
        _ => false,
    };
    let changed = match (known, form.assign, form.unassign) {
        (true, Some(app_id), None) => state.assign(&app_id, &object_id),
        (true, None, Some(app_id)) => state.unassign(&app_id, &object_id),
        _ => false,
    };
    match changed {
        true => Redirect::to(&format!("/directory/{kind}/{object_id}")).into_response(),
        false => wrong("There is nothing to assign here."),
    }
}

/// People, and groups, that the pages make at most: a page lists all of them.
const MAX_OBJECTS: usize = 1000;
