//! Three nodes beside their database, against one: a steady load that goes to them in turn, and each response posted to all of
//! them at once.

use std::collections::BTreeSet;

use axum::Router;
use entrada::event::EventQuery;
use entrada::session::SessionFilter;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::CLIENTS;
use crate::Effort;
use crate::Outcome;
use crate::durable::Durable;
use crate::load::Expected;
use crate::load::Load;
use crate::load::median;
use crate::load::session;
use crate::site::People;
use crate::site::Site;
use crate::site::posted;

pub(crate) async fn print(durable: &Durable, effort: Effort) -> Outcome<()> {
    let url = durable.database();
    let site = Site::open(&url, People::Provisioned(1_000)).await?;
    let nodes = [
        site.app.clone(),
        site.another_node(&url).await?,
        site.another_node(&url).await?,
    ];
    let flood = site.sign_ons(effort.requests)?;
    let rate = Load::flood(&site.app, flood, CLIENTS, Expected::Session)
        .await?
        .rate();
    println!("\nOne node takes {rate:.0} sign-ons a second; a steady load of half of that:");
    let mut figures = [Vec::new(), Vec::new()];
    for _ in 0..effort.turns {
        for (apps, figures) in [&nodes[..1], &nodes[..]].iter().zip(&mut figures) {
            let requests = site.sign_ons(effort.requests)?;
            let (half, expected) = (rate / 2.0, Expected::Session);
            let load = Load::steady(apps, requests, half, 4 * CLIENTS, expected).await?;
            figures.push((load.percentile(0.5), load.percentile(0.99)));
        }
    }
    for (name, figures) in ["one node", "three nodes"].iter().zip(figures) {
        println!(
            "{name}: p50 {:.1} ms, p99 {:.1} ms",
            median(figures.iter().map(|one| one.0).collect()),
            median(figures.iter().map(|one| one.1).collect())
        );
    }
    all_at_once(&site, &nodes, effort).await
}

/// Posts each response to all nodes at once; checks that it opened one session, and that no number of an event is missing.
async fn all_at_once(site: &Site, nodes: &[Router], effort: Effort) -> Outcome<()> {
    let before = sessions(site).await?;
    let bodies = site.bodies(effort.requests / 3)?;
    let count = bodies.len() as u64;
    let mut opened = 0;
    for some in bodies.chunks(CLIENTS) {
        let mut posts = JoinSet::new();
        for (body, node) in some
            .iter()
            .flat_map(|body| nodes.iter().map(move |node| (body, node)))
        {
            posts.spawn(node.clone().oneshot(posted(body)));
        }
        while let Some(answer) = posts.join_next().await {
            let Ok(answer) = answer?;
            opened += u64::from(session(&answer.into_parts().0).is_some());
        }
    }
    let kept = sessions(site).await? - before;
    let events = numbers(site).await?;
    let is_whole = events.iter().copied().eq(1..=events.len() as u64);
    println!(
        "{count} responses, each posted to the three nodes at once: {opened} signed on, {kept} sessions in the store; {} events, {}",
        events.len(),
        if is_whole {
            "no number missing"
        } else {
            "NUMBERS ARE MISSING"
        }
    );
    match opened == count && kept == count && is_whole {
        true => Ok(()),
        false => Err("three nodes did not act as one".into()),
    }
}

async fn sessions(site: &Site) -> Outcome<u64> {
    let filter = SessionFilter::default();
    Ok(site.store.count_sessions(&filter, Timestamp::now()).await?)
}

async fn numbers(site: &Site) -> Outcome<BTreeSet<u64>> {
    let mut numbers = BTreeSet::new();
    loop {
        let query = EventQuery {
            after: numbers.last().copied().unwrap_or(0),
            ..EventQuery::default()
        };
        let events = site.store.events(&query).await?;
        if events.is_empty() {
            return Ok(numbers);
        }
        numbers.extend(events.iter().map(|event| event.id));
    }
}
