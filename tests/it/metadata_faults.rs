//! Every way in which a metadata server can go wrong: after each, the last good trust still signs people in, and the
//! reason is on record.

use std::io::Write;
use std::time::Duration;

use entrada::event::Happened;
use entrada::web::Refreshed;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::SignedDuration;

use crate::log_lines::LogLines;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Trusting;
use crate::metadata_publisher::document;
use crate::metadata_publisher::entity;
use crate::site::signer;

/// Lets the server behave so, refreshes, and finds this reason everywhere, and people signing on all the same.
async fn leaves_trust_alone(trusting: &Trusting, manner: Manner, code: &str) {
    let log = LogLines::capture();
    let mut events = trusting.entrada.trust_events();
    let revision = trusting.store.revision().await.unwrap();
    trusting.publisher.behave(manner);
    assert_eq!(Trusting::failed_with(&trusting.refresh().await), code);

    let state = trusting.state().await;
    let failure = state.last_failure.clone().unwrap();
    assert_eq!(failure.code, code);
    assert!(!failure.reason.is_empty());
    assert!(state.failures > 0 && state.lease.is_none(), "{state:?}");
    let lines = log.of("trust-rejected");
    assert_eq!(lines.len(), 1, "{code}: {lines:?}");
    let fields = &lines[0]["fields"];
    let expected = (&fields["connection"], &fields["code"], &fields["reason"]);
    assert_eq!(
        expected,
        (
            &"acme".into(),
            &code.into(),
            &failure.reason.as_str().into()
        )
    );
    assert_eq!(lines[0]["level"], "WARN", "{code}");
    let event = events.recv().await.unwrap().happened;
    let expected = Happened::MetadataRejected {
        code: code.to_owned(),
        reason: failure.reason,
    };
    assert_eq!(event, expected);
    shows(trusting, code);
    assert_eq!(trusting.store.revision().await.unwrap(), revision);
    assert_eq!(
        trusting.refusal_of(&trusting.site.signer).await,
        None,
        "{code}"
    );
}

/// `connection show` has the reason, for people and for programs.
fn shows(trusting: &Trusting, code: &str) {
    let shown = trusting.place.run(["connection", "show", "acme", "--json"]);
    let refresh = &shown.exits(0).json()["refresh"];
    let failure = &refresh["last_failure"];
    assert_eq!(failure["code"], code);
    let reason = failure["reason"].as_str().unwrap();
    assert!(refresh["failures"].as_u64().unwrap() > 0, "{refresh}");
    let shown = trusting.place.run(["connection", "show", "acme"]).exits(0);
    let line = shown
        .stdout
        .lines()
        .find(|line| line.contains("Last failure"));
    let line = line.unwrap_or_else(|| panic!("{code}: {shown:?}"));
    assert!(line.ends_with(&format!("[{code}]")), "{line}");
    // The unprintable characters of the reason are escaped.
    let first: String = reason.chars().take(20).collect();
    assert!(line.contains(&first), "{line}: {reason}");
}

#[tokio::test]
async fn a_connection_that_is_never_taken_ends_with_the_time_for_it() {
    let mut trusting = Trusting::new().await;
    let good = document(&[trusting.site.signer.certificate()], &trusting.site.signer);
    let deaf = trusting.publisher.take_no_connection().await;
    leaves_trust_alone(&trusting, Manner::good(good.clone()), "fetch-too-slow").await;
    trusting.publisher.recover(deaf);
    let refreshed = trusting.refresh().await;
    assert!(!matches!(refreshed, Refreshed::Failed(_)), "{refreshed:?}");
    assert_eq!(trusting.state().await.failures, 0);
}

#[tokio::test]
async fn no_redirect_leads_away_from_the_host_and_its_protection() {
    let trusting = Trusting::new().await;
    let port = trusting.publisher.address.port();
    for (target, code) in [
        (
            "http://idp.example/metadata".to_owned(),
            "fetch-redirect-host",
        ),
        (
            "https://idp.example/metadata".to_owned(),
            "fetch-redirect-host",
        ),
        (
            format!("http://127.0.0.2:{port}/metadata"),
            "fetch-redirect-host",
        ),
        (
            format!("http://[::1]:{port}/metadata"),
            "fetch-redirect-host",
        ),
        (format!("//10.0.0.1:{port}/metadata"), "fetch-redirect-host"),
        (
            "http://127.0.0.1@idp.example/".to_owned(),
            "fetch-redirect-host",
        ),
        ("file:///etc/passwd".to_owned(), "fetch-status"),
        (
            format!("ws://127.0.0.1:{port}/metadata"),
            "fetch-redirect-unprotected",
        ),
    ] {
        for status in ["301 Moved", "302 Found", "307 Elsewhere", "308 Moved"] {
            let location = format!("Location: {target}\r\n");
            let redirect = Manner::answer(status, &location, "");
            leaves_trust_alone(&trusting, redirect, code).await;
        }
    }
}

#[tokio::test]
async fn no_answer_of_a_server_takes_trust_away() {
    let trusting = Trusting::new().await;
    let good = document(&[trusting.site.signer.certificate()], &trusting.site.signer);
    let xml = "Content-Type: application/xml\r\n";
    let truncated = {
        let head = format!(
            "HTTP/1.1 200 OK\r\n{xml}Content-Length: {}\r\n\r\n",
            good.len()
        );
        Manner::Answer(head, good[..good.len() / 2].to_vec())
    };
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 50_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    let other = format!(
        "http://localhost:{}/metadata",
        trusting.publisher.address.port()
    );
    let plain = "Location: ftp://127.0.0.1/metadata\r\n";
    for (manner, code) in [
        (Manner::Hang, "fetch-too-slow"),
        (
            Manner::Drip(format!(
                "HTTP/1.1 200 OK\r\n{xml}Content-Length: 5000\r\n\r\n"
            )),
            "fetch-too-slow",
        ),
        (truncated, "fetch-unreachable"),
        (
            Manner::Answer(String::new(), Vec::new()),
            "fetch-unreachable",
        ),
        (Manner::answer("500 Oops", "", "no"), "fetch-status"),
        (Manner::answer("204 Nothing", "", ""), "fetch-status"),
        (
            Manner::answer(
                "200 OK",
                "Content-Type: text/html; charset=utf-8\r\n",
                good.clone(),
            ),
            "fetch-web-page",
        ),
        (
            Manner::answer(
                "200 OK",
                "Content-Type: application/json\r\n",
                "{\"error\":1}",
            ),
            "xml-outside-root",
        ),
        (
            Manner::answer("200 OK", xml, "<html/>"),
            "metadata-other-root",
        ),
        (
            Manner::answer("200 OK", &format!("{xml}Content-Encoding: gzip\r\n"), bomb),
            "fetch-encoded",
        ),
        (
            Manner::Answer(
                format!("HTTP/1.1 200 OK\r\n{xml}Content-Length: 20000000\r\n\r\n"),
                good.clone(),
            ),
            "fetch-too-large",
        ),
        (
            Manner::answer("302 Found", &format!("Location: {other}\r\n"), ""),
            "fetch-redirect-host",
        ),
        (
            Manner::answer("302 Found", plain, ""),
            "fetch-redirect-unprotected",
        ),
        (
            Manner::answer("302 Found", "Location: /metadata\r\n", ""),
            "fetch-redirect-loop",
        ),
    ] {
        leaves_trust_alone(&trusting, manner, code).await;
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_at_the_limit() {
    let trusting = Trusting::new().await;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n";
    let endless = Manner::Answer(head.to_owned(), vec![b' '; 11 * 1024 * 1024]);
    leaves_trust_alone(&trusting, endless, "fetch-too-large").await;
}

#[tokio::test]
async fn no_document_takes_trust_away_that_does_not_pass() {
    let trusting = Trusting::new().await;
    let signer = &trusting.site.signer;
    let good = document(&[signer.certificate()], signer);
    let text = String::from_utf8(good.clone()).unwrap();
    let elsewhere = entity(
        "https://sts.windows.net/evil/",
        &[signer.certificate()],
        signer,
    );
    let expired = text.replacen(
        "<EntityDescriptor ",
        "<EntityDescriptor validUntil=\"2026-11-22T09:59:59Z\" ",
        1,
    );
    let no_endpoint = text.replace("SingleSignOnService", "ArtifactResolutionService");
    for (body, code) in [
        (elsewhere, "metadata-other-entity"),
        (document(&[], signer), "metadata-no-key"),
        (expired.into_bytes(), "metadata-expired"),
        (no_endpoint.into_bytes(), "metadata-no-endpoint"),
        (good[..good.len() - 1].to_vec(), "xml-not-well-formed"),
        (b"\xFF\xFE<".to_vec(), "xml-encoding"),
        (
            b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>".to_vec(),
            "xml-dtd",
        ),
    ] {
        leaves_trust_alone(&trusting, Manner::good(body), code).await;
    }
}

#[tokio::test]
async fn alternating_good_and_bad_documents_leave_the_last_good_one() {
    let trusting = Trusting::new().await;
    let old = &trusting.site.signer;
    let (_, new) = signer();
    for round in 0..3 {
        leaves_trust_alone(
            &trusting,
            Manner::good(b"<a/>".to_vec()),
            "metadata-other-root",
        )
        .await;
        let certificates = [old.certificate(), new.certificate()];
        let good = document(&certificates[..1 + round % 2], old);
        trusting.publisher.behave(Manner::good(good));
        let refreshed = trusting.refresh().await;
        assert!(!matches!(refreshed, Refreshed::Failed(_)), "{refreshed:?}");
        assert_eq!(trusting.state().await.failures, 0);
        assert_eq!(trusting.refusal_of(old).await, None);
    }
}

#[tokio::test]
async fn a_busy_server_is_left_alone_for_as_long_as_it_asks() {
    let trusting = Trusting::new().await;
    for (status, lines, seconds) in [
        ("429 Too Many Requests", "Retry-After: 7200\r\n", 7200),
        (
            "503 Unavailable",
            "Retry-After: Sun, 22 Nov 2026 12:30:00 GMT\r\n",
            9000,
        ),
        (
            "429 Too Many Requests",
            "Retry-After: 99999999\r\n",
            6 * 3600,
        ),
    ] {
        leaves_trust_alone(&trusting, Manner::answer(status, lines, ""), "fetch-busy").await;
        let due = trusting.state().await.next_due.unwrap();
        let wait = due.duration_since(trusting.site.now());
        assert_eq!(wait, SignedDuration::from_secs(seconds), "{lines}");
        let asked = trusting.publisher.requests().len();
        let (_, stranger) = signer();
        let refused = trusting.refusal_of(&stranger).await;
        assert_eq!(refused.as_deref(), Some("signature-invalid"));
        assert_eq!(
            trusting.publisher.requests().len(),
            asked,
            "not early either"
        );
    }
}

#[tokio::test]
async fn a_server_inside_the_network_is_refused_where_the_connection_says_so() {
    use entrada::connection::AddressPolicy;
    use entrada::fetch::FetchError;
    use entrada::fetch::Fetcher;
    use entrada::fetch::Request;

    let trusting = Trusting::new().await;
    let fetcher = Fetcher::new(crate::metadata_publisher::LIMITS).unwrap();
    let port = trusting.publisher.address.port();
    let before = trusting.publisher.requests().len();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/metadata");
            let request = Request {
                addresses: AddressPolicy::PublicOnly,
                ..Request::new(&url, trusting.site.now())
            };
            let refused = fetcher.fetch(&request).await.unwrap_err();
            let expected = [FetchError::PrivateAddress, FetchError::NotProtected];
            assert!(expected.contains(&refused), "{url}: {refused:?}");
        }
    }
    assert_eq!(trusting.publisher.requests().len(), before);
}

#[tokio::test]
async fn a_clock_that_jumps_neither_stops_refreshing_nor_asks_for_more_than_one() {
    let trusting = Trusting::new().await;
    for jump in [48, -96, 24] {
        let before = trusting.publisher.requests().len();
        trusting
            .site
            .clock
            .advance(SignedDuration::from_hours(jump));
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let asked = trusting.publisher.requests().len() - before;
        assert_eq!(asked, 1, "after {jump} hours");
        assert_eq!(trusting.refusal_of(&trusting.site.signer).await, None);
    }
}

#[tokio::test]
async fn a_document_that_ends_while_it_is_used_is_refused_from_then_on() {
    let trusting = Trusting::new().await;
    let signer = &trusting.site.signer;
    let text = String::from_utf8(document(&[signer.certificate()], signer)).unwrap();
    let until = text.replacen(
        "<EntityDescriptor ",
        "<EntityDescriptor validUntil=\"2026-11-22T10:30:00Z\" ",
        1,
    );
    trusting.publisher.behave(Manner::good(until.into_bytes()));
    assert!(matches!(
        trusting.refresh().await,
        Refreshed::Replaced { .. }
    ));
    trusting
        .publisher
        .behave(Manner::answer("500 Oops", "", ""));
    trusting.site.clock.advance(SignedDuration::from_mins(29));
    assert_eq!(trusting.refusal_of(signer).await, None);
    trusting.site.clock.advance(SignedDuration::from_mins(1));
    let page = trusting
        .site
        .get("/saml/acme/login", crate::site::Browser::NONE)
        .await;
    page.is_refused(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "trust-unavailable",
    );
}
