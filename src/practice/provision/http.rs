//! HTTP as both addresses of an app are asked: bounded in time and size, and without redirects.

use std::time::Duration;

use reqwest::Response;
use reqwest::header;
use reqwest::redirect::Policy;

use super::error::Failure;
use super::error::ProvisionError;
use crate::fetch::BodyError;
use crate::fetch::read_body;

pub(super) fn client() -> Result<reqwest::Client, ProvisionError> {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirect would take the token elsewhere.
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("entrada-practice/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ProvisionError::Machine(error.to_string()))
}

pub(super) async fn body(response: Response) -> Result<Vec<u8>, Failure> {
    let body = read_body(response, MAX_BODY).await;
    body.map_err(|error| match error {
        BodyError::Broken(error) => unreachable(error),
        BodyError::TooLarge => Failure::Unexpected {
            expected: "an answer of at most 1 MiB",
            found: "more".to_owned(),
        },
    })
}

/// The time that a busy server asks to wait.
pub(super) fn retry_after(response: &Response) -> Duration {
    let header = response.headers().get(header::RETRY_AFTER);
    let seconds = header.and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1)).min(LONGEST_WAIT)
}

/// The address stands in the log already, and the innermost cause says most.
pub(super) fn unreachable(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Failure::Unreachable(cause.to_string())
}

/// The number of times that a busy server is asked again.
pub(super) const RETRIES: u32 = 3;
/// Far more than a server takes for one object.
const TIMEOUT: Duration = Duration::from_secs(30);
/// As for metadata: a host that is there answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// However long a server asks to wait: somebody sits before the page.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Bytes of an answer: a user is about two kilobytes, and a list of matches has one.
const MAX_BODY: usize = 1024 * 1024;
