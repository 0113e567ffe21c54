//! Reading a body up to its limit.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::Body;
use axum::body::HttpBody;

use super::super::bodies::NoRoom;
use crate::scim::ScimError;

/// Reads the bytes of a body. Those beyond the limit are read and forgotten, as far as [`PATIENCE`] goes: a client that
/// still writes when the answer comes would see a broken connection in its place.
pub(super) async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>, ScimError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| match NoRoom::caused(&error) {
            true => ScimError::Unavailable,
            false => ScimError::syntax("a body that comes to its end"),
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > PATIENCE {
            break;
        }
        match length <= limit {
            true => bytes.extend_from_slice(&data),
            false => bytes = Vec::new(),
        }
    }
    match length <= limit {
        true => Ok(bytes),
        false => Err(ScimError::PayloadTooLarge {
            what: "bytes in the body",
            limit,
        }),
    }
}

/// Twice the largest body that any endpoint takes.
const PATIENCE: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit_and_not_a_byte_further() {
        let body = |length: usize| Body::from(vec![b'x'; length]);
        assert_eq!(read(body(10), 10).await.map(|bytes| bytes.len()), Ok(10));
        let refused = ScimError::PayloadTooLarge {
            what: "bytes in the body",
            limit: 10,
        };
        for length in [11, PATIENCE, PATIENCE + 1] {
            assert_eq!(read(body(length), 10).await, Err(refused.clone()));
        }
    }

    #[tokio::test]
    async fn what_there_is_no_room_for_may_come_again() {
        struct NoRoomLeft;
        impl HttpBody for NoRoomLeft {
            type Data = axum::body::Bytes;
            type Error = NoRoom;

            fn poll_frame(
                self: Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, NoRoom>>>
            {
                std::task::Poll::Ready(Some(Err(NoRoom)))
            }
        }
        let refused = read(Body::new(NoRoomLeft), 10).await;
        assert_eq!(refused, Err(ScimError::Unavailable));
    }
}
