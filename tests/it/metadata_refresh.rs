//! The refreshing of metadata at work: its requests, its restraint, and its reports.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use entrada::connection::Connection;
use entrada::event::EventKind;
use entrada::event::EventQuery;
use entrada::event::Happened;
use entrada::metadata::RefreshPolicy;
use entrada::metadata::RefreshRecord;
use entrada::web::Entrada;
use entrada::web::Refreshed;
use jiff::SignedDuration;
use tokio::time::sleep;
use tower::ServiceExt;

use crate::metadata_publisher::LIMITS;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;
use crate::metadata_publisher::Trusting;
use crate::metadata_publisher::document;
use crate::site::BASE;
use crate::site::TestClock;
use crate::site::signer;

/// The metadata that `acme` trusts is asked for again with its `ETag`, also by a process that has just started; "not
/// modified" changes the state and nothing else.
#[tokio::test]
async fn a_304_after_a_restart_changes_nothing_but_the_state() {
    let (_, signer) = signer();
    let good = document(&[signer.certificate()], &signer);
    let publisher = Publisher::start(Vec::new()).await;
    let lines = "Content-Type: application/xml\r\nETag: \"one\"\r\nLast-Modified: Sun, 22 Nov 2026 09:00:00 GMT\r\n";
    publisher.behave(Manner::answer("200 OK", lines, good));
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("entrada.db").display());
    let clock = TestClock::at("2026-11-22T10:00:00Z");
    let start = async || {
        let builder = Entrada::builder(BASE).store(&url).clock(clock.clone());
        let connection = Connection::builder("acme").metadata_url(publisher.url());
        let builder = builder.metadata_fetch(LIMITS).connection(connection);
        builder.build().await.unwrap()
    };
    let first = start().await;
    publisher.behave(Manner::answer("304 Not Modified", "ETag: \"one\"\r\n", ""));
    while first
        .store()
        .refresh_record("acme")
        .await
        .is_ok_and(|RefreshRecord { state, .. }| {
            state.last_attempt.is_none() || state.lease.is_some()
        })
    {
        sleep(Duration::from_millis(20)).await;
    }
    drop(first);

    clock.advance(SignedDuration::from_hours(2));
    let second = start().await;
    let revision = second.store().revision().await.unwrap();
    let now = clock_now(&clock);
    while second
        .store()
        .refresh_record("acme")
        .await
        .unwrap()
        .state
        .last_success
        != Some(now)
    {
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(second.store().revision().await.unwrap(), revision);
    let requests = publisher.requests();
    assert_eq!(requests.len(), 3, "{requests:?}");
    assert!(!requests[0].contains("if-none-match"));
    for request in &requests[1..] {
        assert!(request.contains("if-none-match: \"one\""), "{request}");
        assert!(
            request.contains("if-modified-since: Sun, 22 Nov 2026 09:00:00 GMT"),
            "{request}"
        );
    }
    let history = second.store().refresh_record("acme").await.unwrap().history;
    assert_eq!(history.active().count(), 1);
}

fn clock_now(clock: &TestClock) -> jiff::Timestamp {
    entrada::ports::Clock::now(clock)
}

#[tokio::test]
async fn a_start_without_network_uses_the_copy() {
    let trusting = Trusting::new().await;
    trusting.publisher.behave(Manner::Hang);
    let entrada = Entrada::builder(BASE)
        .open_store(trusting.store.clone())
        .clock(trusting.site.clock.clone())
        .metadata_fetch(LIMITS)
        .connection(Connection::builder("acme").metadata_url(trusting.publisher.url()))
        .build()
        .await
        .unwrap();
    let ready = entrada
        .probes::<()>()
        .oneshot(Request::get("/readyz").body(Body::empty()).unwrap());
    assert_eq!(ready.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_same_bytes_are_not_taken_for_a_new_document() {
    let trusting = Trusting::new().await;
    let revision = trusting.store.revision().await.unwrap();
    assert!(matches!(trusting.refresh().await, Refreshed::Unchanged));
    assert_eq!(trusting.store.revision().await.unwrap(), revision);
}

#[tokio::test]
async fn what_is_due_is_refreshed_and_sooner_where_the_publisher_says_so() {
    let trusting = Trusting::new().await;
    let lines = "Content-Type: application/xml\r\nCache-Control: max-age=600\r\n";
    let signer = &trusting.site.signer;
    let good = document(&[signer.certificate()], signer);
    trusting
        .publisher
        .behave(Manner::answer("200 OK", lines, good));
    let _ = trusting.refresh().await;
    let state = trusting.state().await;
    let wait = state.next_due.unwrap().duration_since(trusting.site.now());
    assert!(wait <= SignedDuration::from_secs(600), "{wait}");
    assert!(wait >= SignedDuration::from_secs(480), "{wait}");
    let before = trusting.publisher.requests().len();
    trusting.site.clock.advance(SignedDuration::from_secs(600));
    while trusting.publisher.requests().len() == before {
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn two_processes_on_one_store_ask_once() {
    let trusting = Trusting::new().await;
    let second = Entrada::builder(BASE)
        .open_store(trusting.store.clone())
        .clock(trusting.site.clock.clone())
        .metadata_refresh(RefreshPolicy::default())
        .metadata_fetch(LIMITS)
        .build()
        .await
        .unwrap();
    let before = trusting.publisher.requests().len();
    trusting.site.clock.advance(SignedDuration::from_hours(1));
    sleep(Duration::from_millis(3500)).await;
    assert_eq!(trusting.publisher.requests().len(), before + 1);
    drop(second);
}

#[tokio::test]
async fn strangers_cause_one_request_in_five_minutes() {
    let trusting = Trusting::new().await;
    let before = trusting.publisher.requests().len();
    let (_, stranger) = signer();
    for _ in 0..20 {
        let refused = trusting.refusal_of(&stranger).await;
        assert_eq!(refused.as_deref(), Some("signature-invalid"));
    }
    assert_eq!(trusting.publisher.requests().len(), before + 1);
}

#[tokio::test]
async fn a_response_that_was_changed_on_its_way_asks_nobody() {
    let trusting = Trusting::new().await;
    let before = trusting.publisher.requests().len();
    let begun = trusting.site.begin("/saml/acme/login").await;
    let xml = trusting.site.answer(&begun);
    let at = xml
        .find("<SignatureValue>")
        .or_else(|| xml.find("SignatureValue>"))
        .unwrap();
    let at = at + xml[at..].find('>').unwrap() + 3;
    let other = if &xml[at..=at] == "A" { "B" } else { "A" };
    let changed = format!("{}{other}{}", &xml[..at], &xml[at + 1..]);
    let page = trusting.site.post(&begun, &changed).await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-invalid");
    assert_eq!(trusting.publisher.requests().len(), before);
}

#[tokio::test]
async fn a_sign_on_waits_a_few_seconds_for_fresh_metadata_and_no_longer() {
    let trusting = Trusting::new().await;
    trusting.publisher.behave(Manner::Hang);
    let (_, stranger) = signer();
    let began = std::time::Instant::now();
    let refused = trusting.refusal_of(&stranger).await;
    assert_eq!(refused.as_deref(), Some("signature-invalid"));
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn keys_that_come_and_go_are_reported_and_on_record() {
    let trusting = Trusting::new().await;
    let mut events = trusting.entrada.trust_events();
    let old = &trusting.site.signer;
    let (_, new) = signer();
    trusting
        .publisher
        .behave(Manner::good(document(&[new.certificate()], &new)));
    let Refreshed::Replaced { keys } = trusting.refresh().await else {
        panic!("a new document");
    };
    let (gone, come) = (
        old.certificate().fingerprint(),
        new.certificate().fingerprint(),
    );
    assert_eq!((keys.added, keys.retired), (vec![come], vec![gone]));
    let expected = [
        Happened::MetadataRefreshed,
        Happened::CertificateTrusted { fingerprint: come },
        Happened::CertificateRetired { fingerprint: gone },
    ];
    for happened in expected {
        assert_eq!(events.recv().await.unwrap().happened, happened);
    }
    let kind = Some(EventKind::TrustChanged);
    let query = EventQuery {
        kind,
        ..EventQuery::default()
    };
    let told = trusting.store.events(&query).await.unwrap();
    let told: Vec<Happened> = told.into_iter().map(|told| told.event.happened).collect();
    let trusted = |fingerprint| Happened::CertificateTrusted { fingerprint };
    let retired = Happened::CertificateRetired { fingerprint: gone };
    assert_eq!(told, [trusted(gone), trusted(come), retired]);
    let history = trusting.store.refresh_record("acme").await.unwrap().history;
    let retired: Vec<_> = history
        .keys()
        .iter()
        .map(|key| key.retired.is_some())
        .collect();
    assert_eq!(retired, [true, false]);
    assert_eq!(history.keys()[0].source, trusting.publisher.url());
    let refused = trusting.refusal_of(old).await;
    assert_eq!(refused.as_deref(), Some("signature-invalid"));
    assert_eq!(trusting.refusal_of(&new).await, None);
}

#[tokio::test]
async fn metrics_and_readiness_say_what_stands() {
    let trusting = Trusting::new().await;
    let _ = trusting.refusal_of(&trusting.site.signer).await;
    let service = trusting.entrada.probes::<()>();
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        (status, String::from_utf8(body.unwrap().to_vec()).unwrap())
    };
    let (status, metrics) = get("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    let certificate = trusting.site.signer.certificate();
    let expiry = certificate.not_after().as_second();
    let fingerprint = certificate.fingerprint();
    for line in [
        format!(
            "entrada_certificate_expiry_timestamp_seconds{{connection=\"acme\",fingerprint=\"{fingerprint}\"}} {expiry}"
        ),
        "entrada_metadata_age_seconds{connection=\"acme\"} 0".to_owned(),
        "entrada_metadata_refresh_success{connection=\"acme\"} 1".to_owned(),
        "entrada_connection_trusted{connection=\"acme\"} 1".to_owned(),
        "entrada_sign_ons_total{outcome=\"signed-on\"} 1".to_owned(),
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}\n{metrics}"
        );
    }
    assert_eq!(get("/readyz").await, (StatusCode::OK, "ready\n".to_owned()));
    assert_eq!(get("/readyz?connection=acme").await.0, StatusCode::OK);
    assert_eq!(
        get("/readyz?connection=other").await.0,
        StatusCode::NOT_FOUND
    );
}
