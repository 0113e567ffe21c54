//! Workload identity federation: a token of Entra's shape, from its text to all claims checked, against the bound.

use entrada::connection::AddressPolicy;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::jwt;
use entrada::jwt::JwkSet;
use entrada::jwt::UnverifiedJwt;
use entrada::provisioning::Federation;
use entrada::saml::ClockSkew;
use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;

use crate::bound::Bound;
use crate::contest::Contest;
use crate::contest::Effort;
use crate::sample;

/// Prints a line for each step.
pub(crate) fn print(effort: Effort) {
    let key = SigningKey::generate_rsa_2048().expect("a key can be made");
    let trust = trust();
    let sign = |bytes: &[u8]| key.sign(SignatureAlgorithm::RsaSha256, bytes);
    let token = jwt::signed(&claims(&trust).to_string(), KEY, sign).expect("an RSA key signs");
    let (signed, _) = token.rsplit_once('.').expect("a token has three parts");
    let keys = keys(&key);
    let read = || UnverifiedJwt::read(&token).expect("the token reads");
    let verified = || read().verify(&keys).expect("the signature holds");
    let bound = Bound::new();

    let mut contest = Contest::new(effort);
    let general = contest.enter("the bound: EVP verify, SHA-256 of what is signed", || {
        bound.general(signed.as_bytes())
    });
    contest.enter("the same by bare RSA and a comparison", || {
        bound.cheapest(signed.as_bytes())
    });
    contest.enter("read", read);
    contest.enter("read and verified", verified);
    let complete = contest.enter("complete: read, verified, every claim checked", || {
        let now = sample::issued();
        let checked = trust.check(&verified(), ClockSkew::COMMON, now);
        checked.expect("the claims are right");
    });
    let results = contest.run();
    let title = format!("An assertion of {} bytes, RSA-2048", token.len());
    results.print(&title, general);
    println!(
        "-> {:.2} times the bound; at most 1.6 is promised",
        results.ratio_of_best(complete, general)
    );
}

fn trust() -> Federation {
    Federation {
        issuer: format!("https://login.microsoftonline.com/{}/v2.0", sample::TENANT),
        tenant: sample::TENANT.to_owned(),
        app: APP.to_owned(),
        subject: SUBJECT.to_owned(),
        audiences: vec![APP.to_owned(), format!("api://{APP}")],
        keys_url: String::new(),
        keys_addresses: AddressPolicy::PublicOnly,
    }
}

/// The claims of Entra's token for provisioning.
fn claims(trust: &Federation) -> Value {
    let issued = sample::issued();
    json!({
        "aud": format!("api://{APP}"),
        "iss": trust.issuer,
        "iat": issued.as_second(),
        "nbf": issued.as_second(),
        "exp": (issued + SignedDuration::from_mins(65)).as_second(),
        "aio": "k2BgYEgrSJ3dnbbXY/7eGY/V52s/LFKdZHZ0u3D7uoQfAA==",
        "appid": APP,
        "appidacr": "2",
        "idp": trust.issuer,
        "oid": SUBJECT,
        "rh": "1.AXQAUgs8fXwfjkuaRC8dbF6LkJN6ulJSRCJFrrSistWhDDBxAAAA.",
        "sub": SUBJECT,
        "tid": trust.tenant,
        "uti": "Zk3vQ0b9tXaBq7Yw1LmNAA",
        "ver": "2.0",
    })
}

/// As many keys as Entra publishes, the right one last.
fn keys(key: &SigningKey) -> JwkSet {
    let others = (0..5).map(|n| {
        let other = SigningKey::generate_rsa_2048().expect("a key can be made");
        jwt::jwk(&format!("{n}"), &other.verifying_key())
    });
    let keys: Vec<_> = others
        .chain([jwt::jwk(KEY, &key.verifying_key())])
        .collect();
    let document = json!({ "keys": keys }).to_string();
    JwkSet::read(document.as_bytes(), |_| true).expect("our keys read")
}

const KEY: &str = "nOo3ZDrODXEK1jKWhXslHR_KXEg";
const APP: &str = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
const SUBJECT: &str = "0f6c4e0a-6f0b-4c38-9a3c-52d5b2f5a6c1";
