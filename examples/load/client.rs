//! A client that costs next to nothing: requests are bytes made beforehand, answers are read to the end of their head.

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The address that requests go to.
pub(crate) struct Target(SocketAddr);

impl Target {
    pub(crate) fn new(address: SocketAddr) -> Target {
        Target(address)
    }
}

type Queue = Arc<Mutex<VecDeque<(Instant, Vec<u8>)>>>;

/// Sends all requests as fast as they are answered; says how long each took.
pub(crate) async fn flood(
    target: Arc<Target>,
    requests: Vec<Vec<u8>>,
    connections: usize,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let now = Instant::now();
    let queue = requests.into_iter().map(|request| (now, request)).collect();
    run(target, queue, connections, Since::Sent).await
}

/// Sends `rate` requests a second, whether or not they are answered; times count from when each was due.
pub(crate) async fn steady(
    target: Arc<Target>,
    requests: Vec<Vec<u8>>,
    rate: f64,
    connections: usize,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let begin = Instant::now() + Duration::from_millis(50);
    let due = |number: usize| begin + Duration::from_secs_f64(number as f64 / rate);
    let queue = requests
        .into_iter()
        .enumerate()
        .map(|(number, request)| (due(number), request))
        .collect();
    run(target, queue, connections, Since::Due).await
}

#[derive(Clone, Copy)]
enum Since {
    Sent,
    Due,
}

async fn run(
    target: Arc<Target>,
    queue: VecDeque<(Instant, Vec<u8>)>,
    connections: usize,
    since: Since,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let queue: Queue = Arc::new(Mutex::new(queue));
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        clients.spawn(client(target.clone(), queue.clone(), since));
    }
    let mut times = Vec::new();
    while let Some(client) = clients.join_next().await {
        times.extend(client??);
    }
    Ok(times)
}

async fn client(target: Arc<Target>, queue: Queue, since: Since) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(target.0).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::new();
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let Some((due, request)) = next else {
            return Ok(times);
        };
        tokio::time::sleep_until(due.into()).await;
        let sent = Instant::now();
        stream.write_all(&request).await?;
        expect_a_session(&mut stream).await?;
        times.push(match since {
            Since::Sent => sent.elapsed(),
            Since::Due => due.elapsed(),
        });
    }
}

/// Reads one answer; anything but a redirect with a session ends the load.
async fn expect_a_session(stream: &mut TcpStream) -> io::Result<()> {
    let mut answer = Vec::with_capacity(1024);
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = String::from_utf8_lossy(&answer);
    match head.starts_with("HTTP/1.1 303") && head.contains("entrada-session=") {
        true => Ok(()),
        false => Err(io::Error::other(format!("no session: {head}"))),
    }
}
