//! The processor time that a sign-on, a session check and a SCIM create take in the database and in the node, and what one
//! PostgreSQL carries by that.

use std::fs;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;

use crate::CLIENTS;
use crate::Effort;
use crate::Outcome;
use crate::durable::Durable;
use crate::load::Expected;
use crate::load::Load;
use crate::site::People;
use crate::site::Site;
use crate::site::checked;

pub(crate) async fn print(durable: &Durable, effort: Effort) -> Outcome<()> {
    println!("\nProcessor time, {CLIENTS} clients");
    let alone = Site::open(&durable.database(), People::Unprovisioned).await?;
    let requests = alone.sign_ons(effort.requests)?;
    let cost = Cost::of(durable, &alone.app, requests, Expected::Session).await?;
    cost.print("a sign-on, nobody provisioned");
    let site = Site::open(&durable.database(), People::Provisioned(1_000)).await?;
    let requests = site.sign_ons(effort.requests)?;
    let sign_on = Cost::of(durable, &site.app, requests, Expected::Session).await?;
    sign_on.print("a sign-on, 1,000 people provisioned");
    let cookie = site.cookie().await?;
    let checks = (0..effort.requests * 10).map(|_| checked(&cookie));
    let check = Cost::of(
        durable,
        &site.app,
        checks.collect(),
        Expected::Status(StatusCode::OK),
    )
    .await?;
    check.print("a session check");
    let creates = site.creates(effort.requests);
    let create = Cost::of(
        durable,
        &site.app,
        creates,
        Expected::Status(StatusCode::CREATED),
    )
    .await?;
    create.print("a SCIM create");

    let mixed = MIX.map(|(count, _)| count as f64);
    let total = |part: fn(&Cost) -> f64| {
        let costs = [&sign_on, &check, &create].map(part);
        costs
            .iter()
            .zip(mixed)
            .map(|(cost, count)| cost * count)
            .sum::<f64>()
    };
    let (database, node) = (total(|cost| cost.database), total(|cost| cost.node));
    let mix = MIX
        .map(|(count, what)| format!("{count} {what}"))
        .join(", ");
    println!(
        "of {mix}: {:.0} µs in the database, {:.0} µs in the nodes: a core of the database is full at {:.0} of these a second, with {:.1} cores of nodes",
        database * 1e6,
        node * 1e6,
        1.0 / database,
        node / database
    );
    Ok(())
}

/// Seconds of processor time for one request.
struct Cost {
    database: f64,
    node: f64,
}

impl Cost {
    async fn of(
        durable: &Durable,
        app: &Router,
        mut requests: Vec<Request<Body>>,
        expected: Expected,
    ) -> Outcome<Cost> {
        // Statements are prepared, and connections there, before it counts.
        let warm = requests.split_off(requests.len() * 9 / 10);
        Load::flood(app, warm, CLIENTS, expected).await?;
        let count = requests.len() as f64;
        let before = (durable.processor_time(), own_time()?);
        Load::flood(app, requests, CLIENTS, expected).await?;
        let after = (durable.processor_time(), own_time()?);
        Ok(Cost {
            database: (after.0 - before.0).as_secs_f64() / count,
            node: (after.1 - before.1).as_secs_f64() / count,
        })
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: {:.0} µs in the database, {:.0} µs in the node",
            self.database * 1e6,
            self.node * 1e6
        );
    }
}

/// The time that the threads of this process have run: the node, and clients that cost next to nothing.
fn own_time() -> Outcome<Duration> {
    let mut total = Duration::ZERO;
    for thread in fs::read_dir("/proc/self/task")? {
        // A thread may have ended.
        let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let nanoseconds = text.split(' ').next().and_then(|word| word.parse().ok());
        total += Duration::from_nanos(nanoseconds.unwrap_or_default());
    }
    Ok(total)
}

/// What a person's day is made of, and what the directory does meanwhile.
const MIX: [(u32, &str); 3] = [(1, "sign-on"), (200, "session checks"), (1, "SCIM create")];
