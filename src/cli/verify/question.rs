//! The request that a response must answer.

use super::report::RequestIdSource;
use crate::metadata::Trust;
use crate::saml::MessageId;
use crate::saml::Refusal;
use crate::saml::UnverifiedResponse;
use crate::xenc::DecryptionKeys;

pub(super) struct Question {
    pub(super) request: Option<MessageId>,
    pub(super) request_id_source: RequestIdSource,
    /// Says if the response was said to answer no request, or names none over a signature that holds.
    pub(super) answers_nothing: bool,
    pub(super) warning: Option<&'static str>,
}

impl Question {
    /// The question as it was asked, or as the response suggests it.
    pub(super) fn of(
        request_id: Option<&MessageId>,
        unsolicited: bool,
        response: &Result<UnverifiedResponse, Refusal>,
        trust: &Trust,
        keys: Option<&DecryptionKeys>,
    ) -> Question {
        if request_id.is_some() || unsolicited {
            return Question {
                request: request_id.cloned(),
                request_id_source: RequestIdSource::Given,
                answers_nothing: unsolicited,
                warning: None,
            };
        }
        let verified = response.clone().and_then(|response| match keys {
            Some(keys) => response.decrypt_and_verify(trust, keys),
            None => response.verify(trust),
        });
        let claimed = verified.as_ref().ok().and_then(|v| v.in_response_to());
        Question {
            request: claimed.and_then(MessageId::from_text),
            request_id_source: RequestIdSource::FromResponse,
            answers_nothing: verified.is_ok() && claimed.is_none(),
            warning: Some(NOT_ASKED),
        }
    }
}

const NOT_ASKED: &str = "WARNING: whether the response answers a request of ours was NOT checked: give --request-id ID, or --unsolicited for a sign-on that began at the identity provider. A server always checks it.";
