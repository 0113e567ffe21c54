//! A body that takes its room as it comes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use hyper::body::Frame;
use hyper::body::SizeHint;
use tokio::time::Sleep;
use tokio::time::sleep;

use super::share::Share;

pub(super) struct Counted {
    pub(super) body: Body,
    pub(super) share: Arc<Share>,
    /// The moment to look for room again.
    pub(super) again: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        self.share.reads(context.waker());
        while !self.share.room()? {
            let again = self.again.get_or_insert_with(|| Box::pin(sleep(AGAIN)));
            ready!(again.as_mut().poll(context));
            self.again = None;
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.share.took(bytes + FRAME);
            }
            Poll::Ready(_) => self.share.arrived(),
            Poll::Pending => self.share.waits(),
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The cost of a piece of a body beside its bytes.
const FRAME: usize = 64;
/// The time after which to look for room again.
const AGAIN: Duration = Duration::from_millis(20);
