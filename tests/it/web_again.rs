//! Responses that come a second time, and what pages say of people whom they know nothing about.

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use jiff::SignedDuration;

use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Page;
use crate::site::Site;

fn session(page: &Page) -> String {
    let mut pairs = page.cookies.split("; ");
    let found = pairs.find(|pair| pair.starts_with("__Host-entrada-session=") && pair.len() > 40);
    found.unwrap().to_owned()
}

fn title(page: &Page) -> &str {
    let (_, rest) = page.body.split_once("<title>").unwrap();
    rest.split_once("</title>").unwrap().0
}

#[tokio::test]
async fn whose_session_is_live_is_led_on_when_the_response_comes_again() {
    let site = Site::new(|connection| connection.default_relay_state("/start")).await;
    let begun = site.begin("/saml/acme/login?return=/private%3Fa").await;
    let answer = site.answer(&begun);
    let first = site.post(&begun, &answer).await;
    assert_eq!(first.location(), "/private?a");
    let cookies = session(&first);
    let again = |cookies: String| {
        let (site, answer, relay_state) = (&site, &answer, &begun.relay_state);
        async move {
            site.post_to("acme", answer, relay_state, Browser::with(&cookies))
                .await
        }
    };
    // A reload or the Back button where the cookie travels.
    let page = again(cookies.clone()).await;
    assert_eq!(
        (page.status, page.location().as_str()),
        (StatusCode::SEE_OTHER, "/private?a")
    );
    assert_eq!(page.cookies, "", "no session is opened");
    let both = format!("{cookies}; {}", begun.page.cookies);
    assert_eq!(again(both).await.location(), "/private?a");

    // A cross-site POST comes without the cookie; the page that it gets goes on to where the cookie counts.
    let page = again(String::new()).await;
    page.is_refused(StatusCode::FORBIDDEN, "request-unknown");
    assert_eq!(title(&page), "One moment", "nobody has looked yet");
    let next = page.location();
    assert!(!next.contains("adele"), "nobody is named: {next}");
    assert!(
        next.starts_with("https://app.example.com/saml/acme/acs?"),
        "{next}"
    );
    let next = crate::site::path_of(&next);
    let page = site.get(&next, Browser::with(&cookies)).await;
    assert_eq!(
        (page.status, page.location().as_str()),
        (StatusCode::SEE_OTHER, "/private?a")
    );
    let page = site.get(&next, Browser::NONE).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(title(&page), "The sign-in did not succeed");
    assert!(page.body.contains("<code>request-unknown</code>"));
    assert!(
        page.body
            .contains("https://app.example.com/saml/login?return=%2Fprivate%3Fa")
    );
    assert!(page.headers.get(header::REFRESH).is_none(), "it ends there");

    // Long afterwards the request is forgotten, and the default target is left.
    site.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(again(cookies.clone()).await.location(), "/start");
}

#[tokio::test]
async fn a_session_that_is_over_leads_nobody_on() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let answer = site.answer(&begun);
    let cookies = session(&site.post(&begun, &answer).await);
    let request = Request::post("/saml/logout").header(header::COOKIE, &cookies);
    site.send(request.body(Body::empty()).unwrap()).await;
    let page = site
        .post_to("acme", &answer, &begun.relay_state, Browser::with(&cookies))
        .await;
    page.is_refused(StatusCode::FORBIDDEN, "request-unknown");
}

#[tokio::test]
async fn another_refusal_leads_nobody_on() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let cookies = session(&site.post(&begun, &site.answer(&begun)).await);
    let other = site.begin("/saml/acme/login").await;
    // Somebody else's response in this browser, and one that was changed.
    let page = site
        .post_to(
            "acme",
            &site.answer(&other),
            &other.relay_state,
            Browser::with(&cookies),
        )
        .await;
    page.is_refused(StatusCode::FORBIDDEN, "browser-mismatch");
    assert!(page.headers.get(header::REFRESH).is_none());
    let changed = site
        .answer(&begun)
        .replace(PERSON, "mallory@contoso.example");
    let page = site
        .post_to(
            "acme",
            &changed,
            &begun.relay_state,
            Browser::with(&cookies),
        )
        .await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-digest");
    assert_eq!(title(&page), "The sign-in did not succeed");
    assert!(
        !page.body.contains("You are not signed in"),
        "nobody looked"
    );
}

#[tokio::test]
async fn an_unsolicited_response_that_comes_again_leads_to_its_target() {
    let site = Site::new(|connection| {
        connection
            .allow_idp_initiated()
            .relay_state_target("/private")
    })
    .await;
    let answer = site.unsolicited();
    let target = "https://app.example.com/private";
    let first = site.post_to("acme", &answer, target, Browser::NONE).await;
    assert_eq!(first.location(), "/private");
    let cookies = session(&first);
    let page = site
        .post_to("acme", &answer, target, Browser::with(&cookies))
        .await;
    assert_eq!(
        (page.status, page.location().as_str()),
        (StatusCode::SEE_OTHER, "/private")
    );
    let page = site.post_to("acme", &answer, target, Browser::NONE).await;
    page.is_refused(StatusCode::FORBIDDEN, "replayed");
    let next = crate::site::path_of(&page.location());
    let page = site.get(&next, Browser::with(&cookies)).await;
    assert_eq!(page.location(), "/private");
}

#[tokio::test]
async fn the_address_that_leads_on_leads_nowhere_else() {
    let site = Site::new(|connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let cookies = session(&site.post(&begun, &site.answer(&begun)).await);
    for query in [
        "",
        "?return=%2Fprivate",
        "?return=%2Fprivate&code=made-up",
        "?return=https%3A%2F%2Fevil.example&code=replayed",
        "?return=%2F%2Fevil.example&code=replayed",
        "?return=%2F%5Cevil.example&code=replayed",
        "?code=replayed",
    ] {
        let page = site
            .get(&format!("/saml/acme/acs{query}"), Browser::with(&cookies))
            .await;
        assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED, "{query}");
        assert!(page.headers.get(header::LOCATION).is_none(), "{query}");
    }
}

#[tokio::test]
async fn the_session_before_ends_where_the_browser_shows_it() {
    let site = Site::new(|connection| connection.allow_idp_initiated()).await;
    let first = site
        .post_to("acme", &site.unsolicited(), "", Browser::NONE)
        .await;
    let first = session(&first);
    let second = site
        .post_to("acme", &site.unsolicited(), "", Browser::with(&first))
        .await;
    let second = session(&second);
    assert_eq!(
        site.get("/anyone", Browser::with(&first)).await.body,
        "nobody"
    );
    assert_eq!(
        site.get("/anyone", Browser::with(&second)).await.body,
        PERSON
    );
    // A cross-site POST does not show it: it lives on, out of the browser's reach.
    let third = site
        .post_to("acme", &site.unsolicited(), "", Browser::NONE)
        .await;
    assert_eq!(
        site.get("/anyone", Browser::with(&second)).await.body,
        PERSON
    );
    assert_eq!(
        site.get("/anyone", Browser::with(&session(&third)))
            .await
            .body,
        PERSON
    );
}

#[tokio::test]
async fn a_full_address_of_the_site_is_a_target_and_another_is_not() {
    let site = Site::new(|connection| {
        connection
            .allow_idp_initiated()
            .default_relay_state("/start")
            .relay_state_target("/reports?year=2026")
    })
    .await;
    for (relay_state, expected) in [
        (
            "https://app.example.com/reports?year=2026",
            "/reports?year=2026",
        ),
        (
            "https://app.example.com:443/reports?year=2026",
            "/reports?year=2026",
        ),
        ("/reports?year=2026", "/reports?year=2026"),
        ("https://app.example.com/start", "/start"),
        ("https://app.example.com/admin", "/start"),
        ("https://evil.example/reports?year=2026", "/start"),
        ("http://app.example.com/reports?year=2026", "/start"),
        ("https://app.example.com@evil.example/start", "/start"),
        ("//evil.example/reports?year=2026", "/start"),
    ] {
        let page = site
            .post_to("acme", &site.unsolicited(), relay_state, Browser::NONE)
            .await;
        assert_eq!(page.location(), expected, "{relay_state}");
    }
}

async fn sign_out(site: &Site, cookies: &str, said: &[(&'static str, &'static str)]) -> Page {
    let mut request = Request::post("/saml/logout").header(header::COOKIE, cookies);
    for (name, value) in said {
        request = request.header(*name, *value);
    }
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_form_of_a_neighbour_signs_nobody_out() {
    let site = Site::new(|connection| connection).await;
    for said in [
        &[("sec-fetch-site", "same-site")][..],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example.com")],
        &[("origin", "null")],
        &[("origin", "http://app.example.com")],
        &[("referer", "https://evil.example.com/")],
    ] {
        let begun = site.begin("/saml/acme/login").await;
        let cookies = session(&site.post(&begun, &site.answer(&begun)).await);
        let page = sign_out(&site, &cookies, said).await;
        page.is_refused(StatusCode::FORBIDDEN, "form-from-elsewhere");
        assert_eq!(title(&page), "The sign-out did not succeed");
        assert_eq!(
            site.get("/anyone", Browser::with(&cookies)).await.body,
            PERSON
        );
    }
    for said in [
        &[][..],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://app.example.com")],
        &[("referer", "https://app.example.com/private")],
    ] {
        let begun = site.begin("/saml/acme/login").await;
        let cookies = session(&site.post(&begun, &site.answer(&begun)).await);
        let page = sign_out(&site, &cookies, said).await;
        assert_eq!(title(&page), "You are signed out", "{said:?}");
        assert_eq!(
            site.get("/anyone", Browser::with(&cookies)).await.body,
            "nobody"
        );
    }
}

#[tokio::test]
async fn nobody_is_told_that_they_are_signed_out_unseen() {
    let site = Site::new(|connection| connection).await;
    let page = sign_out(&site, "", &[]).await;
    assert_eq!(title(&page), "There is nothing to sign out of");
}

#[tokio::test]
async fn nobody_is_led_into_the_session_of_another() {
    let site = Site::new(|connection| connection.allow_idp_initiated()).await;
    let begun = site.begin("/saml/acme/login?return=/private").await;
    let answer = site.answer(&begun);
    let own = session(&site.post(&begun, &answer).await);
    let response = site.response().name_id("alex@contoso.example");
    let other = response.signed(entrada::practice::Sign::Assertion, &site.signer);
    let other = site
        .post_to("acme", &other.unwrap(), "", Browser::NONE)
        .await;
    let other = session(&other);
    let page = site
        .post_to("acme", &answer, &begun.relay_state, Browser::NONE)
        .await;
    let next = crate::site::path_of(&page.location());
    for path in [next.clone(), next.replace("person=", "person=x")] {
        let page = site.get(&path, Browser::with(&other)).await;
        assert_eq!(title(&page), "Somebody is signed in here");
        assert!(page.headers.get(header::LOCATION).is_none());
        assert!(!page.body.contains("contoso"), "nobody is named");
        assert!(page.body.contains("href=\"/private\""), "{}", page.body);
        assert!(page.body.contains("/saml/logout"));
    }
    let page = site.get(&next, Browser::with(&own)).await;
    assert_eq!(page.location(), "/private");
    // The same where the cookie comes along, and at another connection.
    let page = site
        .post_to("acme", &answer, &begun.relay_state, Browser::with(&other))
        .await;
    assert_eq!(title(&page), "Somebody is signed in here");
    let elsewhere = "/saml/second/acs?return=%2Fprivate&code=replayed";
    let page = site.get(elsewhere, Browser::with(&own)).await;
    assert_eq!(title(&page), "Somebody is signed in here");
    let page = site.get("/saml/nobody/acs", Browser::NONE).await;
    page.is_refused(StatusCode::NOT_FOUND, "connection-unknown");
}
