//! Our own server in this process, with a connection that is provisioned by each kind of credential.

use std::num::NonZero;

use entrada::admin::Admin;
use entrada::admin::credentials;
use entrada::admin::credentials::NewCredential;
use entrada::connection::ConnectionId;
use entrada::connection::ScimRate;
use entrada::directory::add_credential;
use entrada::ports::Actor;
use entrada::practice::SignIn;
use entrada::provisioning::CredentialId;
use entrada::provisioning::DEFAULT_LIFETIME;
use entrada::provisioning::Federation;
use entrada::provisioning::NewFederation;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::provisioning::TokenLifetime;
use entrada::web::Entrada;
use jiff::Timestamp;
use serde_json::Value;

use crate::scim::pinned;

/// Our server, with the connection `acme` and its token.
pub(crate) struct Served {
    pub(crate) tenant_url: String,
    pub(crate) token: String,
    entrada: Entrada,
    client: reqwest::Client,
}

impl Served {
    pub(crate) async fn start() -> Served {
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
        let (admin, acme) = (entrada.admin(Actor::App), acme());
        let new = new_credential(SecretKind::Bearer);
        let made = credentials::create(&admin, &acme, new).await.unwrap();
        let serving = entrada::web::serve(listener, entrada.service());
        tokio::spawn(serving.into_future());
        Served {
            tenant_url: format!("{base_url}/scim/acme/v2"),
            token: made.credential.secret_text(&made.secret),
            entrada,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) fn admin(&self) -> Admin {
        self.entrada.admin(Actor::App)
    }

    /// The address of the connection's token endpoint.
    pub(crate) fn token_url(&self) -> String {
        self.entrada.base_url().oauth_token(&acme())
    }

    /// A new OAuth client, and the id of its secret.
    pub(crate) async fn client(&self) -> (SignIn, CredentialId) {
        let new = new_credential(SecretKind::Client(TokenLifetime::default()));
        let made = credentials::create(&self.admin(), &acme(), new)
            .await
            .unwrap();
        let sign_in = SignIn::ClientCredentials {
            token_url: self.token_url(),
            client_id: made.credential.client().unwrap().id.to_string(),
            client_secret: made.credential.secret_text(&made.secret),
        };
        (sign_in, made.credential.id)
    }

    /// A new client without a secret, for which these assertions stand; its Client Identifier.
    pub(crate) async fn federated(&self, trust: &NewFederation) -> String {
        let made = ScimCredential::federated(
            CredentialId::from_random([1; 8]),
            acme(),
            Federation::new(trust).unwrap(),
            TokenLifetime::default(),
            DEFAULT_LIFETIME,
            Timestamp::now(),
        )
        .unwrap();
        add_credential(self.entrada.store(), &made).await.unwrap();
        made.client().unwrap().id.to_string()
    }

    /// Sends a POST; returns the answer's body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.tenant_url));
        let request = request.bearer_auth(&self.token);
        let request = request.header("content-type", "application/scim+json");
        let text = request.body(body.to_string()).send().await.unwrap();
        serde_json::from_str(&text.text().await.unwrap()).unwrap()
    }

    /// The resources of a list.
    pub(crate) async fn resources(&self, path: &str) -> Vec<Value> {
        let request = self.client.get(format!("{}{path}", self.tenant_url));
        let request = request.bearer_auth(&self.token);
        let text = request.send().await.unwrap().text().await.unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        match list["Resources"].as_array() {
            Some(resources) => resources.clone(),
            None if list["totalResults"] == 0 => Vec::new(),
            None => panic!("{text}"),
        }
    }
}

fn acme() -> ConnectionId {
    "acme".parse().unwrap()
}

fn new_credential(kind: SecretKind) -> NewCredential {
    NewCredential {
        kind,
        lifetime: DEFAULT_LIFETIME,
        label: None,
    }
}

/// Clients of tests send as fast as they can: how much a connection may send is the business of other tests.
const MANY: NonZero<u32> = NonZero::new(100_000).unwrap();
