//! Cookies as they come over the wire: those of neighbours, of former versions, and of several sign-ons at once.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::practice::Sign;
use entrada::saml::post::PostForm;

use crate::site::Begun;
use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Page;
use crate::site::Site;

/// Asks for a page with these `Cookie` headers, byte for byte.
async fn get(site: &Site, path: &str, fields: &[&[u8]]) -> Page {
    let mut request = Request::get(path).header(header::ACCEPT, "text/html");
    for field in fields {
        request = request.header(header::COOKIE, HeaderValue::from_bytes(field).unwrap());
    }
    site.send(request.body(Body::empty()).unwrap()).await
}

async fn signed_on(site: &Site) -> String {
    let begun = site.begin("/saml/acme/login").await;
    let page = site.post(&begun, &site.answer(&begun)).await;
    session(&page)
}

/// `__Host-entrada-session=…` of an answer.
fn session(page: &Page) -> String {
    let mut pairs = page.cookies.split("; ");
    let found = pairs.find(|pair| pair.starts_with("__Host-entrada-session=") && pair.len() > 40);
    found.unwrap().to_owned()
}

fn set_cookies(page: &Page) -> Vec<String> {
    let all = page.headers.get_all(header::SET_COOKIE).iter();
    all.map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect()
}

/// A browser that keeps what it is told to, in the order of RFC 6265 §5.4.
#[derive(Default)]
struct Jar(Vec<(String, String)>);

impl Jar {
    fn keep(&mut self, page: &Page) {
        for cookie in set_cookies(page) {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.0.retain(|(other, _)| other != name);
                continue;
            }
            match self.0.iter_mut().find(|(other, _)| other == name) {
                Some((_, old)) => value.clone_into(old),
                None => self.0.push((name.to_owned(), value.to_owned())),
            }
        }
    }

    fn sent(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn requests(&self) -> usize {
        let names = self
            .0
            .iter()
            .filter(|(name, _)| name.starts_with("__Host-entrada-request"));
        names.count()
    }
}

/// Begins a sign-on in a tab whose request leaves with `sent`.
async fn begin(site: &Site, sent: &str, number: usize) -> Begun {
    let path = format!("/saml/acme/login?return=/tab/{number}");
    site.begin_as(&path, Browser::with(sent)).await
}

async fn finish(site: &Site, jar: &mut Jar, begun: &Begun) -> Page {
    let sent = jar.sent();
    let answer = site.answer(begun);
    let page = site
        .post_to("acme", &answer, &begun.relay_state, Browser::with(&sent))
        .await;
    jar.keep(&page);
    page
}

#[tokio::test]
async fn a_neighbours_cookie_never_counts_as_ours() {
    let site = Site::new(|connection| connection).await;
    let (own, evil) = (signed_on(&site).await, signed_on(&site).await);
    let value = evil.split_once('=').unwrap().1;
    for name in [
        "%5F_Host-entrada-session",
        "%5f%5fHost-entrada-session",
        "__Host%2Dentrada%2Dsession",
        "__host-entrada-session",
        "__HOST-ENTRADA-SESSION",
        "__Host-entrada-session ",
        "__Host-entrada-session\t",
        "=__Host-entrada-session",
        "\u{a0}__Host-entrada-session",
        "\u{2000}__Host-entrada-session",
        "entrada-session",
        "__Secure-entrada-session",
        "\"__Host-entrada-session\"",
        "a,__Host-entrada-session",
    ] {
        let alone = format!("{name}={value}");
        let page = get(&site, "/anyone", &[alone.as_bytes()]).await;
        assert_eq!(page.body, "nobody", "{name}");
        for beside in [format!("{alone}; {own}"), format!("{own}; {alone}")] {
            let page = get(&site, "/private", &[beside.as_bytes()]).await;
            assert_eq!(page.body, PERSON, "{name}");
            assert!(set_cookies(&page).is_empty());
        }
    }
}

#[tokio::test]
async fn a_neighbours_bad_cookie_costs_nothing() {
    let site = Site::new(|connection| connection).await;
    let own = signed_on(&site).await;
    for bad in [
        &b"theme=caf\xc3\xa9"[..],
        b"theme=\xff\xfe\x80",
        b"\xff=1",
        b"=",
        b"==",
        b"nothing",
        b"",
        b";;",
        b"a=\"b",
        b"%ff=%00",
        b"$Version=1",
    ] {
        let both: Vec<u8> = [bad, b"; ", own.as_bytes(), b"; ", bad].concat();
        let page = get(&site, "/private", &[&both]).await;
        assert_eq!(page.body, PERSON, "{}", bad.escape_ascii());
        let page = get(&site, "/private", &[bad, own.as_bytes()]).await;
        assert_eq!(page.body, PERSON, "{}", bad.escape_ascii());
        // A whole sign-on beside it.
        let mut begun = site.begin("/saml/acme/login").await;
        let form = PostForm::response("", &site.answer(&begun), None);
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLResponse", &form.message)
            .append_pair("RelayState", &begun.relay_state)
            .finish();
        let cookies = std::mem::take(&mut begun.page.cookies);
        let sent = [bad, b"; ", cookies.as_bytes()].concat();
        let request = Request::post("/saml/acme/acs")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, HeaderValue::from_bytes(&sent).unwrap());
        let page = site.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", bad.escape_ascii());
    }
}

#[tokio::test]
async fn a_session_that_came_twice_is_none_and_both_are_taken_away() {
    let site = Site::new(|connection| connection).await;
    let (own, evil) = (signed_on(&site).await, signed_on(&site).await);
    let together = |one: &str, other: &str| format!("{one}; {other}").into_bytes();
    for fields in [
        vec![together(&own, &evil)],
        vec![together(&evil, &own)],
        vec![together(&own, &own)],
        vec![own.clone().into_bytes(), evil.clone().into_bytes()],
        vec![together(&own, "__Host-entrada-session=")],
        vec![together(&own, "__Host-entrada-session=%00")],
    ] {
        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
        assert_eq!(get(&site, "/anyone", &fields).await.body, "nobody");
        let removal = |path: &str, domain: &str| {
            format!(
                "__Host-entrada-session=; HttpOnly; SameSite=Lax; Secure; Path={path}{domain}; Max-Age=0"
            )
        };
        for (path, status) in [
            ("/private", StatusCode::SEE_OTHER),
            ("/saml/sessions", StatusCode::SEE_OTHER),
            ("/saml/login", StatusCode::OK),
            ("/saml/acme/login", StatusCode::SEE_OTHER),
            ("/saml/logout", StatusCode::OK),
        ] {
            let page = get(&site, path, &fields).await;
            assert_eq!(page.status, status, "{path}");
            let set = set_cookies(&page);
            for expected in [
                removal("/", ""),
                removal(path, ""),
                removal("/", "; Domain=app.example.com"),
                removal("/", "; Domain=example.com"),
            ] {
                let count = set.iter().filter(|cookie| **cookie == expected).count();
                assert_eq!(count, 1, "{path}: {expected} in {set:?}");
            }
        }
    }
    // Nobody was signed out by it.
    assert_eq!(get(&site, "/private", &[own.as_bytes()]).await.body, PERSON);
}

#[tokio::test]
async fn every_cookie_of_ours_that_came_twice_counts_as_none() {
    let site = Site::new(|connection| connection).await;
    let choice = "__Host-entrada-connection=acme";
    let page = get(&site, "/saml/login", &[choice.as_bytes()]).await;
    assert!(page.body.contains("(last time)"));
    let page = get(
        &site,
        "/saml/login",
        &[choice.as_bytes(), choice.as_bytes()],
    )
    .await;
    assert!(!page.body.contains("(last time)"));
    assert!(
        page.set_cookie("__Host-entrada-connection")
            .contains("Max-Age=0")
    );

    let begun = site.begin("/saml/acme/login").await;
    let twice = format!("{0}; {0}", begun.page.cookies);
    let crossed = site
        .post_to(
            "acme",
            &site.answer(&begun),
            &begun.relay_state,
            Browser::with(&twice),
        )
        .await;
    crossed.is_refused(StatusCode::FORBIDDEN, "browser-mismatch");
    assert!(
        crossed
            .set_cookie(&request_name(&begun))
            .contains("SameSite=None")
    );
    assert!(
        crossed
            .set_cookie(&request_name(&begun))
            .contains("Max-Age=0")
    );
}

/// The name of the cookie that a sign-on was begun with.
fn request_name(begun: &Begun) -> String {
    let mut pairs = begun.page.cookies.split("; ");
    let found = pairs
        .find(|pair| pair.starts_with("__Host-entrada-request-"))
        .unwrap();
    found.split_once('=').unwrap().0.to_owned()
}

#[tokio::test]
async fn five_tabs_that_begin_at_once_all_sign_on_in_any_order() {
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
        let site = Site::new(|connection| connection).await;
        let (mut jar, mut tabs) = (Jar::default(), Vec::new());
        for number in 0..5 {
            // None of them has seen the cookie of another.
            tabs.push(begin(&site, "", number).await);
        }
        for begun in &tabs {
            jar.keep(&begun.page);
        }
        assert_eq!(jar.requests(), 5);
        for (done, number) in (1..).zip(order) {
            let page = finish(&site, &mut jar, &tabs[number]).await;
            assert_eq!(page.location(), format!("/tab/{number}"));
            assert_eq!(
                jar.requests(),
                5 - done,
                "the cookie of a request that is over goes"
            );
        }
    }
}

#[tokio::test]
async fn a_browser_has_eight_requests_under_way_and_the_oldest_goes() {
    let site = Site::new(|connection| connection).await;
    let (mut jar, mut tabs) = (Jar::default(), Vec::new());
    for number in 0..12 {
        let begun = begin(&site, &jar.sent(), number).await;
        jar.keep(&begun.page);
        assert!(jar.requests() <= 8, "{}", jar.sent());
        tabs.push(begun);
        site.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    assert_eq!(jar.requests(), 8);
    for (number, begun) in tabs.iter().enumerate() {
        let page = finish(&site, &mut jar, begun).await;
        match number < 4 {
            true => page.is_refused(StatusCode::FORBIDDEN, "browser-mismatch"),
            false => assert_eq!(page.location(), format!("/tab/{number}")),
        }
    }
    assert_eq!(jar.requests(), 0);
}

#[tokio::test]
async fn the_cookie_of_one_request_does_not_bind_another() {
    let site = Site::new(|connection| connection).await;
    let (one, other) = (begin(&site, "", 1).await, begin(&site, "", 2).await);
    let value = |begun: &Begun| {
        let name = request_name(begun);
        let mut pairs = begun.page.cookies.split("; ");
        let pair = pairs.find(|pair| pair.starts_with(&name)).unwrap();
        pair.split_once('=').unwrap().1.to_owned()
    };
    for cookies in [
        String::new(),
        other.page.cookies.clone(),
        format!("{}={}", request_name(&one), value(&other)),
        format!("{}=", request_name(&one)),
        format!("__Host-entrada-request={}", value(&other)),
        format!("{}={}", request_name(&one).to_uppercase(), value(&one)),
    ] {
        let browser = Browser::with(&cookies);
        let page = site
            .post_to("acme", &site.answer(&one), &one.relay_state, browser)
            .await;
        page.is_refused(StatusCode::FORBIDDEN, "browser-mismatch");
    }
    // None of them has used it up.
    let page = site.post(&one, &site.answer(&one)).await;
    assert_eq!(page.location(), "/tab/1");
}

#[tokio::test]
async fn a_sign_on_that_the_former_version_began_comes_to_its_end() {
    let site = Site::new(|connection| connection).await;
    let tabs = [begin(&site, "", 0).await, begin(&site, "", 1).await];
    for begun in &tabs {
        // It had the bare token under one name.
        let name = request_name(begun);
        let mut pairs = begun.page.cookies.split("; ");
        let pair = pairs.find(|pair| pair.starts_with(&name)).unwrap();
        let token = pair.split_once('=').unwrap().1.split('.').next().unwrap();
        let former = format!("__Host-entrada-request={token}; {}", tabs[1].page.cookies);
        let other = Browser::with(&former);
        let page = site
            .post_to("acme", &site.answer(begun), &begun.relay_state, other)
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn an_answer_from_elsewhere_uses_nobodys_request_up() {
    let site = Site::new(|connection| connection).await;
    let begun = begin(&site, "", 1).await;
    let answer = site.answer(&begun);
    let elsewhere = begin(&site, "", 2).await;
    for (relay_state, cookies, code) in [
        (begun.relay_state.as_str(), "", "browser-mismatch"),
        (
            begun.relay_state.as_str(),
            elsewhere.page.cookies.as_str(),
            "browser-mismatch",
        ),
        (
            elsewhere.relay_state.as_str(),
            begun.page.cookies.as_str(),
            "relay-state-mismatch",
        ),
        ("", begun.page.cookies.as_str(), "relay-state-mismatch"),
    ] {
        let page = site
            .post_to("acme", &answer, relay_state, Browser::with(cookies))
            .await;
        page.is_refused(StatusCode::FORBIDDEN, code);
        assert_eq!(
            page.set_cookie(&request_name(&begun)),
            "",
            "the browser still needs it"
        );
    }
    let second = site
        .response()
        .in_response_to(&begun.id)
        .signed(Sign::Assertion, &site.signer)
        .unwrap();
    assert_eq!(site.post(&begun, &second).await.location(), "/tab/1");
}
