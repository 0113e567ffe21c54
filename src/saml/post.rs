//! HTTP-POST (SAML 2.0 Bindings §3.5): a message in base64, in a form that a page posts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::redirect::MessageKind;

/// The fields of a form that carries a message to `action`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostForm {
    /// The address that the form goes to.
    pub action: String,
    /// `SAMLRequest` or `SAMLResponse`.
    pub field: &'static str,
    /// The message in base64.
    pub message: String,
    /// The RelayState beside it.
    pub relay_state: Option<String>,
}

impl PostForm {
    /// A form with a message of this kind.
    pub fn of(kind: MessageKind, action: &str, xml: &str, relay_state: Option<&str>) -> PostForm {
        PostForm {
            action: action.to_owned(),
            field: kind.parameter(),
            message: STANDARD.encode(xml),
            relay_state: relay_state.map(str::to_owned),
        }
    }

    /// A form with a request.
    pub fn request(action: &str, xml: &str, relay_state: Option<&str>) -> PostForm {
        PostForm::of(MessageKind::Request, action, xml, relay_state)
    }

    /// A form with a response.
    pub fn response(action: &str, xml: &str, relay_state: Option<&str>) -> PostForm {
        PostForm::of(MessageKind::Response, action, xml, relay_state)
    }
}
