//! The wait of a sign-on while metadata is refreshed: sign-ons at a steady rate against `entrada serve`, with no
//! refresh, with a signed federation of 10 MB that is another one each second, and with a server that sends it drop by
//! drop:
//! `cargo build --release && cargo run --release --example refresh_latency`.
//!
//! Server, load and publisher share the machine. It speaks to 127.0.0.1 alone and stops by itself.

mod publisher;
mod site;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

use publisher::Publisher;
use publisher::PublisherMode;
use site::Site;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Sign-ons a second: as many as a large company's on a Monday morning, and few enough to leave the machine to the refresh.
const RATE: f64 = 100.0;
/// The time that each turn lasts.
const TURN: Duration = Duration::from_secs(10);
/// Each kind of refresh has this many turns, one after the other, so that the machine's moods even out.
const TURNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let publisher = Publisher::start()?;
    let site = Site::prepare()?;
    site.connect(&publisher)?;
    let address = site.start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!(
        "{RATE} sign-ons a second for {} s in each of {TURNS} turns; the federation has {:.1} MB",
        TURN.as_secs(),
        publisher.bytes() as f64 / 1e6
    );
    let kinds = [
        (PublisherMode::Unchanged, "no document (304 each second)"),
        (PublisherMode::Federation, "another federation each second"),
        (PublisherMode::Drip, "a server that drips"),
    ];
    let mut times = kinds.map(|_| Vec::new());
    let mut answers = [0; 3];
    for _ in 0..TURNS {
        for (number, (manner, _)) in kinds.into_iter().enumerate() {
            publisher.behave(manner);
            let before = publisher.answered();
            let count = (RATE * TURN.as_secs_f64()) as usize;
            let requests = site.requests(count)?;
            times[number].extend(runtime.block_on(steady(address, requests))?);
            answers[number] += publisher.answered() - before;
        }
    }
    for (((_, name), times), answers) in kinds.into_iter().zip(times).zip(answers) {
        println!(
            "{name}: {} sign-ons, {}; {answers} answers of the publisher",
            times.len(),
            percentiles(times)
        );
    }
    Ok(())
}

/// Sends the requests as they fall due, whether or not those before are answered; times count from then.
async fn steady(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let begin = Instant::now() + Duration::from_millis(50);
    let mut running = JoinSet::new();
    for (number, request) in requests.into_iter().enumerate() {
        let due = begin + Duration::from_secs_f64(number as f64 / RATE);
        running.spawn(async move {
            tokio::time::sleep_until(due.into()).await;
            sign_on(address, &request).await.map(|()| due.elapsed())
        });
    }
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.push(done??);
    }
    Ok(times)
}

/// Posts one response; anything but a redirect with a session ends the load.
async fn sign_on(address: SocketAddr, request: &[u8]) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request).await?;
    let mut answer = Vec::with_capacity(1024);
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = String::from_utf8_lossy(&answer);
    match head.starts_with("HTTP/1.1 303") && head.contains("entrada-session=") {
        true => Ok(()),
        false => Err(std::io::Error::other(format!("no session: {head}"))),
    }
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    )
}
