//! A cookie of ours that came more than once. A browser keeps one of each name, so somebody else has set another, and
//! nobody can tell which is which: the person counts as signed out, all are taken away, and the log has it.

use std::sync::Arc;

use axum::extract::Request;
use axum::extract::State;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use super::Cookies;
use super::header::SetCookies;
use super::header::warn_doubled;
use crate::web::mount::Mount;

/// The mark of a request whose doubled cookies are in the log, with the answer's headers that take them away; none where
/// [`guard`] adds them.
#[derive(Clone, Default)]
struct Noted(SetCookies);

pub(in crate::web) async fn guard(
    State((cookies, mount)): State<(Arc<Cookies>, Arc<Mount>)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let removal = found(&cookies, &mount, &parts);
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
pub(in crate::web) fn note(parts: &mut Parts, cookies: &Cookies, mount: &Mount) {
    if parts.extensions.get::<Noted>().is_some() {
        return;
    }
    if let Some(removal) = found(cookies, mount, parts) {
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

fn found(cookies: &Cookies, mount: &Mount, parts: &Parts) -> Option<SetCookies> {
    let names = cookies.doubled(&parts.headers);
    if names.is_empty() {
        return None;
    }
    warn_doubled(&names);
    let path = mount.path_in_browser(parts);
    let path = path.as_str().split('?').next().unwrap_or_default();
    Some(cookies.expire(&names, path))
}
