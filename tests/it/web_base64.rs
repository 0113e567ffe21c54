//! Base64 in lines, as the bindings allow it (SAML 2.0 Bindings §3.4.4.1, §3.5.4), wherever a message comes in.

use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use entrada::dsig;
use entrada::saml::logout::LogoutStatus;
use entrada::saml::post::PostForm;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::percent_decode_str;
use percent_encoding::utf8_percent_encode;
use url::form_urlencoded::Serializer;

use crate::site::Browser;
use crate::site::Page;
use crate::site::Site;
use crate::web_logout::sent;

/// The lengths of lines, and their ends.
const LINES: [(usize, &str); 8] = [
    (64, "\r\n"),
    (76, "\r\n"),
    (64, "\n"),
    (76, "\n"),
    (76, "\r"),
    (76, " "),
    (76, "\t"),
    (1, " "),
];

fn wrap(base64: &str, (columns, end): (usize, &str)) -> String {
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(columns)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join(end) + end
}

#[tokio::test]
async fn a_response_in_lines_is_taken() {
    for lines in LINES.iter().filter(|(columns, _)| *columns > 1) {
        let site = Site::new(|connection| connection).await;
        let begun = site.begin("/saml/acme/login").await;
        let form = PostForm::response("", &site.answer(&begun), None);
        let fields = [
            ("SAMLResponse", wrap(&form.message, *lines)),
            ("RelayState", begun.relay_state.clone()),
        ];
        let cookies = Browser::with(&begun.page.cookies);
        let page = post(&site, "/saml/acme/acs", &fields, cookies).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{lines:?}");
        assert!(page.cookies.contains("entrada-session="), "{lines:?}");
    }
}

#[tokio::test]
async fn a_posted_logout_request_in_lines_ends_the_session() {
    for lines in LINES.iter().filter(|(columns, _)| *columns > 1) {
        let site = Site::new(|connection| connection).await;
        let signed_on = site.sign_on().await;
        let request = site.logout_request();
        let xml = request.to_xml().unwrap();
        let xml = dsig::sign(&xml, request.id.as_str(), &site.signer).unwrap();
        let form = PostForm::request("", &xml, None);
        let fields = [("SAMLRequest", wrap(&form.message, *lines))];
        let page = post(&site, "/saml/acme/slo", &fields, Browser::NONE).await;
        assert!(sent(&page).xml.contains("status:Success"), "{lines:?}");
        assert!(site.is_signed_out(&signed_on).await, "{lines:?}");
    }
}

#[tokio::test]
async fn a_posted_logout_response_in_lines_is_taken() {
    for lines in LINES.iter().filter(|(columns, _)| *columns > 1) {
        let site = Site::new(|connection| connection).await;
        let (asked, id) = signing_out(&site).await;
        let url = site.logout_response(&id, LogoutStatus::Success);
        let query = url.split_once('?').unwrap().1;
        let xml = entrada::saml::redirect::decode(query).unwrap().xml;
        let own = between(&xml, " ID=\"", "\"");
        let xml = dsig::sign(&xml, own, &site.signer).unwrap();
        let form = PostForm::response("", &xml, None);
        let fields = [("SAMLResponse", wrap(&form.message, *lines))];
        let cookies = Browser::with(&asked.cookies);
        let page = post(&site, "/saml/acme/slo", &fields, cookies).await;
        assert_eq!(page.status, StatusCode::OK, "{lines:?}: {}", page.body);
    }
}

#[tokio::test]
async fn a_redirect_may_have_message_and_signature_in_lines() {
    for lines in LINES {
        let site = Site::new(|connection| connection).await;
        let signed_on = site.sign_on().await;
        let url = site.signed(&site.logout_request(), None);
        let page = site
            .get(&rewrapped(&site, &url, lines), Browser::NONE)
            .await;
        assert!(sent(&page).xml.contains("status:Success"), "{lines:?}");
        assert!(site.is_signed_out(&signed_on).await, "{lines:?}");

        let (asked, id) = signing_out(&site).await;
        let url = site.logout_response(&id, LogoutStatus::Success);
        let cookies = Browser::with(&asked.cookies);
        let page = site.get(&rewrapped(&site, &url, lines), cookies).await;
        assert_eq!(page.status, StatusCode::OK, "{lines:?}: {}", page.body);
    }
}

#[tokio::test]
async fn what_is_no_base64_is_refused_as_before() {
    let site = Site::new(|connection| connection).await;
    let form = PostForm::response("", &site.unsolicited(), None).message;
    for field in [
        format!("{form}="),
        form.replacen('P', "\u{a0}P", 1),
        form.replacen('P', "-", 1),
    ] {
        let fields = [("SAMLResponse", field.clone())];
        let page = post(&site, "/saml/acme/acs", &fields, Browser::NONE).await;
        page.is_refused(StatusCode::FORBIDDEN, "response-not-base64");
        let page = post(&site, "/saml/acme/slo", &fields, Browser::NONE).await;
        page.is_refused(StatusCode::FORBIDDEN, "logout-form");
    }
}

pub(crate) async fn post(
    site: &Site,
    path: &str,
    fields: &[(&str, String)],
    browser: Browser<'_>,
) -> Page {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, browser.0);
    site.send(request.body(Body::from(body)).unwrap()).await
}

/// A sign-out everywhere that was begun, and the ID of its request.
async fn signing_out(site: &Site) -> (Page, String) {
    let signed_on = site.sign_on().await;
    let page = site.sign_out_everywhere(&signed_on).await;
    let id = between(&sent(&page).xml, " ID=\"", "\"").to_owned();
    (page, id)
}

/// The same signed query with its base64 in lines.
fn rewrapped(site: &Site, url: &str, lines: (usize, &str)) -> String {
    let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (path, query) = url.split_once('?').unwrap();
    let (message, rest) = query.split_once('&').unwrap();
    let (name, value) = message.split_once('=').unwrap();
    let value = percent_decode_str(value).decode_utf8().unwrap();
    let (algorithm, _) = rest.split_once("&Signature=").unwrap();
    let signed = format!("{name}={}&{algorithm}", escape(&wrap(&value, lines)));
    let signature = wrap(&site.sign_bytes(signed.as_bytes()), lines);
    format!("{path}?{signed}&Signature={}", escape(&signature))
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}
