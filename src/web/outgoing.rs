//! How a message of ours leaves: by a redirect, or by a form that the browser posts; signed where we have a key for
//! it.

use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use super::page;
use crate::dsig;
use crate::dsig::Signer;
use crate::saml::Binding;
use crate::saml::Endpoint;
use crate::saml::post::PostForm;
use crate::saml::redirect;
use crate::saml::redirect::MessageKind;
use crate::site::SignOnError;
use crate::token::Token;

/// A message on its way to an identity provider.
pub(super) struct Message<'a> {
    pub(super) kind: MessageKind,
    /// Its `ID`, which a signature refers to.
    pub(super) id: &'a str,
    pub(super) xml: &'a str,
    pub(super) relay_state: Option<&'a str>,
}

impl Message<'_> {
    /// The answer that makes the browser carry it to `endpoint`.
    pub(super) fn to(
        &self,
        endpoint: &Endpoint,
        signer: Option<&Signer>,
    ) -> Result<Response, SignOnError> {
        let destination = match self.kind {
            MessageKind::Request => &endpoint.location,
            MessageKind::Response => endpoint.response_location(),
        };
        match endpoint.binding {
            Binding::HttpRedirect => {
                Ok(Redirect::to(&self.url(destination, signer)?).into_response())
            }
            Binding::HttpPost => self.form(destination, signer),
        }
    }

    /// The same as an answer to a form that a person sent.
    pub(super) fn after_a_form(
        &self,
        endpoint: &Endpoint,
        signer: Option<&Signer>,
    ) -> Result<Response, SignOnError> {
        match endpoint.binding {
            Binding::HttpRedirect => onward(&self.url(&endpoint.location, signer)?),
            Binding::HttpPost => self.form(&endpoint.location, signer),
        }
    }

    fn url(&self, destination: &str, signer: Option<&Signer>) -> Result<String, SignOnError> {
        let outgoing = redirect::Outgoing {
            destination,
            kind: self.kind,
            message: self.xml,
            relay_state: self.relay_state,
        };
        match signer {
            Some(signer) => outgoing.signed_url(signer).map_err(|_| SignOnError::Write),
            None => Ok(outgoing.url()),
        }
    }

    fn form(&self, destination: &str, signer: Option<&Signer>) -> Result<Response, SignOnError> {
        let signed = signer
            .map(|signer| dsig::sign(self.xml, self.id, signer))
            .transpose();
        let signed = signed.map_err(|_| SignOnError::Write)?;
        let xml = signed.as_deref().unwrap_or(self.xml);
        post_form(&PostForm::of(self.kind, destination, xml, self.relay_state))
    }
}

/// A page that goes on by itself. A redirect will not do after a form: browsers hold `form-action`, in the policy of the
/// page with the form, against every redirect that follows, and `form-action 'self'` is what most apps have.
pub(super) fn onward(url: &str) -> Result<Response, SignOnError> {
    let refresh = HeaderValue::try_from(format!("0; url={url}")).map_err(|_| SignOnError::Write)?;
    Ok(([(header::REFRESH, refresh)], page::onward(url)).into_response())
}

/// A page that posts a message by itself, or by a click where scripts are off. Its policy admits one script,
/// by its nonce. It does not name the receiver: Chromium would hold the receiver's own redirects to that.
fn post_form(form: &PostForm) -> Result<Response, SignOnError> {
    let nonce = Token::random().map_err(|_| SignOnError::Random)?.reveal();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    let policy = HeaderValue::from_str(&policy).map_err(|_| SignOnError::Write)?;
    Ok((
        [(header::CONTENT_SECURITY_POLICY, policy)],
        page::post(form, &nonce),
    )
        .into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receiver_of_a_posted_message_may_send_the_browser_on() {
        let form = PostForm::request("https://login.example/", "<a/>", None);
        let response = post_form(&form).unwrap();
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str();
        let policy = policy.unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("form-action"), "{policy}");
    }
}
