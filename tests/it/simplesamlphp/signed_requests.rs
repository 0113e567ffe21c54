//! An identity provider that takes signed requests alone, told our certificate by our own metadata.

use serde_json::json;

use super::SimpleSamlPhp;
use super::app::App;
use super::app::is_signed_in;
use crate::user_agent::UserAgent;

#[tokio::test]
async fn a_signed_request_is_taken_where_only_signed_ones_are() {
    let mut idp = SimpleSamlPhp::start().await;
    let app = App::start_with_key(&idp).await;
    app.register_metadata(&mut idp, json!({ "validate.authnrequest": true }));
    let page = app.sign_on(&idp, &UserAgent::new()).await;
    assert!(is_signed_in(&page), "{page:?}");
}

#[tokio::test]
async fn our_metadata_alone_makes_it_demand_signed_requests() {
    let mut idp = SimpleSamlPhp::start().await;
    let app = App::start_with_key(&idp).await;
    app.register_metadata(&mut idp, json!({}));
    let page = app.sign_on(&idp, &UserAgent::new()).await;
    assert!(is_signed_in(&page), "{page:?}");
}

#[tokio::test]
async fn an_unsigned_request_or_one_of_another_key_is_not_answered() {
    let mut idp = SimpleSamlPhp::start().await;
    let unsigned = App::start(&idp, &[]).await;
    unsigned.register_metadata(&mut idp, json!({ "validate.authnrequest": true }));
    let page = login_page(&unsigned).await;
    assert!(!page.contains("username"), "{page}");

    let app = App::start_with_key(&idp).await;
    app.register_metadata(&mut idp, json!({ "validate.authnrequest": true }));
    assert!(login_page(&app).await.contains("username"));
    let strangers = App::start_with_key(&idp).await;
    let certificate = strangers.certificate();
    app.register_metadata(
        &mut idp,
        json!({ "validate.authnrequest": true, "keys": [
            { "type": "X509Certificate", "signing": true, "encryption": true, "X509Certificate": certificate }
        ] }),
    );
    let page = login_page(&app).await;
    assert!(!page.contains("username"), "{page}");
}

/// The page that the browser shows after "Sign in".
async fn login_page(app: &App) -> String {
    let browser = UserAgent::new();
    browser
        .open(format!("{}/saml/login", app.base_url))
        .await
        .html
}
