//! Access tokens beside provisioning: a steady stream of creates, alone and beside a steady stream of token requests, in turns; and one
//! look-up after the other with an access token and with a bearer token, in turns.

use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio::time::interval_at;

use crate::Outcome;
use crate::client::Connection;
use crate::client::Target;
use crate::customer::median;
use crate::customer::ratio;
use crate::server::Place;
use crate::server::Server;

/// Requests of one kind that are sent by the clock, whatever the answers take.
struct Stream {
    requests: Vec<Vec<u8>>,
    status: u16,
    per_second: u32,
}

const CREATES_PER_SECOND: u32 = 100;
const TOKENS_PER_SECOND: u32 = 200;
/// Connections that share a stream.
const CONNECTIONS: u32 = 20;
/// Turns without and with token requests, and the seconds of each.
const TURNS: usize = 3;
const SECONDS: u32 = 10;
/// Look-ups with each kind of token.
const LOOK_UPS: usize = 4_000;

/// Measures tokens beside provisioning, and what an access token costs with each request.
pub(crate) async fn measure(folder: &Path) -> Outcome<()> {
    let place = Place::with_file(folder.join("tokens"));
    let (_server, target) = Server::entrada(&place).await?;
    let client = Server::client(&place)?;
    let mut users = 0;
    let mut creates = || {
        let from = users;
        users += (CREATES_PER_SECOND * SECONDS) as usize;
        Stream {
            requests: (from..users).map(|number| target.create(number)).collect(),
            status: 201,
            per_second: CREATES_PER_SECOND,
        }
    };
    let tokens = || Stream {
        requests: vec![client.token_request(&target); (TOKENS_PER_SECOND * SECONDS) as usize],
        status: 200,
        per_second: TOKENS_PER_SECOND,
    };
    creates().run(&target).await?;
    let (mut alone, mut beside, mut issued) = (Vec::new(), Vec::new(), Vec::new());
    let (mut count, mut took) = (0, Duration::ZERO);
    for _ in 0..TURNS {
        alone.extend(creates().run(&target).await?);
        let began = Instant::now();
        let (created, times) = tokio::join!(creates().run(&target), tokens().run(&target));
        beside.extend(created?);
        let times = times?;
        count += times.len();
        took += began.elapsed();
        issued.extend(times);
    }
    println!(
        "{:.0} tokens a second (asked for: 200) beside {CREATES_PER_SECOND} creates a second; a token: {}",
        count as f64 / took.as_secs_f64(),
        spread(&mut issued)
    );
    println!("  a create alone: {}", spread(&mut alone));
    println!(
        "  a create beside the tokens: {} (asked for: p99 unchanged)",
        spread(&mut beside)
    );
    look_ups(&target, &client).await
}

async fn look_ups(target: &Target, client: &Client) -> Outcome<()> {
    let mut connection = Connection::new(target.address);
    let answer = connection.ask(&client.token_request(target), 200).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let token = answer["access_token"].as_str().ok_or("no access token")?;
    let with_access = Target {
        token: token.to_owned(),
        ..target.clone()
    };
    let path = "/Users?filter=userName+eq+%22person-7@example.com%22";
    let (mut access, mut bearer) = (Vec::new(), Vec::new());
    for _ in 0..LOOK_UPS {
        for (target, times) in [(&with_access, &mut access), (target, &mut bearer)] {
            let request = target.request("GET", path, "");
            let began = Instant::now();
            connection.ask(&request, 200).await?;
            times.push(began.elapsed());
        }
    }
    let what = "a look-up with an access token, and with a bearer token";
    let fastest = format!("{what}, of each the fastest fifth");
    ratio(
        &fastest,
        fifth(access.clone()),
        fifth(bearer.clone()),
        "at most 1.05",
    );
    ratio(what, access, bearer, "at most 1.05");
    Ok(())
}

/// An OAuth client of `acme`.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Client {
    fn token_request(&self, target: &Target) -> Vec<u8> {
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            self.id, self.secret
        );
        let head = format!(
            "POST /entrada/oauth/acme/token HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            target.address,
            body.len()
        );
        (head + &body).into_bytes()
    }
}

impl Stream {
    /// Sends the requests by the clock, over connections that take turns. The time of a request counts from when it was due.
    async fn run(self, target: &Target) -> Outcome<Vec<Duration>> {
        let step = Duration::from_secs(1) / self.per_second;
        let began = Instant::now();
        let mut parts: Vec<Vec<Vec<u8>>> = vec![Vec::new(); CONNECTIONS as usize];
        for (index, request) in self.requests.into_iter().enumerate() {
            parts[index % CONNECTIONS as usize].push(request);
        }
        let mut senders = JoinSet::new();
        for (index, part) in (0..).zip(parts) {
            let (address, status) = (target.address, self.status);
            let first = began + step * index;
            senders.spawn(async move {
                let mut connection = Connection::new(address);
                let mut due = interval_at(first.into(), step * CONNECTIONS);
                due.set_missed_tick_behavior(MissedTickBehavior::Burst);
                let mut times = Vec::with_capacity(part.len());
                for request in part {
                    let at = due.tick().await;
                    connection.ask(&request, status).await?;
                    times.push(at.elapsed());
                }
                Ok::<_, std::io::Error>(times)
            });
        }
        let mut times = Vec::new();
        while let Some(sent) = senders.join_next().await {
            times.extend(sent??);
        }
        Ok(times)
    }
}

/// The fastest fifth, which other work on the machine disturbs least.
fn fifth(mut times: Vec<Duration>) -> Vec<Duration> {
    times.sort();
    times.truncate(times.len() / 5);
    times
}

fn spread(times: &mut [Duration]) -> String {
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    format!("p50 {:.1?}, p99 {p99:.1?}", median(times.to_vec()))
}
