//! A connection, the bodies that arrive over it and the answers that leave, each telling what watches it what happens.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use hyper::body::Frame;
use hyper::body::Incoming;
use hyper::body::SizeHint;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;

use super::exchange::Exchange;
use super::table::Slot;

/// A connection, with its slot: whoever it is handed to in an upgrade keeps that.
pub(super) struct Observed {
    stream: TcpStream,
    slot: Slot,
    /// Bytes that may still be read and forgotten once the connection ends; `None` before that.
    leftover: Option<usize>,
}

impl Observed {
    pub(super) fn new(stream: TcpStream, slot: Slot) -> Observed {
        Observed {
            stream,
            slot,
            leftover: None,
        }
    }

    fn wrote(&self, polled: &Poll<io::Result<usize>>) {
        match polled {
            Poll::Pending => self.slot.watch.reader_awaited(),
            Poll::Ready(Ok(bytes)) => self.slot.watch.reader_took(*bytes),
            Poll::Ready(Err(_)) => {}
        }
    }

    /// Reads on for a moment, or until the client ends: it may still be sending what nobody wants, and to close now would
    /// take the answer away from it.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
            let bytes = buffer.filled().len();
            let left = self.leftover.unwrap_or(0).checked_sub(bytes);
            match (read, left) {
                (Ok(()), Some(left)) if bytes > 0 => self.leftover = Some(left),
                _ => return Poll::Ready(()),
            }
        }
    }
}

impl AsyncRead for Observed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Below TLS, which would break off where more comes than it expects.
        if self.leftover.is_some() {
            return self.linger(context).map(Ok);
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.slot.watch.read();
        }
        polled
    }
}

impl AsyncWrite for Observed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.leftover.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.leftover = Some(LEFTOVER);
            self.slot.watch.ending();
        }
        self.linger(context).map(Ok)
    }
}

pub(super) struct RequestBody {
    pub(super) body: Incoming,
    pub(super) exchange: Arc<Exchange>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Pending => self.exchange.watch().body_awaited(),
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.exchange.watch().body_came(bytes);
            }
            Poll::Ready(_) => self.exchange.watch().body_ended(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.exchange.watch().body_ended();
    }
}

/// An answer. In HTTP/2 it leaves in pieces, each when the client has room for it: how long one stays is the client's doing.
pub(super) struct ResponseBody {
    body: Body,
    exchange: Arc<Exchange>,
    /// The end of what the body gave last.
    rest: Bytes,
    /// The length of the piece that was handed over last.
    handed: usize,
    ended: bool,
}

impl ResponseBody {
    pub(super) fn new(body: Body, exchange: Arc<Exchange>) -> ResponseBody {
        ResponseBody {
            body,
            exchange,
            rest: Bytes::new(),
            handed: 0,
            ended: false,
        }
    }

    /// The last byte leaves alone, once the client has room for all before it, and keeps nothing of that in memory. A piece is
    /// handed over where there is room for one byte of it.
    fn piece(&mut self) -> Frame<Bytes> {
        let piece = match self.rest.len() {
            0 | 1 => Bytes::copy_from_slice(&std::mem::take(&mut self.rest)),
            length => self.rest.split_to(PIECE.min(length - 1)),
        };
        self.handed = piece.len();
        self.exchange.watch().reader_awaited();
        Frame::data(piece)
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.exchange.is_stream() {
            return Pin::new(&mut self.body).poll_frame(context);
        }
        let handed = std::mem::take(&mut self.handed);
        self.exchange.watch().reader_took(handed);
        if self.rest.is_empty() {
            let polled = ready!(Pin::new(&mut self.body).poll_frame(context));
            match polled.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                // Trailers are the last frame: nothing asks for one behind them.
                Some(Ok(Err(trailers))) => {
                    self.ended = true;
                    return Poll::Ready(Some(Ok(trailers)));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.ended = true;
                    return Poll::Ready(None);
                }
            }
        }
        Poll::Ready(Some(Ok(self.piece())))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    /// Asked before the first piece leaves.
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        // What has not left was taken back.
        if !self.exchange.is_stream() || self.ended || self.is_end_stream() {
            self.exchange.answered();
        }
    }
}

/// Bytes of an answer that leave at once: a frame of HTTP/2.
const PIECE: usize = 16 * 1024;
/// As much as the largest body that any route takes, and what is on the way behind it.
const LEFTOVER: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::super::limits::ServeLimits;
    use super::super::table::Admission;
    use super::super::table::Table;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_has_not_left_was_taken_back() {
        let table = Arc::new(Table::new(ServeLimits::connections(10)));
        for (pieces, is_cut) in [(0, true), (1, true), (2, false)] {
            let Admission::Slot(slot) = table.admit([192, 0, 2, 1].into()) else {
                panic!("there is room");
            };
            slot.watch.multiplexes();
            for _ in 0..101 {
                let exchange = Arc::new(Exchange::begin(&slot).unwrap());
                let mut leaving = ResponseBody::new(Body::from("ok"), exchange);
                for _ in 0..pieces {
                    let frame = poll_fn(|context| Pin::new(&mut leaving).poll_frame(context)).await;
                    assert_eq!(frame.unwrap().unwrap().into_data().unwrap().len(), 1);
                }
            }
            let cut = timeout(Duration::ZERO, slot.watch.cut_off()).await;
            assert_eq!(cut.is_ok(), is_cut, "{pieces}");
        }
    }
}
