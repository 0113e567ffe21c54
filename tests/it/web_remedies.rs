//! The remedy that the log names for a refusal depends on the reason and on the place. The number on the page finds it.

use axum::http::StatusCode;
use entrada::dsig;
use entrada::saml::post::PostForm;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::percent_decode_str;
use percent_encoding::utf8_percent_encode;

use crate::log_lines::LogLines;
use crate::site::Browser;
use crate::site::Page;
use crate::site::Site;
use crate::site::signer;
use crate::web_base64::post;

const OF_TRUST: &str = "copy the App Federation Metadata Url";

/// The remedy in the log line that the number of a page finds; the page itself does not have it.
fn remedy(log: &LogLines, page: &Page) -> String {
    let (_, number) = page.body.rsplit_once("<dd><code>").unwrap();
    let number = number.split('<').next().unwrap();
    let lines = log.having("request", number);
    let remedy = lines.last().unwrap()["fields"]["remedy"].as_str().unwrap();
    assert!(!page.body.contains(remedy), "{}", page.body);
    remedy.to_owned()
}

/// Takes a query apart and puts it together again, as a gateway does.
fn encoded_anew(url: &str, spelled: impl Fn(String) -> String) -> String {
    let (path, query) = url.split_once('?').unwrap();
    let pairs = query.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        let value = percent_decode_str(value).decode_utf8().unwrap();
        let value = utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string();
        format!("{name}={}", spelled(value))
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Escapes in small letters.
fn lower(value: String) -> String {
    let mut parts = value.split('%');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..])
    })
}

#[tokio::test]
async fn a_query_that_a_gateway_encoded_anew_is_refused_with_the_gateway_to_blame() {
    let log = LogLines::capture();
    let site = Site::new(|connection| connection).await;
    let signed_on = site.sign_on().await;
    let entras = site.as_entra_sends_it(&site.logout_request());
    let ours = site.signed(&site.logout_request(), Some("their state"));
    for url in [
        encoded_anew(&entras, |value| value),
        encoded_anew(&ours, lower),
    ] {
        assert!(url != entras && url != ours);
        let page = site.get(&url, Browser::NONE).await;
        page.is_refused(StatusCode::FORBIDDEN, "signature-invalid");
        let remedy = remedy(&log, &page);
        assert!(remedy.contains("encoded it anew"), "{remedy}");
        assert!(!remedy.contains("Metadata Url"), "{remedy}");
    }
    assert!(!site.is_signed_out(&signed_on).await, "nothing is taken");
    site.get(&entras, Browser::NONE).await;
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_signature_of_another_key_is_blamed_on_it_only_as_far_as_the_place_tells() {
    let log = LogLines::capture();
    let site = Site::new(|connection| connection).await;
    let (key, other) = signer();
    let request = site.logout_request();
    let changed = site
        .signed(&request, None)
        .replace("&SigAlg", "&RelayState=x&SigAlg");
    let page = site.get(&changed, Browser::NONE).await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-invalid");
    assert!(remedy(&log, &page).contains("If people sign on"));
    assert!(remedy(&log, &page).contains("gateway"));

    let xml = request.to_xml().unwrap();
    let xml = dsig::sign(&xml, request.id.as_str(), &other).unwrap();
    let form = PostForm::request("", &xml, None);
    let fields = [("SAMLRequest", form.message)];
    let page = post(&site, "/saml/acme/slo", &fields, Browser::NONE).await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-invalid");
    assert!(remedy(&log, &page).contains("If people sign on"));

    let begun = site.begin("/saml/acme/login").await;
    let response = site.response().in_response_to(&begun.id);
    let response = response.signed(entrada::practice::Sign::Assertion, &other);
    let page = site.post(&begun, &response.unwrap()).await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-invalid");
    assert!(remedy(&log, &page).contains(OF_TRUST));
    drop(key);
}

#[tokio::test]
async fn a_message_without_a_signature_is_told_from_a_response_without_one() {
    let log = LogLines::capture();
    let site = Site::new(|connection| connection).await;
    let signed = site.signed(&site.logout_request(), None);
    let unsigned = signed.split("&SigAlg").next().unwrap();
    let page = site.get(unsigned, Browser::NONE).await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-missing");
    assert!(!remedy(&log, &page).contains("Signing Option"));

    let begun = site.begin("/saml/acme/login").await;
    let response = site.response().in_response_to(&begun.id);
    let page = site.post(&begun, &response.unsigned().unwrap()).await;
    page.is_refused(StatusCode::FORBIDDEN, "signature-missing");
    assert!(remedy(&log, &page).contains("Signing Option"));
}
