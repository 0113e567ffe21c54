//! Reasons that there is no document.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::DocumentKind;
use super::RedirectRefused;

/// The reason that there is no document.
#[derive(Clone, PartialEq, Eq)]
pub enum FetchError {
    /// The address is not protected on its way.
    NotProtected,
    /// The server is not on the public internet, where nothing else may be fetched from.
    PrivateAddress,
    /// The server could not be reached, or broke off.
    Unreachable(String),
    /// It took too long, to connect or as a whole.
    TooSlow,
    /// A redirect was not followed.
    Redirect(RedirectRefused),
    /// The server refused.
    Status(u16),
    /// The server wants to be left alone for a while.
    Busy {
        /// 429 or 503.
        status: u16,
        /// The time for which it wants that (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// A page for people, most often an error or a sign-in page with the status of success.
    Page,
    /// The body is encoded, although nobody asked for that. What it would grow to is not known before it has.
    Encoded,
    /// The document is too large.
    TooLarge {
        /// The limit.
        limit: usize,
    },
}
debug_as_sentence!(FetchError);

/// The sentence for metadata, which is fetched most.
impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(DocumentKind::Metadata))
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FetchError::Redirect(refused) => Some(refused),
            _ => None,
        }
    }
}

impl FetchError {
    /// The reason in words, for a document of this kind.
    pub(crate) fn sentence(&self, kind: DocumentKind) -> String {
        let (noun, format) = (kind.noun(), kind.format());
        match self {
            FetchError::NotProtected => {
                format!("the {noun} address is not https (plain http is for loopback only)")
            }
            FetchError::PrivateAddress => format!(
                "the {noun} server is not on the public internet, and the connection takes no other"
            ),
            FetchError::Unreachable(cause) => {
                format!("the {noun} could not be fetched: {cause}")
            }
            FetchError::TooSlow => format!(
                "the {noun} server did not answer in time: a firewall may drop what is sent to it; where a proxy is the way out, set HTTPS_PROXY"
            ),
            FetchError::Redirect(refused) => {
                format!("the {noun} server was not followed: {refused}")
            }
            FetchError::Status(status) => {
                let hint = of_status(status);
                format!("the {noun} server answered with status {status}; expected 200{hint}")
            }
            FetchError::Busy { status, .. } => {
                format!("the {noun} server answered with status {status}: it is busy")
            }
            FetchError::Page => format!(
                "the {noun} server sent a web page (text/html); expected {format}: a network or a proxy that wants a sign-in may stand between, or the address is that of a page"
            ),
            FetchError::Encoded => {
                format!("the {noun} server sent an encoded body (Content-Encoding); expected none")
            }
            FetchError::TooLarge { limit } => format!("the {noun} is larger than {limit} bytes"),
        }
    }

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
    let mut chain = String::new();
    loop {
        let cause = innermost;
        chain.push_str(&cause.to_string());
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
    FetchError::Unreachable(explained(&chain, innermost.to_string()))
}

/// The cause in an admin's words, with what to look at, as far as it is known.
fn explained(chain: &str, innermost: String) -> String {
    let known = CAUSES.iter().find(|(sign, _)| chain.contains(sign));
    match known {
        None => innermost,
        Some((_, words)) if innermost.contains("error:") => (*words).to_owned(),
        Some((_, words)) => format!("{words} ({innermost})"),
    }
}

/// The thing to look at where a server refuses.
fn of_status(status: &u16) -> &'static str {
    match status {
        400 | 404 => ": look at the tenant and the app id in the address",
        407 => {
            ": the proxy wants a name and a password (HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT)"
        }
        _ => "",
    }
}

/// Causes by what the libraries below say of them, the special ones first.
const CAUSES: [(&str, &str); 10] = [
    (
        "proxy auth",
        "the proxy wants a name and a password: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT",
    ),
    (
        "unsuccessful",
        "the proxy of HTTPS_PROXY does not let the request through: ask whoever runs it to allow the host",
    ),
    (
        "lookup address",
        "the host is not found: look at its spelling and at this machine's DNS, and where a proxy is the way out, set HTTPS_PROXY",
    ),
    (
        "onnection refused",
        "nothing takes connections there: look at the host and the port, and where a proxy is the way out, set HTTPS_PROXY",
    ),
    (
        "unreachable",
        "this machine has no way there: look at its network, and where a proxy is the way out, set HTTPS_PROXY",
    ),
    (
        "certificate has expired",
        "the certificate of the server is over: look at this machine's clock (timedatectl) first",
    ),
    (
        "certificate is not yet valid",
        "the certificate of the server is not valid yet: look at this machine's clock (timedatectl)",
    ),
    (
        "ostname mismatch",
        "the certificate is for another host: a sign-in page of the network or a proxy answers in its place",
    ),
    (
        "certificate verify failed",
        "an authority vouches for the server that this machine does not know, as where a proxy opens what is encrypted: add its certificate to those of the system (update-ca-certificates), or to a file that SSL_CERT_FILE names",
    ),
    (
        "wrong version number",
        "the server speaks no TLS on that port: look at the port, or at the proxy between",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_named_with_what_to_look_at() {
        for (chain, innermost, words) in [
            (
                "dns error: failed to lookup address information",
                "Name or service not known",
                "spelling",
            ),
            (
                "tcp connect error",
                "Connection refused (os error 111)",
                "nothing takes connections",
            ),
            ("", "Network is unreachable (os error 101)", "no way there"),
            ("tunnel error: unsuccessful", "unsuccessful", "HTTPS_PROXY"),
            (
                "certificate verify failed: (certificate has expired)",
                "error:0A000086",
                "clock",
            ),
            (
                "certificate verify failed: (Hostname mismatch)",
                "error:0A000086",
                "another host",
            ),
            (
                "certificate verify failed: (self-signed certificate)",
                "error:0A000086",
                "SSL_CERT_FILE",
            ),
        ] {
            let said = explained(&format!("{chain}{innermost}"), innermost.to_owned());
            assert!(said.contains(words), "{said}");
            assert!(!said.contains("error:0A"), "{said}");
        }
        assert_eq!(explained("x", "x".to_owned()), "x");
    }
}
