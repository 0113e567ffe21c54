//! Our own server in this process, with somebody in it who is nobody's business.

use std::num::NonZero;

use entrada::admin::credentials;
use entrada::admin::credentials::NewCredential;
use entrada::connection::ScimRate;
use entrada::ports::Actor;
use entrada::provisioning::DEFAULT_LIFETIME;
use entrada::provisioning::SecretKind;
use entrada::web::Entrada;
use serde_json::Value;
use serde_json::json;

use crate::scim::pinned;

pub(super) struct Served {
    pub(super) tenant_url: String,
    pub(super) token: String,
    client: reqwest::Client,
}

impl Served {
    pub(super) async fn start() -> Served {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let entrada = Entrada::builder(&base_url)
            .store("memory:")
            .connection(pinned("acme").scim_rate(ScimRate {
                per_second: MANY,
                burst: MANY,
            }))
            .build()
            .await
            .unwrap();
        let new = NewCredential {
            kind: SecretKind::Bearer,
            lifetime: DEFAULT_LIFETIME,
            label: None,
        };
        let (admin, acme) = (entrada.admin(Actor::App), "acme".parse().unwrap());
        let made = credentials::create(&admin, &acme, new).await.unwrap();
        let serving = entrada::web::serve(listener, entrada.service());
        tokio::spawn(serving.into_future());
        let served = Served {
            tenant_url: format!("{base_url}/scim/acme/v2"),
            token: made.credential.secret_text(&made.secret),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        };
        let bystander =
            json!({"userName": "bystander", "externalId": "bystander", "title": "Queen"});
        served.post("/Users", &bystander).await;
        served
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.tenant_url));
        let request = request.bearer_auth(&self.token);
        let request = request.header("content-type", "application/scim+json");
        let text = request.body(body.to_string()).send().await.unwrap();
        serde_json::from_str(&text.text().await.unwrap()).unwrap()
    }

    async fn resources(&self, path: &str) -> Vec<Value> {
        let request = self.client.get(format!("{}{path}", self.tenant_url));
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        let list: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        list["Resources"].as_array().cloned().unwrap_or_default()
    }

    /// The names of all users and groups.
    pub(super) async fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
            let resources = self.resources(&format!("{path}?count=1000")).await;
            let of = resources
                .iter()
                .map(|one| one[name].as_str().unwrap().to_owned());
            names.extend(of);
        }
        names
    }

    /// The bystander as they are now, with their version.
    pub(super) async fn bystander(&self) -> Value {
        let users = self
            .resources("/Users?filter=userName%20eq%20%22bystander%22")
            .await;
        users[0].clone()
    }
}

/// Runs what blocks, so that servers of this process go on meanwhile.
pub(super) async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Validations send as fast as they can: how much a connection may send is the business of other tests.
const MANY: NonZero<u32> = NonZero::new(100_000).unwrap();
