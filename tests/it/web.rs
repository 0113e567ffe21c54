//! The service provider as a web developer mounts it, driven over its routes by an identity provider that is
//! nothing but a key.

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::connection::ConnectionBuilder;
use entrada::practice::Sign;
use jiff::SignedDuration;

use crate::site::Begun;
use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Site;
use crate::site::TENANT;
use crate::site::path_of;

#[tokio::test]
async fn a_person_signs_on_and_the_app_knows_who_it_is() {
    let site = Site::new(|connection| connection).await;
    let asked = site.get("/private?a=b", Browser::NONE).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert_eq!(
        asked.location(),
        "https://app.example.com/saml/login?return=%2Fprivate%3Fa%3Db"
    );

    let chooser = site.get(&path_of(&asked.location()), Browser::NONE).await;
    assert!(
        chooser
            .body
            .contains("https://app.example.com/saml/acme/login?return=%2Fprivate%3Fa%3Db"),
        "{}",
        chooser.body
    );
    let begun = site
        .begin("/saml/acme/login?return=%2Fprivate%3Fa%3Db")
        .await;
    assert!(begun.page.location().starts_with(&format!(
        "https://login.example/{TENANT}/saml2?SAMLRequest="
    )));
    assert!(
        !begun.page.location().contains("private"),
        "the return path stays on the server"
    );

    let signed_on = site.post(&begun, &site.answer(&begun)).await;
    assert_eq!(signed_on.status, StatusCode::SEE_OTHER);
    assert_eq!(signed_on.location(), "/private?a=b");

    let page = site
        .get("/private?a=b", Browser::with(&signed_on.cookies))
        .await;
    assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, PERSON));
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_out_of_reach_of_scripts() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let request_cookie = begun.page.set_cookie_of("__Host-entrada-request-");
    for part in ["HttpOnly", "Secure", "SameSite=None", "Path=/"] {
        assert!(request_cookie.contains(part), "{request_cookie}");
    }
    let signed_on = site.post(&begun, &site.answer(&begun)).await;
    let session_cookie = signed_on.set_cookie("__Host-entrada-session");
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(session_cookie.contains(part), "{session_cookie}");
    }
    assert!(!session_cookie.contains("Domain"), "{session_cookie}");
}

#[tokio::test]
async fn a_program_hears_401_and_is_not_redirected() {
    let site = Site::new(|connection| connection).await;
    let request = Request::get("/private")
        .header(header::ACCEPT, "application/json")
        .body(Body::empty())
        .unwrap();
    let page = site.send(request).await;
    assert_eq!(
        (page.status, page.body.as_str()),
        (StatusCode::UNAUTHORIZED, r#"{"error":"not-signed-on"}"#)
    );
    assert!(page.headers.contains_key(header::WWW_AUTHENTICATE));
}

#[tokio::test]
async fn a_page_for_everybody_is_shown_to_somebody_unknown() {
    let site = Site::new(|connection| connection).await;
    assert_eq!(site.get("/anyone", Browser::NONE).await.body, "nobody");
}

#[tokio::test]
async fn an_answer_is_taken_once() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let answer = site.answer(&begun);
    assert_eq!(
        site.post(&begun, &answer).await.status,
        StatusCode::SEE_OTHER
    );
    site.post(&begun, &answer)
        .await
        .is_refused(StatusCode::FORBIDDEN, "request-unknown");
}

#[tokio::test]
async fn an_answer_in_another_browser_is_refused() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let answer = site.answer(&begun);
    let other = site.begin("/saml/acme/login").await;
    let crossed = Begun {
        relay_state: begun.relay_state.clone(),
        ..other
    };
    site.post(&crossed, &answer)
        .await
        .is_refused(StatusCode::FORBIDDEN, "browser-mismatch");
}

#[tokio::test]
async fn an_answer_with_another_relay_state_is_refused() {
    let site = Site::new(|connection| connection).await;
    for relay_state in ["https://evil.example/", "", "/private"] {
        let begun = site.begin("/saml/acme/login").await;
        let answer = site.answer(&begun);
        let changed = Begun {
            relay_state: relay_state.to_owned(),
            ..begun
        };
        site.post(&changed, &answer)
            .await
            .is_refused(StatusCode::FORBIDDEN, "relay-state-mismatch");
    }
}

#[tokio::test]
async fn an_answer_to_another_connections_request_is_refused() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/second/login").await;
    site.post(&begun, &site.answer(&begun))
        .await
        .is_refused(StatusCode::FORBIDDEN, "request-unknown");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_refused() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    site.clock.advance(SignedDuration::from_mins(61));
    site.post(&begun, &site.answer(&begun))
        .await
        .is_refused(StatusCode::FORBIDDEN, "request-expired");
}

#[tokio::test]
async fn two_tabs_sign_on_at_the_same_time() {
    let site = Site::new(|connection| connection).await;
    let first = site.begin("/saml/acme/login?return=/one").await;
    let second = site
        .begin_as(
            "/saml/acme/login?return=/two",
            Browser::with(&first.page.cookies),
        )
        .await;
    assert_eq!(
        site.post(&second, &site.answer(&second)).await.location(),
        "/two"
    );
    assert_eq!(
        site.post(&first, &site.answer(&first)).await.location(),
        "/one"
    );
}

#[tokio::test]
async fn a_return_path_elsewhere_is_refused() {
    let site = Site::new(|connection| connection).await;
    for path in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "javascript%3Aalert(1)",
        "%2Fa%0D%0Ab",
    ] {
        for route in ["/saml/acme/login", "/saml/login"] {
            let page = site
                .get(&format!("{route}?return={path}"), Browser::NONE)
                .await;
            page.is_refused(StatusCode::BAD_REQUEST, "return-path");
        }
    }
}

#[tokio::test]
async fn an_unsolicited_response_is_refused_unless_the_connection_allows_it_and_then_taken_once() {
    let site = Site::new(|connection| connection).await;
    let answer = site.unsolicited();
    site.post_to("acme", &answer, "https://evil.example/", Browser::NONE)
        .await
        .is_refused(StatusCode::FORBIDDEN, "unsolicited");

    let site = Site::new(|connection| {
        connection
            .allow_idp_initiated()
            .default_relay_state("/start")
    })
    .await;
    let answer = site.unsolicited();
    let page = site
        .post_to("acme", &answer, "https://evil.example/", Browser::NONE)
        .await;
    assert_eq!(
        (page.status, page.location().as_str()),
        (StatusCode::SEE_OTHER, "/start")
    );
    site.post_to("acme", &answer, "", Browser::NONE)
        .await
        .is_refused(StatusCode::FORBIDDEN, "replayed");
}

#[tokio::test]
async fn an_answer_to_an_unknown_request_is_never_taken_for_unsolicited() {
    let site = Site::new(ConnectionBuilder::allow_idp_initiated).await;
    let answer = site
        .response()
        .in_response_to("id-0000")
        .signed(Sign::Assertion, &site.signer)
        .unwrap();
    site.post_to("acme", &answer, "", Browser::NONE)
        .await
        .is_refused(StatusCode::FORBIDDEN, "request-unknown");
}

#[tokio::test]
async fn signing_out_ends_the_session_in_the_store() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let signed_on = site.post(&begun, &site.answer(&begun)).await;
    let browser = Browser::with(&signed_on.cookies);
    assert_eq!(site.get("/private", browser).await.status, StatusCode::OK);

    let request = Request::post("/saml/logout")
        .header(header::COOKIE, browser.0)
        .body(Body::empty())
        .unwrap();
    let page = site.send(request).await;
    assert!(
        page.set_cookie("__Host-entrada-session")
            .contains("Max-Age=0")
    );
    assert_eq!(
        site.get("/private", browser).await.status,
        StatusCode::SEE_OTHER,
        "the old cookie opens nothing"
    );
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_out() {
    let site = Site::new(|connection| connection).await;
    // The browser sends no `SameSite=Lax` cookie with such a form, but would take one away that it is told to.
    let request = Request::post("/saml/logout").body(Body::empty()).unwrap();
    let page = site.send(request).await;
    assert_eq!(page.cookies, "");
}

#[tokio::test]
async fn a_new_sign_on_ends_the_session_before_it() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let first = site.post(&begun, &site.answer(&begun)).await;
    let begun = site.begin("/saml/acme/login").await;
    let both = format!("{}; {}", begun.page.cookies, first.cookies);
    let second = site
        .post_to(
            "acme",
            &site.answer(&begun),
            &begun.relay_state,
            Browser::with(&both),
        )
        .await;
    assert_eq!(
        site.get("/private", Browser::with(&first.cookies))
            .await
            .status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        site.get("/private", Browser::with(&second.cookies))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_session_ends_at_its_deadline() {
    let site =
        Site::new(|connection| connection.session_lifetime(std::time::Duration::from_secs(600)))
            .await;
    let begun = site.begin("/saml/acme/login").await;
    let signed_on = site.post(&begun, &site.answer(&begun)).await;
    site.clock.advance(SignedDuration::from_secs(599));
    assert_eq!(
        site.get("/private", Browser::with(&signed_on.cookies))
            .await
            .status,
        StatusCode::OK
    );
    site.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(
        site.get("/private", Browser::with(&signed_on.cookies))
            .await
            .status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_refusal_shows_a_code_and_a_number_and_no_claims() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let answer = site
        .answer(&begun)
        .replace(PERSON, "mallory@contoso.example");
    let page = site.post(&begun, &answer).await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-digest");
    assert!(
        !page.body.contains("mallory") && !page.body.contains("contoso"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn malformed_posts_and_unknown_connections_have_codes() {
    let site = Site::new(|connection| connection).await;
    let form = |path: &str, body: &str| {
        Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    for (path, body, status, code) in [
        (
            "/saml/acme/acs",
            "",
            StatusCode::BAD_REQUEST,
            "form-malformed",
        ),
        (
            "/saml/acme/acs",
            "SAMLResponse=YQ%3D%3D&SAMLResponse=YQ%3D%3D",
            StatusCode::BAD_REQUEST,
            "form-malformed",
        ),
        (
            "/saml/acme/acs",
            "SAMLResponse=%21",
            StatusCode::FORBIDDEN,
            "response-not-base64",
        ),
        (
            "/saml/acme/acs",
            "SAMLResponse=YQ%3D%3D",
            StatusCode::FORBIDDEN,
            "xml-outside-root",
        ),
        (
            "/saml/nobody/acs",
            "SAMLResponse=YQ%3D%3D",
            StatusCode::NOT_FOUND,
            "connection-unknown",
        ),
        (
            "/saml/..%2F..%2Fetc/acs",
            "SAMLResponse=YQ%3D%3D",
            StatusCode::NOT_FOUND,
            "connection-unknown",
        ),
    ] {
        site.send(form(path, body)).await.is_refused(status, code);
    }
    let large = format!("SAMLResponse={}", "A".repeat(5 * 1024 * 1024));
    site.send(form("/saml/acme/acs", &large))
        .await
        .is_refused(StatusCode::BAD_REQUEST, "form-malformed");
}

#[tokio::test]
async fn every_page_carries_the_security_headers() {
    let site = Site::new(|connection| connection).await;
    for path in [
        "/saml/acme/metadata",
        "/saml/nobody/login",
        "/saml/logout",
        "/saml/acme/acs",
        "/saml/acme/login",
    ] {
        let page = site.get(path, Browser::NONE).await;
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "cache-control",
            "x-frame-options",
        ] {
            assert!(page.headers.contains_key(name), "{path} lacks {name}");
        }
    }
}

#[tokio::test]
async fn our_metadata_names_our_entity_id_and_acs() {
    let site = Site::new(|connection| connection).await;
    let page = site.get("/saml/acme/metadata", Browser::NONE).await;
    assert_eq!(
        page.headers[header::CONTENT_TYPE],
        "application/samlmetadata+xml"
    );
    assert!(
        page.body
            .contains(r#"entityID="https://app.example.com/saml/acme/metadata""#),
        "{}",
        page.body
    );
    assert!(
        page.body
            .contains(r#"Location="https://app.example.com/saml/acme/acs""#),
        "{}",
        page.body
    );
}
