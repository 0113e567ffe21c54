//! The unit tests of the stages: each refusal alone, beside a control.

use serde_json::json;

use super::*;
use crate::crypto::SigningKey;
use crate::jwt::jwk;
use crate::jwt::signed;

const KEY: &str = "nOo3ZDrODXEK1jKWhXslHR_KXEg";

struct Publisher {
    key: SigningKey,
    keys: JwkSet,
}

impl Publisher {
    fn new() -> Publisher {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let document = json!({"keys": [jwk(KEY, &key.verifying_key())]}).to_string();
        Publisher {
            key,
            keys: JwkSet::read(document.as_bytes(), |_| true).unwrap(),
        }
    }

    /// A token of this header and this payload, whatever they are, with a signature that holds.
    fn token(&self, header: &str, payload: &str) -> String {
        let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signed = format!("{header}.{payload}");
        let algorithm = SignatureAlgorithm::RsaSha256;
        let signature = self.key.sign(algorithm, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn verify(&self, token: &str) -> Result<VerifiedJwt, JwtError> {
        UnverifiedJwt::read(token)?.verify(&self.keys)
    }

    fn signed(&self, claims: &str, key_id: &str) -> String {
        let sign = |bytes: &[u8]| self.key.sign(SignatureAlgorithm::RsaSha256, bytes);
        signed(claims, key_id, sign).unwrap()
    }

    fn code(&self, token: &str) -> &'static str {
        self.verify(token).map_or_else(|error| error.code(), |_| "")
    }
}

fn header(more: &str) -> String {
    format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{KEY}"{more}}}"#)
}

#[test]
fn a_signed_token_shows_its_claims() {
    let publisher = Publisher::new();
    let claims = json!({"sub": "a", "exp": 1772179816, "aud": ["x"]});
    let token = publisher.signed(&claims.to_string(), KEY);
    assert_eq!(UnverifiedJwt::read(&token).unwrap().key_id(), KEY);
    let verified = publisher.verify(&token).unwrap();
    for name in ["sub", "exp", "aud"] {
        assert_eq!(verified.claim(name), claims.get(name));
    }
    assert_eq!(verified.claim("SUB"), None);
}

#[test]
fn a_header_is_refused_for_its_reason_and_the_same_without_it_is_not() {
    let publisher = Publisher::new();
    let code = |header: &str| publisher.code(&publisher.token(header, "{}"));
    let kid = format!(r#""kid":"{KEY}""#);
    for (text, expected) in [
        (header(""), ""),
        (format!(r#"{{"alg":"RS256",{kid}}}"#), ""),
        // Addresses and keys in the header are not looked at.
        (
            header(
                r#","jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/","jwk":{},"x5c":["!"],"x5t":7"#,
            ),
            "",
        ),
        (format!(r#"{{"alg":"none",{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"alg":"None",{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"alg":"HS256",{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"alg":"RS512",{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"alg":"PS256",{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"alg":"rs256",{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"alg":"RS256 ",{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"alg":["RS256"],{kid}}}"#), "jwt-algorithm"),
        (format!(r#"{{"Alg":"RS256",{kid}}}"#), "jwt-algorithm"),
        (format!("{{{kid}}}"), "jwt-algorithm"),
        (header(r#","crit":["exp"],"exp":1"#), "jwt-critical"),
        (header(r#","crit":[]"#), "jwt-critical"),
        (header(r#","crit":null"#), "jwt-critical"),
        (header(r#","b64":false"#), "jwt-critical"),
        (header(r#","b64":true"#), "jwt-critical"),
        (
            format!(r#"{{"typ":"at+jwt","alg":"RS256",{kid}}}"#),
            "jwt-type",
        ),
        (format!(r#"{{"typ":null,"alg":"RS256",{kid}}}"#), "jwt-type"),
        (r#"{"alg":"RS256"}"#.to_owned(), "jwt-no-key-id"),
        (r#"{"alg":"RS256","kid":""}"#.to_owned(), "jwt-no-key-id"),
        (r#"{"alg":"RS256","kid":7}"#.to_owned(), "jwt-no-key-id"),
        (header(r#","alg":"RS256""#), "jwt-name-twice"),
        (header(r#","\u0061lg":"none""#), "jwt-name-twice"),
        (header(r#","x":{"a":1,"a":2}"#), "jwt-name-twice"),
        ("[]".to_owned(), "jwt-not-an-object"),
        ("{".to_owned(), "jwt-not-an-object"),
        (header("") + "{}", "jwt-not-an-object"),
    ] {
        assert_eq!(code(&text), expected, "{text}");
    }
}

#[test]
fn a_key_is_chosen_by_its_id_and_by_equality_alone() {
    let publisher = Publisher::new();
    let sql = "' OR '1'='1";
    let huge = "k".repeat(4000);
    let upper = KEY.to_uppercase();
    let blank = format!("{KEY} ");
    for id in [
        "../../dev/null",
        "/dev/null",
        sql,
        "*",
        &huge,
        &upper,
        &blank,
    ] {
        let token = publisher.signed("{}", id);
        let error = publisher.verify(&token).unwrap_err();
        assert_eq!(error.code(), "jwt-unknown-key", "{id}");
        assert!(error.to_string().len() < 400, "{error}");
    }
}

#[test]
fn a_signature_of_another_key_or_over_another_text_does_not_hold() {
    let publisher = Publisher::new();
    let token = publisher.token(&header(""), r#"{"sub":"a"}"#);
    assert_eq!(publisher.code(&token), "");
    let other = Publisher::new().token(&header(""), r#"{"sub":"a"}"#);
    assert_eq!(publisher.code(&other), "jwt-signature");
    let parts: Vec<&str> = token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.encode(r#"{"sub":"b"}"#);
    let same_in_another_spelling = URL_SAFE_NO_PAD.encode(header(" "));
    for (header, payload, signature) in [
        (parts[0], payload.as_str(), parts[2]),
        (parts[0], "", parts[2]),
        (same_in_another_spelling.as_str(), parts[1], parts[2]),
        (parts[0], parts[1], ""),
        (parts[0], parts[1], &parts[2][..parts[2].len() - 2]),
    ] {
        let token = format!("{header}.{payload}.{signature}");
        assert_eq!(publisher.code(&token), "jwt-signature", "{token}");
    }
}

#[test]
fn the_payload_is_read_only_once_the_signature_holds() {
    let publisher = Publisher::new();
    for (payload, expected) in [
        ("{}", ""),
        (r#"{"sub":"a","Sub":"b"}"#, ""),
        ("", "jwt-not-an-object"),
        ("[]", "jwt-not-an-object"),
        ("{} x", "jwt-not-an-object"),
        (r#"{"sub":"a","sub":"b"}"#, "jwt-name-twice"),
        (r#"{"sub":"a","s\u0075b":"b"}"#, "jwt-name-twice"),
    ] {
        let token = publisher.token(&header(""), payload);
        assert_eq!(publisher.code(&token), expected, "{payload}");
        let forged = Publisher::new().token(&header(""), payload);
        assert_eq!(publisher.code(&forged), "jwt-signature", "{payload}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let token = publisher.token(&header(""), &deep);
    assert_eq!(publisher.code(&token), "jwt-not-an-object");
}

#[test]
fn only_the_strict_compact_form_is_read() {
    let publisher = Publisher::new();
    let token = publisher.token(&header(""), r#"{"sub":"abc"}"#);
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("a token has three parts");
    };
    // The last digit of the signature of 256 bytes stands for two bits more than there are.
    let (rest, last) = signature.split_at(signature.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    for (text, expected) in [
        (format!("{header}.{payload}.{signature}"), ""),
        (String::new(), "jwt-parts"),
        (format!("{header}.{payload}"), "jwt-parts"),
        (format!("{header}.{payload}.{signature}."), "jwt-parts"),
        (format!("{header}.{payload}.{signature}.a.b"), "jwt-parts"),
        (format!("{header}=.{payload}.{signature}"), "jwt-encoding"),
        (format!("{header}.{payload}.{signature}=="), "jwt-encoding"),
        (format!("{header}.{payload}.{signature}\n"), "jwt-encoding"),
        (format!(" {header}.{payload}.{signature}"), "jwt-encoding"),
        (format!("{header}.{payload}.{rest}{next}"), "jwt-encoding"),
        (format!("{header}.{payload}.{rest}+"), "jwt-encoding"),
        (format!("{header}.{payload}.{rest}é"), "jwt-encoding"),
        (".".repeat(2), "jwt-not-an-object"),
        (
            format!("{token}{}", "A".repeat(UnverifiedJwt::MAX_BYTES)),
            "jwt-too-large",
        ),
    ] {
        assert_eq!(publisher.code(&text), expected, "{text:.100}");
    }
}

#[test]
fn debug_shows_nothing_of_a_token() {
    let publisher = Publisher::new();
    let token = publisher.token(&header(""), "{}");
    let unverified = UnverifiedJwt::read(&token).unwrap();
    assert_eq!(format!("{unverified:?}"), "UnverifiedJwt(redacted)");
    let verified = unverified.verify(&publisher.keys).unwrap();
    assert_eq!(format!("{verified:?}"), "VerifiedJwt(redacted)");
}
