//! Tokens, key sets and claims: what is accepted is what was signed, and says what is believed.

use std::sync::OnceLock;

use entrada::connection::AddressPolicy;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::jwt;
use entrada::jwt::JwkSet;
use entrada::jwt::UnverifiedJwt;
use entrada::provisioning::Federation;
use entrada::saml::ClockSkew;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

/// Reads the bytes as a token, as a key set, and as claims that the issuer has signed.
pub fn jwt(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if accepts(text) {
        assert_eq!(text, SIGNED.trim(), "nobody has the key");
    }
    if let Ok(keys) = JwkSet::read(data, |issuer| issuer.len() % 2 == 0) {
        let ids: Vec<&str> = keys.key_ids().collect();
        assert!((1..=JwkSet::MAX_KEYS).contains(&ids.len()), "{ids:?}");
        assert!(ids.iter().all(|id| !id.is_empty() && keys.has(id)));
    }
    if accepts_claims(text) {
        let claims: Value = serde_json::from_str(text).expect("they were read before");
        let trust = trust();
        for (name, expected) in [("iss", &trust.issuer), ("sub", &trust.subject)] {
            assert_eq!(claims[name].as_str(), Some(expected.as_str()), "{claims}");
        }
        let audience = claims["aud"].as_str().expect("one audience, a text");
        assert!(trust.audiences.iter().any(|one| one == audience));
        let tenant = claims["tid"].as_str().unwrap_or_default();
        assert!(tenant.eq_ignore_ascii_case(&trust.tenant), "{claims}");
        let [issued, end] = ["iat", "exp"].map(|name| claims[name].as_i64().expect("a time"));
        assert!(end - issued <= 24 * 3600 && end > NOW - 180, "{claims}");
    }
}

/// True if a token is accepted: the one that was signed with the key that nobody has.
pub fn accepts(token: &str) -> bool {
    let keys = include_bytes!("key-set.json");
    let keys = JwkSet::read(keys, |_| true).expect("the seeds have a key");
    let read = UnverifiedJwt::read(token);
    read.is_ok_and(|token| token.verify(&keys).is_ok())
}

/// True if these claims are accepted once they are signed.
pub fn accepts_claims(claims: &str) -> bool {
    let (key, keys) = issuer();
    let sign = |bytes: &[u8]| key.sign(SignatureAlgorithm::RsaSha256, bytes);
    let signed = jwt::signed(claims, KEY, sign).expect("an RSA key signs");
    let Ok(token) = UnverifiedJwt::read(&signed) else {
        return false;
    };
    let now = Timestamp::from_second(NOW).expect("it is a time");
    let verified = token.verify(keys);
    verified.is_ok_and(|verified| trust().check(&verified, ClockSkew::COMMON, now).is_ok())
}

/// The issuer of claims, and its keys.
fn issuer() -> &'static (SigningKey, JwkSet) {
    static ISSUER: OnceLock<(SigningKey, JwkSet)> = OnceLock::new();
    ISSUER.get_or_init(|| {
        let pem = include_bytes!("../../fixtures/keys/sp.pem");
        let key = SigningKey::from_bytes(pem).expect("the fixture is a key");
        let keys = json!({"keys": [jwt::jwk(KEY, &key.verifying_key())]});
        let keys = JwkSet::read(keys.to_string().as_bytes(), |_| true);
        (key, keys.expect("our own key reads"))
    })
}

fn trust() -> Federation {
    Federation {
        issuer: format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        tenant: TENANT.to_owned(),
        app: APP.to_owned(),
        subject: SUBJECT.to_owned(),
        audiences: vec![APP.to_owned(), format!("api://{APP}")],
        keys_url: String::new(),
        keys_addresses: AddressPolicy::PublicOnly,
    }
}

/// The one token that was signed with the key of `key-set.json`.
const SIGNED: &str = include_str!("../corpus/jwt/token.txt");
pub const KEY: &str = "nOo3ZDrODXEK1jKWhXslHR_KXEg";
const TENANT: &str = "ce5f061f-abe6-4e40-9615-301f87bcb7f0";
const APP: &str = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
const SUBJECT: &str = "0f6c4e0a-6f0b-4c38-9a3c-52d5b2f5a6c1";
/// A minute and a half after the claims of the seed were signed.
const NOW: i64 = 1_772_176_000;
