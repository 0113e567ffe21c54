use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Context;
use std::task::Poll;
use std::task::Wake;
use std::task::Waker;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::routing::post;
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tower::ServiceExt;

use super::*;

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

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_room_sleeps_until_there_is_some() {
    let site = Site::new(10_000);
    let (full, answer) = site.begin();
    full.send(10_000).unwrap();
    sleep(Duration::from_millis(10)).await;
    let mut waiting: Vec<_> = (0..200)
        .map(|_| {
            let share = site.bodies.share(None);
            let body = Body::from(vec![0; 5_000]);
            (Counted { body, share }, Arc::new(Wakes::default()))
        })
        .collect();
    let woken = |waiting: &[(Counted, Arc<Wakes>)]| -> usize {
        let wakes = waiting.iter();
        wakes.map(|(_, wakes)| wakes.0.swap(0, Relaxed)).sum()
    };
    for (counted, wakes) in &mut waiting {
        let waker = wakes.clone().into();
        let polled = Pin::new(counted).poll_frame(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    for _ in 0..9 {
        // The one that has the room is never late.
        sleep(Duration::from_millis(100)).await;
        assert_eq!(woken(&waiting), 0);
    }
    answer.abort();
    let mut go_on = 0;
    for _ in 0..100 {
        sleep(Duration::from_millis(1)).await;
        go_on = woken(&waiting);
        if go_on > 0 {
            break;
        }
    }
    assert_eq!(go_on, 64, "no more than a few at once");
    let (first, _) = &mut waiting[0];
    let polled = Pin::new(first).poll_frame(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_ready(), "who came first goes first");
    drop(waiting);
    sleep(Duration::from_millis(21)).await;
    assert!(site.bodies.shared.held().requests.is_empty());
}
