//! Messages of ours as answers: a redirect, or a page with a form that posts itself.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::site::Outgoing;
use crate::web::pages::Page;

/// The answer that makes the browser carry a message.
pub(super) fn leave(outgoing: &Outgoing) -> Response {
    match outgoing {
        Outgoing::Redirect(url) => Redirect::to(url).into_response(),
        Outgoing::Post(form) => Page::Post(form.clone()).answer(StatusCode::OK),
    }
}

pub(super) fn leave_after_a_form(outgoing: &Outgoing) -> Response {
    match outgoing {
        Outgoing::Redirect(url) => onward(url),
        Outgoing::Post(_) => leave(outgoing),
    }
}

/// A page that goes on by itself. A redirect will not do after a form: browsers hold `form-action`, in the policy of the
/// page with the form, against every redirect that follows, and `form-action 'self'` is what most apps have.
pub(super) fn onward(url: &str) -> Response {
    let to = url.to_owned();
    Page::Onward { to }.going_on(StatusCode::OK, url)
}

pub(super) fn redirect(base_url: &BaseUrl, path: &ReturnPath) -> Response {
    Redirect::to(base_url.local(path).as_str()).into_response()
}
