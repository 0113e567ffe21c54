//! The behaviour of the service provider when its store fails, and the secrets that it never writes to a log.

mod directory;
mod failing_store;
mod guards;
mod outage;
mod slow;
mod time;

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use entrada::practice::Sign;
use tracing_subscriber::fmt::MakeWriter;

use self::failing_store::FailingStore;
use crate::site::Browser;
use crate::site::PERSON;
use crate::site::Site;
use crate::web_logout::sent;

#[tokio::test]
async fn a_store_that_fails_refuses_the_sign_on_and_lets_nobody_in() {
    for failing in ["take", "change"] {
        let store = Arc::new(FailingStore::new().await);
        let site = Site::over(store.clone(), |connection| connection).await;
        let begun = site.begin("/saml/acme/login").await;
        let answer = site.answer(&begun);
        store.fail(failing);
        site.post(&begun, &answer)
            .await
            .is_refused(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable");
    }
}

#[tokio::test]
async fn a_logout_that_the_store_cannot_carry_out_fails_and_may_come_again() {
    let store = Arc::new(FailingStore::new().await);
    let site = Site::over(store.clone(), |connection| connection).await;
    let signed_on = site.sign_on().await;
    let order = site.signed(&site.logout_request(), None);
    store.fail("change");
    let answered = async || sent(&site.get(&order, Browser::NONE).await);
    assert!(answered().await.xml.contains("status:Responder"));
    assert!(!site.is_signed_out(&signed_on).await);
    store.change.store(false, Ordering::SeqCst);
    assert!(answered().await.xml.contains("status:Success"));
    assert!(site.is_signed_out(&signed_on).await);
}

#[tokio::test]
async fn a_store_that_fails_shows_no_page_to_a_session() {
    let store = Arc::new(FailingStore::new().await);
    let site = Site::over(store.clone(), |connection| connection).await;
    let begun = site.begin("/saml/acme/login").await;
    let signed_on = site.post(&begun, &site.answer(&begun)).await;
    store.fail("session");
    for path in ["/private", "/anyone"] {
        let page = site.get(path, Browser::with(&signed_on.cookies)).await;
        page.is_refused(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable");
    }
}

#[tokio::test]
async fn a_store_that_takes_no_changes_is_not_ready_and_many_probes_cost_one_change() {
    let store = Arc::new(FailingStore::new().await);
    let (site, entrada) = Site::with_entrada(store.clone(), |connection| connection).await;
    let app = entrada.service();
    let site = Site { app, ..site };
    for _ in 0..20 {
        assert_eq!(
            site.get("/readyz", Browser::NONE).await.status,
            StatusCode::OK
        );
    }
    assert_eq!(store.writes.load(Ordering::SeqCst), 1);

    let store = Arc::new(FailingStore::new().await);
    store.fail("write");
    let (site, entrada) = Site::with_entrada(store.clone(), |connection| connection).await;
    let app = entrada.service();
    let site = Site { app, ..site };
    let answer = site.get("/readyz", Browser::NONE).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, "unavailable\n");
    assert_eq!(
        site.get("/healthz", Browser::NONE).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn no_claim_cookie_or_message_is_ever_logged() {
    let log = Log::default();
    // For the whole process: a subscriber of one thread misses what other tests have switched off before it.
    tracing_subscriber::fmt()
        .with_env_filter("entrada=trace,tower_http=trace")
        .with_writer(log.clone())
        .init();
    let site = Site::new(|connection| connection).await;

    let begun = site.begin("/saml/acme/login?return=/private").await;
    let answer = site.answer(&begun);
    let signed_on = site.post(&begun, &answer).await;
    assert_eq!(signed_on.status, StatusCode::SEE_OTHER);
    site.post(&begun, &answer)
        .await
        .is_refused(StatusCode::FORBIDDEN, "request-unknown");
    for tampered in [
        answer.replace(PERSON, "mallory@contoso.example"),
        answer.replace("<Assertion", "<?pi mallory?><Assertion"),
    ] {
        let begun = site.begin("/saml/acme/login").await;
        assert_eq!(
            site.post(&begun, &tampered).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let unsigned = site
        .response()
        .in_response_to("id-1")
        .signed(Sign::Nothing, &site.signer)
        .unwrap();
    site.post(&begun, &unsigned)
        .await
        .is_refused(StatusCode::FORBIDDEN, "signature-missing");

    let log = log.text();
    assert!(
        log.contains("signed on")
            && log.contains(&begun.id)
            && log.contains("signature-digest")
            && log.contains("signature-missing"),
        "{log}"
    );
    let cookie = signed_on.cookies.split('=').nth(1).unwrap();
    for secret in [
        "adele",
        "mallory",
        &begun.relay_state,
        cookie,
        "<Assertion",
        "SAMLResponse",
        "private",
    ] {
        assert!(!log.contains(secret), "the log has {secret}: {log}");
    }
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
        .unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}
