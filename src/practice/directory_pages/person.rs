//! The page of a person.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State as Shared;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use maud::Markup;
use maud::html;
use serde::Deserialize;

use super::parts::GroupSearch;
use super::parts::assignments;
use super::parts::done;
use super::parts::field;
use super::parts::group_links;
use super::parts::home;
use super::parts::nobody;
use super::parts::person_path;
use super::parts::text;
use super::parts::wrong;
use crate::practice::directory::Directory;
use crate::practice::directory::Person;
use crate::practice::page::Page;
use crate::practice::state::State;
use crate::ui::FEW;

pub(super) async fn show(
    Shared(state): Shared<Arc<State>>,
    Path(object_id): Path<String>,
    Query(search): Query<GroupSearch>,
) -> Response {
    let directory = state.directory();
    let Some(person) = directory.person(&object_id) else {
        return nobody();
    };
    let path = person_path(&object_id);
    let body = html! {
        section.card {
            h1 { (person.display_name) }
            p.soft { code { (person.object_id) } }
            form.fields method="post" action=(path) {
                (field("Display name", "display_name", &person.display_name, true))
                (field("Given name", "given_name", &person.given_name, false))
                (field("Surname", "surname", &person.surname, false))
                (field("Sign-in name", "user_principal_name", &person.user_principal_name, true))
                (field("E-mail address", "mail", shown(&person.mail), false))
                (field("Job title", "job_title", shown(&person.job_title), false))
                (field("Department", "department", shown(&person.department), false))
                (field("Office", "office", shown(&person.office), false))
                (field("Manager’s sign-in name", "manager", manager_name(&directory, person), false))
                button.primary { "Save" }
            }
        }
        section.card {
            h2 { "Account" }
            form.row method="post" action={ (path) "/state" } {
                @if person.enabled {
                    span.grow { "Enabled" }
                    button name="state" value="disable" { "Disable" }
                } @else {
                    span.grow { "Disabled: cannot sign in, and is inactive at the apps" }
                    button name="state" value="enable" { "Enable" }
                }
                button name="state" value="delete" { "Delete" }
            }
        }
        (assignments(&state, &path, |app| app.admits(person)))
        (groups(&directory, person, &path, &search))
        p { a href="/directory" { "People and groups" } }
        (home())
    };
    Page::new(person.display_name.as_str(), body).into_response()
}

fn groups(directory: &Directory, person: &Person, path: &str, search: &GroupSearch) -> Markup {
    let ids = person.groups.iter();
    let groups: Vec<_> = ids.filter_map(|id| directory.group(id)).collect();
    html! {
        details.card open[groups.len() <= FEW || !search.group.is_empty()] {
            summary { "Member of " (groups.len()) " groups" }
            (group_links(&groups, path, search))
        }
    }
}

fn shown(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

fn manager_name<'d>(directory: &'d Directory, person: &Person) -> &'d str {
    let manager = person.manager.as_ref();
    let manager = manager.and_then(|id| directory.person(id));
    manager.map_or("", |manager| manager.user_principal_name.as_str())
}

#[derive(Deserialize)]
pub(super) struct Edited {
    display_name: String,
    given_name: String,
    surname: String,
    user_principal_name: String,
    mail: String,
    job_title: String,
    department: String,
    office: String,
    manager: String,
}

pub(super) async fn edit(
    Shared(state): Shared<Arc<State>>,
    Path(object_id): Path<String>,
    Form(form): Form<Edited>,
) -> Response {
    match state.change_directory(|directory| apply(directory, &object_id, form)) {
        Some(Ok(())) => Redirect::to(&person_path(&object_id)).into_response(),
        Some(Err(sentence)) => wrong(sentence),
        None => nobody(),
    }
}

fn apply(
    directory: &mut Directory,
    object_id: &str,
    form: Edited,
) -> Option<Result<(), &'static str>> {
    let by_name = |name: &str| {
        let mut people = directory.people.iter();
        people.find(|person| person.user_principal_name.eq_ignore_ascii_case(name))
    };
    let typed = text(&form.user_principal_name);
    let (Some(name), Some(display_name)) = (typed, text(&form.display_name)) else {
        return Some(Err("A person has a sign-in name and a display name."));
    };
    if by_name(&name).is_some_and(|other| other.object_id != object_id) {
        return Some(Err("Somebody else has this sign-in name."));
    }
    let manager = match text(&form.manager) {
        None => None,
        Some(name) => match by_name(&name) {
            Some(manager) => Some(manager.object_id.clone()),
            None => return Some(Err("There is no such manager.")),
        },
    };
    let person = directory.person_mut(object_id)?;
    person.user_principal_name = name;
    person.display_name = display_name;
    person.given_name = text(&form.given_name).unwrap_or_default();
    person.surname = text(&form.surname).unwrap_or_default();
    person.mail = text(&form.mail);
    person.job_title = text(&form.job_title);
    person.department = text(&form.department);
    person.office = text(&form.office);
    person.manager = manager;
    Some(Ok(()))
}

#[derive(Deserialize)]
pub(super) struct NewState {
    state: String,
}

pub(super) async fn set_state(
    Shared(state): Shared<Arc<State>>,
    Path(object_id): Path<String>,
    Form(form): Form<NewState>,
) -> Response {
    let known = state.change_directory(|directory| match form.state.as_str() {
        "enable" => directory.enable(&object_id, true),
        "disable" => directory.enable(&object_id, false),
        "restore" => directory.restore_person(&object_id),
        "delete" => directory.delete_person(&object_id),
        "purge" => directory.purge_person(&object_id),
        _ => false,
    });
    let next = match form.state.as_str() {
        "delete" | "purge" => "/directory".to_owned(),
        _ => person_path(&object_id),
    };
    done(known, &next)
}
