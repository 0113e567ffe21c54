//! Messages of ours as answers: a redirect, or a page with a form that posts itself.

use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use maud::html;

use crate::saml::post::PostForm;
use crate::site::Outgoing;
use crate::site::SignOnError;
use crate::ui::Look;
use crate::ui::SUBMIT;
use crate::ui::content_security_policy;
use crate::ui::message_form;
use crate::ui::script;
use crate::web::page::page;

/// The answer that makes the browser carry a message.
pub(super) fn leave(outgoing: &Outgoing) -> Result<Response, SignOnError> {
    match outgoing {
        Outgoing::Redirect(url) => Ok(Redirect::to(url).into_response()),
        Outgoing::Post(form) => Ok(post_form(form)),
    }
}

pub(super) fn leave_after_a_form(outgoing: &Outgoing) -> Result<Response, SignOnError> {
    match outgoing {
        Outgoing::Redirect(url) => onward(url),
        Outgoing::Post(form) => Ok(post_form(form)),
    }
}

/// A page that goes on by itself. A redirect will not do after a form: browsers hold `form-action`, in the policy of the
/// page with the form, against every redirect that follows, and `form-action 'self'` is what most apps have.
pub(super) fn onward(url: &str) -> Result<Response, SignOnError> {
    let refresh = HeaderValue::try_from(format!("0; url={url}")).map_err(|_| SignOnError::Write)?;
    let body = html! {
        p { (ON_THE_WAY) }
        p { a href=(url) { "Continue" } }
    };
    Ok(([(header::REFRESH, refresh)], page("One moment", body)).into_response())
}

/// A page that posts a message by itself, or by a click where scripts are off. Its policy does not name the receiver:
/// Chromium would hold the receiver's own redirects to that.
fn post_form(form: &PostForm) -> Response {
    let policy = content_security_policy(Look::Site, Some(SUBMIT), "frame-ancestors 'none'");
    let body = html! {
        p { (ON_THE_WAY) }
        (message_form(form))
        (script(SUBMIT))
    };
    let page = page("Signing in", body);
    ([(header::CONTENT_SECURITY_POLICY, policy)], page).into_response()
}

const ON_THE_WAY: &str = "You are on your way to your organisation's sign-in page.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receiver_of_a_posted_message_may_send_the_browser_on() {
        let form = PostForm::request("https://login.example/", "<a/>", None);
        let response = post_form(&form);
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str();
        let policy = policy.unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("form-action"), "{policy}");
    }
}
