//! Pinned certificates in a running site: the first sign-on brings what their end is known by.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use entrada::configuration::danger::put_connection;
use entrada::connection::Connection;
use entrada::connection::TrustSource;
use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::event::Happened;
use entrada::metadata::ExpiryLevel;
use entrada::metadata::KnownKey;
use entrada::practice::Sign;
use entrada::store;
use entrada::web::Entrada;
use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::time::sleep;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::command_line::Workspace;
use crate::log_lines::LogLines;
use crate::site::BASE;
use crate::site::Site;
use crate::site::TestClock;
use crate::site::issuer;

/// A key whose certificate ends on 2026-12-20, 28 days after the tests begin.
fn ending() -> (SigningKey, Signer) {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let (begin, end) = ("2026-01-01T00:00:00Z", "2026-12-20T10:00:00Z");
    let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
    let certificate = Certificate::self_signed(&key, "pinned", 1, begin, end).unwrap();
    let signer = Signer::new(key.clone(), certificate, SignatureAlgorithm::RsaSha256).unwrap();
    (key, signer)
}

async fn site(place: &Workspace, key: SigningKey, signer: Signer) -> (Site, Entrada) {
    let clock = TestClock::at("2026-11-22T10:00:00Z");
    let source = TrustSource::Fingerprint {
        fingerprints: vec![signer.certificate().fingerprint()],
        entity_id: issuer(),
        sso_url: "https://login.example/saml2".to_owned(),
        slo_url: None,
    };
    let entrada = Entrada::builder(BASE)
        .open_store(store::open(&place.database()).await.unwrap())
        .clock(clock.clone())
        .connection(Connection::builder("acme").trust(source))
        .build()
        .await
        .unwrap();
    (Site::of(entrada.clone(), key, signer, clock), entrada)
}

async fn keys(entrada: &Entrada) -> Vec<KnownKey> {
    let history = entrada
        .store()
        .refresh_record("acme")
        .await
        .unwrap()
        .history;
    history.keys().to_vec()
}

async fn sign_on(site: &Site) {
    let begun = site.begin("/saml/acme/login").await;
    let page = site.post(&begun, &site.answer(&begun)).await;
    assert!(page.cookies.contains("entrada-session"), "{}", page.body);
}

async fn metrics(entrada: &Entrada) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = entrada.probes::<()>().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    String::from_utf8(body.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn the_first_sign_on_with_a_pinned_certificate_puts_its_end_on_record_once() {
    let log = LogLines::capture();
    let place = Workspace::new();
    let (key, signer) = ending();
    let certificate = signer.certificate().clone();
    let (site, entrada) = site(&place, key, signer).await;
    let mut events = entrada.trust_events();

    // A response that does not hold says nothing, even with the pinned certificate in it.
    let begun = site.begin("/saml/acme/login").await;
    let forged = site
        .answer(&begun)
        .replacen("adele.vance", "adele.vanca", 1);
    let page = site.post(&begun, &forged).await;
    page.is_refused(axum::http::StatusCode::FORBIDDEN, "signature-digest");
    sleep(Duration::from_millis(100)).await;
    assert!(keys(&entrada).await.is_empty());
    let check = ["check", "--offline", "--json"];
    place.run(check).exits(0);

    sign_on(&site).await;
    while keys(&entrada).await.is_empty() {
        sleep(Duration::from_millis(20)).await;
    }
    let known = keys(&entrada).await;
    assert_eq!(known[0].fingerprint, certificate.fingerprint());
    assert_eq!(known[0].not_after, certificate.not_after());
    assert_eq!(known[0].source, KnownKey::SIGN_ON);
    assert_eq!(known[0].first_seen, site.now());
    let gauge = format!(
        "entrada_certificate_expiry_timestamp_seconds{{connection=\"acme\",fingerprint=\"{}\"}} {}",
        certificate.fingerprint(),
        certificate.not_after().as_second()
    );
    let text = metrics(&entrada).await;
    assert!(text.contains(&gauge), "{text}");
    let shown = place.run(["connection", "show", "acme"]).exits(0);
    assert!(shown.stdout.contains("from sign-on"), "{shown:?}");

    for (days, level) in [
        (0, ExpiryLevel::ThirtyDays),
        (21, ExpiryLevel::SevenDays),
        (27, ExpiryLevel::OneDay),
        (28, ExpiryLevel::Past),
    ] {
        let start = "2026-11-22T10:01:00Z".parse().unwrap();
        let target: jiff::Timestamp = start;
        let target = target + SignedDuration::from_hours(24 * days);
        site.clock.advance(target.duration_since(site.now()));
        let event = timeout(Duration::from_secs(30), events.recv());
        let event = event.await.unwrap().unwrap();
        let expected = Happened::CertificateExpiring {
            fingerprint: certificate.fingerprint(),
            not_after: certificate.not_after(),
            days: level.days(),
        };
        assert_eq!(event.happened, expected);
    }
    let lines = log.of("trust-certificate-expiring");
    let levels: Vec<_> = lines.iter().map(|line| &line["fields"]["days"]).collect();
    assert_eq!(levels, [30, 7, 1, 0], "each once");

    // Once, and not with each sign-on, nor with each start.
    sign_on(&site).await;
    let (key, signer) = (site.key.clone(), site.signer.clone());
    drop((site, entrada));
    let (site, entrada) = self::site(&place, key, signer).await;
    sign_on(&site).await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(keys(&entrada).await, known);
}

#[tokio::test]
async fn a_next_certificate_that_lasts_longer_keeps_the_warning_away() {
    let log = LogLines::capture();
    let place = Workspace::new();
    let (key, signer) = ending();
    let (_, next) = crate::site::signer();
    let (site, entrada) = site(&place, key, signer).await;
    let connection = entrada.store().connection(&"acme".parse().unwrap()).await;
    let connection = connection.unwrap().unwrap();
    let TrustSource::Fingerprint {
        mut fingerprints,
        entity_id,
        sso_url,
        slo_url,
    } = connection.trust().clone()
    else {
        panic!("pinned")
    };
    fingerprints.push(next.certificate().fingerprint());
    let source = TrustSource::Fingerprint {
        fingerprints,
        entity_id,
        sso_url,
        slo_url,
    };
    let connection = connection.with_trust(source).unwrap();
    put_connection(entrada.store(), &connection, Timestamp::now())
        .await
        .unwrap();
    sleep(Duration::from_millis(200)).await;
    sign_on(&site).await;
    let begun = site.begin("/saml/acme/login").await;
    let response = site.response().in_response_to(&begun.id);
    let by_next = response.signed(Sign::Assertion, &next).unwrap();
    let page = site.post(&begun, &by_next).await;
    assert!(page.cookies.contains("entrada-session"), "{}", page.body);
    while keys(&entrada).await.len() < 2 {
        sleep(Duration::from_millis(20)).await;
    }
    site.clock.advance(SignedDuration::from_hours(24 * 40));
    sleep(Duration::from_millis(2500)).await;
    assert!(log.of("trust-certificate-expiring").is_empty());
    let text = metrics(&entrada).await;
    for certificate in [site.signer.certificate(), next.certificate()] {
        let end = format!(
            "{}\"}} {}",
            certificate.fingerprint(),
            certificate.not_after().as_second()
        );
        assert!(text.contains(&end), "{text}");
    }
}
