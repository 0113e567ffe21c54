//! A credential that nears its end is announced, once at each level, on every channel that a running server has. What
//! `entrada check` says of it is a test of the command line.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use entrada::directory::add_credential;
use entrada::directory::extend_credential;
use entrada::directory::revoke_credential;
use entrada::event::Event;
use entrada::event::Happened;
use entrada::metadata::ExpiryLevel;
use entrada::metadata::RefreshPolicy;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use jiff::SignedDuration;
use tokio::sync::broadcast::Receiver;
use tokio::time::sleep;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::log_lines::LogLines;
use crate::scim::Scim;
use crate::scim::credential;

/// A server that looks ten times a second.
async fn watchful() -> Scim {
    let often = RefreshPolicy {
        floor: Duration::from_millis(100),
        ..RefreshPolicy::default()
    };
    let scim = Scim::serving(|server| server.metadata_refresh(often)).await;
    // The credential that the other tests use ends within a day.
    let now = scim.clock.0.lock().unwrap().to_owned();
    revoke_credential(&*scim.store, &scim.credential.id, now)
        .await
        .unwrap();
    scim
}

/// A credential of a year.
async fn of_a_year(scim: &Scim) -> ScimCredential {
    let year = SignedDuration::from_hours(365 * 24);
    let (made, _) = credential("acme", SecretKind::Bearer, year, &*scim.clock);
    add_credential(&*scim.store, &made).await.unwrap();
    made
}

/// The next event about a credential.
async fn next(events: &mut Receiver<Event>) -> Event {
    loop {
        let event = timeout(Duration::from_secs(20), events.recv()).await;
        let event = event.expect("the event comes").unwrap();
        if matches!(event.happened, Happened::CredentialExpiring { .. }) {
            return event;
        }
    }
}

#[tokio::test]
async fn a_credential_that_nears_its_end_is_announced_once_a_level() {
    let log = LogLines::capture();
    let scim = watchful().await;
    let credential = of_a_year(&scim).await;
    let mut events = scim.entrada.trust_events();
    let mut left = 365 * 24;
    for (hours, level) in [
        (61 * 24, None),
        (60 * 24, Some(ExpiryLevel::SixtyDays)),
        (59 * 24, None),
        (30 * 24, Some(ExpiryLevel::ThirtyDays)),
        (7 * 24, Some(ExpiryLevel::SevenDays)),
        (2 * 24, None),
        (24, Some(ExpiryLevel::OneDay)),
        (0, Some(ExpiryLevel::Past)),
        (-24, None),
    ] {
        scim.clock.advance(SignedDuration::from_hours(left - hours));
        left = hours;
        if let Some(level) = level {
            let event = next(&mut events).await;
            assert_eq!(event.connection.as_str(), "acme");
            let expected = Happened::CredentialExpiring {
                credential: credential.id.clone(),
                expires: credential.expires,
                days: level.days(),
            };
            assert_eq!(event.happened, expected);
        }
        // Several rounds of refreshing: nothing is said twice.
        sleep(Duration::from_millis(400)).await;
        assert!(events.try_recv().is_err(), "{hours} hours left");
    }
    let mut lines = log.of("scim-credential-expiring");
    // The one that ends within a day may have been announced before it was revoked.
    lines.retain(|line| line["fields"]["credential"] == credential.id.as_str());
    let days: Vec<_> = lines.iter().map(|line| &line["fields"]["days"]).collect();
    assert_eq!(days, [60, 30, 7, 1, 0]);
    for line in &lines {
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["fields"]["connection"], "acme");
        assert_eq!(line["fields"]["expires"], credential.expires.to_string());
    }
}

#[tokio::test]
async fn one_that_was_revoked_or_extended_is_announced_no_more() {
    let scim = watchful().await;
    let (revoked, extended) = (of_a_year(&scim).await, of_a_year(&scim).await);
    let mut events = scim.entrada.trust_events();
    scim.clock.advance(SignedDuration::from_hours(364 * 24));
    let now = scim.clock.0.lock().unwrap().to_owned();
    let store = &scim.store;
    let mut named = Vec::new();
    for _ in 0..2 {
        match next(&mut events).await.happened {
            Happened::CredentialExpiring { credential, .. } => named.push(credential),
            other => panic!("{other:?}"),
        }
    }
    assert!(named.contains(&revoked.id) && named.contains(&extended.id));
    assert!(revoke_credential(&**store, &revoked.id, now).await.unwrap());
    let later = now + SignedDuration::from_hours(40 * 24);
    assert!(
        extend_credential(&**store, &extended.id, later)
            .await
            .unwrap()
    );
    // One is past its end now, the other a day further from it: nothing is worse than it was.
    scim.clock.advance(SignedDuration::from_hours(24));
    let at_thirty = scim.clock.0.lock().unwrap().to_owned() + SignedDuration::from_hours(31 * 24);
    assert!(
        extend_credential(&**store, &extended.id, at_thirty)
            .await
            .unwrap()
    );
    sleep(Duration::from_millis(400)).await;
    // From the new end on, the levels begin again.
    scim.clock.advance(SignedDuration::from_hours(24 * 24));
    let event = next(&mut events).await;
    let expected = Happened::CredentialExpiring {
        credential: extended.id.clone(),
        expires: at_thirty,
        days: 7,
    };
    assert_eq!(event.happened, expected);
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn the_metrics_say_when_a_credential_ends() {
    let scim = watchful().await;
    let credential = of_a_year(&scim).await;
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = scim.entrada.probes::<()>().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let text = String::from_utf8(body.unwrap().to_vec()).unwrap();
    let name = "entrada_scim_credential_expiry_timestamp_seconds{";
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with(name)).collect();
    let [line] = lines.as_slice() else {
        panic!("one credential was not revoked: {lines:?}");
    };
    assert!(line.contains("connection=\"acme\""), "{line}");
    let id = format!("credential=\"{}\"", credential.id);
    assert!(line.contains(&id), "{line}");
    let expires = format!(" {}", credential.expires.as_second());
    assert!(line.ends_with(&expires), "{line}");
}
