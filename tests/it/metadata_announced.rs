//! Announcements of what nears its end: certificates, copies, and all sign-on. Each level is said once.

use std::time::Duration;

use axum::http::StatusCode;
use entrada::configuration::danger::put_connection;
use entrada::connection::CertificateDates;
use entrada::connection::Connection;
use entrada::connection::ConnectionBuilder;
use entrada::connection::MetadataPolicy;
use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use entrada::event::Event;
use entrada::event::EventKind;
use entrada::event::EventQuery;
use entrada::event::Happened;
use entrada::metadata::ExpiryLevel;
use entrada::metadata::StaleLevel;
use entrada::web::Refreshed;
use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::time::sleep;

use crate::log_lines::LogLines;
use crate::metadata_ends::next;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;
use crate::metadata_publisher::Trusting;
use crate::metadata_publisher::by_address;
use crate::metadata_publisher::document;

#[tokio::test]
async fn a_certificate_that_nears_its_end_is_announced_once_a_level() {
    let trusting = Trusting::watchful(MetadataPolicy::default()).await;
    let signer = &trusting.site.signer;
    let not_after: Timestamp = "2027-02-10T10:00:00Z".parse().unwrap();
    let key = SigningKey::generate_rsa_2048().unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    let short = Certificate::self_signed(&key, "short", 2, begin, not_after).unwrap();
    let both = document(&[signer.certificate(), &short], signer);
    trusting.publisher.behave(Manner::good(both));
    let refreshed = trusting.refresh().await;
    assert!(matches!(refreshed, Refreshed::Replaced { .. }));
    let expiring = |level: ExpiryLevel| Happened::CertificateExpiring {
        fingerprint: short.fingerprint(),
        not_after,
        days: level.days(),
    };
    let is_of_it = |kind: &Happened| matches!(kind, Happened::CertificateExpiring { .. });
    let said = said_before(&trusting, not_after, is_of_it).await;
    assert_eq!(said, EXPIRY.map(expiring));
    let query = EventQuery {
        kind: Some(EventKind::Expiring),
        ..EventQuery::default()
    };
    let told = trusting.store.events(&query).await.unwrap();
    let told = told.into_iter().map(|told| told.event.happened);
    let of_it = |happened: &Happened| matches!(happened, Happened::CertificateExpiring { fingerprint, .. } if *fingerprint == short.fingerprint());
    let told: Vec<Happened> = told.filter(of_it).collect();
    assert_eq!(told, said, "the outbox has each level once");
    // It is reported, not enforced: whom the metadata lists is trusted.
    assert_eq!(trusting.refusal_of(signer).await, None);
}

/// The certificate that lasts longest is the one after which nobody signs on, where dates are enforced.
#[tokio::test]
async fn the_end_of_all_sign_on_is_announced_once_a_level_where_dates_are_enforced() {
    for dates in [CertificateDates::Enforced, CertificateDates::Reported] {
        let log = LogLines::capture();
        let policy = MetadataPolicy::default();
        let enforcing = |connection: ConnectionBuilder| connection.certificate_dates(dates);
        let trusting = Trusting::watching(policy, enforcing).await;
        let key = SigningKey::generate_rsa_2048().unwrap();
        let certificate = |serial, end: &str| {
            let begin = "2026-01-01T00:00:00Z".parse().unwrap();
            Certificate::self_signed(&key, "short", serial, begin, end.parse().unwrap()).unwrap()
        };
        let (first, last) = (
            certificate(1, "2027-01-10T10:00:00Z"),
            certificate(2, "2027-04-10T10:00:00Z"),
        );
        let both = document(&[&first, &last], &trusting.site.signer);
        trusting.publisher.behave(Manner::good(both));
        let refreshed = trusting.refresh().await;
        assert!(matches!(refreshed, Refreshed::Replaced { .. }));
        let (fingerprint, not_after) = (last.fingerprint(), last.not_after());
        let is_of_it = |kind: &Happened| match dates {
            CertificateDates::Enforced => matches!(kind, Happened::SignOnStopping { .. }),
            // The other way of saying it comes as before, by which the time is known to have passed.
            CertificateDates::Reported => match kind {
                Happened::CertificateExpiring {
                    fingerprint: of, ..
                } => *of == fingerprint,
                other => matches!(other, Happened::SignOnStopping { .. }),
            },
        };
        let said = said_before(&trusting, not_after, is_of_it).await;
        let stopping = |level: ExpiryLevel| match dates {
            CertificateDates::Enforced => Happened::SignOnStopping {
                fingerprint,
                not_after,
                days: level.days(),
            },
            CertificateDates::Reported => Happened::CertificateExpiring {
                fingerprint,
                not_after,
                days: level.days(),
            },
        };
        assert_eq!(said, EXPIRY.map(stopping));
        let lines = log.of("trust-sign-on-stopping").len();
        let is_enforced = dates == CertificateDates::Enforced;
        assert_eq!(lines, if is_enforced { EXPIRY.len() } else { 0 });
    }
}

#[tokio::test]
async fn a_copy_that_nears_its_end_is_announced_once_a_level() {
    let trusting = Trusting::watchful(MetadataPolicy::default()).await;
    let valid_until = trusting.publish_until("2027-02-10T10:00:00Z").await;
    let is_of_it = |kind: &Happened| {
        matches!(
            kind,
            Happened::CopyExpiring { .. } | Happened::CopyExpired { .. }
        )
    };
    let said = said_before(&trusting, valid_until, is_of_it).await;
    let mut expected = EXPIRY.map(|level| Happened::CopyExpiring {
        valid_until,
        days: level.days(),
    });
    expected[4] = Happened::CopyExpired { valid_until };
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_copy_that_nobody_vouches_for_is_announced_once_a_level() {
    let trusting = Trusting::watchful(MetadataPolicy::default()).await;
    let confirmed = trusting.site.now();
    trusting
        .publisher
        .behave(Manner::answer("500 Oops", "", ""));
    let mut events = trusting.entrada.trust_events();
    let mut said = Vec::new();
    let mut passed = 0;
    for (days, is_news) in [
        (1, true),
        (2, false),
        (7, true),
        (8, false),
        (30, true),
        (31, false),
        (60, true),
        (90, false),
    ] {
        trusting
            .site
            .clock
            .advance(SignedDuration::from_hours(24 * (days - passed)));
        passed = days;
        let is_of_it = |kind: &Happened| matches!(kind, Happened::CopyStale { .. });
        said.extend(heard(&mut events, is_news, is_of_it).await);
    }
    let levels = [
        StaleLevel::OneDay,
        StaleLevel::SevenDays,
        StaleLevel::ThirtyDays,
        StaleLevel::SixtyDays,
    ];
    let expected = levels.map(|level| Happened::CopyStale {
        confirmed,
        days: level.days(),
    });
    assert_eq!(said, expected);
    // Entra's metadata has no end: the copy stays good.
    assert_eq!(trusting.refusal_of(&trusting.site.signer).await, None);
}

#[tokio::test]
async fn a_connection_that_never_got_a_copy_is_announced_and_mended_by_the_first() {
    let log = LogLines::capture();
    let trusting = Trusting::watchful(MetadataPolicy::default()).await;
    let signer = &trusting.site.signer;
    let late = Publisher::start(Vec::new()).await;
    late.behave(Manner::answer("500 Oops", "", ""));
    let mut events = trusting.entrada.trust_events();
    // As another process puts it into the store, without asking the publisher.
    let source = by_address(&late, MetadataPolicy::default());
    let connection = Connection::builder("late").trust(source).build().unwrap();
    put_connection(&*trusting.store, &connection, Timestamp::now())
        .await
        .unwrap();
    // A change by another process is noticed within a tenth of a second.
    sleep(Duration::from_millis(200)).await;
    trusting.site.clock.advance(SignedDuration::from_mins(1));
    let is_missing = |kind: &Happened| *kind == Happened::CopyMissing;
    let said = heard(&mut events, true, is_missing).await;
    assert_eq!(said, [Happened::CopyMissing]);
    let (status, body) = trusting.answer("/readyz?connection=late").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body, "late metadata-missing\n");

    trusting.site.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(heard(&mut events, false, is_missing).await, []);
    let lines = log.of("trust-copy-missing");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["fields"]["connection"], "late");

    late.behave(Manner::good(document(&[signer.certificate()], signer)));
    let refreshed = trusting.entrada.refresh_metadata(connection.id()).await;
    assert!(matches!(refreshed, Some(Refreshed::Replaced { .. })));
    let ready = (StatusCode::OK, "ready\n".to_owned());
    assert_eq!(trusting.answer("/readyz?connection=late").await, ready);
}

const EXPIRY: [ExpiryLevel; 5] = [
    ExpiryLevel::SixtyDays,
    ExpiryLevel::ThirtyDays,
    ExpiryLevel::SevenDays,
    ExpiryLevel::OneDay,
    ExpiryLevel::Past,
];

/// The events while the clock goes from 61 days before an end to some days after it.
async fn said_before(
    trusting: &Trusting,
    end: Timestamp,
    is_of_it: impl Fn(&Happened) -> bool,
) -> Vec<Happened> {
    let mut events = trusting.entrada.trust_events();
    let mut said = Vec::new();
    for (hours_left, is_news) in [
        (61 * 24, false),
        (60 * 24, true),
        (59 * 24, false),
        (30 * 24, true),
        (29 * 24, false),
        (7 * 24, true),
        (6 * 24, false),
        (24, true),
        (12, false),
        (0, true),
        (-48, false),
    ] {
        let moment = end - SignedDuration::from_hours(hours_left);
        let ahead = moment.duration_since(trusting.site.now());
        trusting.site.clock.advance(ahead);
        said.extend(heard(&mut events, is_news, &is_of_it).await);
    }
    said
}

/// The events of this kind, after a move of the clock. If one must come, it is waited for; if none may come, a while is
/// waited in which none does.
async fn heard(
    events: &mut Receiver<Event>,
    is_news: bool,
    is_of_it: impl Fn(&Happened) -> bool,
) -> Vec<Happened> {
    let mut heard = Vec::new();
    if is_news {
        heard.push(next(events, &is_of_it).await);
    }
    sleep(Duration::from_millis(400)).await;
    while let Ok(event) = events.try_recv() {
        heard.extend(Some(event.happened).filter(&is_of_it));
    }
    heard
}
