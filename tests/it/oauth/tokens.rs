//! Access tokens: they live with their secret, and so many of a client at once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entrada::directory::revoke_credential;
use entrada::directory::rotate_credential;
use entrada::ports::Clock;
use entrada::provisioning::CredentialId;
use entrada::store::Stale;
use entrada::token::Token;
use jiff::SignedDuration;

use super::HOUR;
use super::OAuthClient;
use super::ask;
use super::client;
use super::is_error;
use super::opens;
use super::token;
use crate::scim::Scim;
use crate::scim::answer;

#[tokio::test]
async fn a_token_ends_after_its_hour() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR * 24).await;
    let token = token(&scim, &of).await;
    scim.clock.advance(HOUR - SignedDuration::from_secs(1));
    assert_eq!(opens(&scim, "acme", &token).await, 200);
    scim.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(opens(&scim, "acme", &token).await, 401);
}

#[tokio::test]
async fn a_token_ends_with_its_secret_and_none_is_issued_after_it() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR + HOUR / 2).await;
    let early = token(&scim, &of).await;
    scim.clock.advance(HOUR);
    let granted = answer(ask(&scim, "acme", of.form())).await;
    assert_eq!(
        granted.body["expires_in"], 1800,
        "never longer than the secret"
    );
    let late = granted.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(opens(&scim, "acme", &early).await, 401);
    assert_eq!(opens(&scim, "acme", &late).await, 200);
    scim.clock.advance(HOUR / 2);
    assert_eq!(opens(&scim, "acme", &late).await, 401);
    is_error(
        &answer(ask(&scim, "acme", of.form())).await,
        401,
        "invalid_client",
    );
}

#[tokio::test]
async fn revoking_a_secret_ends_its_tokens_at_once_and_those_of_no_other() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR * 24).await;
    let before = token(&scim, &of).await;
    // A second secret of the same client.
    let secret = Token::from_random([7; 32]);
    let (id, day) = (CredentialId::from_random([7; 8]), HOUR * 24);
    let (next, end) = of
        .credential
        .rotated(id, &secret, day, scim.clock.now())
        .unwrap();
    let rotated = rotate_credential(&*scim.store, &of.credential.id, end, &next);
    assert!(rotated.await.unwrap());
    let second = OAuthClient {
        id: of.id.clone(),
        secret: next.secret_text(&secret),
        credential: next,
    };
    let after = token(&scim, &second).await;
    for token in [&before, &after] {
        assert_eq!(opens(&scim, "acme", token).await, 200);
    }
    let now = scim.clock.now();
    assert!(
        revoke_credential(&*scim.store, &of.credential.id, now)
            .await
            .unwrap()
    );
    assert_eq!(opens(&scim, "acme", &before).await, 401);
    assert_eq!(opens(&scim, "acme", &after).await, 200);
    is_error(
        &answer(ask(&scim, "acme", of.form())).await,
        401,
        "invalid_client",
    );
    token(&scim, &second).await;
}

#[tokio::test]
async fn of_more_than_fifty_tokens_of_a_client_the_oldest_ends() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR * 24).await;
    let other = client(&scim, "acme", HOUR * 24).await;
    let of_other = token(&scim, &other).await;
    let mut tokens = Vec::new();
    for _ in 0..50 {
        tokens.push(token(&scim, &of).await);
        scim.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(opens(&scim, "acme", &tokens[0]).await, 200);
    tokens.push(token(&scim, &of).await);
    assert_eq!(opens(&scim, "acme", &tokens[0]).await, 401);
    for live in [&tokens[1], &tokens[50], &of_other] {
        assert_eq!(opens(&scim, "acme", live).await, 200);
    }
}

#[tokio::test]
async fn tokens_that_have_ended_are_swept() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR * 24).await;
    token(&scim, &of).await;
    let count = || {
        let count = "SELECT count(*) FROM scim_access_tokens";
        scim.database()
            .query_row(count, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    scim.store
        .forget(Stale::AccessTokens, scim.clock.now())
        .await
        .unwrap();
    assert_eq!(count(), 1);
    scim.clock.advance(HOUR);
    scim.store
        .forget(Stale::AccessTokens, scim.clock.now())
        .await
        .unwrap();
    assert_eq!(count(), 0);
}

#[tokio::test]
async fn no_file_of_the_store_has_a_secret_and_its_hash_stands_there() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR * 24).await;
    let access = token(&scim, &of).await;
    assert_eq!(opens(&scim, "acme", &access).await, 200);
    // In the log of the database, and then in its file alone.
    has_hashes_alone(&scim, [&of.secret, &access], "entrada.db-wal");
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    scim.database()
        .query_row(checkpoint, [], |_| Ok(()))
        .unwrap();
    has_hashes_alone(&scim, [&of.secret, &access], "entrada.db");
}

/// Searches the raw bytes of all files of the store.
#[track_caller]
fn has_hashes_alone(scim: &Scim, secrets: [&String; 2], file: &str) {
    let files = scim.files();
    for text in secrets {
        // The text of a secret is prefix, id and the secret itself, which may have `_` in it.
        let secret = &text[text.len() - 43..];
        let token = Token::parse(secret).unwrap();
        let decoded = URL_SAFE_NO_PAD.decode(secret).unwrap();
        let hex: String = decoded.iter().map(|byte| format!("{byte:02x}")).collect();
        for bytes in [secret.as_bytes(), &decoded, hex.as_bytes()] {
            for (name, content) in &files {
                assert!(!has(content, bytes), "{name} has the secret");
            }
        }
        let (_, content) = files.iter().find(|(name, _)| name == file).unwrap();
        assert!(has(content, token.hash().as_bytes()), "{file} has no hash");
    }
}

fn has(content: &[u8], bytes: &[u8]) -> bool {
    memchr::memmem::find(content, bytes).is_some()
}

#[tokio::test]
async fn asking_for_a_token_is_a_use_of_the_secret() {
    let scim = Scim::start().await;
    let of = client(&scim, "acme", HOUR * 24).await;
    token(&scim, &of).await;
    for _ in 0..100 {
        let found = scim.store.credential(&of.credential.id).await.unwrap();
        if found.unwrap().last_used == Some(scim.clock.now()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the use is not noted");
}
