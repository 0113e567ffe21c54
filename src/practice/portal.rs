//! The portal, in the manner of "My Apps": sign in with a click on a person, open an app with a click on its
//! tile, and choose what is wrong with the next response.

use std::sync::Arc;

use axum::Form;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use maud::Markup;
use maud::html;
use serde::Deserialize;

use super::aadsts::Aadsts;
use super::app::App;
use super::app::Requests;
use super::app::SignIns;
use super::cookie;
use super::directory::Person;
use super::fault::Fault;
use super::page;
use super::page::Page;
use super::people::people;
use super::request::NameIdFormat;
use super::sso;
use super::sso::ResponseParams;
use super::state::Reach;
use super::state::SignedIn;
use super::state::State;

pub(super) async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    let session = cookie::read(&state, &headers);
    let signed_in = session.and_then(|token| state.signed_in(&token));
    let body = html! {
        @match signed_in {
            Some(signed_in) => { (own_apps(&state, &signed_in)) },
            None => { (welcome(&state)) },
        }
        (fault_switch(state.fault.get()))
        (logout_switch(state.reach.get()))
        (administration(&state))
        (directory(&state))
    };
    Page::new("Portal", body).into_response()
}

fn welcome(state: &State) -> Markup {
    html! {
        section.card {
            h1 { "Who are you today?" }
            p.soft { "Click on a person to sign in. There are no passwords here." }
            form method="post" action="/signin" { (people(state, None)) }
        }
    }
}

fn own_apps(state: &State, signed_in: &SignedIn) -> Markup {
    let person = &signed_in.person;
    html! {
        section.card.row {
            (page::avatar(person, index_of(state, person)))
            div.grow {
                strong { (person.display_name) } br;
                span.soft { (person.user_principal_name) " · " (person.remark) }
            }
            form method="post" action="/signout" { button { "Sign out" } }
        }
        section.card {
            h1 { "My apps" }
            p.soft { "A click on a tile signs you on without the app having asked (IdP-initiated)." }
            form.tiles method="post" action="/launch" {
                @for app in state.apps().iter().filter(|app| app.requests == Requests::SignedOrNot) { (tile(app)) }
            }
        }
    }
}

fn tile(app: &App) -> Markup {
    html! {
        button.tile name="app" value=(app.app_id) {
            span.mark aria-hidden="true" { (app.name.chars().next().unwrap_or('A')) }
            span.who { strong { (app.name) } small { "SAML 2.0" } }
        }
    }
}

fn fault_switch(armed: Option<Fault>) -> Markup {
    html! {
        section.card {
            h2 { "The next response" }
            @match armed {
                Some(fault) => p.alert role="status" { "The next response will be bad: " (fault.label().to_lowercase()) ". The app should refuse it." },
                None => p.soft { "It will be sound. Choose a fault to see the app refuse it; it applies once." },
            }
            form.faults method="post" action="/fault" {
                button name="fault" value="" aria-pressed=(armed.is_none()) { "Sound" }
                @for fault in Fault::ALL {
                    button name="fault" value=(fault.name()) aria-pressed=(armed == Some(fault)) { (fault.label()) }
                }
            }
        }
    }
}

fn logout_switch(reach: Reach) -> Markup {
    html! {
        section.card {
            h2 { "The next sign-out at an app" }
            @match reach {
                Reach::Partial => p.alert role="status" { "The next sign-out will be partial: no other app is told. The app should say so." },
                Reach::Everywhere => p.soft { "It will reach every app. A partial one leaves the others open; it applies once." },
            }
            form.faults method="post" action="/reach" {
                button name="reach" value="" aria-pressed=(reach == Reach::Everywhere) { "Complete" }
                button name="reach" value=(PARTIAL) aria-pressed=(reach == Reach::Partial) { "Partial" }
            }
        }
    }
}

fn administration(state: &State) -> Markup {
    html! {
        section.card {
            h2 { "Administration" }
            p.soft { "Hire, move and dismiss people, and let an app know over SCIM." }
            ul.links {
                li { a href="/directory" { "People and groups" } }
                @for app in state.apps() {
                    li { a href={ "/apps/" (app.app_id) "/provisioning" } { "Provisioning of " (app.name) } }
                }
            }
            form method="post" action="/sign-ins" { @for app in state.apps() { (sign_ins(&app)) } }
        }
    }
}

fn sign_ins(app: &App) -> Markup {
    html! {
        div.row {
            @match app.sign_ins {
                SignIns::OfAssigned => {
                    span.grow { "To " (app.name) " those who are assigned may sign in." }
                    button name="everybody" value=(app.app_id) { "Require no assignment" }
                },
                SignIns::OfEverybody => {
                    span.grow { "To " (app.name) " everybody may sign in; those who are assigned are provisioned." }
                    button name="assigned" value=(app.app_id) { "Require an assignment" }
                },
            }
        }
    }
}

fn directory(state: &State) -> Markup {
    let directory = state.directory();
    let groups = &directory.groups;
    html! {
        details.card {
            summary { "Tenant, metadata and groups" }
            dl {
                dt { "Tenant" }
                dd { code { (state.tenant()) } }
                @for app in state.apps() {
                    dt { "Metadata for " (app.name) }
                    dd { a href=(state.metadata_url(Some(&app.app_id))) { code { (state.metadata_url(Some(&app.app_id))) } } }
                }
                @for group in groups.iter().take(GROUPS_SHOWN) {
                    dt { (group.name) }
                    dd { code { (group.object_id) } }
                }
            }
            @if let Some(more) = groups.len().checked_sub(GROUPS_SHOWN).filter(|more| *more > 0) {
                p.soft { "And " (more) " more groups." }
            }
        }
    }
}

fn index_of(state: &State, person: &Person) -> usize {
    let directory = state.directory();
    let mut people = directory.people.iter();
    people.position(|other| other == person).unwrap_or_default()
}

#[derive(Deserialize)]
pub(super) struct SignIn {
    person: String,
}

pub(super) async fn sign_in(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Result<Response, Aadsts> {
    let Some(person) = state.directory().person(&form.person).cloned() else {
        let page = page::plain(StatusCode::BAD_REQUEST, "There is no such person.");
        return Ok(page.into_response());
    };
    if !person.enabled {
        return Err(Aadsts::Disabled(person.user_principal_name));
    }
    Ok(
        match cookie::sign_in(&state, &headers, &person, state.now()) {
            Ok((_, cookie)) => (cookie, Redirect::to("/")).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Arm {
    fault: String,
}

pub(super) async fn arm(Shared(state): Shared<Arc<State>>, Form(form): Form<Arm>) -> Response {
    state.fault.set(Fault::from_name(&form.fault));
    Redirect::to("/").into_response()
}

#[derive(Deserialize)]
pub(super) struct SetReach {
    reach: String,
}

pub(super) async fn set_reach(
    Shared(state): Shared<Arc<State>>,
    Form(form): Form<SetReach>,
) -> Response {
    state.reach.set(match form.reach.as_str() {
        PARTIAL => Reach::Partial,
        _ => Reach::Everywhere,
    });
    Redirect::to("/").into_response()
}

#[derive(Deserialize)]
pub(super) struct SetSignIns {
    everybody: Option<String>,
    assigned: Option<String>,
}

pub(super) async fn set_sign_ins(
    Shared(state): Shared<Arc<State>>,
    Form(form): Form<SetSignIns>,
) -> Response {
    let known = match (form.everybody, form.assigned) {
        (Some(app_id), None) => state.set_sign_ins(&app_id, SignIns::OfEverybody),
        (None, Some(app_id)) => state.set_sign_ins(&app_id, SignIns::OfAssigned),
        _ => false,
    };
    match known {
        true => Redirect::to("/").into_response(),
        false => page::plain(StatusCode::BAD_REQUEST, "There is no such app.").into_response(),
    }
}

#[derive(Deserialize)]
pub(super) struct Launch {
    app: String,
}

/// `POST /launch`: a sign-on that no app asked for.
pub(super) async fn launch(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Form(form): Form<Launch>,
) -> Result<Response, Aadsts> {
    let session = cookie::read(&state, &headers);
    let Some(signed_in) = session.and_then(|token| state.signed_in(&token)) else {
        return Ok(Redirect::to("/").into_response());
    };
    let entry = state.known_app(&form.app)?;
    // Requiring signed requests disables this in Entra too.
    if entry.app.requests == Requests::Signed {
        return Err(Aadsts::NotSigned(entry.app.name));
    }
    // An app has at least one of each; the builder sees to it.
    let answer = ResponseParams {
        identifier: &entry.app.identifiers[0],
        acs_url: &entry.app.reply_urls[0],
        in_response_to: None,
        name_id_format: NameIdFormat::Configured,
        relay_state: entry.app.relay_state.as_deref(),
    };
    sso::answer(&state, &entry, signed_in, answer).await
}

const PARTIAL: &str = "partial";
/// Groups that are listed by name; the sample has three that matter.
const GROUPS_SHOWN: usize = 3;
