//! Our own keys, as an app's code gives them and an admin rolls them over.

use std::sync::Arc;
use std::time::Duration;

use entrada::configuration::danger::put_connection;
use entrada::connection::ConnectionId;
use entrada::connection::KeyState;
use entrada::connection::SpKey;
use entrada::connection::SpKeyId;
use entrada::connection::SpKeys;
use entrada::crypto::ContentEncryption;
use entrada::store;
use entrada::store::Store;
use jiff::Timestamp;

use crate::site::Browser;
use crate::site::Site;

#[tokio::test]
async fn a_key_in_the_code_that_was_retired_stays_so_at_a_restart() {
    let store = store::open("memory:").await.unwrap();
    let (first, second, third) = (pair(), pair(), pair());
    let site = serve(&store, &first).await;
    assert_eq!(site.announced().await, [certificate(&first)]);
    roll_over(&*store, &first, &second).await;

    let restarted = serve(&store, &first).await;
    assert_eq!(restarted.announced().await, [certificate(&second)]);
    assert_eq!(
        states(&*store).await,
        [(second.clone(), KeyState::Active)],
        "the retired key neither signs nor decrypts"
    );

    let new = serve(&store, &third).await;
    assert_eq!(new.announced().await, [certificate(&third)]);
    assert_eq!(
        states(&*store).await,
        [(second, KeyState::Old), (third, KeyState::Active)],
        "a key that was never seen becomes the active one"
    );
}

#[tokio::test]
async fn metadata_is_signed_once_until_the_keys_change() {
    let store = store::open("memory:").await.unwrap();
    // ECDSA signs with random numbers: the same bytes twice are one signature.
    let (first, second) = (randomised(), pair());
    let site = serve(&store, &first).await;
    let document = site.get("/saml/acme/metadata", Browser::NONE).await.body;
    let again = site.get("/saml/acme/metadata", Browser::NONE).await.body;
    assert!(document.contains("ecdsa-sha256"), "{document}");
    assert!(
        !document.contains("use=\"encryption\""),
        "nobody could open it"
    );
    assert_eq!(document, again);
    let elsewhere = serve(&store, &first).await;
    let elsewhere = elsewhere.get("/saml/acme/metadata", Browser::NONE).await;
    assert_ne!(document, elsewhere.body, "each signature is another");

    roll_over(&*store, &first, &second).await;
    tokio::time::sleep(TAKEN_UP).await;
    assert_eq!(site.announced().await, [certificate(&second)]);
}

#[tokio::test]
async fn metadata_lists_every_algorithm_that_is_decrypted() {
    let store = store::open("memory:").await.unwrap();
    let site = serve(&store, &pair()).await;
    let document = site.get("/saml/acme/metadata", Browser::NONE).await.body;
    let transport = [
        "http://www.w3.org/2009/xmlenc11#rsa-oaep",
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
    ];
    for uri in ContentEncryption::ALL
        .map(ContentEncryption::uri)
        .iter()
        .chain(&transport)
    {
        let method = format!("<md:EncryptionMethod Algorithm=\"{uri}\"/>");
        assert!(document.contains(&method), "{uri}: {document}");
    }
    assert_eq!(document.matches("<md:EncryptionMethod ").count(), 8);
}

/// Longer than the store's word on its revision is taken for good.
const TAKEN_UP: Duration = Duration::from_millis(150);

fn randomised() -> SpKey {
    let read = |file| String::from_utf8(crate::fixtures::read(file)).unwrap();
    SpKey::new(read("keys/p256.pem"), read("keys/p256.crt"))
}

async fn serve(store: &Arc<dyn Store>, key: &SpKey) -> Site {
    Site::over(store.clone(), |connection| connection.sp_key(key.clone())).await
}

fn pair() -> SpKey {
    let (key, certificate) = crate::site::key_pair();
    SpKey::new(key.to_pem(), certificate.to_pem())
}

/// The certificate as metadata has it.
fn certificate(key: &SpKey) -> String {
    let pem = key.certificate().unwrap().to_pem();
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

/// Does the same as `entrada key new`, `activate` and `retire`.
async fn roll_over(store: &dyn Store, old: &SpKey, new: &SpKey) {
    let present = store.connection(&acme()).await.unwrap().unwrap();
    let keys = present.sp_keys().clone().with_next(new.clone()).unwrap();
    let keys = keys.clone().activated(&id(&keys, new)).unwrap();
    let keys = keys.clone().retired(&id(&keys, old)).unwrap();
    let changed = present.with_sp_keys(keys).unwrap();
    put_connection(store, &changed, Timestamp::now())
        .await
        .unwrap();
}

fn id(keys: &SpKeys, key: &SpKey) -> SpKeyId {
    let mut held = keys.iter();
    let found = held.find(|(_, _, held)| *held == key);
    found.unwrap().0.clone()
}

async fn states(store: &dyn Store) -> Vec<(SpKey, KeyState)> {
    let present = store.connection(&acme()).await.unwrap().unwrap();
    let held = present.sp_keys().iter();
    held.map(|(_, state, key)| (key.clone(), state)).collect()
}

fn acme() -> ConnectionId {
    "acme".parse().unwrap()
}

impl Site {
    /// The certificates that our metadata lists for signing.
    async fn announced(&self) -> Vec<String> {
        let metadata = self.get("/saml/acme/metadata", Browser::NONE).await.body;
        let listed = metadata.split("use=\"signing\"").skip(1);
        let between = |text: &str| {
            let (_, rest) = text.split_once("<ds:X509Certificate>").unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        listed.map(between).collect()
    }
}
