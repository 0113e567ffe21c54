//! A session check by `CurrentUser`, against `SELECT 1` over a pool of as many connections, in turns.

use std::time::Instant;

use axum::http::StatusCode;
use deadpool_postgres::Manager;
use deadpool_postgres::ManagerConfig;
use deadpool_postgres::Pool;
use deadpool_postgres::RecyclingMethod;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

use crate::CLIENTS;
use crate::Effort;
use crate::Outcome;
use crate::durable::Durable;
use crate::load::Expected;
use crate::load::ask;
use crate::load::median;
use crate::site::People;
use crate::site::Site;
use crate::site::checked;

pub(crate) async fn print(durable: &Durable, effort: Effort) -> Outcome<()> {
    let url = durable.database();
    let site = Site::open(&url, People::Provisioned(1_000)).await?;
    let mut cookies = Vec::new();
    for _ in 0..SESSIONS {
        cookies.push(site.cookie().await?);
    }
    let pool = pool(&url)?;
    let (mut ratios, mut checks, mut selects) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.turns {
        let select = selected(&pool, effort).await?;
        let check = checked_by_all(&site, &cookies, effort).await?;
        ratios.push(check / select);
        checks.push(check);
        selects.push(select);
    }
    println!(
        "\nSession checks, {CLIENTS} clients: {:.0} a second; SELECT 1 over such a pool {:.0}; ratio {:.2} (asked for: 0.7)",
        median(checks),
        median(selects),
        median(ratios)
    );
    Ok(())
}

async fn checked_by_all(site: &Site, cookies: &[String], effort: Effort) -> Outcome<f64> {
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let app = site.app.clone();
        let cookies: Vec<String> = cookies
            .iter()
            .skip(number)
            .step_by(CLIENTS)
            .cloned()
            .collect();
        clients.spawn(async move {
            let mut count = 0;
            while begun.elapsed() < effort.turn {
                let request = checked(&cookies[count % cookies.len()]);
                ask(app.clone(), request, Expected::Status(StatusCode::OK)).await?;
                count += 1;
            }
            Ok(count)
        });
    }
    counted(clients, begun).await
}

async fn selected(pool: &Pool, effort: Effort) -> Outcome<f64> {
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let pool = pool.clone();
        clients.spawn(async move {
            let mut count = 0;
            while begun.elapsed() < effort.turn {
                select(&pool).await.map_err(|error| error.to_string())?;
                count += 1;
            }
            Ok(count)
        });
    }
    counted(clients, begun).await
}

async fn select(pool: &Pool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let client = pool.get().await?;
    let statement = client.prepare_cached("SELECT 1").await?;
    client.query_one(&statement, &[]).await?;
    Ok(())
}

async fn counted(mut clients: JoinSet<Result<usize, String>>, begun: Instant) -> Outcome<f64> {
    let mut count = 0;
    while let Some(client) = clients.join_next().await {
        count += client??;
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

/// A pool as the store has one.
fn pool(url: &str) -> Outcome<Pool> {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = Manager::from_config(url.parse()?, NoTls, recycling);
    Ok(Pool::builder(manager).max_size(CLIENTS).build()?)
}

/// Sessions that are asked for in turn.
const SESSIONS: usize = 1_000;
