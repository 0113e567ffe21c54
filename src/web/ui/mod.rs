//! The few pages of our own. They need no script and work with a keyboard, a screen reader and in the dark.

mod address;
mod choices;
mod layout;
mod refusal;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use maud::Markup;
use maud::html;

pub(super) use self::address::no_such_address;
pub(super) use self::address::nothing_here;
pub(super) use self::address::wrong_method;
pub use self::choices::Choice;
pub use self::choices::Choices;
pub(super) use self::choices::SignInPage;
pub(super) use self::layout::correlation;
use self::layout::layout;
use self::layout::start;
pub(super) use self::refusal::RefusedAction;
pub(super) use self::refusal::came_twice;
pub(super) use self::refusal::look_again;
pub(super) use self::refusal::not_permitted;
pub(super) use self::refusal::refused;
pub(super) use self::refusal::somebody_else;
pub(super) use self::refusal::status;
use super::OwnSession;
use crate::connection::BaseUrl;
use crate::saml::logout::LogoutStatus;
use crate::saml::post::PostForm;
use crate::session::Device;
use crate::session::Session;
use crate::ui;

/// Lets the person choose a connection.
pub(super) fn sign_in(choices: &Choices) -> Response {
    let nothing = choices.connections.is_empty() && !choices.by_email;
    let body = html! {
        @if nothing {
            p { "There is no sign-in to choose here. Use the address that your organisation gave you." }
        } @else {
            @if let Some(email) = &choices.unknown_email {
                p role="alert" { "No organisation here has the domain of " strong { (email) } "." }
            }
            @if choices.by_email {
                form action=(choices.action) {
                    @if let Some(path) = &choices.return_path { input type="hidden" name="return" value=(path); }
                    label for="email" { "Your work e-mail address" }
                    input id="email" name="email" type="email" autocomplete="username" required;
                    button { "Continue" }
                }
            }
            @if !choices.connections.is_empty() {
                h2 { "Choose your organisation" }
                ul.choices {
                    @for choice in &choices.connections {
                        li { a href=(choice.address) { (choice.name) @if choice.remembered { " (last time)" } } }
                    }
                }
            }
        }
    };
    let status = if nothing {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    (status, layout("Sign in", body)).into_response()
}

/// Posts a message by itself, or by a click.
pub(super) fn post(form: &PostForm) -> Markup {
    layout(
        "Signing in",
        html! {
            p { "You are on your way to your organisation's sign-in page." }
            (ui::message_form(form))
            (ui::script(ui::SUBMIT))
        },
    )
}

/// Goes on to the identity provider by itself, or by a click.
pub(super) fn onward(url: &str) -> Markup {
    layout(
        "One moment",
        html! {
            p { "You are on your way to your organisation's sign-in page." }
            p { a href=(url) { "Continue" } }
        },
    )
}

/// Asks before signing out.
pub(super) fn sign_out(base_url: &BaseUrl) -> Markup {
    layout("Sign out", sign_out_form(base_url))
}

/// Two ways out: of this app alone, or of the organisation's sign-in and its other apps too.
fn sign_out_form(base_url: &BaseUrl) -> Markup {
    html! {
        form method="post" action={ (base_url) "/saml/logout" } {
            button { "Sign out" } " "
            button name="everywhere" value="yes" { "Sign out everywhere" }
        }
    }
}

/// Says that the local session is over, or that there was none.
pub(super) fn signed_out(base_url: &BaseUrl, had_session: bool) -> Markup {
    if !had_session {
        return layout(
            "There is nothing to sign out of",
            html! {
                p { "Your browser sent no session of this app. If you still see yourself signed in, sign out on a page of the app." }
                p { a href=(start(base_url)) { "Back to the start" } }
            },
        );
    }
    layout(
        "You are signed out",
        html! {
            p { "You are signed out of this app. Your organisation's sign-in may still be open: on a shared computer, sign out there too." }
            p { a href=(start(base_url)) { "Back to the start" } }
        },
    )
}

/// Says how a sign-out everywhere went; `is_live` is a session of this browser that it did not end.
pub(super) fn signed_out_everywhere(
    base_url: &BaseUrl,
    status: LogoutStatus,
    is_live: bool,
) -> Markup {
    if is_live {
        return layout(
            "The sign-out is done",
            html! {
                p { "The session that was meant is over. In this browser you are signed in with another one, which goes on." }
                p { a href=(start(base_url)) { "Back to the start" } }
            },
        );
    }
    let rest = match status {
        LogoutStatus::Success => {
            "You are signed out of this app and of your organisation's sign-in."
        }
        _ => {
            "You are signed out of this app. Some other apps may still be open: on a shared computer, close the browser."
        }
    };
    layout(
        "You are signed out",
        html! { p { (rest) } p { a href=(start(base_url)) { "Back to the start" } } },
    )
}

/// The page at `/` of `entrada serve`.
pub(super) fn home(base_url: &BaseUrl, user: Option<&Session>) -> Markup {
    let body = html! {
        @match user {
            Some(user) => {
                p { "You are signed in as " strong { (user.name_id()) } " over " (user.connection()) "." }
                (sign_out_form(base_url))
                p { a href={ (base_url) "/saml/sessions" } { "Your sessions" } }
            }
            None => p { "You are not signed in. " a href={ (base_url) "/saml/login" } { "Sign in" } }
        }
    };
    layout("Entrada", body)
}

/// The sessions of a person, and how to end them.
pub(super) fn sessions(base_url: &BaseUrl, user: &Session, sessions: &[OwnSession]) -> Markup {
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
                        "Since " (time(session.opened)) ", last used " (time(session.seen)) ". "
                        @if session.is_this { "This is the one that you are using." }
                        @else {
                            button name="end" value=(session.id) {
                                "Sign out" span.hidden { " the one since " (time(session.opened)) }
                            }
                        }
                    }
                }
            }
            @if sessions.len() > 1 { button name="end" value=(OTHERS) { "Sign out all others" } }
        }
        p { a href=(start(base_url)) { "Back to the start" } }
    };
    layout("Your sessions", body)
}

/// The browser as people call it, or else as it calls itself.
fn browser(device: &Device) -> String {
    let agent = || device.agent.clone().filter(|agent| !agent.is_empty());
    let known = device.browser().or_else(agent);
    known.unwrap_or_else(|| "An unknown browser".to_owned())
}

/// A moment for people, to the minute.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The value that stands for all sessions but this one.
pub(super) const OTHERS: &str = "others";
