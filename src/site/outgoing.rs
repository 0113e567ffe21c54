//! A message of ours as it leaves: by a redirect, or by a form that the browser posts; signed where we have a key for
//! it.

use super::SignOnError;
use crate::dsig;
use crate::dsig::Signer;
use crate::saml::Binding;
use crate::saml::Endpoint;
use crate::saml::post::PostForm;
use crate::saml::redirect;
use crate::saml::redirect::MessageKind;

pub(super) struct Message<'a> {
    pub(super) kind: MessageKind,
    /// Its `ID`, which a signature refers to.
    pub(super) id: &'a str,
    pub(super) xml: &'a str,
    pub(super) relay_state: Option<&'a str>,
}

/// A message that is written, and signed where it is, for the browser to carry.
pub(crate) enum Outgoing {
    Redirect(String),
    Post(PostForm),
}

impl Message<'_> {
    /// The message as the browser carries it to `endpoint`.
    pub(super) fn outgoing(
        &self,
        endpoint: &Endpoint,
        signer: Option<&Signer>,
    ) -> Result<Outgoing, SignOnError> {
        let destination = match self.kind {
            MessageKind::Request => &endpoint.location,
            MessageKind::Response => endpoint.response_location(),
        };
        match endpoint.binding {
            Binding::HttpRedirect => Ok(Outgoing::Redirect(self.url(destination, signer)?)),
            Binding::HttpPost => Ok(Outgoing::Post(self.form(destination, signer)?)),
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

    fn form(&self, destination: &str, signer: Option<&Signer>) -> Result<PostForm, SignOnError> {
        let signed = signer
            .map(|signer| dsig::sign(self.xml, self.id, signer))
            .transpose();
        let signed = signed.map_err(|_| SignOnError::Write)?;
        let xml = signed.as_deref().unwrap_or(self.xml);
        Ok(PostForm::of(self.kind, destination, xml, self.relay_state))
    }
}
