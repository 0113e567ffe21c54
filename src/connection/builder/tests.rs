use super::*;
use crate::connection::ConnectionProblem;

#[test]
fn all_problems_are_reported_at_once() {
    let error = Connection::builder("No Slug")
        .acs_url("http://app.example.com/acs")
        .default_relay_state("//evil.example")
        .session_lifetime(Duration::from_secs(1))
        .build()
        .unwrap_err();
    assert_eq!(error.problems().len(), 5, "{error}");
}

#[test]
fn what_can_never_match_is_refused() {
    let with = |change: fn(ConnectionBuilder) -> ConnectionBuilder| {
        let builder = Connection::builder("a").metadata_url("https://a.example/m");
        change(builder).build().map_err(|error| error.to_string())
    };
    assert!(with(|b| b.host("App.example.com").email_domain("example.com")).is_ok());
    assert!(with(|b| b.host("https://app.example.com")).is_err());
    assert!(with(|b| b.host("app.example.com:8080")).is_err());
    assert!(with(|b| b.email_domain("me@example.com")).is_err());
    let format = RequestOptions {
        name_id_format: Some("persistent".to_owned()),
        ..RequestOptions::default()
    };
    let builder = Connection::builder("a").metadata_url("https://a.example/m");
    assert!(builder.request_options(format).build().is_err());
}

#[test]
fn what_nobody_sees_is_refused_in_every_name_and_address() {
    let base = || Connection::builder("a").metadata_url("https://a.example/m");
    for hidden in [
        " ", "\t", "\n", "\u{a0}", "\u{200b}", "\u{feff}", "\u{202e}", "\u{3000}",
    ] {
        for place in [0, 12] {
            let with = |text: &str| {
                let (start, end) = text.split_at(if place == 0 { 0 } else { text.len() });
                format!("{start}{hidden}{end}")
            };
            let url = with("https://a.example/m");
            let fingerprint = Fingerprint::of_der(b"x");
            let builders = [
                base().sp_entity_id(with("urn:a")),
                base().acs_url(url.clone()),
                base().display_name(with("Acme")),
                base().tenant(with("5b7a")),
                base().default_relay_state(with("/home")),
                base().relay_state_target(with("/home")),
                base().host(with("a.example")),
                base().email_domain(with("a.example")),
                Connection::builder("a").metadata_url(url.clone()),
                Connection::builder("a").metadata_query(url.clone(), "urn:i"),
                Connection::builder("a").metadata_query("https://a.example", with("urn:i")),
                Connection::builder("a").fingerprint(
                    fingerprint,
                    with("urn:i"),
                    "https://a.example",
                ),
                Connection::builder("a").fingerprint(fingerprint, "urn:i", url.clone()),
            ];
            for builder in builders {
                assert!(builder.clone().build().is_err(), "{hidden:?} {builder:?}");
            }
        }
    }
    let inner = base()
        .sp_entity_id("urn:a\u{200b}b")
        .build()
        .unwrap_err()
        .to_string();
    assert!(inner.contains("found \"urn:a\\u{200b}b\""), "{inner}");
    for name in ["Acme Inc.", "علی\u{200c}رضا", "Zoë & Söhne", "日本"] {
        assert!(base().display_name(name).build().is_ok(), "{name}");
    }
    assert!(base().sp_entity_id("My App").build().is_ok());
}

#[test]
fn exactly_one_trust_source_is_asked_for() {
    let twice = Connection::builder("a")
        .metadata_url("https://a.example/m")
        .metadata_xml("<x/>")
        .build();
    assert_eq!(
        twice.unwrap_err().problems(),
        [ConnectionProblem::SeveralTrusts]
    );
    let never = Connection::builder("a").build();
    assert_eq!(never.unwrap_err().problems(), [ConnectionProblem::NoTrust]);
}

#[test]
fn a_metadata_address_over_plain_http_is_loopback_only() {
    assert!(
        Connection::builder("a")
            .metadata_url("http://127.0.0.1:1/m")
            .build()
            .is_ok()
    );
    assert!(
        Connection::builder("a")
            .metadata_url("http://idp.example/m")
            .build()
            .is_err()
    );
}
