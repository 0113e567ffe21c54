//! The cost of a session check: the same axum app with and without `CurrentUser`, over loopback HTTP, with SQLite on
//! disk; and the cost of ending a thousand sessions by deprovisioning their user. All in one run, in turns.
//! `cargo run --release --example session_load`.

mod client;
mod site;

use std::error::Error;
use std::time::Duration;
use std::time::Instant;

use client::Load;
use site::Site;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The number of turns of each variant, and the time of each turn.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(2);
/// Connections that ask as fast as they are answered.
const CONNECTIONS: usize = 32;
/// Live sessions in the store, so that its tables have the size of a busy site's.
const SESSIONS: usize = 10_000;
/// Sessions of the person who is deprovisioned.
const SESSIONS_OF_ONE: usize = 1_000;

#[tokio::main]
async fn main() -> Outcome<()> {
    let site = Site::open(SESSIONS).await?;
    println!("{SESSIONS} sessions, {CONNECTIONS} connections, {TURNS} turns of {TURN:?}");
    let mut rates = [Vec::new(), Vec::new()];
    let mut slowest = [Vec::new(), Vec::new()];
    let requests = [site.request("/bare"), site.request("/checked")];
    for _ in 0..TURNS {
        for (variant, request) in requests.iter().enumerate() {
            let load = Load::run(site.address(), request, CONNECTIONS, TURN).await?;
            rates[variant].push(load.rate());
            slowest[variant].push(load.percentile(0.99));
        }
    }
    let [bare, checked] = rates.map(median);
    let [bare_p99, checked_p99] = slowest.map(median);
    println!(
        "no check      {bare:8.0} a second, p99 {:.2} ms",
        bare_p99 * 1e3
    );
    println!(
        "CurrentUser   {checked:8.0} a second, p99 {:.2} ms",
        checked_p99 * 1e3
    );
    println!("ratio         {:8.2} (asked for: 0.70)", checked / bare);

    let steady = Load::steady(
        site.address(),
        &requests[1],
        checked / 2.0,
        CONNECTIONS,
        TURN,
    )
    .await?;
    println!(
        "CurrentUser at half of that: p99 {:.2} ms (asked for: 5)",
        steady.percentile(0.99) * 1e3
    );

    let nobody = site.hire("nobody", 0).await?;
    let somebody = site.hire("somebody", SESSIONS_OF_ONE).await?;
    let bound = timed(|| site.deactivate(&nobody)).await?;
    let all = timed(|| site.deactivate(&somebody)).await?;
    println!(
        "deprovisioning a user without sessions      {:.2} ms",
        bound * 1e3
    );
    println!(
        "deprovisioning one with {SESSIONS_OF_ONE} sessions       {:.2} ms (asked for: 50)",
        all * 1e3
    );
    assert_eq!(site.sessions_of(&somebody).await?, 0);
    Ok(())
}

async fn timed<F: Future<Output = Outcome<()>>>(work: impl FnOnce() -> F) -> Outcome<f64> {
    let begun = Instant::now();
    work().await?;
    Ok(begun.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
