//! Fetching metadata over HTTP: bounded in size, time and redirects, and only over protected ways. What is
//! fetched is octets; whether anybody is trusted by them is decided elsewhere.

use std::error::Error;
use std::time::Duration;

use reqwest::Client;
use reqwest::Response;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header;
use reqwest::redirect::Attempt;
use reqwest::redirect::Policy;

use crate::address::is_protected;
use crate::xml::Budget;

/// A fetched document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// The octets.
    pub document: Vec<u8>,
    /// The `ETag` it came with.
    pub etag: Option<String>,
    /// The `Last-Modified` it came with.
    pub last_modified: Option<String>,
}

/// Fetches a metadata document: `https`, or `http` on loopback; at most 10 MiB in at most 20 seconds; redirects
/// only to the same origin.
///
/// # Errors
/// Why there is no document.
pub async fn metadata(url: &str) -> Result<Fetched, FetchError> {
    let url = Url::parse(url).map_err(|_| FetchError::NotProtected)?;
    if !is_protected(&url) {
        return Err(FetchError::NotProtected);
    }
    let request = client()?.get(url).header(
        header::ACCEPT,
        "application/samlmetadata+xml, application/xml, text/xml",
    );
    let response = request.send().await.map_err(unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let text = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
    Ok(Fetched {
        document: body(response).await?,
        etag,
        last_modified,
    })
}

fn client() -> Result<Client, FetchError> {
    Client::builder()
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::custom(follow))
        .user_agent(concat!("entrada/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(unreachable)
}

fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let stays = attempt
        .previous()
        .first()
        .is_some_and(|origin| origin.origin() == attempt.url().origin());
    if attempt.previous().len() > REDIRECTS {
        attempt.error("too many redirects")
    } else if stays {
        attempt.follow()
    } else {
        attempt.error("a redirect to another origin")
    }
}

/// Reads a body chunk by chunk, so that one that is too large is dropped before it is held.
async fn body(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if document.len() + chunk.len() > MAX_OCTETS {
            return Err(FetchError::TooLarge { limit: MAX_OCTETS });
        }
        document.extend_from_slice(&chunk);
    }
    Ok(document)
}

/// Names the innermost cause: that is the one which an admin can mend.
fn unreachable(error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    FetchError::Unreachable(cause.to_string())
}

/// The reader's own limit for one document.
const MAX_OCTETS: usize = Budget::METADATA.bytes;
/// Entra's metadata service answers within a second; twenty cover a slow proxy.
const TIMEOUT: Duration = Duration::from_secs(20);
/// A host that does not answer within five seconds is taken for absent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Entra redirects not at all, other publishers once.
const REDIRECTS: usize = 3;

/// Why there is no document.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is not protected on its way.
    #[error("the metadata address is not https (plain http is for loopback only)")]
    NotProtected,
    /// The server could not be reached, or broke off.
    #[error("the metadata could not be fetched: {0}")]
    Unreachable(String),
    /// The server refused.
    #[error("the metadata server answered with status {0}; expected 200")]
    Status(u16),
    /// The document is too large.
    #[error("the metadata is larger than {limit} octets")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}
