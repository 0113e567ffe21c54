//! Reading the body of an answer, if it is one that we read.

use reqwest::Response;
use reqwest::header;
use reqwest::header::HeaderMap;

use super::FetchError;

/// Refuses what cannot be metadata by its headers: a page for people, or a body that is encoded although nobody
/// asked for that. Other types are let through, since federations publish as `text/plain` and worse.
pub(super) fn check_kind(headers: &HeaderMap) -> Result<(), FetchError> {
    let text = |name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().trim().to_ascii_lowercase()
    };
    let encoding = text(header::CONTENT_ENCODING);
    if !encoding.is_empty() && encoding != "identity" {
        return Err(FetchError::Encoded);
    }
    let kind = text(header::CONTENT_TYPE);
    let kind = kind.split(';').next().unwrap_or_default().trim_end();
    match kind {
        "text/html" | "application/xhtml+xml" => Err(FetchError::Page),
        _ => Ok(()),
    }
}

/// Reads a body chunk by chunk, so that one that is too large is dropped before it is held.
pub(crate) async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length().unwrap_or_default();
    if announced > limit as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The reason why a body was not read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is larger than the limit.
    TooLarge,
    /// The connection failed.
    Broken(reqwest::Error),
}
