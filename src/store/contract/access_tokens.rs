//! Promises of the access tokens of OAuth clients.

use std::sync::Arc;

use jiff::SignedDuration;

use super::provisioning::credential;
use super::samples::at;
use super::samples::id;
use super::samples::with_connections;
use crate::configuration::remove_connection;
use crate::directory::add_credential;
use crate::directory::issue_access_token;
use crate::directory::revoke_credential;
use crate::ports::Actor;
use crate::provisioning::AccessToken;
use crate::provisioning::CredentialId;
use crate::provisioning::DEFAULT_LIFETIME;
use crate::provisioning::ScimCredential;
use crate::provisioning::SecretKind;
use crate::provisioning::TokenLifetime;
use crate::store::Stale;
use crate::store::Store;
use crate::token::Token;

/// The first secret of a client of `acme`, which was made at the second `number`.
fn client(number: u8) -> ScimCredential {
    let secret = Token::from_random([number; Token::LENGTH]);
    let kind = SecretKind::Client(TokenLifetime::default());
    let (id_of, now) = (id_of(number, 0), at(i64::from(number)));
    let made = ScimCredential::new(id_of, id("acme"), kind, &secret, DEFAULT_LIFETIME, now);
    made.expect("the default lifetime is sound")
}

/// Another secret of the same client.
fn second_secret(of: &ScimCredential) -> ScimCredential {
    let secret = Token::from_random([99; Token::LENGTH]);
    let rotated = of.rotated(id_of(99, 0), &secret, SignedDuration::from_hours(1), at(3));
    rotated.expect("it lives").0
}

fn id_of(number: u8, last: u8) -> CredentialId {
    CredentialId::from_random([number, 0, 0, 0, 0, 0, 0, last])
}

fn token(by: &ScimCredential, number: u8) -> AccessToken {
    let created = at(10 + i64::from(number));
    AccessToken {
        id: id_of(200, number),
        credential: by.id.clone(),
        hash: Token::from_random([number; Token::LENGTH]).hash(),
        created,
        expires: created + SignedDuration::from_hours(1),
    }
}

async fn add(store: &Arc<dyn Store>, credential: &ScimCredential) {
    let added = add_credential(&**store, credential).await;
    added.expect("the credential is kept");
}

async fn issue(store: &Arc<dyn Store>, by: &ScimCredential, number: u8) -> bool {
    let issued = issue_access_token(&**store, by, &token(by, number)).await;
    issued.expect("the store answers")
}

async fn kept(store: &Arc<dyn Store>, number: u8) -> Option<(AccessToken, ScimCredential)> {
    let found = store.access_token(&id_of(200, number)).await;
    found.expect("the store answers")
}

pub(super) async fn an_access_token_comes_back_with_its_credential_and_goes_with_its_connection(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    let by = client(1);
    assert!(!issue(&store, &by, 1).await, "there is no such credential");
    assert_eq!(kept(&store, 1).await, None);
    add(&store, &by).await;
    assert!(issue(&store, &by, 1).await);
    assert_eq!(kept(&store, 1).await, Some((token(&by, 1), by.clone())));
    assert_eq!(kept(&store, 2).await, None);
    let again = issue_access_token(&*store, &by, &token(&by, 1)).await;
    assert!(again.is_err(), "the id is another token's");

    let removed = remove_connection(&*store, &id("acme"), at(2), &Actor::App).await;
    assert!(removed.expect("the store answers").is_some());
    assert_eq!(kept(&store, 1).await, None);
}

pub(super) async fn only_the_live_credential_of_a_client_gets_access_tokens(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let bearer = credential(1);
    let expired = ScimCredential {
        expires: at(5),
        ..client(2)
    };
    let revoked = client(3);
    for one in [&bearer, &expired, &revoked] {
        add(&store, one).await;
    }
    let done = revoke_credential(&*store, &revoked.id, at(5)).await;
    assert!(done.expect("the store answers"));
    for (number, one) in [&bearer, &expired, &revoked].into_iter().enumerate() {
        let number = number as u8;
        assert!(!issue(&store, one, number).await, "{one:?}");
        assert_eq!(kept(&store, number).await, None);
    }
}

pub(super) async fn a_revoked_credential_is_found_with_its_access_tokens(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let by = client(1);
    add(&store, &by).await;
    assert!(issue(&store, &by, 1).await);
    let revoked = revoke_credential(&*store, &by.id, at(20)).await;
    assert!(revoked.expect("the store answers"));
    let found = kept(&store, 1).await.map(|(_, by)| by.revoked);
    assert!(
        matches!(found, None | Some(Some(_))),
        "a token of a revoked credential must not look as if it lived"
    );
}

pub(super) async fn of_a_clients_access_tokens_the_last_fifty_stay(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let (first, other) = (client(1), client(2));
    let second = second_secret(&first);
    for one in [&first, &second, &other] {
        add(&store, one).await;
    }
    assert!(issue(&store, &other, 100).await);
    let most = AccessToken::MOST as u8;
    for number in 0..=most {
        let by = [&first, &second][usize::from(number % 2)];
        assert!(issue(&store, by, number).await);
    }
    assert_eq!(kept(&store, 0).await, None, "the oldest has ended");
    for number in 1..=most {
        assert!(kept(&store, number).await.is_some(), "{number}");
    }
    assert!(kept(&store, 100).await.is_some(), "it is another client's");
}

pub(super) async fn access_tokens_that_are_over_are_swept_in_batches(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let numbers = 1..=40_u8;
    for number in numbers.clone() {
        let by = client(number);
        add(&store, &by).await;
        assert!(issue(&store, &by, number).await);
    }
    let end = |number| token(&client(1), number).expires;
    let gone = store.forget(Stale::AccessTokens, end(39)).await;
    assert_eq!(gone.expect("the store answers"), 39);
    for number in numbers {
        assert_eq!(kept(&store, number).await.is_some(), number == 40);
    }
}
