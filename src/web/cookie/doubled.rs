//! A cookie of ours that came more than once. A browser keeps one of each name, so somebody else has set another, and
//! nobody can tell which is which: the person counts as signed out, all are taken away, and the log has it.

use axum::extract::Request;
use axum::extract::State;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use super::header::SetCookies;
use crate::web::Entrada;

/// The mark of a request whose doubled cookies are in the log, with the answer's headers that take them away; none where
/// [`guard`] adds them.
#[derive(Clone, Default)]
struct Noted(SetCookies);

/// Sees to the doubled cookies of a request to one of our own routes.
pub(in crate::web) async fn guard(
    State(entrada): State<Entrada>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let removal = found(&entrada, &parts);
    let mut request = Request::from_parts(parts, body);
    let Some(removal) = removal else {
        return next.run(request).await;
    };
    request.extensions_mut().insert(Noted::default());
    let mut response = next.run(request).await;
    removal.put_before(response.headers_mut());
    response
}

/// Notes them for a request to a route of the app; once, however many guards ask.
pub(in crate::web) fn note(parts: &mut Parts, entrada: &Entrada) {
    if parts.extensions.get::<Noted>().is_some() {
        return;
    }
    if let Some(removal) = found(entrada, parts) {
        parts.extensions.insert(Noted(removal));
    }
}

/// The headers that take the doubled cookies of a request away, where nobody else adds them.
pub(in crate::web) fn removal(parts: &Parts) -> SetCookies {
    parts
        .extensions
        .get::<Noted>()
        .cloned()
        .unwrap_or_default()
        .0
}

fn found(entrada: &Entrada, parts: &Parts) -> Option<SetCookies> {
    let names = entrada.cookies().doubled(&parts.headers);
    if names.is_empty() {
        return None;
    }
    tracing::warn!(
        code = "cookie-doubled",
        cookies = names.join(" "),
        "a cookie came more than once, and counts as none: another host, or another path, has set one of its name"
    );
    let path = entrada.path_in_browser(parts);
    let path = path.as_str().split('?').next().unwrap_or_default();
    Some(entrada.cookies().expire(&names, path))
}
