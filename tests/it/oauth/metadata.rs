//! The metadata of the authorization servers (RFC 8414).

use axum::Router;
use axum::body::Body;
use axum::body::to_bytes;
use axum::http::Request;
use entrada::connection::AcceptedCredentials;
use entrada::web::Entrada;
use entrada::web::PathPrefix;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use tower::ServiceExt;

use super::request;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::pinned;

const PATH: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn the_document_says_what_is_taken_and_nothing_more() {
    let secrets = ["client_secret_basic", "client_secret_post"];
    let all = [&secrets[..], &["private_key_jwt"]].concat();
    for (accepted, methods) in [
        (AcceptedCredentials::Any, &all[..]),
        (AcceptedCredentials::OAuth, &all[..]),
        (AcceptedCredentials::ClientSecret, &secrets[..]),
        (AcceptedCredentials::Federation, &["private_key_jwt"][..]),
    ] {
        let scim = Scim::with(|connection| connection.scim_credentials(accepted)).await;
        let path = format!("{PATH}/entrada/oauth/acme");
        let found = answer(request(&scim, Method::GET, &path)).await;
        assert_eq!(found.status, 200);
        assert_eq!(found.header("content-type"), "application/json");
        let mut expected = json!({
            "issuer": "https://app.example.com/entrada/oauth/acme",
            "token_endpoint": "https://app.example.com/entrada/oauth/acme/token",
            "token_endpoint_auth_methods_supported": methods,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": ["scim"],
        });
        if methods.contains(&"private_key_jwt") {
            expected["token_endpoint_auth_signing_alg_values_supported"] = json!(["RS256"]);
        }
        assert_eq!(found.body, expected);
        let unknown = answer(request(
            &scim,
            Method::GET,
            &format!("{PATH}/entrada/oauth/nobody"),
        ));
        assert_eq!(unknown.await.status, 404);
        let post = request(&scim, Method::POST, &path).send().await.unwrap();
        assert_eq!(post.status(), 405);
    }
}

async fn get(app: Router, path: &str) -> (u16, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_site_below_a_path_has_it_at_the_root_of_the_host() {
    for prefix in [PathPrefix::Kept, PathPrefix::Stripped] {
        let entrada = Entrada::builder("https://app.example.com/wiki")
            .store("memory:")
            .path_prefix(prefix)
            .connection(pinned("acme"))
            .build();
        let app = entrada.await.unwrap().service();
        let (status, found) = get(app.clone(), &format!("{PATH}/wiki/entrada/oauth/acme")).await;
        assert_eq!(status, 200);
        assert_eq!(
            found["issuer"],
            "https://app.example.com/wiki/entrada/oauth/acme"
        );
        let endpoint = found["token_endpoint"].as_str().unwrap();
        let path = match prefix {
            PathPrefix::Kept => endpoint.strip_prefix("https://app.example.com"),
            PathPrefix::Stripped => endpoint.strip_prefix("https://app.example.com/wiki"),
        };
        assert_eq!(get(app.clone(), path.unwrap()).await.0, 405);
        let (status, _) = get(app, &format!("{PATH}/entrada/oauth/acme")).await;
        assert_eq!(status, 404);
    }
}
