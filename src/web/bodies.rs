//! A bound on the bodies that are under way: so many bytes, and no more, are in memory for requests whose answers are not
//! there yet, however many clients send however slowly. Requests whose credential was checked have room of their own, which
//! strangers cannot take.
//!
//! The rest waits in the sockets. A client that was given room and does not finish is not waited for longer than others can
//! bear: where there is none left, one request ends of which nothing comes any more, or else one that has been arriving for
//! too long; of several one of the client that has held the most for the longest, over all its requests.

use std::collections::HashMap;
use std::net::IpAddr;
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
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use hyper::body::Frame;
use hyper::body::SizeHint;
use tokio::time::Instant;
use tokio::time::Sleep;
use tokio::time::sleep;

use super::client_address::TrustedProxies;
use super::client_address::network;
use crate::connection::ConnectionId;

/// The bodies under way of one site. All clones are one.
#[derive(Clone)]
pub(crate) struct Bodies {
    shared: Arc<Shared>,
    proxies: TrustedProxies,
}

struct Shared {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    next: u64,
    requests: HashMap<u64, Holding>,
    of_strangers: usize,
    of_connections: usize,
}

/// On whose account a body is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Account {
    /// That of a network of clients whom nobody knows; all whose address is unknown are one.
    Stranger(Option<IpAddr>),
    /// That of a connection whose credential came with the request.
    Connection(ConnectionId),
}

impl Account {
    /// True if both take from the same room.
    fn shares_room_with(&self, other: &Account) -> bool {
        matches!(self, Account::Stranger(_)) == matches!(other, Account::Stranger(_))
    }
}

struct Holding {
    account: Account,
    bytes: usize,
    since: Instant,
    /// Since when the client has been waited for, in vain.
    stalled: Option<Instant>,
    arriving: bool,
    given_up: bool,
    /// Wakes whoever reads the body.
    reader: Option<Waker>,
}

impl Default for Bodies {
    fn default() -> Bodies {
        Bodies::behind(TrustedProxies::default())
    }
}

impl Bodies {
    /// The bodies of a site that has these proxies before it.
    pub(super) fn behind(proxies: TrustedProxies) -> Bodies {
        Bodies::of(MOST, proxies)
    }

    fn of(most: usize, proxies: TrustedProxies) -> Bodies {
        let held = Mutex::default();
        Bodies {
            shared: Arc::new(Shared { most, held }),
            proxies,
        }
    }

    fn share(&self, client: Option<IpAddr>) -> Arc<Share> {
        let mut held = self.shared.held();
        let id = held.next;
        held.next += 1;
        let holding = Holding {
            account: Account::Stranger(client.map(network)),
            bytes: 0,
            since: Instant::now(),
            stalled: None,
            arriving: true,
            given_up: false,
            reader: None,
        };
        held.requests.insert(id, holding);
        Arc::new(Share {
            bodies: self.shared.clone(),
            id,
        })
    }
}

/// Takes a body off the strangers' account: the credential of this connection came with it, and holds.
pub(super) fn vouch(parts: &Parts, connection: &ConnectionId) {
    if let Some(share) = parts.extensions.get::<Arc<Share>>() {
        share.is_of(connection);
    }
}

/// Counts the body of a request from its first byte until the answer is there. For `middleware::from_fn_with_state`.
pub(crate) async fn count(State(bodies): State<Bodies>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let share = bodies.share(bodies.proxies.client(&parts));
    parts.extensions.insert(share.clone());
    let request = Request::from_parts(parts, body);
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
    /// The bytes in the room of an account.
    fn bytes(&mut self, account: &Account) -> &mut usize {
        match account {
            Account::Stranger(_) => &mut self.of_strangers,
            Account::Connection(_) => &mut self.of_connections,
        }
    }

    /// Ends one of the late requests in the room of an account.
    fn give_one_up(&mut self, account: &Account) {
        let now = Instant::now();
        let arriving =
            |of: &Holding| of.arriving && !of.given_up && of.account.shares_room_with(account);
        // Where all wait for room and none for its client, one has to make room for the rest.
        let mut all = self.requests.values().filter(|of| arriving(of));
        let patience = match all.all(|of| of.stalled.is_none()) {
            true => MOMENT,
            false => PATIENCE,
        };
        let mut burdens: HashMap<Account, u128> = HashMap::new();
        for of in self.requests.values().filter(|of| arriving(of)) {
            *burdens.entry(of.account.clone()).or_default() += of.burden(now);
        }
        let late = |of: &&mut Holding| {
            arriving(of) && (of.is_stalled(now) || now.duration_since(of.since) >= patience)
        };
        let rank = |of: &&mut Holding| {
            let of_all = burdens.get(&of.account).copied().unwrap_or_default();
            (of.is_stalled(now), of_all, of.burden(now))
        };
        let late = self.requests.values_mut().filter(late);
        if let Some(holding) = late.max_by_key(rank) {
            holding.given_up = true;
            if let Some(reader) = holding.reader.take() {
                reader.wake();
            }
        }
    }

    fn is_giving_up(&self, account: &Account) -> bool {
        let mut all = self.requests.values();
        all.any(|of| of.given_up && of.account.shares_room_with(account))
    }
}

impl Holding {
    /// True if nothing has come for longer than a moment.
    fn is_stalled(&self, now: Instant) -> bool {
        let stalled = self.stalled;
        stalled.is_some_and(|since| now.duration_since(since) >= MOMENT)
    }

    /// The bytes, times the milliseconds for which they have been kept from others.
    fn burden(&self, now: Instant) -> u128 {
        self.bytes as u128 * now.duration_since(self.since).as_millis()
    }
}

/// The room that one request holds; it is free again when the last clone goes.
struct Share {
    bodies: Arc<Shared>,
    id: u64,
}

impl Share {
    /// True if more may be read.
    fn room(&self) -> Result<bool, NoRoom> {
        let mut held = self.bodies.held();
        let holding = held.requests.get_mut(&self.id);
        let holding = holding.filter(|of| !of.given_up).ok_or(NoRoom)?;
        let account = holding.account.clone();
        if *held.bytes(&account) < self.bodies.most {
            return Ok(true);
        }
        if let Some(holding) = held.requests.get_mut(&self.id) {
            // It is not the client that is waited for.
            holding.stalled = None;
        }
        if !held.is_giving_up(&account) {
            held.give_one_up(&account);
        }
        Ok(false)
    }

    fn is_of(&self, connection: &ConnectionId) {
        let mut held = self.bodies.held();
        if let Some(mut holding) = held.requests.remove(&self.id) {
            *held.bytes(&holding.account) -= holding.bytes;
            holding.account = Account::Connection(connection.clone());
            *held.bytes(&holding.account) += holding.bytes;
            held.requests.insert(self.id, holding);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Holding)) {
        if let Some(holding) = self.bodies.held().requests.get_mut(&self.id) {
            change(holding);
        }
    }

    fn is_given_up(&self) -> bool {
        let held = self.bodies.held();
        held.requests.get(&self.id).is_some_and(|of| of.given_up)
    }

    fn took(&self, bytes: usize) {
        let mut held = self.bodies.held();
        let account = held.requests.get_mut(&self.id).map(|of| {
            of.bytes += bytes;
            of.stalled = None;
            of.account.clone()
        });
        if let Some(account) = account {
            *held.bytes(&account) += bytes;
        }
    }

    fn waits(&self) {
        self.change(|of| of.stalled = of.stalled.or_else(|| Some(Instant::now())));
    }

    fn reads(&self, waker: &Waker) {
        self.change(|of| of.reader = Some(waker.clone()));
    }

    fn arrived(&self) {
        self.change(|of| of.arriving = false);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.bodies.held();
        if let Some(holding) = held.requests.remove(&self.id) {
            *held.bytes(&holding.account) -= holding.bytes;
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

/// There is no room for the rest of a body.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many bodies are under way")]
pub(super) struct NoRoom;

impl NoRoom {
    /// True if this is why a body could not be read.
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

/// Bytes of all bodies of strangers, and again of all that came with a credential: eight responses of the largest kind, or
/// thousands of common ones. Memory takes twice as much at worst.
const MOST: usize = 32 * 1024 * 1024;
/// The cost of a piece of a body beside its bytes.
const FRAME: usize = 64;
/// A body of which nothing comes for so long may have to go.
const MOMENT: Duration = Duration::from_secs(1);
/// A body that keeps coming may have to go after this.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time after which to look for room again.
const AGAIN: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::Router;
    use axum::extract::ConnectInfo;
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

    type Begun = (
        mpsc::UnboundedSender<usize>,
        tokio::task::JoinHandle<String>,
    );

    struct Site {
        bodies: Bodies,
        routes: Router,
    }

    async fn known(request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        vouch(&parts, &"acme".parse().unwrap());
        next.run(Request::from_parts(parts, body)).await
    }

    impl Site {
        fn new(most: usize) -> Site {
            let bodies = Bodies::of(most, TrustedProxies::default());
            let read = post(
                |body: Result<Bytes, axum::extract::rejection::BytesRejection>| async {
                    body.map_or("broken".to_owned(), |body| body.len().to_string())
                },
            );
            let layer = axum::middleware::from_fn_with_state(bodies.clone(), count);
            Site {
                bodies,
                routes: Router::new()
                    .route("/", read.clone())
                    .route("/known", read.layer(axum::middleware::from_fn(known)))
                    .layer(layer),
            }
        }

        /// A request under way, and what sends more of its body.
        fn begin(&self) -> Begun {
            self.begin_from(None, "/")
        }

        fn begin_from(&self, client: Option<&str>, path: &str) -> Begun {
            let (sender, receiver) = mpsc::unbounded_channel();
            let mut request = Request::post(path).body(Body::new(Sent(receiver))).unwrap();
            if let Some(client) = client {
                let peer = SocketAddr::new(client.parse().unwrap(), 4711);
                request.extensions_mut().insert(ConnectInfo(peer));
            }
            let answer = self.routes.clone().oneshot(request);
            let answered = tokio::spawn(async move {
                let body = answer.await.unwrap().into_body();
                let body = axum::body::to_bytes(body, 100).await.unwrap();
                String::from_utf8(body.to_vec()).unwrap()
            });
            (sender, answered)
        }

        fn bytes(&self) -> usize {
            self.bodies.shared.held().of_strangers
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
            [false, false, true, false],
            "the largest that is waited for goes, and no other: the last one waits for room"
        );
        let (_, largest) = stalled.into_iter().nth(2).unwrap();
        let answer = largest.await.unwrap();
        assert!(answer.starts_with("Too much is being sent"), "{answer}");
    }

    /// Sends a body of 2,500 bytes in 25 pieces, each after `pause`, and tells what was answered.
    async fn slowly((sender, answer): Begun, pause: Duration) -> String {
        for _ in 0..25 {
            sleep(pause).await;
            if sender.send(100).is_err() {
                break;
            }
        }
        drop(sender);
        answer.await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_take_no_room_of_those_who_are_known() {
        let site = Site::new(10_000);
        let stalled: Vec<_> = (0..32).map(|_| site.begin()).collect();
        for (sender, _) in &stalled {
            sender.send(1000).unwrap();
        }
        sleep(Duration::from_secs(2)).await;
        let answer = slowly(site.begin_from(None, "/known"), Duration::from_millis(200)).await;
        assert_eq!(answer, "2500");
    }

    #[tokio::test(start_paused = true)]
    async fn what_stalls_goes_before_what_is_larger() {
        let site = Site::new(10_000);
        // Each from a network of its own.
        let stalled: Vec<_> = (1..=32)
            .map(|number| site.begin_from(Some(&format!("192.0.2.{number}")), "/"))
            .collect();
        for (sender, _) in &stalled {
            sender.send(1000).unwrap();
        }
        let honest = site.begin_from(Some("198.51.100.1"), "/");
        let answer = slowly(honest, Duration::from_millis(200)).await;
        assert_eq!(answer, "2500");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_answers_for_all_that_it_holds() {
        let site = Site::new(10_000);
        let trickling: Vec<_> = (0..32)
            .map(|_| site.begin_from(Some("192.0.2.1"), "/"))
            .collect();
        let trickle = tokio::spawn(async move {
            for round in 0..100 {
                for (sender, _) in &trickling {
                    let _ = sender.send(if round == 0 { 1000 } else { 1 });
                }
                sleep(Duration::from_millis(300)).await;
            }
        });
        let honest = site.begin_from(Some("198.51.100.1"), "/");
        let answer = slowly(honest, Duration::from_millis(200)).await;
        assert_eq!(answer, "2500");
        trickle.abort();
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
        assert!(site.bodies.shared.held().requests.is_empty());
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
