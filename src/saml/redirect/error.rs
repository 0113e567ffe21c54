//! The reasons for which a query is refused, before and after its signature is asked for.

use crate::dsig::SignatureError;

/// The reason for which a query holds no message that we read.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// The query is too long.
    #[error("expected a query of at most {limit} bytes, found {found}")]
    TooLong {
        /// The limit.
        limit: usize,
        /// The length found.
        found: usize,
    },
    /// There is no message in it.
    #[error("expected a parameter SAMLRequest or SAMLResponse, found neither")]
    NoMessage,
    /// A parameter comes twice: two readers could choose differently.
    #[error("expected one message, found {0} more than once")]
    Repeated(&'static str),
    /// An encoding other than DEFLATE.
    #[error("expected the encoding DEFLATE, found another")]
    Encoding,
    /// The message is not base64.
    #[error("expected base64, found something else")]
    NotBase64,
    /// The message does not inflate.
    #[error("expected a message compressed with DEFLATE, found something else")]
    NotDeflate,
    /// The message inflates beyond its limit.
    #[error("expected a message of at most {limit} bytes once inflated, found a longer one")]
    Inflated {
        /// The limit.
        limit: usize,
    },
    /// A parameter is not UTF-8.
    #[error("expected text in UTF-8, found something else")]
    NotText,
}
debug_as_sentence!(RedirectError);

impl RedirectError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            RedirectError::TooLong { .. } => "redirect-too-long",
            RedirectError::NoMessage => "redirect-no-message",
            RedirectError::Repeated(_) => "redirect-repeated-parameter",
            RedirectError::Encoding => "redirect-encoding",
            RedirectError::NotBase64 => "redirect-not-base64",
            RedirectError::NotDeflate => "redirect-not-deflate",
            RedirectError::Inflated { .. } => "redirect-inflated-too-large",
            RedirectError::NotText => "redirect-not-text",
        }
    }
}

/// The reason for which a signed query is refused.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedQueryError {
    /// It does not decode.
    #[error(transparent)]
    Query(#[from] RedirectError),
    /// Its signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Its signature holds over the same parameters in another spelling: something on the way encoded the query anew.
    #[error(
        "the query was encoded anew on its way: the signature holds over another spelling of the same parameters"
    )]
    EncodedAnew,
}
debug_as_sentence!(SignedQueryError);

impl SignedQueryError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            SignedQueryError::Query(error) => error.code(),
            SignedQueryError::Signature(error) => error.code(),
            SignedQueryError::EncodedAnew => SignatureError::Invalid { claimed: None }.code(),
        }
    }
}
