//! The first half of a sign-on: the request that is remembered, and the message that leaves with it.

use jiff::SignedDuration;
use jiff::Timestamp;
use url::form_urlencoded::Serializer;

use super::LoadedConnection;
use super::SignOnError;
use super::outgoing::Message;
use super::outgoing::Outgoing;
use super::sign_on::SignOns;
use crate::connection::RequestSigning;
use crate::saml::AuthnRequest;
use crate::saml::Endpoint;
use crate::saml::MessageId;
use crate::saml::RequestOptions;
use crate::saml::ReturnPath;
use crate::saml::redirect::MessageKind;
use crate::session::PendingRequest;
use crate::token::Token;
use crate::token::TokenHash;

/// The sign-on that somebody wants.
pub(crate) struct Begin {
    pub(crate) return_path: ReturnPath,
    /// The person must have proven who they are no longer ago than this.
    pub(crate) max_age: Option<SignedDuration>,
    /// The person must not be asked anything.
    pub(crate) passive: bool,
    pub(crate) hints: Hints,
    pub(crate) previous_session: Option<TokenHash>,
}

/// Hints for the identity provider at the person to expect. They are text from outside and decide nothing.
#[derive(Default)]
pub(crate) struct Hints {
    pub(crate) login_hint: Option<String>,
    pub(crate) domain_hint: Option<String>,
}

pub(crate) struct Begun {
    pub(crate) id: MessageId,
    /// The browser must show it when it comes back.
    pub(crate) browser: Token,
    pub(crate) at: Timestamp,
    pub(crate) outgoing: Outgoing,
}

impl SignOns {
    /// Begins a sign-on: remembers the request and says how it leaves.
    pub(crate) async fn begin(
        &self,
        loaded: &LoadedConnection,
        begin: Begin,
    ) -> Result<Begun, SignOnError> {
        let now = self.clock.now();
        let trust = loaded.trust(now)?;
        let drawn = (MessageId::random(), Token::random(), Token::random());
        let (Ok(id), Ok(relay_state), Ok(browser)) = drawn else {
            return Err(SignOnError::Random);
        };
        let endpoint = match loaded.connection.our_side().request_binding {
            Some(binding) => trust
                .sso_over(binding)
                .ok_or(SignOnError::NoEndpoint(binding))?,
            None => trust.sso(),
        };
        let request = AuthnRequest {
            id: id.clone(),
            issue_instant: now,
            destination: endpoint.location.clone(),
            options: RequestOptions {
                force_authn: begin.max_age.is_some(),
                is_passive: begin.passive,
                ..loaded.connection.our_side().request_options.clone()
            },
        };
        let xml = request.to_xml(&loaded.sp).map_err(|_| SignOnError::Write)?;
        let pending = PendingRequest {
            id,
            connection: loaded.connection.id().clone(),
            relay_state: relay_state.hash(),
            browser: browser.hash(),
            return_path: begin.return_path,
            previous_session: begin.previous_session,
            passive: begin.passive,
            authn_since: begin.max_age.and_then(|age| now.checked_sub(age).ok()),
            expires: now.checked_add(PendingRequest::LIFETIME).unwrap_or(now),
        };
        self.store.remember_request(&pending).await?;
        // The ID is no secret: it travels through the browser's address line, and `verify --request-id` asks for it.
        let saml_request = pending.id.as_str();
        tracing::info!(event = "sign-on-begun", connection = %pending.connection, saml_request, "sign-on begun");
        let relay_state = relay_state.reveal();
        let message = Message {
            kind: MessageKind::Request,
            id: pending.id.as_str(),
            xml: &xml,
            relay_state: Some(&relay_state),
        };
        let signs = loaded.connection.our_side().request_signing == RequestSigning::Signed;
        let hinted = Endpoint {
            location: begin.hints.hinted(&endpoint.location),
            ..endpoint.clone()
        };
        let signer = loaded.signer.as_ref().filter(|_| signs);
        let outgoing = message.outgoing(&hinted, signer)?;
        Ok(Begun {
            id: pending.id,
            browser,
            at: now,
            outgoing,
        })
    }
}

impl Hints {
    /// The identity provider's address with the hints that Entra reads from its query.
    fn hinted(&self, address: &str) -> String {
        let pairs = [
            ("login_hint", &self.login_hint),
            ("domain_hint", &self.domain_hint),
        ];
        with_query(address, &pairs)
    }
}

/// An address with the parameters that have a value.
pub(crate) fn with_query(address: &str, pairs: &[(&str, &Option<String>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, &value[..value.floor_char_boundary(HINT)]);
        }
    }
    let query = query.finish();
    let joint = if address.contains('?') { '&' } else { '?' };
    if query.is_empty() {
        address.to_owned()
    } else {
        format!("{address}{joint}{query}")
    }
}

/// Bytes of one parameter at most, the longest return path: what is longer is cut behind the last whole character.
const HINT: usize = ReturnPath::MAX_LENGTH;

#[cfg(test)]
mod tests {
    use super::*;

    fn expecting(login_hint: &str) -> Hints {
        Hints {
            login_hint: Some(login_hint.to_owned()),
            domain_hint: None,
        }
    }

    #[test]
    fn a_hint_that_is_too_long_is_cut_between_characters_wherever_the_limit_falls() {
        for before in 0..4 {
            let hint = "a".repeat(before) + &"\u{1F600}".repeat(HINT);
            let hints = expecting(&hint);
            let url = hints.hinted("https://idp.example/sso");
            let url = url::Url::parse(&url).unwrap();
            let (_, sent) = url.query_pairs().next().unwrap();
            assert!(
                sent.len() > HINT - 4 && sent.len() <= HINT,
                "{}",
                sent.len()
            );
            assert!(hint.starts_with(&*sent));
        }
    }

    #[test]
    fn a_hint_of_the_longest_length_goes_on_whole() {
        let hint = "a".repeat(HINT);
        let hints = expecting(&hint);
        let sent = format!("https://idp.example/sso?login_hint={hint}");
        assert_eq!(hints.hinted("https://idp.example/sso"), sent);
    }
}
