//! The options of a sign-on, and the ways in which the connection is found.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::connection::RequestSigning;
use entrada::practice::Sign;
use entrada::saml::AuthnContextClass;
use entrada::saml::Binding;
use entrada::saml::RequestOptions;
use entrada::saml::post::PostForm;
use jiff::SignedDuration;

use crate::site::Browser;
use crate::site::Site;
use crate::site::TENANT;

#[tokio::test]
async fn by_default_nothing_is_asked_for() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    for word in [
        "ForceAuthn",
        "IsPassive",
        "NameIDPolicy",
        "RequestedAuthnContext",
        "Subject",
    ] {
        assert!(!begun.request.contains(word), "{}", begun.request);
    }
    assert!(!begun.page.location().contains("SigAlg"));
}

#[tokio::test]
async fn a_connection_asks_for_a_name_format_and_a_context() {
    let options = RequestOptions {
        name_id_format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
        authn_context: vec![AuthnContextClass(
            "urn:oasis:names:tc:SAML:2.0:ac:classes:Password".to_owned(),
        )],
        ..RequestOptions::default()
    };
    let site = Site::new(|connection| connection.request_options(options.clone())).await;
    let request = site.begin("/saml/acme/login").await.request;
    assert!(
        request.contains(
            r#"<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" AllowCreate="true"/>"#
        ),
        "{request}"
    );
    assert!(
        request.contains(r#"<samlp:RequestedAuthnContext Comparison="exact">"#),
        "{request}"
    );
}

#[tokio::test]
async fn hints_travel_beside_the_request_and_not_in_it() {
    let site = Site::new(|connection| connection).await;
    let begun = site
        .begin("/saml/acme/login?login_hint=adele%40contoso.example&domain_hint=contoso.example")
        .await;
    assert!(
        begun
            .page
            .location()
            .contains("login_hint=adele%40contoso.example&domain_hint=contoso.example")
    );
    assert!(!begun.request.contains("login_hint"), "{}", begun.request);
}

#[tokio::test]
async fn a_dangerous_page_asks_for_a_fresh_proof_and_insists_on_it() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let signed_on = site.post(&begun, &site.answer(&begun)).await;
    let browser = Browser::with(&signed_on.cookies);
    assert_eq!(
        site.get("/dangerous", browser).await.status,
        StatusCode::OK,
        "the proof is fresh"
    );

    site.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(site.get("/private", browser).await.status, StatusCode::OK);
    let asked = site.get("/dangerous", browser).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert!(
        asked.location().contains("max_age=5"),
        "{}",
        asked.location()
    );

    let begun = site
        .begin("/saml/acme/login?return=%2Fdangerous&max_age=5")
        .await;
    assert!(
        begun.request.contains(r#"ForceAuthn="true""#),
        "{}",
        begun.request
    );
    let stale = site.response().in_response_to(&begun.id);
    let stale = stale.authn_instant(site.now() - SignedDuration::from_mins(20));
    let stale = stale.signed(Sign::Assertion, &site.signer).unwrap();
    site.post(&begun, &stale)
        .await
        .is_refused(StatusCode::FORBIDDEN, "authn-too-old");

    let begun = site
        .begin("/saml/acme/login?return=%2Fdangerous&max_age=5")
        .await;
    let fresh = site.post(&begun, &site.answer(&begun)).await;
    assert_eq!(fresh.location(), "/dangerous");
    assert_eq!(
        site.get("/dangerous", Browser::with(&fresh.cookies))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_passive_sign_on_that_would_have_to_ask_comes_back_unsigned() {
    let site = Site::new(|connection| connection).await;
    let begun = site
        .begin("/saml/acme/login?return=%2Fanyone&passive=yes")
        .await;
    assert!(
        begun.request.contains(r#"IsPassive="true""#),
        "{}",
        begun.request
    );
    let page = site.post(&begun, &no_passive(&begun.id)).await;
    assert_eq!(
        (page.status, page.location().as_str()),
        (StatusCode::SEE_OTHER, "/anyone")
    );
    assert!(!page.cookies.contains("session"), "{}", page.cookies);

    let begun = site.begin("/saml/acme/login?return=%2Fanyone").await;
    let page = site.post(&begun, &no_passive(&begun.id)).await;
    page.is_refused(StatusCode::FORBIDDEN, "status-not-success");
}

#[tokio::test]
async fn nobody_who_forges_no_passive_ends_a_sign_on_under_way() {
    let site = Site::new(|connection| connection).await;
    for address in ["/saml/acme/login", "/saml/acme/login?passive=yes"] {
        let begun = site.begin(address).await;
        let forged = no_passive(&begun.id);
        for relay_state in ["", "guessed"] {
            let page = site
                .post_to("acme", &forged, relay_state, Browser::NONE)
                .await;
            page.is_refused(StatusCode::FORBIDDEN, "browser-mismatch");
        }
        let signed_on = site.post(&begun, &site.answer(&begun)).await;
        assert_eq!(signed_on.location(), "/", "{address}");
    }
}

#[tokio::test]
async fn an_unsolicited_response_leads_to_listed_targets_alone() {
    let site = Site::new(|connection| {
        connection
            .allow_idp_initiated()
            .relay_state_target("/reports")
    })
    .await;
    for (relay_state, target) in [
        ("/reports", "/reports"),
        ("/private", "/"),
        ("https://evil.example/", "/"),
        ("", "/"),
    ] {
        let page = site
            .post_to("acme", &site.unsolicited(), relay_state, Browser::NONE)
            .await;
        assert_eq!(page.location(), target, "{relay_state}");
    }
}

#[tokio::test]
async fn a_relay_state_beyond_its_bound_is_refused_whatever_it_says() {
    let longest = format!("/{}", "a".repeat(2047));
    let site = Site::new(|connection| {
        connection
            .allow_idp_initiated()
            .relay_state_target(longest.clone())
    })
    .await;
    let answer = site.unsolicited();
    let longer = format!("{longest}a");
    site.post_to("acme", &answer, &longer, Browser::NONE)
        .await
        .is_refused(StatusCode::BAD_REQUEST, "relay-state-too-long");
    let page = site.post_to("acme", &answer, &longest, Browser::NONE).await;
    assert_eq!(page.location(), longest, "the same response, not used up");
}

#[tokio::test]
async fn signed_requests_carry_a_signature_in_the_query() {
    let (key, certificate) = crate::site::key_pair();
    let pair = || entrada::connection::SpKey::new(key.to_pem(), certificate.to_pem());
    let site = Site::new(|connection| connection.sp_key(pair()).sign_requests()).await;
    let location = site.begin("/saml/acme/login").await.page.location();
    assert!(
        location.contains(
            "&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256&Signature="
        ),
        "{location}"
    );
    let metadata = site.get("/saml/acme/metadata", Browser::NONE).await.body;
    assert!(
        metadata.contains(r#"AuthnRequestsSigned="true""#),
        "{metadata}"
    );
    assert_eq!(RequestSigning::default(), RequestSigning::Unsigned);
}

#[tokio::test]
async fn a_connection_says_over_which_binding_its_requests_leave() {
    let (key, certificate) = crate::site::key_pair();
    let pair = || entrada::connection::SpKey::new(key.to_pem(), certificate.to_pem());
    let over = |binding| {
        Site::new(move |connection| {
            let signed = connection.sp_key(pair()).sign_requests();
            signed.request_binding(binding)
        })
    };
    let begun = over(Binding::HttpRedirect).await;
    let begun = begun.begin("/saml/acme/login").await;
    assert!(begun.page.location().contains("&Signature="));

    let site = over(Binding::HttpPost).await;
    let page = site.get("/saml/acme/login", Browser::NONE).await;
    assert_eq!(page.status, StatusCode::OK);
    let (_, field) = page
        .body
        .split_once("name=\"SAMLRequest\" value=\"")
        .unwrap();
    let message = STANDARD.decode(field.split('"').next().unwrap()).unwrap();
    let message = String::from_utf8(message).unwrap();
    assert!(message.contains("<ds:Signature "), "{message}");
    assert!(
        page.body
            .contains(&format!("action=\"https://login.example/{TENANT}/saml2\"")),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn the_connection_is_found_by_host_by_address_and_by_memory() {
    let numbered = std::sync::atomic::AtomicU32::new(0);
    let site =
        Site::new(
            |connection| match numbered.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => connection
                    .display_name("Acme")
                    .host("acme.example.com")
                    .email_domain("acme.example"),
                _ => connection
                    .display_name("Zenith")
                    .email_domain("zenith.example"),
            },
        )
        .await;
    let page = site
        .get_from("acme.example.com:8443", "/saml/login?return=%2Fa")
        .await;
    assert_eq!(
        page.location(),
        "https://app.example.com/saml/acme/login?return=%2Fa"
    );

    let page = site
        .get(
            "/saml/login?email=Zoe%40Zenith.Example&return=%2Fa",
            Browser::NONE,
        )
        .await;
    assert_eq!(
        page.status,
        StatusCode::OK,
        "a form leads on by a page, which no policy of form-action stops"
    );
    assert!(
        page.location()
            .starts_with("https://app.example.com/saml/second/login?return=%2Fa&login_hint=Zoe"),
        "{}",
        page.location()
    );
    let again = site.get("/saml/login", Browser::with(&page.cookies)).await;
    let (zenith, acme) = (
        again.body.find("Zenith").unwrap(),
        again.body.find(">Acme").unwrap(),
    );
    assert!(
        zenith < acme && again.body.contains("(last time)"),
        "{}",
        again.body
    );

    let unknown = site
        .get(
            "/saml/login?email=%3Cscript%3E%40nowhere.example",
            Browser::NONE,
        )
        .await;
    assert!(
        unknown.body.contains("&lt;script&gt;@nowhere.example")
            && !unknown.body.contains("<script>"),
        "{}",
        unknown.body
    );
}

#[tokio::test]
async fn an_unlisted_connection_is_reached_by_host_by_domain_and_by_its_address_alone() {
    let numbered = std::sync::atomic::AtomicU32::new(0);
    let site =
        Site::new(
            |connection| match numbered.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => connection
                    .display_name("Acme")
                    .host("acme.example.com")
                    .email_domain("acme.example")
                    .unlisted(),
                _ => connection.display_name("Zenith"),
            },
        )
        .await;
    let begun = site.begin("/saml/acme/login").await;
    for browser in [Browser::NONE, Browser::with(&begun.page.cookies)] {
        let page = site.get("/saml/login", browser).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Zenith"), "{}", page.body);
        assert!(!page.body.contains("Acme"), "{}", page.body);
        assert!(!page.body.contains("/saml/acme/"), "{}", page.body);
    }
    let acme = "https://app.example.com/saml/acme/login";
    let page = site.get_from("acme.example.com", "/saml/login").await;
    assert_eq!(page.location(), acme);
    let page = site
        .get("/saml/login?email=a%40acme.example", Browser::NONE)
        .await;
    assert!(page.location().starts_with(acme), "{}", page.location());
}

#[tokio::test]
async fn where_nothing_is_listed_the_page_asks_for_an_address_or_offers_nothing() {
    let site = Site::new(|connection| connection.email_domain("acme.example").unlisted()).await;
    let page = site.get("/saml/login", Browser::NONE).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("name=\"email\""), "{}", page.body);
    assert!(!page.body.contains("<ul"), "{}", page.body);

    let site = Site::new(|connection| connection.display_name("Acme").unlisted()).await;
    let page = site.get("/saml/login", Browser::NONE).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(!page.body.contains("Acme"), "{}", page.body);
}

#[tokio::test]
async fn the_session_before_ends_although_its_cookie_does_not_travel() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let first = site.post(&begun, &site.answer(&begun)).await;
    let begun = site
        .begin_as("/saml/acme/login", Browser::with(&first.cookies))
        .await;
    let second = site.post(&begun, &site.answer(&begun)).await;
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
async fn a_message_over_http_post_is_a_form_that_posts_itself() {
    let form = PostForm::request("https://login.example/", "<a/>", Some("state"));
    assert_eq!(
        (form.field, form.message.as_str()),
        ("SAMLRequest", "PGEvPg==")
    );
}

/// The answer of an identity provider that must not ask the person: it is not signed.
fn no_passive(request: &str) -> String {
    format!(
        r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_n" Version="2.0" IssueInstant="2026-11-22T10:00:00Z" InResponseTo="{request}"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:NoPassive"/></samlp:StatusCode></samlp:Status></samlp:Response>"#
    )
}

#[tokio::test]
async fn what_entra_refused_for_is_said_in_our_words_alone() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let refused = r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_n" Version="2.0" IssueInstant="2026-11-22T10:00:00Z"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/><samlp:StatusMessage>AADSTS50105: adele@contoso.example is not assigned</samlp:StatusMessage></samlp:Status></samlp:Response>"#;
    let page = site.post(&begun, refused).await;
    page.is_refused(StatusCode::FORBIDDEN, "status-not-success");
    assert!(page.body.contains("AADSTS50105"), "{}", page.body);
    assert!(page.body.contains("is not assigned to the app"));
    assert!(!page.body.contains("adele"));
}
