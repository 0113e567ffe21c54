//! The early refresh by whatever meets an unknown key first: a logout message over either binding, and a response that
//! is encrypted.

use std::task::Poll;
use std::time::Duration;

use axum::http::StatusCode;
use entrada::connection::Connection;
use entrada::connection::SpKey;
use entrada::metadata::RefreshState;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::Sign;
use entrada::web::Entrada;
use tokio::time::sleep;

use crate::metadata_publisher::LIMITS;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;
use crate::metadata_publisher::Trusting;
use crate::metadata_publisher::document;
use crate::site::BASE;
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

/// An assertion that is signed inside its encryption names its key only to us.
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

/// An encrypted response that fails asks the publisher, whatever the cause: else the request would tell the causes apart.
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

/// Early refreshes of many connections whose publishers do not answer stand in nobody's way. With five a second, as it
/// once was, the last of these would come after the sign-on has stopped waiting.
#[tokio::test]
async fn early_refreshes_that_strangers_cause_elsewhere_delay_no_sign_on() {
    let stalled = Publisher::start(Vec::new()).await;
    let mut trusting = Trusting::new().await;
    let (_, stranger) = signer();
    let listed = document(&[stranger.certificate()], &stranger);
    stalled.behave(Manner::good(listed));
    let mut more = Entrada::builder(BASE)
        .open_store(trusting.store.clone())
        .clock(trusting.site.clock.clone())
        .metadata_fetch(LIMITS);
    let ids: Vec<String> = (0..MANY).map(|number| format!("other-{number}")).collect();
    for id in &ids {
        more = more.connection(Connection::builder(id).metadata_url(stalled.url()));
    }
    let more = more.build().await.unwrap();
    for id in &ids {
        // The first scheduled refresh is over.
        let is_over = |state: RefreshState| state.last_success.is_some() && state.lease.is_none();
        while !more
            .store()
            .refresh_record(id)
            .await
            .is_ok_and(|record| is_over(record.state))
        {
            sleep(Duration::from_millis(20)).await;
        }
    }
    drop(more);
    stalled.behave(Manner::Hang);
    trusting.switch_keys();
    // A change by another process is noticed within a tenth of a second.
    sleep(Duration::from_millis(200)).await;

    let forged = trusting.site.unsolicited();
    let strangers = ids
        .iter()
        .map(|id| trusting.site.post_to(id, &forged, "", Browser::NONE));
    let (begun, before) = (
        trusting.site.begin("/saml/acme/login").await,
        stalled.requests().len(),
    );
    let xml = trusting.site.answer(&begun);
    let own = async {
        // The others are in front of it.
        sleep(Duration::from_millis(50)).await;
        trusting.site.post(&begun, &xml).await
    };
    let (others, page) = tokio::join!(futures(strangers.collect()), own);
    assert!(page.cookies.contains("entrada-session"), "{}", page.body);
    for page in others {
        page.is_refused(StatusCode::FORBIDDEN, "signature-invalid");
    }
    assert_eq!(stalled.requests().len(), before + MANY, "each asked once");
}

/// More than leave within the time that a sign-on waits, at five a second.
const MANY: usize = 40;

/// All of them at once, in one task: so the log and the clock of the test hold for them.
async fn futures<T>(mut all: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pinned: Vec<_> = all.drain(..).map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, done) in &mut pinned {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *done = Some(output),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    pinned.into_iter().filter_map(|(_, done)| done).collect()
}
