//! The page at `/` of `entrada serve`: who is signed in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::CurrentUser;
use super::Entrada;
use super::pages::Page;

pub(super) async fn show(State(entrada): State<Entrada>, user: Option<CurrentUser>) -> Response {
    let address = |route| format!("{}/saml/{route}", entrada.base_url());
    let of = |user: CurrentUser| (user.name_id().to_string(), user.connection().to_string());
    let page = Page::Home {
        signed_in: user.map(of),
        sign_in: address("login"),
        sessions: address("sessions"),
        sign_out: address("logout"),
    };
    page.answer(StatusCode::OK)
}
