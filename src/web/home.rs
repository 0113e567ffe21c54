//! The page at `/` of `entrada serve`: who is signed in.

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;

use super::CurrentUser;
use super::Entrada;
use super::ui;

/// `GET /`.
pub(super) async fn show(State(entrada): State<Entrada>, user: Option<CurrentUser>) -> Response {
    ui::home(entrada.base_url(), user.as_deref()).into_response()
}
