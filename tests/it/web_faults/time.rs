//! The clock of a site is its store's.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::failing_store::FailingStore;
use super::slow::ask;
use super::slow::served;

#[tokio::test]
async fn a_site_goes_by_the_time_of_its_store() {
    let store = Arc::new(FailingStore::new().await);
    let (entrada, token) = served(&store).await;
    for (ahead, expected) in [(0, 200), (50 * 60, 200), (70 * 60, 401)] {
        store.ahead.store(ahead, Ordering::SeqCst);
        let (status, body) = ask(&entrada, &token, "/scim/acme/v2/Users", None).await;
        assert_eq!(status, expected, "{ahead} s ahead: {body}");
    }
}
