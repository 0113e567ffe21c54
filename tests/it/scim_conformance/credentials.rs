//! Credentials in the hands of clients that are not ours.

use std::path::Path;
use std::process::Command;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::provisioning::CredentialKind;
use serde_json::json;

use super::program;
use crate::command_line::Ran;
use crate::scim_serving::ScimSite;

/// A credential as clients take it.
pub(super) enum Foreign {
    Bearer(String),
    Basic { username: String, password: String },
}

impl Foreign {
    pub(super) fn flags(&self) -> Vec<&str> {
        match self {
            Foreign::Bearer(token) => vec!["--token", token],
            Foreign::Basic { username, password } => {
                vec!["--username", username, "--password", password]
            }
        }
    }

    /// The header `Authorization`.
    pub(super) fn header(&self) -> String {
        match self {
            Foreign::Bearer(token) => format!("Bearer {token}"),
            Foreign::Basic { username, password } => {
                format!(
                    "Basic {}",
                    STANDARD.encode(format!("{username}:{password}"))
                )
            }
        }
    }
}

/// A credential of each kind, by its name.
pub(super) async fn of_each_kind(site: &ScimSite) -> Vec<(CredentialKind, Foreign)> {
    let mut all = Vec::new();
    for kind in CredentialKind::ALL {
        let foreign = match kind {
            CredentialKind::Bearer => Foreign::Bearer(site.token.clone()),
            CredentialKind::Basic => basic(site),
            CredentialKind::ClientSecret => {
                Foreign::Bearer(access_token(site, "client_secret_basic"))
            }
            CredentialKind::Federation => Foreign::Bearer(federated(site).await),
        };
        all.push((kind, foreign));
    }
    all
}

fn basic(site: &ScimSite) -> Foreign {
    let made = ["token", "create", "acme", "--basic", "--json"];
    let made = site.place.run(made).exits(0).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    Foreign::Basic {
        username: text("username"),
        password: text("password"),
    }
}

/// An access token that Authlib fetches with the secret of a new client.
pub(super) fn access_token(site: &ScimSite, method: &str) -> String {
    let made = ["client", "create", "acme", "--json"];
    let made = site.place.run(made).exits(0).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let mut client = authlib([method, &text("token_url")]);
    client.env("CLIENT_ID", text("client_id"));
    client.env("CLIENT_SECRET", text("client_secret"));
    printed(client)
}

/// An access token that Authlib fetches with an assertion that it signs itself.
async fn federated(site: &ScimSite) -> String {
    let key = site.place.path("key.pem");
    let keys_url = serve(printed(authlib(["keys", &key]))).await;
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let federate = [
        "client", "federate", "acme", "--json", "--tenant", TENANT, "--app", APP,
    ];
    let keys = [
        "--subject",
        SUBJECT,
        "--jwks-url",
        &keys_url,
        "--allow-private-addresses",
    ];
    let made = site.place.run([&federate[..], &keys[..]].concat());
    let made = made.exits(0).json();
    let claims = json!({
        "iss": issuer, "aud": format!("api://{APP}"), "sub": SUBJECT, "appid": APP, "tid": TENANT, "ver": "2.0",
    });
    let mut client = authlib(["private_key_jwt", made["token_url"].as_str().unwrap()]);
    client.env("CLIENT_ID", made["client_id"].as_str().unwrap());
    client.env("KEY", &key).env("CLAIMS", claims.to_string());
    printed(client)
}

/// Serves a key set on loopback, on another thread than that of the test, and returns its address.
async fn serve(keys: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let answer = || async move { ([(header::CONTENT_TYPE, "application/json")], keys) };
    let app = Router::new().route("/keys", get(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn authlib(arguments: [&str; 2]) -> Command {
    let script = "tests/it/scim_conformance/access_token.py";
    let mut client = Command::new(program("python"));
    client.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    client.args(arguments);
    client
}

fn printed(mut client: Command) -> String {
    let ran = Ran::from(client.output().unwrap()).exits(0);
    ran.stdout.trim_end().to_owned()
}

const TENANT: &str = "8f7c2a10-3b4d-4e5f-9a6b-7c8d9e0f1a2b";
const APP: &str = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
const SUBJECT: &str = "d2f8ee76-c549-45b8-a143-f5b640669704";
