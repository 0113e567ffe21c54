//! The number of sign-ons a second that `entrada serve` takes over loopback, with SQLite on disk, beside the number of
//! responses that one core verifies: `cargo build --release && cargo run --release --example load`.
//!
//! Each response is distinct and valid. Server and load share the machine, so what the load takes, the server lacks. It
//! sends a bounded number of requests to 127.0.0.1 and stops by itself.

mod bare;
mod client;
mod server;
mod supply;
#[path = "../../tests/it/used_keys.rs"]
mod used_keys;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use client::Target;
use server::BARE;
use server::Running;
use server::Server;
use supply::Supply;
use tokio::runtime::Runtime;

/// Distinct responses for the flood.
const FLOOD: usize = 24_000;
/// Connections at once: as many as the server takes into one wait for the disk.
const CONNECTIONS: usize = 256;
/// The time that the steady load lasts.
const STEADY: Duration = Duration::from_secs(8);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if let (Some(BARE), Some(address)) = (arguments.next().as_deref(), arguments.next()) {
        return bare::serve(&address);
    }
    let server = Server::prepare()?;
    let supply = Supply::new(&server.base_url())?;
    server.connect(&supply.metadata()?)?;
    let verified = supply.verified_per_second();
    println!(
        "one core verifies {verified:.0} responses a second, base64 to Principal, replay cache in memory"
    );

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let requests = supply.requests(0..FLOOD)?;
    bound(requests.clone(), &runtime, verified)?;
    let running = server.start()?;
    let target = Arc::new(Target::new(running.address()));

    let count = requests.len() as f64;
    let (began, used) = (Instant::now(), running.processor_time()?);
    let times = runtime.block_on(client::flood(target.clone(), requests, CONNECTIONS))?;
    let rate = count / began.elapsed().as_secs_f64();
    let used = running.processor_time()? - used;
    println!(
        "flood of {count} over {CONNECTIONS} connections: {rate:.0} sessions a second, {:.2} of what one core verifies (asked for: 0.5); {}; {:.0} µs of processor time each in the server",
        rate / verified,
        percentiles(times),
        used.as_secs_f64() * 1e6 / count,
    );

    for (share, of) in [
        (
            verified / 4.0,
            "half of that half, a quarter of one core's verifications",
        ),
        (rate / 2.0, "half of the flood"),
    ] {
        let count = (share * STEADY.as_secs_f64()) as usize;
        let requests = supply.requests(supply.next()..supply.next() + count)?;
        let times =
            runtime.block_on(client::steady(target.clone(), requests, share, CONNECTIONS))?;
        println!(
            "steady {share:.0} a second ({of}): {} (asked for: p99 under 20 ms)",
            percentiles(times)
        );
    }
    Ok(())
}

/// Measures the cost of HTTP alone on this machine: the same requests, answered without a look at what they hold.
fn bound(requests: Vec<Vec<u8>>, runtime: &Runtime, verified: f64) -> Result<(), Box<dyn Error>> {
    let running = Running::bare()?;
    let target = Arc::new(Target::new(running.address()));
    let count = requests.len() as f64;
    let (began, used) = (Instant::now(), running.processor_time()?);
    runtime.block_on(client::flood(target, requests, CONNECTIONS))?;
    let rate = count / began.elapsed().as_secs_f64();
    let used = running.processor_time()? - used;
    println!(
        "bound: a bare axum handler that reads the same form and redirects takes {rate:.0} a second, {:.2} of what one core verifies; {:.0} µs of processor time each in the server",
        rate / verified,
        used.as_secs_f64() * 1e6 / count,
    );
    Ok(())
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
