//! The body of a SCIM request.

use axum::body::Body;

use super::super::body;
use super::super::body::BodyError;
use crate::scim::ScimError;

/// Reads the bytes of a body.
pub(super) async fn read(body: Body, limit: usize) -> Result<Vec<u8>, ScimError> {
    let read = body::read(body, limit, PATIENCE).await;
    read.map_err(|error| match error {
        BodyError::NoRoom => ScimError::Unavailable,
        BodyError::Broken => ScimError::syntax("a body that comes to its end"),
        BodyError::TooLong => ScimError::PayloadTooLarge {
            what: "bytes in the body",
            limit,
        },
    })
}

/// Twice the largest body that any endpoint takes.
const PATIENCE: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_beyond_its_limit_is_refused_in_the_words_of_scim() {
        let of = |length: usize| read(Body::from(vec![b'x'; length]), 10);
        assert_eq!(of(10).await.map(|bytes| bytes.len()), Ok(10));
        let (what, limit) = ("bytes in the body", 10);
        assert_eq!(
            of(11).await,
            Err(ScimError::PayloadTooLarge { what, limit })
        );
    }
}
