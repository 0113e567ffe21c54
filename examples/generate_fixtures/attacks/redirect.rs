//! Signed queries that two readers would read in two ways, and other spellings than what was signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::SignatureAlgorithm;

use super::logout_attack;
use super::logout_controlled;
use crate::base::*;
use crate::book::Book;
use crate::keys::Keys;
use crate::logout::LOGOUT;
use crate::logout::Query;
use crate::logout::RELAY_STATE;
use crate::logout::answer;
use crate::logout::escaped;
use crate::logout::request;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    repeated(book, keys);
    relay_state_changed(book, keys);
    changed(book, keys);
    signed_otherwise(book, keys);
    spelled_otherwise(book, keys);
}

/// The request that the attacker would like to be read: it ends the administrator's session.
fn evil() -> String {
    Query::request(&request().replace(VICTIM, ADMIN)).message
}

/// A second value for a parameter, in a place where another reader finds it first or last.
fn repeated(book: &mut Book, keys: &Keys) {
    let signed = Query::request(&request())
        .beside(RELAY_STATE)
        .signed(&keys.idp);
    let evil = evil();
    let value = evil.trim_start_matches("SAMLRequest=");
    for (file, shows, content) in [
        (
            "request-after",
            "another request after the signed one",
            format!("{signed}&{evil}"),
        ),
        (
            "request-before",
            "another request before the signed one",
            format!("{evil}&{signed}"),
        ),
        (
            "response-beside",
            "a response beside the signed request",
            format!("{signed}&{}", Query::answer(&answer()).message),
        ),
        (
            "name-in-escapes",
            "another request under a name in escapes",
            format!("%53AML%52equest={value}&{signed}"),
        ),
        (
            "request-without-value",
            "the parameter once more, without a value",
            format!("{signed}&SAMLRequest"),
        ),
        (
            "relay-state-twice",
            "another RelayState",
            format!("{signed}&RelayState=evil"),
        ),
        (
            "relay-state-in-escapes",
            "another RelayState under a name in escapes",
            format!("{signed}&Relay%53tate=evil"),
        ),
        (
            "algorithm-twice",
            "another algorithm",
            format!("SigAlg=none&{signed}"),
        ),
        (
            "signature-twice",
            "another signature",
            format!("{signed}&Signature=AAAA"),
        ),
    ] {
        let file = format!("a36-{file}.txt");
        let fixture = logout_attack("A36", &file, shows, "redirect-repeated-parameter");
        book.add_logout(
            logout_controlled(fixture, "request-relay-state.txt"),
            content,
        );
    }
}

/// Another RelayState than was signed.
fn relay_state_changed(book: &mut Book, keys: &Keys) {
    let beside = Query::request(&request())
        .beside(RELAY_STATE)
        .signed(&keys.idp);
    let relay_state = format!("&RelayState={}", escaped(RELAY_STATE));
    for (file, shows, to) in [
        (
            "relay-state-replaced",
            "another RelayState",
            "&RelayState=evil".to_owned(),
        ),
        (
            "relay-state-removed",
            "no RelayState where one was signed",
            String::new(),
        ),
        (
            "parameters-merged",
            "the RelayState as a part of the request",
            relay_state.replace('&', "%26"),
        ),
    ] {
        let file = format!("a36-{file}.txt");
        let fixture = logout_attack("A36", &file, shows, "signature-invalid");
        book.add_logout(
            logout_controlled(fixture, "request-relay-state.txt"),
            edit(&beside, &relay_state, &to),
        );
    }
}

/// Something else than what was signed, with the signature as it was.
fn changed(book: &mut Book, keys: &Keys) {
    let plain = Query::request(&request());
    let alone = plain.signed(&keys.idp);
    let evil = evil();
    let invalid = "signature-invalid";
    for (file, shows, code, content) in [
        (
            "request-replaced",
            "another request",
            invalid,
            edit(&alone, &plain.message, &evil),
        ),
        (
            "relay-state-added",
            "a RelayState where none was signed",
            invalid,
            format!("{alone}&RelayState=evil"),
        ),
        (
            "relay-state-emptied",
            "an empty RelayState where none was signed",
            invalid,
            format!("{alone}&RelayState="),
        ),
        (
            "under-a-longer-name",
            "the signed request under a name that ends alike, and another under its own",
            invalid,
            format!("x{alone}&{evil}"),
        ),
        (
            "semicolon",
            "another request before a semicolon, which some take for an ampersand",
            invalid,
            format!("{evil};{alone}"),
        ),
        (
            "request-as-response",
            "the request under the name of a response",
            invalid,
            alone.replacen("SAMLRequest=", "SAMLResponse=", 1),
        ),
        (
            "algorithm-replaced",
            "another algorithm than it was signed with",
            invalid,
            edit(&alone, "rsa-sha256", "rsa-sha512"),
        ),
        (
            "algorithm-weak",
            "SHA-1",
            "signature-algorithm-weak",
            edit(
                &alone,
                "2001%2F04%2Fxmldsig-more%23rsa-sha256",
                "2000%2F09%2Fxmldsig%23rsa-sha1",
            ),
        ),
        (
            "algorithm-symmetric",
            "HMAC, whose key would be the public key",
            "signature-algorithm-unknown",
            edit(&alone, "rsa-sha256", "hmac-sha256"),
        ),
        (
            "algorithm-missing",
            "no algorithm",
            "signature-missing",
            without_parameter(&alone, "SigAlg"),
        ),
        (
            "signature-missing",
            "an algorithm, and no signature",
            "signature-missing",
            without_parameter(&alone, "Signature"),
        ),
        (
            "other-encoding",
            "an encoding that is not signed and that nobody defined",
            "redirect-encoding",
            format!("SAMLEncoding=urn:example:encoding&{alone}"),
        ),
    ] {
        let fixture = logout_attack("A36", &format!("a36-{file}.txt"), shows, code);
        book.add_logout(fixture, content);
    }
}

/// Soundly signed, but not what the binding signs.
fn signed_otherwise(book: &mut Book, keys: &Keys) {
    let plain = Query::request(&request());
    let algorithm = format!("SigAlg={}", escaped(SignatureAlgorithm::RsaSha256.uri()));
    let sign = |bytes: &str| {
        let value = keys
            .idp
            .private
            .sign(SignatureAlgorithm::RsaSha256, bytes.as_bytes());
        format!(
            "Signature={}",
            escaped(&STANDARD.encode(value.expect("an RSA key")))
        )
    };
    let reversed = format!("{algorithm}&{}", plain.message);
    let within = Query::request(&Seal::new(&keys.idp).sign(&request(), LOGOUT));
    for (file, shows, code, content) in [
        (
            "signed-in-another-order",
            "the algorithm was signed before the request",
            "signature-invalid",
            format!("{reversed}&{}", sign(&reversed)),
        ),
        (
            "message-signed",
            "the message was signed, and not the query",
            "signature-invalid",
            format!("{}&{algorithm}&{}", plain.message, sign(&request())),
        ),
        (
            "signed-within",
            "a signature in the message, and none in the query",
            "signature-missing",
            within.message,
        ),
    ] {
        let fixture = logout_attack("A36", &format!("a36-{file}.txt"), shows, code);
        book.add_logout(logout_controlled(fixture, "request.txt"), content);
    }
}

/// The same values in another spelling: only the bytes that were signed hold.
fn spelled_otherwise(book: &mut Book, keys: &Keys) {
    let plain = Query::request(&request()).beside(RELAY_STATE);
    let lower = plain.in_lower_case();
    let capitals = plain.signed(&keys.idp);
    for (file, shows, control, content) in [
        (
            "capitals-for-lower-case",
            "escapes in capitals where lower case was signed",
            "request-lower-case.txt",
            lower
                .signed(&keys.idp)
                .replace(&lower.message, &plain.message),
        ),
        (
            "lower-case-for-capitals",
            "escapes in lower case where capitals were signed",
            "request-relay-state.txt",
            edit(&capitals, &plain.message, &lower.message),
        ),
        (
            "escapes-undone",
            "a character that was signed as an escape",
            "request-relay-state.txt",
            edit(
                &capitals,
                &plain.message,
                &plain.message.replace("%2F", "/").replace("%3D", "="),
            ),
        ),
        (
            "plus-for-space",
            "a plus that was signed as an escaped space",
            "request-relay-state.txt",
            edit(&capitals, "their%20state", "their+state"),
        ),
        (
            "escape-added",
            "an escape that was signed as a letter",
            "request-relay-state.txt",
            edit(&capitals, "their%20state", "%74heir%20state"),
        ),
    ] {
        let fixture = logout_attack(
            "A37",
            &format!("a37-{file}.txt"),
            shows,
            "signature-invalid",
        );
        book.add_logout(logout_controlled(fixture, control), content);
    }
}

fn without_parameter(query: &str, name: &str) -> String {
    let start = format!("{name}=");
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with(&start))
        .collect();
    kept.join("&")
}
