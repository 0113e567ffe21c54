//! The request to the identity provider, as far as its answer is compared with it.

use jiff::Timestamp;

use super::id::MessageId;

/// The request that a response must answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpectedRequest {
    /// Its ID.
    pub id: MessageId,
    /// The person must have proven who they are no earlier than this: set where `ForceAuthn` was asked for, since an
    /// identity provider may overlook it.
    pub authn_since: Option<Timestamp>,
}

impl From<&MessageId> for ExpectedRequest {
    fn from(id: &MessageId) -> ExpectedRequest {
        ExpectedRequest {
            id: id.clone(),
            authn_since: None,
        }
    }
}
