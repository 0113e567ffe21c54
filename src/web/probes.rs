//! `/healthz` and `/readyz`: one word for whoever passes by, and names for whoever watches the process.

use std::fmt::Write;

use axum::extract::Query;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::Entrada;
use crate::site::clock_differs;
use crate::store::fault_code;

pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

#[derive(Deserialize)]
pub(super) struct ReadinessQuery {
    connection: Option<String>,
}

/// The same in a word, for everybody: neither the connections nor their number are told.
pub(super) async fn ready_or_not(State(entrada): State<Entrada>) -> (StatusCode, &'static str) {
    let now = entrada.now();
    let snapshot = entrada.registry().current().await;
    let trusted = snapshot.is_ok_and(|all| all.iter().any(|loaded| loaded.trusted(now).is_ok()));
    match trusted && serves(&entrada).await.is_ok() {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n"),
    }
}

/// The store answers and takes changes, the clock is right, and at least one connection can be trusted: a tenant whose metadata has ended is that tenant's
/// outage, and no reason to take the others out of a load balancer. The body names those that cannot be trusted, with a
/// code. With `?connection=ID` that one is asked for.
pub(super) async fn readyz(
    State(entrada): State<Entrada>,
    Query(asked): Query<ReadinessQuery>,
) -> (StatusCode, String) {
    let Ok(snapshot) = entrada.registry().current().await else {
        return unavailable("the store does not answer\n".to_owned());
    };
    if let Err(fault) = serves(&entrada).await {
        return unavailable(fault);
    }
    let now = entrada.now();
    if let Some(id) = asked.connection {
        return match snapshot.get(&id).map(|loaded| loaded.trusted(now).err()) {
            Some(None) => (StatusCode::OK, "ready\n".to_owned()),
            Some(Some(error)) => unavailable(format!("{id} {}\n", error.code())),
            None => (
                StatusCode::NOT_FOUND,
                "there is no such connection\n".to_owned(),
            ),
        };
    }
    let mut untrusted = String::new();
    let mut ready = false;
    for loaded in snapshot.iter() {
        if loaded.connection.is_stand_in() {
            continue;
        }
        match loaded.trusted(now) {
            Ok(_) => ready = true,
            Err(error) => {
                // Writing into a text cannot fail.
                let _ = writeln!(untrusted, "{} {}", loaded.connection.id(), error.code());
            }
        }
    }
    match ready {
        true => (StatusCode::OK, format!("ready\n{untrusted}")),
        false => unavailable(format!("no connection can be trusted\n{untrusted}")),
    }
}

/// Checks that somebody can sign on at all; fails with the reason. By a clock that is far from the store's, certificates and logs of this
/// machine are judged and written wrongly: others serve until it is set right.
async fn serves(entrada: &Entrada) -> Result<(), String> {
    let (store, health) = (entrada.store(), &entrada.inner.site.health);
    if let Err(error) = health.check_writable(store).await {
        let code = fault_code(&*error);
        return Err(format!("the store takes no changes: {code}\n"));
    }
    match clock_differs(store) {
        true => {
            let seconds = store.clock_difference().as_secs();
            Err(format!(
                "the clock of the database is ahead by {seconds} seconds: clock-differs\n"
            ))
        }
        false => Ok(()),
    }
}

fn unavailable(body: String) -> (StatusCode, String) {
    (StatusCode::SERVICE_UNAVAILABLE, body)
}
