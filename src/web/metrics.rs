//! `/metrics` in the text format of Prometheus, worked out when it is asked for.

use std::sync::atomic::AtomicU64;

#[cfg(feature = "tls")]
use axum::extract::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Entrada;
use crate::site::LoadedConnection;

pub(super) async fn show(
    State(entrada): State<Entrada>,
    #[cfg(feature = "tls")] tls: Option<Extension<super::Tls>>,
) -> Response {
    let Some(registry) = registry(&entrada).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    #[cfg(feature = "tls")]
    let registry = with_certificate(registry, tls);
    let mut text = String::new();
    match prometheus_text::encode(&mut text, &registry) {
        Ok(()) => {
            let content_type = (header::CONTENT_TYPE, prometheus_text::CONTENT_TYPE);
            ([content_type], text).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(feature = "tls")]
fn with_certificate(mut registry: Registry, tls: Option<Extension<super::Tls>>) -> Registry {
    if let Some(Extension(tls)) = tls {
        let end = Gauge::<i64>::default();
        end.set(tls.certificate_end().as_second());
        let name = "tls_certificate_expiry_timestamp_seconds";
        registry.register(name, "When the certificate of this server expires", end);
    }
    registry
}

async fn registry(entrada: &Entrada) -> Option<Registry> {
    let snapshot = entrada.registry().current().await.ok()?;
    let credentials = entrada.store().credentials(None).await.ok()?;
    let mut registry = Registry::with_prefix("entrada");

    let ends = Gauges::default();
    for loaded in snapshot.iter() {
        let pinned = entrada.inner.site.pins.ends(loaded).await;
        let listed = loaded.certificates().iter();
        let listed = listed.map(|certificate| (certificate.fingerprint(), certificate.not_after()));
        for (fingerprint, end) in listed.chain(pinned.known()) {
            let labels = [of(loaded), ("fingerprint", fingerprint.to_string())];
            ends.get_or_create(&labels).set(end.as_second());
        }
    }
    let help = "When a trusted certificate expires";
    registry.register("certificate_expiry_timestamp_seconds", help, ends);

    for (name, help, value) in OF_CONNECTIONS {
        let values = Gauges::default();
        for loaded in snapshot.iter() {
            if let Some(value) = value(entrada, loaded) {
                values.get_or_create(&[of(loaded)]).set(value);
            }
        }
        registry.register(name, help, values);
    }

    let ends = Gauges::default();
    for one in credentials.iter().filter(|one| one.revoked.is_none()) {
        let connection = ("connection", one.connection.to_string());
        let labels = [connection, ("credential", one.id.to_string())];
        ends.get_or_create(&labels).set(one.expires.as_second());
    }
    let help = "When a credential of those who provision expires";
    registry.register("scim_credential_expiry_timestamp_seconds", help, ends);

    let difference = Gauge::<f64, AtomicU64>::default();
    difference.set(entrada.store().clock_difference().as_secs_f64());
    let help = "How far the clock of the store is ahead of that of this machine";
    registry.register("clock_difference_seconds", help, difference);

    // The format adds `_total` to the names of counters.
    let sign_ons = Counters::default();
    for (code, count) in &*entrada.outcomes().counted() {
        let labels = [("outcome", (*code).to_owned())];
        sign_ons.get_or_create(&labels).inc_by(*count);
    }
    let help = "Responses that came, by the code of what became of them";
    registry.register("sign_ons", help, sign_ons);

    let requests = Counters::default();
    for (outcome, count) in &*entrada.inner.oauth.outcomes.counted() {
        let labels = [("outcome", (*outcome).to_owned())];
        requests.get_or_create(&labels).inc_by(*count);
    }
    let help = "Token requests that came, by the code of what became of them";
    registry.register("token_requests", help, requests);

    let requests = Counters::default();
    for (status, count) in entrada.inner.scim.statuses() {
        let labels = [("status", status.to_string())];
        requests.get_or_create(&labels).inc_by(count);
    }
    let help = "SCIM requests that came, by the status of the answer";
    registry.register("scim_requests", help, requests);
    Some(registry)
}

type Label = (&'static str, String);
type Gauges<const LABELS: usize> = Family<[Label; LABELS], Gauge>;
type Counters = Family<[Label; 1], Counter>;
type ValueOf = fn(&Entrada, &LoadedConnection) -> Option<i64>;

fn of(loaded: &LoadedConnection) -> Label {
    ("connection", loaded.connection.id().to_string())
}

/// Gauges that each connection has one of, or none.
const OF_CONNECTIONS: [(&str, &str, ValueOf); 5] = [
    (
        "connection_trusted",
        "Whether people can sign on over the connection (1) or not (0)",
        |entrada, loaded| Some(i64::from(loaded.trusted(entrada.now()).is_ok())),
    ),
    (
        "metadata_valid_until_timestamp_seconds",
        "When the metadata ends by its validUntil",
        |_, loaded| loaded.ends().map(Timestamp::as_second),
    ),
    (
        "metadata_age_seconds",
        "How long ago the source last vouched for the metadata",
        |entrada, loaded| {
            let confirmed = entrada.inner.site.refresh.confirmed(loaded)?;
            let age = entrada.now().duration_since(confirmed);
            Some(age.as_secs().max(0))
        },
    ),
    (
        "metadata_refresh_timestamp_seconds",
        "When a refresh was last tried",
        |entrada, loaded| {
            let last = entrada.inner.site.refresh.last_refresh(loaded)?;
            last.last_attempt.map(Timestamp::as_second)
        },
    ),
    (
        "metadata_refresh_success",
        "Whether the last refresh succeeded (1) or failed (0)",
        |entrada, loaded| {
            let last = entrada.inner.site.refresh.last_refresh(loaded)?;
            last.last_attempt.map(|_| i64::from(!last.failed))
        },
    ),
];
