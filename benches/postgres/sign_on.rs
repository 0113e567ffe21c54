//! Sign-ons a second of one node, against single-row durable transactions of pgbench with as many clients, in turns.

use crate::CLIENTS;
use crate::Effort;
use crate::Outcome;
use crate::durable::Durable;
use crate::load::Expected;
use crate::load::Load;
use crate::load::median;
use crate::site::People;
use crate::site::Site;

pub(crate) async fn print(durable: &Durable, effort: Effort) -> Outcome<()> {
    let raw = durable.database();
    durable.psql(&raw, TABLE)?;
    println!("\nSign-ons, {CLIENTS} clients, turns against single-row transactions of pgbench");
    for (name, people) in [
        ("nobody provisioned", People::Unprovisioned),
        ("1,000 people provisioned", People::Provisioned(1_000)),
    ] {
        let site = Site::open(&durable.database(), people).await?;
        let (mut ratios, mut rates, mut raws) = (Vec::new(), Vec::new(), Vec::new());
        let mut slowest = Vec::new();
        for _ in 0..effort.turns {
            let requests = site.sign_ons(effort.requests)?;
            let rows = durable.transactions(&raw, ROW, CLIENTS, effort.turn)?;
            let load = Load::flood(&site.app, requests, CLIENTS, Expected::Session).await?;
            ratios.push(load.rate() / rows);
            rates.push(load.rate());
            raws.push(rows);
            slowest.push(load.percentile(0.99));
        }
        println!(
            "{name}: {:.0} a second, p99 {:.1} ms; single rows {:.0}; ratios {}: median {:.2} (asked for: 0.4)",
            median(rates),
            median(slowest),
            median(raws),
            ratios
                .iter()
                .map(|ratio| format!("{ratio:.2}"))
                .collect::<Vec<_>>()
                .join(", "),
            median(ratios.clone()),
        );
    }
    Ok(())
}

pub(crate) const TABLE: &str =
    "CREATE TABLE single (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text NOT NULL)";

/// The least that is durable.
pub(crate) const ROW: &str = "INSERT INTO single (word) VALUES ('a row of one transaction');\n";
