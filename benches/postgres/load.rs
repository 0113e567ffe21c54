//! Clients in the process of the app: requests go to its router, without a network between.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::response::Parts;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::Outcome;

/// The answer that each request must get: any other is an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Status(StatusCode),
    /// A redirect with the cookie of a session.
    Session,
}

impl Expected {
    fn is(self, head: &Parts) -> bool {
        match self {
            Expected::Status(status) => head.status == status,
            Expected::Session => head.status == StatusCode::SEE_OTHER && session(head).is_some(),
        }
    }
}

/// The cookie of the session that an answer opens.
pub(crate) fn session(head: &Parts) -> Option<&str> {
    let cookies = head.headers.get_all(header::SET_COOKIE).iter();
    let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let mut sessions = pairs.filter(|pair| {
        pair.strip_prefix("__Host-entrada-session=")
            .is_some_and(|token| !token.is_empty())
    });
    sessions.next()
}

/// The time of each request, and of all of them.
pub(crate) struct Load {
    times: Vec<Duration>,
    whole: Duration,
}

/// A request, when it is due, and the app that it goes to.
struct Due {
    at: Duration,
    app: Router,
    request: Request<Body>,
}

impl Load {
    /// Sends all requests as fast as they are answered, by so many clients at once.
    pub(crate) async fn flood(
        app: &Router,
        requests: Vec<Request<Body>>,
        clients: usize,
        expected: Expected,
    ) -> Outcome<Load> {
        let due = |request| Due {
            at: Duration::ZERO,
            app: app.clone(),
            request,
        };
        run(requests.into_iter().map(due).collect(), clients, expected).await
    }

    /// Sends so many requests a second to the apps in turn, whether or not they are answered; times count from when each was
    /// due.
    pub(crate) async fn steady(
        apps: &[Router],
        requests: Vec<Request<Body>>,
        rate: f64,
        clients: usize,
        expected: Expected,
    ) -> Outcome<Load> {
        let numbered = requests.into_iter().enumerate();
        let due = numbered.map(|(number, request)| Due {
            at: Duration::from_secs_f64((1.0 + number as f64) / rate),
            app: apps[number % apps.len()].clone(),
            request,
        });
        run(due.collect(), clients, expected).await
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.whole.as_secs_f64()
    }

    /// In milliseconds.
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let place = ((self.times.len() - 1) as f64 * part) as usize;
        self.times[place].as_secs_f64() * 1e3
    }
}

async fn run(queue: VecDeque<Due>, clients: usize, expected: Expected) -> Outcome<Load> {
    let queue = Arc::new(Mutex::new(queue));
    let mut running = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..clients {
        let queue = queue.clone();
        running.spawn(async move {
            let mut times = Vec::new();
            loop {
                let next = queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop_front();
                let Some(Due { at, app, request }) = next else {
                    return Ok(times);
                };
                let due = begun + at;
                tokio::time::sleep_until(due.into()).await;
                let since = if at.is_zero() { Instant::now() } else { due };
                ask(app, request, expected).await?;
                times.push(since.elapsed());
            }
        });
    }
    let mut times = Vec::new();
    while let Some(client) = running.join_next().await {
        let done: Result<Vec<Duration>, String> = client?;
        times.extend(done?);
    }
    times.sort_unstable();
    Ok(Load {
        times,
        whole: begun.elapsed(),
    })
}

/// The head of one answer, whose body was read to its end.
pub(crate) async fn ask(
    app: Router,
    request: Request<Body>,
    expected: Expected,
) -> Result<Parts, String> {
    let Ok(answer) = app.oneshot(request).await;
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let body = body.map_err(|error| error.to_string())?;
    match expected.is(&head) {
        true => Ok(head),
        false => Err(format!("{head:?}: {}", String::from_utf8_lossy(&body))),
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
