//! Reasons that there is no document.

use std::error::Error;
use std::time::Duration;

use super::RedirectRefused;

/// The reason that there is no document.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is not protected on its way.
    #[error("the metadata address is not https (plain http is for loopback only)")]
    NotProtected,
    /// The server is not on the public internet, where nothing else may be fetched from.
    #[error("the metadata server is not on the public internet, and the connection takes no other")]
    PrivateAddress,
    /// The server could not be reached, or broke off.
    #[error("the metadata could not be fetched: {0}")]
    Unreachable(String),
    /// It took too long, to connect or as a whole.
    #[error("the metadata server did not answer in time")]
    TooSlow,
    /// A redirect was not followed.
    #[error("the metadata server was not followed: {0}")]
    Redirect(#[from] RedirectRefused),
    /// The server refused.
    #[error("the metadata server answered with status {0}; expected 200")]
    Status(u16),
    /// The server wants to be left alone for a while.
    #[error("the metadata server answered with status {status}: it is busy")]
    Busy {
        /// 429 or 503.
        status: u16,
        /// The time for which it wants that (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// A page for people, most often an error or a sign-in page with the status of success.
    #[error("the metadata server sent a web page (text/html); expected XML")]
    Page,
    /// The body is encoded, although nobody asked for that. What it would grow to is not known before it has.
    #[error("the metadata server sent an encoded body (Content-Encoding); expected none")]
    Encoded,
    /// The document is too large.
    #[error("the metadata is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}
debug_as_sentence!(FetchError);

impl FetchError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            FetchError::NotProtected => "fetch-not-protected",
            FetchError::PrivateAddress => "fetch-private-address",
            FetchError::Unreachable(_) => "fetch-unreachable",
            FetchError::TooSlow => "fetch-too-slow",
            FetchError::Redirect(RedirectRefused::OtherHost) => "fetch-redirect-host",
            FetchError::Redirect(RedirectRefused::Unprotected) => "fetch-redirect-unprotected",
            FetchError::Redirect(RedirectRefused::TooMany) => "fetch-redirect-loop",
            FetchError::Status(_) => "fetch-status",
            FetchError::Busy { .. } => "fetch-busy",
            FetchError::Page => "fetch-web-page",
            FetchError::Encoded => "fetch-encoded",
            FetchError::TooLarge { .. } => "fetch-too-large",
        }
    }

    /// The time for which the server asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The name stands for an address that is not public.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the host has an address that is not on the public internet")]
pub(super) struct PrivateAddress;

/// Finds our own refusals among the causes; otherwise names the innermost one, which an admin can fix.
pub(super) fn of_request(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::TooSlow;
    }
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    loop {
        let cause = innermost;
        if let Some(refused) = cause.downcast_ref::<RedirectRefused>() {
            return FetchError::Redirect(*refused);
        }
        if cause.is::<PrivateAddress>() {
            return FetchError::PrivateAddress;
        }
        match cause.source() {
            Some(deeper) => innermost = deeper,
            None => break,
        }
    }
    FetchError::Unreachable(innermost.to_string())
}
