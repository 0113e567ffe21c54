//! The early refresh by whatever meets an unknown key first: a logout message over either binding, and a response that
//! is encrypted.

use axum::http::StatusCode;
use entrada::connection::SpKey;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::Sign;

use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Trusting;
use crate::metadata_publisher::document;
use crate::site::Browser;
use crate::site::key_pair;
use crate::site::signer;
use crate::web_logout::sent;

impl Trusting {
    /// The identity provider switches keys without notice: its metadata lists the new one alone.
    fn switch_keys(&mut self) {
        let (key, new) = signer();
        let good = document(&[new.certificate()], &new);
        self.publisher.behave(Manner::good(good));
        (self.site.key, self.site.signer) = (key, new);
    }
}

#[tokio::test]
async fn a_signed_logout_query_under_a_new_key_has_the_metadata_fetched_and_counts() {
    let mut trusting = Trusting::new().await;
    let signed_on = trusting.site.sign_on().await;
    let before = trusting.publisher.requests().len();
    trusting.switch_keys();

    let request = trusting.site.logout_request();
    let query = trusting.site.signed(&request, None);
    let page = trusting.site.get(&query, Browser::NONE).await;
    assert!(sent(&page).xml.contains("status:Success"));
    assert!(trusting.site.is_signed_out(&signed_on).await);
    assert_eq!(trusting.publisher.requests().len(), before + 1);
}

#[tokio::test]
async fn a_logout_form_signed_within_under_a_new_key_has_the_metadata_fetched_and_counts() {
    let mut trusting = Trusting::new().await;
    let signed_on = trusting.site.sign_on().await;
    let before = trusting.publisher.requests().len();
    trusting.switch_keys();

    let request = trusting.site.logout_request();
    let page = trusting.site.post_logout(&request, "").await;
    assert!(sent(&page).xml.contains("status:Success"));
    assert!(trusting.site.is_signed_out(&signed_on).await);
    assert_eq!(trusting.publisher.requests().len(), before + 1);
}

#[tokio::test]
async fn a_logout_query_of_a_stranger_asks_once_and_ends_nothing() {
    let mut trusting = Trusting::new().await;
    let signed_on = trusting.site.sign_on().await;
    let before = trusting.publisher.requests().len();
    (trusting.site.key, trusting.site.signer) = signer();
    for _ in 0..3 {
        let request = trusting.site.logout_request();
        let query = trusting.site.signed(&request, None);
        let page = trusting.site.get(&query, Browser::NONE).await;
        page.is_refused(StatusCode::FORBIDDEN, "signature-invalid");
    }
    assert!(!trusting.site.is_signed_out(&signed_on).await);
    assert_eq!(trusting.publisher.requests().len(), before + 1);
}

/// An assertion that is signed inside its encryption names its key to nobody but us.
#[tokio::test]
async fn an_encrypted_response_under_a_new_key_has_the_metadata_fetched_and_counts() {
    let (key, certificate) = key_pair();
    let ours = SpKey::new(key.to_pem(), certificate.to_pem());
    let mut trusting = Trusting::with(|connection| connection.sp_key(ours.clone())).await;
    let before = trusting.publisher.requests().len();
    trusting.switch_keys();

    let begun = trusting.site.begin("/saml/acme/login").await;
    let response = trusting.site.response().in_response_to(&begun.id);
    let signed = response.signed(Sign::Assertion, &trusting.site.signer);
    let encrypted = Encryption::default()
        .encrypt(&signed.unwrap(), Encrypt::Assertion, &[key.verifying_key()])
        .unwrap();
    let page = trusting.site.post(&begun, &encrypted).await;
    assert!(page.cookies.contains("entrada-session"), "{}", page.body);
    assert_eq!(trusting.publisher.requests().len(), before + 1);
}

/// Whatever makes an encrypted response fail, it asks the publisher: or the asking would tell the causes apart.
#[tokio::test]
async fn an_encrypted_response_asks_whether_or_not_it_can_be_decrypted() {
    let (key, certificate) = key_pair();
    let ours = SpKey::new(key.to_pem(), certificate.to_pem());
    let (others, _) = key_pair();
    let (_, stranger) = signer();
    for (recipient, by_stranger) in [(&key, true), (&others, false)] {
        let trusting = Trusting::with(|connection| connection.sp_key(ours.clone())).await;
        let before = trusting.publisher.requests().len();
        let begun = trusting.site.begin("/saml/acme/login").await;
        let by = if by_stranger {
            &stranger
        } else {
            &trusting.site.signer
        };
        let response = trusting.site.response().in_response_to(&begun.id);
        let signed = response.signed(Sign::Assertion, by).unwrap();
        let encrypted = Encryption::default()
            .encrypt(&signed, Encrypt::Assertion, &[recipient.verifying_key()])
            .unwrap();
        let page = trusting.site.post(&begun, &encrypted).await;
        page.is_refused(StatusCode::FORBIDDEN, "decryption-failed");
        assert_eq!(trusting.publisher.requests().len(), before + 1);
    }
}
