//! The page at `/` of `entrada serve`: who is signed in.

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use maud::Markup;
use maud::html;

use super::CurrentUser;
use super::Entrada;
use super::page::page;
use super::page::sign_out_form;
use crate::connection::BaseUrl;
use crate::session::Session;

pub(super) async fn show(State(entrada): State<Entrada>, user: Option<CurrentUser>) -> Response {
    home(entrada.base_url(), user.as_deref()).into_response()
}

fn home(base_url: &BaseUrl, user: Option<&Session>) -> Markup {
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
    page("Entrada", body)
}
