//! The statements that a sign-on, a session check and a SCIM create send, as the server writes them into its log.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;

use crate::Outcome;
use crate::durable::Durable;
use crate::load::Expected;
use crate::load::ask;
use crate::site::People;
use crate::site::Site;
use crate::site::checked;

pub(crate) async fn print(durable: &Durable) -> Outcome<()> {
    let alone = Site::open(&durable.database(), People::Unprovisioned).await?;
    let site = Site::open(&durable.database(), People::Provisioned(10)).await?;
    let cookie = site.cookie().await?;
    for (name, app, requests, expected) in [
        (
            "a sign-on, nobody provisioned",
            &alone.app,
            alone.sign_ons(2)?,
            Expected::Session,
        ),
        (
            "a sign-on of somebody who is provisioned",
            &site.app,
            site.sign_ons(2)?,
            Expected::Session,
        ),
        (
            "a session check",
            &site.app,
            vec![checked(&cookie), checked(&cookie)],
            Expected::Status(StatusCode::OK),
        ),
        (
            "a SCIM create",
            &site.app,
            site.creates(2),
            Expected::Status(StatusCode::CREATED),
        ),
    ] {
        let sent = sent(durable, app, requests, expected).await?;
        println!("\n{name}: {} statements", sent.len());
        for statement in sent {
            println!("  {statement}");
        }
    }
    Ok(())
}

/// The statements of the second request: the first one prepares them.
async fn sent(
    durable: &Durable,
    app: &Router,
    requests: Vec<Request<Body>>,
    expected: Expected,
) -> Outcome<Vec<String>> {
    let mut before = 0;
    for request in requests {
        durable.log_statements("all");
        before = durable.log().len();
        ask(app.clone(), request, expected).await?;
    }
    durable.log_statements("none");
    let log = durable.log();
    let kept = |line: &&str| line.contains("LOG:  execute") || line.contains("LOG:  statement");
    let statements = log[before..].lines().filter(kept);
    let own = statements
        .filter(|line| !line.contains("ALTER SYSTEM") && !line.contains("pg_reload_conf"));
    Ok(own
        .filter_map(|line| Some(line.split_once("LOG:  ")?.1.to_owned()))
        .collect())
}
