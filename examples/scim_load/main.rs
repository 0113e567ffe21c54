//! The number of users a second that `entrada serve` creates over HTTP, each durable, beside the number of rows that
//! sqlx writes to the same disk, each in a durable transaction; the same requests to scim2-server; and the memory of a
//! server with a large customer at rest, and the cost of requests to it. Run it on a machine at rest:
//!
//! ```sh
//! .ci/setup test      # installs scim2-server below the target directory; without it, that line is left out
//! cargo build --release && cargo run --release --example scim_load
//! cargo run --release --example scim_load -- customer      # the large customer alone
//! cargo run --release --example scim_load -- discovery     # 250,000 users read by number alone
//! cargo run --release --example scim_load -- tokens        # access tokens alone
//! ```
//!
//! Server and load share the machine, so what the load takes, the server lacks.

mod client;
mod customer;
mod discovery;
mod fill;
mod raw;
mod server;
mod tokens;

use std::error::Error;
use std::time::Instant;

use client::Target;
use server::Place;
use server::Server;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// Raw writes and requests take turns, since a disk is not always as fast.
const TURNS: usize = 3;
/// Rows, and creates, of a turn.
const TURN: usize = 4_000;
/// Connections at once.
const CONNECTIONS: usize = 64;
/// Creates that scim2-server gets too. It takes one request at a time, so more connections would not help it.
const COMPARED: usize = 1_000;
const FEW_CONNECTIONS: usize = 8;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure())
}

async fn measure() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let site = |name| Place::with_file(folder.path().join(name));
    let customer = || async { customer::measure(&site("small"), &site("large")).await };
    match std::env::args().nth(1).as_deref() {
        Some("customer") => return customer().await,
        Some("tokens") => return tokens::measure(folder.path()).await,
        Some("discovery") => return discovery::measure(folder.path()).await,
        _ => {}
    }
    let (server, target) = Server::entrada(&site("creates")).await?;
    let mut users = 0;
    for turn in 1..=TURNS {
        let raw = raw::rows_per_second(folder.path(), turn, TURN).await?;
        let creates = creates_per_second(&target, users..users + TURN, CONNECTIONS).await?;
        users += TURN;
        println!(
            "turn {turn}: {raw:.0} rows a second through sqlx; {creates:.0} creates a second over {CONNECTIONS} connections, {:.2} of that (asked for: 0.5)",
            creates / raw
        );
    }
    let alone = creates_per_second(&target, users..users + TURN, 1).await?;
    users += TURN;
    println!("one connection, one create after the other: {alone:.0} a second");

    let ours = creates_per_second(&target, users..users + COMPARED, FEW_CONNECTIONS).await?;
    users += COMPARED;
    match Server::scim2_server().await? {
        None => println!("NOT RUN: scim2-server is not installed; see .ci/setup test"),
        Some((_server, target)) => {
            let theirs = creates_per_second(&target, 0..COMPARED, FEW_CONNECTIONS).await?;
            println!(
                "{COMPARED} creates over {FEW_CONNECTIONS} connections: {ours:.0} a second, on disk; scim2-server {theirs:.0} a second, in memory; {:.1} times as many",
                ours / theirs
            );
        }
    }
    println!(
        "memory with {users} users, none in a group: {}",
        server.memory()?
    );
    drop(server);
    customer().await?;
    tokens::measure(folder.path()).await?;
    discovery::measure(folder.path()).await
}

async fn creates_per_second(
    target: &Target,
    users: std::ops::Range<usize>,
    connections: usize,
) -> Outcome<f64> {
    let count = users.len() as f64;
    let requests = users.map(|number| target.create(number)).collect();
    let began = Instant::now();
    client::flood(target, requests, connections, 201).await?;
    Ok(count / began.elapsed().as_secs_f64())
}
