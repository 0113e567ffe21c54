//! The unit tests of key sets.

use serde_json::json;

use super::*;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::jwt::UnverifiedJwt;
use crate::jwt::jwk;
use crate::jwt::signed;

fn rsa() -> SigningKey {
    SigningKey::generate_rsa_2048().unwrap()
}

fn published(id: &str, key: &SigningKey) -> Value {
    jwk(id, &key.verifying_key()).unwrap()
}

/// The key with one member set to this, or without it.
fn with(key: &Value, name: &str, value: Value) -> Value {
    let mut key = key.clone();
    match value {
        Value::Null => key.as_object_mut().unwrap().remove(name),
        value => key.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    key
}

fn read(keys: &[Value]) -> Result<Vec<String>, JwkSetError> {
    let document = json!({ "keys": keys }).to_string();
    let set = JwkSet::read(document.as_bytes(), |issuer| issuer == "ours")?;
    Ok(set.key_ids().map(str::to_owned).collect())
}

#[test]
fn keys_for_signatures_are_taken_and_all_others_passed_over() {
    let good = published("good", &rsa());
    let one = published("one", &rsa());
    let elliptic = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "one"});
    let symmetric = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "one", "alg": "HS256"});
    let n = one["n"].as_str().unwrap();
    let half = &n[..n.len() / 2];
    let long = URL_SAFE_NO_PAD.encode([0xff; 1025]);
    let padded = format!("{n}=");
    for (key, is_taken) in [
        (one.clone(), true),
        (with(&one, "use", Value::Null), true),
        (with(&one, "alg", json!("RS256")), true),
        (with(&one, "key_ops", json!(["verify"])), true),
        (with(&one, "issuer", json!("ours")), true),
        (with(&one, "x5c", json!(["not a certificate"])), true),
        (with(&one, "use", json!("enc")), false),
        (with(&one, "use", json!(["sig"])), false),
        (with(&one, "alg", json!("RS512")), false),
        (with(&one, "alg", json!("HS256")), false),
        (with(&one, "key_ops", json!(["encrypt"])), false),
        (with(&one, "key_ops", json!("verify")), false),
        (with(&one, "issuer", json!("theirs")), false),
        (with(&one, "issuer", json!(7)), false),
        (with(&one, "kid", Value::Null), false),
        (with(&one, "kid", json!("")), false),
        (with(&one, "kid", json!(1)), false),
        (with(&one, "kty", json!("rsa")), false),
        (with(&one, "n", json!(half)), false),
        (with(&one, "n", json!(long)), false),
        (with(&one, "n", json!(padded)), false),
        (with(&one, "n", json!("")), false),
        (with(&one, "n", Value::Null), false),
        (with(&one, "e", json!("AQ")), false),
        (with(&one, "e", json!("")), false),
        (elliptic, false),
        (symmetric, false),
        (json!("one"), false),
    ] {
        let found = read(&[key.clone(), good.clone()]).unwrap();
        assert_eq!(found.contains(&"one".to_owned()), is_taken, "{key}");
        assert!(found.contains(&"good".to_owned()), "{key}");
        if !is_taken {
            assert_eq!(read(&[key]), Err(JwkSetError::NoKey));
        }
    }
}

#[test]
fn a_document_that_is_no_set_gives_no_keys() {
    let key = published("a", &rsa());
    let document = |text: String| JwkSet::read(text.as_bytes(), |_| true).map(|_| ());
    assert_eq!(document(json!({"keys": [key], "x": 1}).to_string()), Ok(()));
    for text in [
        String::new(),
        "<!DOCTYPE html><html></html>".to_owned(),
        json!([key]).to_string(),
        json!({ "keys": key }).to_string(),
        json!({"Keys": [key]}).to_string(),
        format!("{{\"keys\":[{key}],\"keys\":[]}}"),
        format!("{{\"keys\":[{key}]}} {{}}"),
        format!("{{\"keys\":[{{\"kid\":\"b\",{}]}}", &key.to_string()[1..]),
    ] {
        assert_eq!(document(text.clone()), Err(JwkSetError::NotASet), "{text}");
    }
    let many = |number| json!({ "keys": vec![key.clone(); number] }).to_string();
    assert_eq!(document(many(JwkSet::MAX_KEYS)), Ok(()));
    let found = JwkSet::MAX_KEYS + 1;
    assert_eq!(document(many(found)), Err(JwkSetError::TooMany { found }));
    let one = json!({ "keys": [key] }).to_string();
    let blanks = " ".repeat(JwkSet::MAX_BYTES - one.len());
    assert_eq!(document(format!("{blanks}{one}")), Ok(()));
    let found = JwkSet::MAX_BYTES + 1;
    let error = JwkSetError::TooLarge { found };
    assert_eq!(document(format!("{blanks} {one}")), Err(error));
}

#[test]
fn of_two_keys_with_one_id_either_verifies() {
    let (first, second) = (rsa(), rsa());
    let keys = json!({"keys": [published("a", &first), published("a", &second)]});
    let keys = JwkSet::read(keys.to_string().as_bytes(), |_| true).unwrap();
    for (key, holds) in [(&first, true), (&second, true), (&rsa(), false)] {
        let sign = |bytes: &[u8]| key.sign(SignatureAlgorithm::RsaSha256, bytes);
        let token = signed("{}", "a", sign).unwrap();
        let verified = UnverifiedJwt::read(&token).unwrap().verify(&keys);
        assert_eq!(verified.is_ok(), holds);
    }
}
