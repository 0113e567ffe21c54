//! A bound on the bodies that are under way: so many bytes, and no more, are in memory for requests whose answers are not
//! there yet, however many clients send however slowly.
//!
//! What is beyond waits in the sockets. Whoever was given room and does not finish is not waited for longer than others can
//! bear: where there is none left, the one request ends that holds the most, of those that have been arriving for more than
//! a moment.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::task::ready;
use std::time::Duration;

use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use hyper::body::Frame;
use hyper::body::SizeHint;
use tokio::time::Instant;
use tokio::time::Sleep;
use tokio::time::sleep;

/// The bodies under way of one site. All clones are one.
#[derive(Clone)]
pub(crate) struct Bodies(Arc<Shared>);

struct Shared {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    next: u64,
    bytes: usize,
    requests: HashMap<u64, Holding>,
}

struct Holding {
    bytes: usize,
    since: Instant,
    arriving: bool,
    given_up: bool,
    /// Wakes whoever reads the body.
    reader: Option<Waker>,
}

impl Default for Bodies {
    fn default() -> Bodies {
        Bodies::of(MOST)
    }
}

impl Bodies {
    fn of(most: usize) -> Bodies {
        Bodies(Arc::new(Shared {
            most,
            held: Mutex::default(),
        }))
    }

    fn share(&self) -> Arc<Share> {
        let mut held = self.0.held();
        let id = held.next;
        held.next += 1;
        let holding = Holding {
            bytes: 0,
            since: Instant::now(),
            arriving: true,
            given_up: false,
            reader: None,
        };
        held.requests.insert(id, holding);
        Arc::new(Share {
            bodies: self.0.clone(),
            id,
        })
    }
}

/// Counts the body of a request from its first byte until the answer is there. For `middleware::from_fn_with_state`.
pub(crate) async fn count(State(bodies): State<Bodies>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let share = bodies.share();
    let counted = |body| {
        Body::new(Counted {
            body,
            share: share.clone(),
            again: None,
        })
    };
    let response = next.run(request.map(counted)).await;
    // Whoever could not read the body may have taken it for a broken one.
    match share.is_given_up() && response.status() != StatusCode::SERVICE_UNAVAILABLE {
        true => busy(),
        false => response,
    }
}

fn busy() -> Response {
    let text = "Too much is being sent to this site at the moment. Please try again.\n";
    let again = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, again, text).into_response()
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Ends the request that holds the most of those that are late.
    fn give_one_up(&mut self) {
        let late = |of: &&mut Holding| of.arriving && !of.given_up && of.since.elapsed() >= MOMENT;
        let largest = self.requests.values_mut().filter(late);
        if let Some(holding) = largest.max_by_key(|of| of.bytes) {
            holding.given_up = true;
            if let Some(reader) = holding.reader.take() {
                reader.wake();
            }
        }
    }

    fn is_giving_up(&self) -> bool {
        self.requests.values().any(|of| of.given_up)
    }
}

/// What one request holds; it is free again when the last clone goes.
struct Share {
    bodies: Arc<Shared>,
    id: u64,
}

impl Share {
    /// Whether more may be read.
    fn room(&self) -> Result<bool, NoRoom> {
        let mut held = self.bodies.held();
        if held.requests.get(&self.id).is_none_or(|of| of.given_up) {
            return Err(NoRoom);
        }
        if held.bytes < self.bodies.most {
            return Ok(true);
        }
        if !held.is_giving_up() {
            held.give_one_up();
        }
        Ok(false)
    }

    fn is_given_up(&self) -> bool {
        let held = self.bodies.held();
        held.requests.get(&self.id).is_some_and(|of| of.given_up)
    }

    fn took(&self, bytes: usize) {
        let mut held = self.bodies.held();
        held.bytes += bytes;
        if let Some(holding) = held.requests.get_mut(&self.id) {
            holding.bytes += bytes;
        }
    }

    fn reads(&self, waker: &Waker) {
        if let Some(holding) = self.bodies.held().requests.get_mut(&self.id) {
            holding.reader = Some(waker.clone());
        }
    }

    fn arrived(&self) {
        if let Some(holding) = self.bodies.held().requests.get_mut(&self.id) {
            holding.arriving = false;
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.bodies.held();
        if let Some(holding) = held.requests.remove(&self.id) {
            held.bytes -= holding.bytes;
        }
    }
}

/// A body that is counted.
struct Counted {
    body: Body,
    share: Arc<Share>,
    /// When to look for room again.
    again: Option<Pin<Box<Sleep>>>,
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
            Poll::Pending => {}
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

/// There is no room for the rest of a body.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many bodies are under way")]
pub(super) struct NoRoom;

impl NoRoom {
    /// Whether this is why a body could not be read.
    pub(super) fn caused(error: &axum::Error) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.is::<NoRoom>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// Bytes of all bodies: eight responses of the largest kind, or thousands of common ones. Memory takes twice as much at worst.
const MOST: usize = 32 * 1024 * 1024;
/// What a piece of a body costs beside its bytes.
const FRAME: usize = 64;
/// A body that came whole within this was no burden; others may have to go.
const MOMENT: Duration = Duration::from_secs(1);
/// How soon to look for room again.
const AGAIN: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::post;
    use tokio::sync::mpsc;
    use tower::ServiceExt;

    use super::*;

    /// A body that comes as it is sent.
    struct Sent(mpsc::UnboundedReceiver<usize>);

    impl HttpBody for Sent {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let length = self.0.poll_recv(context);
            length.map(|length| length.map(|length| Ok(Frame::data(Bytes::from(vec![0; length])))))
        }
    }

    struct Site {
        bodies: Bodies,
        routes: Router,
    }

    impl Site {
        fn new(most: usize) -> Site {
            let bodies = Bodies::of(most);
            let read = post(
                |body: Result<Bytes, axum::extract::rejection::BytesRejection>| async {
                    body.map_or("broken".to_owned(), |body| body.len().to_string())
                },
            );
            let layer = axum::middleware::from_fn_with_state(bodies.clone(), count);
            Site {
                bodies,
                routes: Router::new().route("/", read).layer(layer),
            }
        }

        /// A request under way, and what sends more of its body.
        fn begin(
            &self,
        ) -> (
            mpsc::UnboundedSender<usize>,
            tokio::task::JoinHandle<String>,
        ) {
            let (sender, receiver) = mpsc::unbounded_channel();
            let request = Request::post("/").body(Body::new(Sent(receiver))).unwrap();
            let answer = self.routes.clone().oneshot(request);
            let answered = tokio::spawn(async move {
                let body = answer.await.unwrap().into_body();
                let body = axum::body::to_bytes(body, 100).await.unwrap();
                String::from_utf8(body.to_vec()).unwrap()
            });
            (sender, answered)
        }

        fn bytes(&self) -> usize {
            self.bodies.0.held().bytes
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stalls_with_the_most_makes_room() {
        let site = Site::new(10_000);
        let stalled: Vec<_> = (1..=4).map(|_| site.begin()).collect();
        for (number, (sender, _)) in stalled.iter().enumerate() {
            sender.send(2000 + number * 500).unwrap();
        }
        sleep(Duration::from_millis(10)).await;
        assert!(site.bytes() >= 10_000);
        let (sender, answer) = site.begin();
        sender.send(100).unwrap();
        drop(sender);
        assert_eq!(answer.await.unwrap(), "100");
        let over: Vec<bool> = stalled
            .iter()
            .map(|(_, answer)| answer.is_finished())
            .collect();
        assert_eq!(
            over,
            [false, false, false, true],
            "the largest goes, and no other"
        );
        let (_, largest) = stalled.into_iter().next_back().unwrap();
        let answer = largest.await.unwrap();
        assert!(answer.starts_with("Too much is being sent"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_arrived_is_answered_and_then_forgotten() {
        let site = Site::new(10_000);
        for _ in 0..100 {
            let (sender, answer) = site.begin();
            sender.send(9_000).unwrap();
            drop(sender);
            assert_eq!(answer.await.unwrap(), "9000");
        }
        assert_eq!(site.bytes(), 0);
        assert!(site.bodies.0.held().requests.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_once_take_turns() {
        let site = Site::new(10_000);
        let mut answers = Vec::new();
        for _ in 0..50 {
            let (sender, answer) = site.begin();
            sender.send(5_000).unwrap();
            drop(sender);
            answers.push(answer);
        }
        for answer in answers {
            assert_eq!(answer.await.unwrap(), "5000");
        }
        assert_eq!(site.bytes(), 0);
    }
}
