//! The reasons why a validation of sign-on ends early.

use crate::admin::AdminError;
use crate::dsig::SignError;
use crate::practice::keys::KeyMakingError;

/// The reason why a validation of sign-on could not be run to its end.
#[derive(thiserror::Error)]
pub(crate) enum ValidationError {
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Key(#[from] KeyMakingError),
    #[error("no random numbers are to be had")]
    Random,
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    #[error(
        "expected a server at {base_url} that works on this store, found HTTP {status} for the metadata of a new connection"
    )]
    NotServed { base_url: String, status: u16 },
    #[error("expected our own metadata from the server: {0}")]
    Metadata(String),
    #[error("expected to be sent to the identity provider, found: {0}")]
    NoRequest(String),
    #[error("the identity provider of the validation has no answer: {0}")]
    Request(String),
    #[error("expected a page of {0} bytes at most")]
    TooLarge(usize),
}
debug_as_sentence!(ValidationError);

impl ValidationError {
    /// True if the server has caused it by an answer, or by none: that fails a case, and the others are tried.
    pub(super) fn is_of_the_server(&self) -> bool {
        match self {
            ValidationError::Unreachable(_)
            | ValidationError::NoRequest(_)
            | ValidationError::Request(_)
            | ValidationError::TooLarge(_) => true,
            ValidationError::Admin(_)
            | ValidationError::Key(_)
            | ValidationError::Random
            | ValidationError::NotServed { .. }
            | ValidationError::Metadata(_) => false,
        }
    }
}

impl From<SignError> for ValidationError {
    fn from(error: SignError) -> ValidationError {
        ValidationError::Request(error.to_string())
    }
}
