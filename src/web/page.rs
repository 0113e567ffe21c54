//! The frame of a site's pages, and what several of them have. They need no script and work with a keyboard, a screen reader
//! and in the dark.

use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use maud::Markup;
use maud::html;

use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::site::reasons::remedy;
use crate::ui;

pub(super) fn page(title: &str, body: Markup) -> Markup {
    let body = html! { main { h1 { (title) } (body) } };
    ui::document(ui::Look::Site, title, body)
}

pub(super) fn with_way_back(base_url: &BaseUrl, title: &str, body: Markup) -> Markup {
    page(
        title,
        html! { (body) (to_start(base_url, "Back to the start")) },
    )
}

pub(super) fn to_start(base_url: &BaseUrl, words: &str) -> Markup {
    let start = base_url.local(&ReturnPath::root());
    html! { p { a href=(start.as_str()) { (words) } } }
}

/// A page that refuses something for a reason of [`crate::site::reasons`].
pub(super) fn refusing(
    base_url: &BaseUrl,
    title: &str,
    said: Markup,
    code: &str,
    request: &str,
) -> Markup {
    let body = html! {
        (said)
        (reference(code, None, request))
        (for_administrators(html! { (remedy(code)) }))
    };
    with_way_back(base_url, title, body)
}

/// The code of a refusal, Entra's own number where it has one, and the id of the request, which finds its log line.
pub(super) fn reference(code: &str, entra: Option<u32>, request: &str) -> Markup {
    html! {
        dl {
            dt { "Code" } dd { code { (code) } }
            @if let Some(number) = entra { dt { "Entra" } dd { code { "AADSTS" (number) } } }
            dt { "Number" } dd { code { (request) } }
        }
    }
}

pub(super) fn for_administrators(text: Markup) -> Markup {
    html! {
        details {
            summary { "For administrators" }
            p { (text) }
        }
    }
}

/// Two ways out: of this app alone, or of the organisation's sign-in and its other apps too.
pub(super) fn sign_out_form(base_url: &BaseUrl) -> Markup {
    html! {
        form method="post" action={ (base_url) "/saml/logout" } {
            button { "Sign out" } " "
            button name="everywhere" value="yes" { "Sign out everywhere" }
        }
    }
}

pub(super) fn redirect(base_url: &BaseUrl, path: &ReturnPath) -> Response {
    Redirect::to(base_url.local(path).as_str()).into_response()
}
