//! Signing in to the app by federation: the assertion, the keys that verify it, and its faults.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::practice::AssertionFault;
use entrada::practice::PracticeIdp;
use entrada::practice::Provisioning;
use entrada::practice::Running;
use entrada::practice::SignIn;
use serde_json::Value;
use serde_json::json;

use super::ADA;
use super::APP;
use super::TOKEN;
use super::cycle;
use super::directory;
use super::joins;
use super::script::Script;
use super::start;
use super::stranger;
use super::token_endpoint::TokenEndpoint;
use super::token_endpoint::TokenRequest;

async fn federated(
    server: &Script,
    endpoint: &TokenEndpoint,
    client_id: Option<&str>,
    audience: Option<&str>,
) -> Running {
    let idp = start(directory(), &[ADA]).await;
    let sign_in = SignIn::Federation {
        token_url: endpoint.url().to_owned(),
        client_id: client_id.map(str::to_owned),
        audience: audience.map(str::to_owned),
    };
    let settings = Provisioning::new(server.url(), sign_in);
    idp.set_provisioning(APP, settings).await.unwrap();
    idp
}

/// An assertion, taken apart.
struct Assertion {
    header: Value,
    claims: Value,
    /// The bytes that are signed, and the signature.
    signed: (String, Vec<u8>),
}

impl Assertion {
    fn of(request: &TokenRequest) -> Assertion {
        let text = request.field("client_assertion").unwrap();
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let json = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
            serde_json::from_slice(&bytes).unwrap()
        };
        Assertion {
            header: json(header),
            claims: json(claims),
            signed: (
                signed.to_owned(),
                URL_SAFE_NO_PAD.decode(signature).unwrap(),
            ),
        }
    }

    /// True if the listed key of its name has signed it.
    fn holds(&self, keys: &Value) -> bool {
        let keys = keys["keys"].as_array().unwrap();
        let Some(key) = keys.iter().find(|key| key["kid"] == self.header["kid"]) else {
            return false;
        };
        let der = STANDARD.decode(key["x5c"][0].as_str().unwrap()).unwrap();
        let certificate = Certificate::from_der(&der).unwrap();
        let (signed, signature) = &self.signed;
        let algorithm = SignatureAlgorithm::RsaSha256;
        let verified = certificate
            .key()
            .verify(algorithm, signed.as_bytes(), signature);
        verified.is_ok()
    }
}

fn base(idp: &Running) -> String {
    format!("http://{}/{}", idp.address(), PracticeIdp::TENANT)
}

async fn keys(idp: &Running) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/discovery/v2.0/keys", base(idp));
    let text = client.get(url).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn an_assertion_stands_in_for_the_secret() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = federated(&server, &endpoint, Some("client-1"), None).await;
    endpoint.issues(TOKEN, json!(3600));
    assert_eq!(cycle(&idp, &server, joins()).await.created, 1);

    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].authorization, None);
    let names: Vec<&str> = requests[0]
        .form
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "grant_type",
            "client_id",
            "client_assertion_type",
            "client_assertion",
            "scope"
        ]
    );
    assert_eq!(requests[0].field("grant_type"), Some("client_credentials"));
    assert_eq!(requests[0].field("client_id"), Some("client-1"));
    assert_eq!(
        requests[0].field("client_assertion_type"),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );

    let assertion = Assertion::of(&requests[0]);
    assert_eq!(
        (&assertion.header["alg"], &assertion.header["typ"]),
        (&json!("RS256"), &json!("JWT"))
    );
    assert!(assertion.holds(&keys(&idp).await));
    let claims = &assertion.claims;
    assert_eq!(claims["iss"], format!("{}/v2.0", base(&idp)));
    assert_eq!(claims["aud"], format!("api://{APP}"));
    assert_eq!(
        (&claims["tid"], &claims["appid"]),
        (&json!(PracticeIdp::TENANT), &json!(APP))
    );
    assert_eq!(
        (&claims["ver"], &claims["nbf"]),
        (&json!("2.0"), &claims["iat"])
    );
    let seconds = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(seconds, 65 * 60);
    assert_ne!(claims["sub"], claims["oid"]);
}

#[tokio::test]
async fn client_identifier_and_audience_are_choices() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = federated(&server, &endpoint, None, Some("urn:app")).await;
    endpoint.issues(TOKEN, json!(3600));
    server.play(vec![stranger()]);
    idp.test_connection(APP).await.unwrap();
    let requests = endpoint.requests();
    assert_eq!(requests[0].field("client_id"), None);
    assert_eq!(Assertion::of(&requests[0]).claims["aud"], "urn:app");
}

#[tokio::test]
async fn each_fault_spoils_one_thing_of_one_assertion() {
    let (server, endpoint) = (Script::start().await, TokenEndpoint::start().await);
    let idp = federated(&server, &endpoint, None, None).await;
    let next = async || {
        endpoint.issues(TOKEN, json!(3600));
        server.play(vec![stranger()]);
        idp.test_connection(APP).await.unwrap();
        server.assert_played();
        endpoint.requests()
    };
    let valid = Assertion::of(&next().await[0]);
    let keys = keys(&idp).await;
    for (fault, claims) in [
        (AssertionFault::WrongSubject, vec!["sub"]),
        (AssertionFault::WrongAudience, vec!["aud"]),
        (AssertionFault::OtherTenant, vec!["iss", "idp", "tid"]),
        (AssertionFault::Expired, vec![]),
        (AssertionFault::UnknownKey, vec![]),
    ] {
        // The token that is kept is forgotten, so that the fault is seen at once.
        assert!(idp.spoil_next_assertion(APP, fault).await);
        let spoiled = Assertion::of(&next().await[0]);
        let (before, after) = (valid.claims.as_object().unwrap(), &spoiled.claims);
        let moments = ["iat", "nbf", "exp"];
        let changed: Vec<&str> = before
            .iter()
            .filter(|(name, value)| {
                !moments.contains(&name.as_str()) && after[name.as_str()] != **value
            })
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(changed, claims, "{fault:?}");
        let ended = after["exp"].as_i64() < valid.claims["iat"].as_i64();
        assert_eq!(ended, fault == AssertionFault::Expired);
        assert_eq!(spoiled.holds(&keys), fault != AssertionFault::UnknownKey);
        // It applies once; the token that it brought is kept.
        server.play(vec![stranger()]);
        idp.test_connection(APP).await.unwrap();
        assert!(endpoint.requests().is_empty());
    }
    assert!(
        !idp.spoil_next_assertion("none", AssertionFault::Expired)
            .await
    );
}

#[tokio::test]
async fn the_keys_are_those_of_the_tenant() {
    let idp = start(directory(), &[ADA]).await;
    let found = keys(&idp).await;
    let listed = found["keys"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    for key in listed {
        assert_eq!(
            (&key["kty"], &key["use"], &key["e"]),
            (&json!("RSA"), &json!("sig"), &json!("AQAB"))
        );
        let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
        assert_eq!(modulus.len(), 256);
        assert!(key.get("d").is_none());
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let other = base(&idp).replace(PracticeIdp::TENANT, "another");
    let other = client.get(format!("{other}/discovery/v2.0/keys"));
    let answer = other.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("AADSTS90002"));
}
