//! Reading a body up to its limit.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::Body;
use axum::body::HttpBody;

use super::bodies::NoRoom;

/// The reason that a body was not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BodyError {
    /// There is no room for it at the moment; it may come again.
    NoRoom,
    /// It did not come to its end.
    Broken,
    /// It is longer than it may be.
    TooLong,
}

/// Reads the bytes of a body. Those beyond the limit are read and forgotten, as far as `patience` goes: a client that
/// still writes when the answer comes would see a broken connection in its place.
pub(super) async fn read(
    mut body: Body,
    limit: usize,
    patience: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| match NoRoom::caused(&error) {
            true => BodyError::NoRoom,
            false => BodyError::Broken,
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > patience {
            break;
        }
        match length <= limit {
            true => bytes.extend_from_slice(&data),
            false => bytes = Vec::new(),
        }
    }
    match length <= limit {
        true => Ok(bytes),
        false => Err(BodyError::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: usize = 1000;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit_and_not_a_byte_further() {
        let of = |length: usize| read(Body::from(vec![b'x'; length]), 10, PATIENCE);
        assert_eq!(of(10).await.map(|bytes| bytes.len()), Ok(10));
        for length in [11, PATIENCE, PATIENCE + 1] {
            assert_eq!(of(length).await, Err(BodyError::TooLong));
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
        let refused = read(Body::new(NoRoomLeft), 10, PATIENCE).await;
        assert_eq!(refused, Err(BodyError::NoRoom));
    }
}
