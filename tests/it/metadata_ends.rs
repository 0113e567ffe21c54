//! The end of a copy: `validUntil` with and without a grace, and of one role of two.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use entrada::connection::Connection;
use entrada::connection::MetadataPolicy;
use entrada::event::Event;
use entrada::event::Happened;
use entrada::web::Entrada;
use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::time::sleep;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::log_lines::LogLines;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;
use crate::metadata_publisher::Trusting;
use crate::metadata_publisher::by_address;
use crate::metadata_publisher::document;
use crate::site::Browser;

#[tokio::test]
async fn a_copy_is_used_until_its_end_and_for_its_grace_and_then_refused_with_the_reason() {
    for grace in [0, 60] {
        let log = LogLines::capture();
        let policy = MetadataPolicy {
            grace: Duration::from_secs(grace * 60),
            ..MetadataPolicy::default()
        };
        let trusting = Trusting::watchful(policy).await;
        let mut events = trusting.entrada.trust_events();
        let signer = &trusting.site.signer;
        let until = trusting.publish_until("2026-11-22T10:30:00Z").await;
        let failing = Manner::answer("500 Oops", "", "");
        trusting.publisher.behave(failing);

        let almost = SignedDuration::from_mins(30 + grace as i64) - SignedDuration::from_secs(1);
        trusting.site.clock.advance(almost);
        assert_eq!(trusting.refusal_of(signer).await, None, "{grace}");
        let ready = (StatusCode::OK, "ready\n".to_owned());
        assert_eq!(trusting.answer("/readyz?connection=acme").await, ready);
        let begun = trusting.site.begin("/saml/acme/login").await;
        let response = trusting.site.answer(&begun);

        trusting.site.clock.advance(SignedDuration::from_secs(1));
        let posted = trusting.site.post(&begun, &response).await;
        posted.is_refused(StatusCode::SERVICE_UNAVAILABLE, "trust-unavailable");
        let login = trusting.site.get("/saml/acme/login", Browser::NONE).await;
        login.is_refused(StatusCode::SERVICE_UNAVAILABLE, "trust-unavailable");
        let (status, body) = trusting.answer("/readyz?connection=acme").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, "acme metadata-expired\n");
        let (status, body) = trusting.answer("/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            body,
            "no connection can be trusted\nacme metadata-expired\n"
        );
        let metrics = trusting.answer("/metrics").await.1;
        assert!(
            metrics.contains("entrada_connection_trusted{connection=\"acme\"} 0"),
            "{metrics}"
        );
        // The server looks once a minute by the clock of the site.
        trusting.site.clock.advance(SignedDuration::from_mins(1));
        let ended = Happened::CopyExpired { valid_until: until };
        let said = next(&mut events, |kind| {
            matches!(kind, Happened::CopyExpired { .. })
        })
        .await;
        assert_eq!(said, ended);
        let lines = log.of("trust-copy-expired");
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["level"], "ERROR");
        assert_eq!(lines[0]["fields"]["connection"], "acme");
        assert_eq!(lines[0]["fields"]["valid_until"], until.to_string());

        // A new document fixes it.
        let _ = trusting.publish_until("2026-11-22T22:00:00Z").await;
        assert_eq!(trusting.refusal_of(signer).await, None);
        assert_eq!(trusting.answer("/readyz?connection=acme").await, ready);
    }
}

/// A role that ends while the server runs takes its keys along; those of the other role go on. A grace is for metadata that
/// nobody renews, and keeps no role alive beside another.
#[tokio::test]
async fn one_of_two_roles_ends_alone() {
    let trusting = Trusting::watchful(MetadataPolicy {
        grace: Duration::from_secs(24 * 3600),
        ..MetadataPolicy::default()
    })
    .await;
    let stays = &trusting.site.signer;
    let (_, ends) = crate::site::signer();
    let text = |signer: &entrada::dsig::Signer| {
        String::from_utf8(document(&[signer.certificate()], signer)).unwrap()
    };
    let role = |text: &str| {
        let end = text.find("</IDPSSODescriptor>").unwrap() + "</IDPSSODescriptor>".len();
        text[text.find("<IDPSSODescriptor").unwrap()..end].to_owned()
    };
    let ending = role(&text(&ends)).replacen(
        "<IDPSSODescriptor ",
        "<IDPSSODescriptor validUntil=\"2026-11-22T10:30:00Z\" ",
        1,
    );
    let both = text(stays).replacen(
        "<IDPSSODescriptor",
        &format!("{ending}<IDPSSODescriptor"),
        1,
    );
    trusting.publisher.behave(Manner::good(both.into_bytes()));
    // The server may have been quicker.
    let _ = trusting.refresh().await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(trusting.refusal_of(stays).await, None);
    assert_eq!(trusting.refusal_of(&ends).await, None);

    trusting.site.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(trusting.refusal_of(stays).await, None);
    assert_eq!(
        trusting.refusal_of(&ends).await.as_deref(),
        Some("signature-invalid")
    );
    let ready = (StatusCode::OK, "ready\n".to_owned());
    assert_eq!(trusting.answer("/readyz?connection=acme").await, ready);
    let metrics = trusting.answer("/metrics").await.1;
    assert!(!metrics.contains("entrada_metadata_valid_until_timestamp_seconds{"));
    let active = async || {
        let _ = trusting.refresh().await;
        let history = trusting.store.refresh_record("acme").await.unwrap().history;
        history.active().map(|key| key.fingerprint).collect()
    };
    let (only, mut found) = ([stays.certificate().fingerprint()], Vec::new());
    for _ in 0..100 {
        found = active().await;
        if found == only {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(found, only);

    // A clock that was ahead has taken nothing away.
    trusting.site.clock.advance(-SignedDuration::from_mins(40));
    assert_eq!(trusting.refusal_of(&ends).await, None);
}

#[tokio::test]
async fn one_connection_whose_copy_has_ended_leaves_the_server_ready() {
    let trusting = Trusting::new().await;
    let healthy = Publisher::start(document(
        &[trusting.site.signer.certificate()],
        &trusting.site.signer,
    ))
    .await;
    let second =
        Connection::builder("second").trust(by_address(&healthy, MetadataPolicy::default()));
    let entrada = Entrada::builder(crate::site::BASE)
        .open_store(trusting.store.clone())
        .clock(trusting.site.clock.clone())
        .connection(second)
        .build()
        .await
        .unwrap();
    let _ = trusting.publish_until("2026-11-22T10:30:00Z").await;
    trusting
        .publisher
        .behave(Manner::answer("500 Oops", "", ""));
    trusting.site.clock.advance(SignedDuration::from_mins(30));
    // A change by another process is noticed within a tenth of a second.
    sleep(Duration::from_millis(200)).await;
    let ready = (StatusCode::OK, "ready\nacme metadata-expired\n".to_owned());
    assert_eq!(answer(&entrada, "/readyz").await, ready);
    let ready = (StatusCode::OK, "ready\n".to_owned());
    assert_eq!(answer(&entrada, "/readyz?connection=second").await, ready);
}

pub(crate) async fn answer(entrada: &Entrada, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = entrada.probes::<()>().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    (status, String::from_utf8(body.unwrap().to_vec()).unwrap())
}

impl Trusting {
    /// Publishes a document with this `validUntil`, and has it taken.
    pub(crate) async fn publish_until(&self, valid_until: &str) -> Timestamp {
        let signer = &self.site.signer;
        let text = String::from_utf8(document(&[signer.certificate()], signer)).unwrap();
        let with_end = format!("<EntityDescriptor validUntil=\"{valid_until}\" ");
        let until = text.replacen("<EntityDescriptor ", &with_end, 1);
        let document = until.into_bytes();
        self.publisher.behave(Manner::good(document.clone()));
        // The server may have been quicker, or on its way with the document before.
        for _ in 0..100 {
            let _ = self.refresh().await;
            let copy = self.store.metadata_copy("acme").await.unwrap();
            if copy.is_some_and(|copy| copy.document == document) {
                return valid_until.parse().unwrap();
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the document was not taken");
    }

    pub(crate) async fn answer(&self, path: &str) -> (StatusCode, String) {
        answer(&self.entrada, path).await
    }
}

/// The next event of this kind.
pub(crate) async fn next(
    events: &mut Receiver<Event>,
    is_of_it: impl Fn(&Happened) -> bool,
) -> Happened {
    loop {
        let event = timeout(Duration::from_secs(20), events.recv()).await;
        let kind = event.expect("the event comes").unwrap().happened;
        if is_of_it(&kind) {
            return kind;
        }
    }
}
