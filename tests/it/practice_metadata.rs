//! The metadata of the practice identity provider, and its keys.

use entrada::metadata::Trust;

use crate::practice::APP_ID;
use crate::practice::Visitor;
use crate::practice::assert_error;
use crate::practice::metadata;
use crate::practice::start;
use crate::user_agent::UserAgent;

#[tokio::test]
async fn metadata_of_an_app_and_of_the_tenant_have_different_keys() {
    let idp = start().await;
    let (app, tenant) = (
        metadata(&idp.metadata_url(APP_ID)).await,
        metadata(&idp.tenant_metadata_url()).await,
    );
    assert_eq!(app.entity_id(), idp.entity_id());
    assert_eq!(app.entity_id(), tenant.entity_id());
    assert_eq!(app.signing_keys().len(), 1);
    assert_eq!(tenant.signing_keys().len(), 3);
    assert!(!tenant.signing_keys().contains(&app.signing_keys()[0]));
    assert_eq!(
        Trust::of_metadata(&app).unwrap().sso().location,
        idp.sso_url()
    );

    let unknown = UserAgent::new().open(idp.metadata_url("none")).await;
    assert_error(&unknown, 700_016);
}

#[tokio::test]
async fn a_staged_key_is_listed_before_it_signs() {
    let idp = start().await;
    let staged = idp.stage_key(APP_ID).await.unwrap().unwrap();
    let before = metadata(&idp.metadata_url(APP_ID)).await;
    assert_eq!(before.signing_keys().len(), 2);
    assert!(idp.activate_staged_key(APP_ID));
    assert!(!idp.activate_staged_key(APP_ID));
    let after = metadata(&idp.metadata_url(APP_ID)).await;
    assert_eq!(after.signing_keys()[0], *staged.key());
    assert_eq!(after.signing_keys().len(), 2, "the one before stays listed");
    assert_eq!(idp.remove_inactive_keys(APP_ID), 1);
    let removed = metadata(&idp.metadata_url(APP_ID)).await;
    assert_eq!(removed.signing_keys(), [staged.key().clone()]);
    let principal = Visitor::signed_in("Alice").launch(&idp).await.unwrap();
    assert_eq!(principal.name_id().value, "alice@contoso.example");
}
