//! The dates of certificates over the routes: a key whose certificate has expired opens no session where the connection says so,
//! and does where it does not.

use axum::http::StatusCode;
use entrada::connection::CertificateDates;
use entrada::connection::Connection;
use entrada::test_support::TestSite;
use entrada::web::Entrada;
use jiff::SignedDuration;

use crate::site::Browser;
use crate::site::Site;

#[tokio::test]
async fn an_expired_certificate_opens_no_session_where_dates_are_enforced() {
    for (dates, lets_in) in [
        (CertificateDates::Enforced, false),
        (CertificateDates::Reported, true),
    ] {
        let builder = Entrada::builder("https://app.example.com").store("memory:");
        let connection = Connection::builder("acme").certificate_dates(dates);
        let site = TestSite::of(builder, connection).await;
        let app = site.entrada().service();
        let mut browser = site.browser(app.clone(), "ada@example.com");
        browser.open("/saml/acme/login").await;
        assert!(browser.is_signed_on().await, "{dates:?}");

        // The certificates of Entra last three years.
        site.advance(SignedDuration::from_hours(24 * 365 * 5));
        let mut browser = site.browser(app, "ada@example.com");
        let page = browser.open("/saml/acme/login").await;
        assert_eq!(browser.is_signed_on().await, lets_in, "{dates:?}");
        let says_why = page.body().contains("certificate-expired");
        assert_eq!(says_why, !lets_in, "{page:?}");
    }
}

/// A session that should end does not go on because of a date.
#[tokio::test]
async fn a_logout_is_taken_by_an_expired_certificate_where_dates_are_enforced() {
    let site = Site::new(|acme| acme.certificate_dates(CertificateDates::Enforced)).await;
    let hour = SignedDuration::from_hours(1);
    let end = site.signer.certificate().not_after();
    site.clock.advance(end.duration_since(site.now()) - hour);
    let signed_on = site.sign_on().await;
    site.clock.advance(hour * 2);
    assert!(!site.is_signed_out(&signed_on).await);
    let begun = site.begin("/saml/acme/login").await;
    let refused = site.post(&begun, &site.answer(&begun)).await;
    refused.is_refused(StatusCode::FORBIDDEN, "certificate-expired");
    let request = site.signed(&site.logout_request(), None);
    let page = site.get(&request, Browser::NONE).await;
    assert!(site.is_signed_out(&signed_on).await, "{}", page.body);
}
