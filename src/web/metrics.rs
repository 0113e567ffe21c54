//! `/metrics` in the text format of Prometheus, worked out when it is asked for.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use metrics::Unit;
use metrics::counter;
use metrics::describe_counter;
use metrics::describe_gauge;
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::Entrada;
use crate::metadata::PinnedEnds;
use crate::site::LoadedConnection;

/// `GET /metrics`.
pub(super) async fn show(State(entrada): State<Entrada>) -> Response {
    let Ok(snapshot) = entrada.registry().current().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let Ok(credentials) = entrada.store().credentials(None).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut pinned = Vec::new();
    for loaded in snapshot.iter() {
        pinned.push((loaded, entrada.inner.site.pins.ends(loaded).await));
    }
    let recorder = PrometheusBuilder::new().build_recorder();
    let text = metrics::with_local_recorder(&recorder, || {
        describe();
        for (loaded, ends) in &pinned {
            entrada.gauge(loaded, ends);
        }
        for (code, count) in &*entrada.outcomes().counted() {
            counter!("entrada_sign_ons_total", "outcome" => *code).absolute(*count);
        }
        for credential in credentials.iter().filter(|of| of.revoked.is_none()) {
            let labels = [
                ("connection", credential.connection.to_string()),
                ("credential", credential.id.to_string()),
            ];
            gauge!("entrada_scim_credential_expiry_timestamp_seconds", &labels)
                .set(seconds(credential.expires));
        }
        for (status, count) in entrada.inner.scim.statuses() {
            counter!("entrada_scim_requests_total", "status" => status.to_string()).absolute(count);
        }
        recorder.handle().render()
    });
    ([(header::CONTENT_TYPE, TEXT)], text).into_response()
}

fn describe() {
    let gauges = [
        (
            "entrada_certificate_expiry_timestamp_seconds",
            Unit::Seconds,
            "When a trusted certificate expires.",
        ),
        (
            "entrada_metadata_age_seconds",
            Unit::Seconds,
            "How long ago the source last vouched for the metadata.",
        ),
        (
            "entrada_metadata_valid_until_timestamp_seconds",
            Unit::Seconds,
            "When the metadata ends by its validUntil.",
        ),
        (
            "entrada_metadata_refresh_timestamp_seconds",
            Unit::Seconds,
            "When a refresh was last tried.",
        ),
        (
            "entrada_metadata_refresh_success",
            Unit::Count,
            "Whether the last refresh succeeded (1) or failed (0).",
        ),
        (
            "entrada_connection_trusted",
            Unit::Count,
            "Whether people can sign on over the connection (1) or not (0).",
        ),
        (
            "entrada_scim_credential_expiry_timestamp_seconds",
            Unit::Seconds,
            "When a credential of those who provision expires.",
        ),
    ];
    for (name, unit, text) in gauges {
        describe_gauge!(name, unit, text);
    }
    describe_counter!(
        "entrada_sign_ons_total",
        Unit::Count,
        "Responses that came, by the code of what became of them."
    );
    describe_counter!(
        "entrada_scim_requests_total",
        Unit::Count,
        "SCIM requests that came, by the status of the answer."
    );
}

impl Entrada {
    fn gauge(&self, loaded: &LoadedConnection, pinned: &PinnedEnds) {
        let now = self.now();
        let id = loaded.connection.id().to_string();
        let listed = loaded.certificates().iter();
        let listed = listed.map(|certificate| (certificate.fingerprint(), certificate.not_after()));
        for (fingerprint, not_after) in listed.chain(pinned.known()) {
            let fingerprint = fingerprint.to_string();
            gauge!("entrada_certificate_expiry_timestamp_seconds", "connection" => id.clone(), "fingerprint" => fingerprint)
                .set(seconds(not_after));
        }
        let trusted = loaded.trusted(now).is_ok();
        gauge!("entrada_connection_trusted", "connection" => id.clone()).set(one(trusted));
        if let Some(valid_until) = loaded.ends() {
            gauge!("entrada_metadata_valid_until_timestamp_seconds", "connection" => id.clone())
                .set(seconds(valid_until));
        }
        if let Some(confirmed) = self.inner.site.refresh.confirmed(loaded) {
            let age = now.duration_since(confirmed).as_secs_f64();
            gauge!("entrada_metadata_age_seconds", "connection" => id.clone()).set(age.max(0.0));
        }
        if let Some(standing) = self.inner.site.refresh.last_refresh(loaded)
            && let Some(at) = standing.last_attempt
        {
            gauge!("entrada_metadata_refresh_timestamp_seconds", "connection" => id.clone())
                .set(seconds(at));
            gauge!("entrada_metadata_refresh_success", "connection" => id)
                .set(one(!standing.failed));
        }
    }
}

fn one(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn seconds(at: Timestamp) -> f64 {
    at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64()
}

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
