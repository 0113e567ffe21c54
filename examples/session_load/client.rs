//! A client that costs next to nothing: the request is made of bytes beforehand, answers are read to their end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;

/// The time of each request, and of all of them.
pub(crate) struct Load {
    times: Vec<Duration>,
    whole: Duration,
}

impl Load {
    /// Asks as fast as it is answered, on each of so many connections.
    pub(crate) async fn run(
        address: SocketAddr,
        request: &[u8],
        connections: usize,
        during: Duration,
    ) -> Outcome<Load> {
        let request: Arc<[u8]> = request.into();
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..connections {
            let request = request.clone();
            clients.spawn(async move {
                let mut stream = connected(address).await?;
                let mut times = Vec::new();
                while begun.elapsed() < during {
                    let sent = Instant::now();
                    ask(&mut stream, &request).await?;
                    times.push(sent.elapsed());
                }
                io::Result::Ok(times)
            });
        }
        Load::gathered(clients, begun).await
    }

    /// Asks so often a second, whether or not it is answered; times count from when each request was due.
    pub(crate) async fn steady(
        address: SocketAddr,
        request: &[u8],
        rate: f64,
        connections: usize,
        during: Duration,
    ) -> Outcome<Load> {
        let request: Arc<[u8]> = request.into();
        let number = Arc::new(AtomicU64::new(0));
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..connections {
            let (request, number) = (request.clone(), number.clone());
            clients.spawn(async move {
                let mut stream = connected(address).await?;
                let mut times = Vec::new();
                loop {
                    let turn = number.fetch_add(1, Ordering::Relaxed) as f64;
                    let due = begun + Duration::from_secs_f64(turn / rate);
                    if due > begun + during {
                        return io::Result::Ok(times);
                    }
                    tokio::time::sleep_until(due.into()).await;
                    ask(&mut stream, &request).await?;
                    times.push(due.elapsed());
                }
            });
        }
        Load::gathered(clients, begun).await
    }

    async fn gathered(
        mut clients: JoinSet<io::Result<Vec<Duration>>>,
        begun: Instant,
    ) -> Outcome<Load> {
        let mut times = Vec::new();
        while let Some(client) = clients.join_next().await {
            times.extend(client??);
        }
        times.sort_unstable();
        Ok(Load {
            times,
            whole: begun.elapsed(),
        })
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.whole.as_secs_f64()
    }

    /// In seconds.
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let place = (self.times.len() as f64 * part) as usize;
        let time = self.times.get(place).or(self.times.last());
        time.map_or(0.0, Duration::as_secs_f64)
    }
}

async fn connected(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One answer, which must be a person's name: 200, and a body that ends with the answer.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> io::Result<()> {
    stream.write_all(request).await?;
    let mut answer = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if answer.ends_with(BODY) {
            break;
        }
    }
    match answer.starts_with(b"HTTP/1.1 200 ") {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&answer))),
    }
}

/// The answer of both handlers.
pub(crate) const BODY: &[u8] = b"You are ada@contoso.example.";
