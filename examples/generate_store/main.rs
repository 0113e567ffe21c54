//! Writes a small store of the present version to `fixtures/stores/NAME.sqlite`, with everything that a store can hold, and
//! beside it `NAME.json`: the secrets that open it, and what a later version must find in it. Each version that changes the
//! store leaves one behind, and `tests/it/old_stores.rs` opens them all.
//!
//! ```text
//! cargo run --example generate_store -- NAME
//! ```
//!
//! Users and groups that this version refuses are left out, so that an older list stays as it is.

mod connections;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::connection::AddressPolicy;
use entrada::crypto::SignatureAlgorithm;
use entrada::directory::add_credential;
use entrada::directory::issue_access_token;
use entrada::dsig::Signer;
use entrada::ports::Clock;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::provisioning::AccessToken;
use entrada::provisioning::CredentialId;
use entrada::provisioning::Federation;
use entrada::provisioning::LONGEST_LIFETIME;
use entrada::provisioning::Presented;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::provisioning::TokenLifetime;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use entrada::store;
use entrada::store::Store;
use entrada::token::Token;
use entrada::web::Entrada;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use tower::ServiceExt;

use crate::connections::issuer;
use crate::connections::key;
use crate::connections::put_connections;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let name = std::env::args()
        .nth(1)
        .ok_or("expected the name of the store")?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("entrada.db");
    let maker = Maker::open(&file, &fixtures.join("keys")).await?;
    let found = maker.fill().await?;
    drop(maker);
    // Everything that was only noted on the way is written by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let target = fixtures.join("stores").join(format!("{name}.sqlite"));
    if target.exists() {
        fs::remove_file(&target)?;
    }
    let database = rusqlite::Connection::open(&file)?;
    database.execute("VACUUM INTO ?1", [target.display().to_string()])?;
    fs::write(
        target.with_extension("json"),
        format!("{}\n", serde_json::to_string_pretty(&found)?),
    )?;
    println!("{}", target.display());
    Ok(())
}

/// A site on a new store, and an identity provider that is nothing but a key.
struct Maker {
    store: Arc<dyn Store>,
    app: Router,
    signer: Signer,
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        now()
    }
}

impl Maker {
    async fn open(file: &Path, keys: &Path) -> Result<Maker, Failure> {
        let store = store::open(&format!("sqlite:{}", file.display())).await?;
        let (idp, certificate) = key(keys, "idp")?;
        let signer = Signer::new(idp, certificate, SignatureAlgorithm::RsaSha256)?;
        put_connections(&*store, &signer, keys).await?;
        let entrada = Entrada::builder(BASE)
            .open_store(store.clone())
            .clock(Arc::new(Fixed))
            .build()
            .await?;
        let app = Router::new().merge(entrada.routes()).with_state(entrada);
        Ok(Maker { store, app, signer })
    }

    async fn fill(&self) -> Result<Value, Failure> {
        let longest = TokenLifetime::new(TokenLifetime::LONGEST)?;
        let credentials = [
            self.credential("acme", SecretKind::Bearer).await?,
            self.credential("acme", SecretKind::Basic).await?,
            self.credential("tied", SecretKind::Bearer).await?,
            self.credential("acme", SecretKind::Client(longest)).await?,
        ];
        self.federation("acme").await?;
        // The site looks at the store's revision ten times a second.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let acme = credentials[0]["authorization"].as_str().unwrap_or_default();
        let tied = credentials[2]["authorization"].as_str().unwrap_or_default();
        let mut users = Vec::new();
        for (user_name, object_id) in USERS {
            let body = json!({ "userName": user_name, "externalId": object_id,
                "displayName": user_name.trim(), "emails": [{ "type": "work", "value": user_name }] });
            users.extend(self.create("acme", acme, "Users", body).await?);
        }
        let mut groups = Vec::new();
        for (name, object_id) in GROUPS {
            let members: Vec<Value> = users
                .iter()
                .take(2)
                .map(|user| json!({ "value": user["id"] }))
                .collect();
            let body = json!({ "displayName": name, "externalId": object_id, "members": members });
            groups.extend(self.create("acme", acme, "Groups", body).await?);
        }
        let kate = json!({ "userName": "kate@tied.example" });
        let kate = self.create("tied", tied, "Users", kate).await?;
        let sessions = [
            self.sign_on("acme", "ada@acme.example", ADA).await?,
            self.sign_on("jit", "jit@jit.example", JIT).await?,
            self.sign_on("tied", "kate@tied.example", KATE).await?,
            self.sign_on("open", "anyone@open.example", ADA).await?,
        ];
        // One whose session ends, so that there are events of every kind of change.
        self.sign_on("acme", "bob@acme.example", BOB).await?;
        let bob = users
            .iter()
            .find(|user| user["userName"] == "bob@acme.example");
        let bob = bob.and_then(|user| user["id"].as_str()).ok_or("no bob")?;
        let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "Replace", "path": "active", "value": "False" }] });
        self.scim("PATCH", "acme", acme, &format!("Users/{bob}"), off)
            .await?;
        let begun = Request::get("/saml/acme/login?return=/reports").body(Body::empty())?;
        self.send(begun).await?;
        Ok(json!({
            "now": now(),
            "base_url": BASE,
            "credentials": credentials,
            "sessions": sessions,
            "users": { "acme": names(&users, "userName"), "tied": names(kate.as_slice(), "userName") },
            "groups": { "acme": names(&groups, "displayName") },
        }))
    }

    /// A credential, with the header by which a client presents it.
    async fn credential(&self, connection: &str, kind: SecretKind) -> Result<Value, Failure> {
        let secret = Token::random()?;
        let [a, b, c, d, e, f, g, h, ..] = *secret.hash().as_bytes();
        let id = CredentialId::from_random([a, b, c, d, e, f, g, h]);
        let of = connection.parse()?;
        let made = ScimCredential::new(id, of, kind, &secret, LONGEST_LIFETIME, now())?;
        add_credential(&*self.store, &made).await?;
        let authorization = match kind {
            SecretKind::Bearer => format!("Bearer {}", made.secret_text(&secret)),
            SecretKind::Client(_) => format!("Bearer {}", self.access_token(&made, &secret).await?),
            SecretKind::Basic => {
                let pair = format!("{}:{}", made.id, secret.reveal());
                format!("Basic {}", STANDARD.encode(pair))
            }
        };
        Ok(json!({ "connection": connection, "kind": made.kind(), "authorization": authorization }))
    }

    /// A credential without a secret.
    async fn federation(&self, connection: &str) -> Result<(), Failure> {
        let login = format!("https://login.microsoftonline.com/{TENANT}");
        let trust = Federation {
            issuer: format!("{login}/v2.0"),
            tenant: TENANT.to_owned(),
            app: APP.to_owned(),
            subject: ADA.to_owned(),
            audiences: vec![APP.to_owned()],
            keys_url: format!("{login}/discovery/v2.0/keys"),
            keys_addresses: AddressPolicy::Any,
        };
        let id = CredentialId::from_random([7; CredentialId::BYTES]);
        let (of, lifetime) = (connection.parse()?, TokenLifetime::default());
        let made = ScimCredential::federated(id, of, trust, lifetime, LONGEST_LIFETIME, now())?;
        Ok(add_credential(&*self.store, &made).await?)
    }

    /// An access token for the client of a credential.
    async fn access_token(&self, of: &ScimCredential, secret: &Token) -> Result<String, Failure> {
        let presented = Presented::client_secret(&of.secret_text(secret)).ok_or("no secret")?;
        let proven = of.check(&presented, &of.connection, now())?;
        let secret = Token::random()?;
        let [a, b, c, d, e, f, g, h, ..] = *secret.hash().as_bytes();
        let id = CredentialId::from_random([a, b, c, d, e, f, g, h]);
        let token = AccessToken::issued(id, &secret, &proven, of, now())?;
        match issue_access_token(&*self.store, of, &token).await? {
            true => Ok(token.text(&secret)),
            false => Err("the credential has ended".into()),
        }
    }

    /// Creates a resource; `None` where this version refuses it.
    async fn create(
        &self,
        connection: &str,
        authorization: &str,
        kind: &str,
        body: Value,
    ) -> Result<Option<Value>, Failure> {
        let shown = body.to_string();
        let (status, answer) = self
            .scim("POST", connection, authorization, kind, body)
            .await?;
        if status != StatusCode::CREATED {
            eprintln!("left out, with {status}: {shown}");
            return Ok(None);
        }
        Ok(Some(answer))
    }

    async fn scim(
        &self,
        method: &str,
        connection: &str,
        authorization: &str,
        path: &str,
        body: Value,
    ) -> Result<(StatusCode, Value), Failure> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/{connection}/v2/{path}"))
            .header(header::AUTHORIZATION, authorization)
            .header(header::CONTENT_TYPE, "application/scim+json")
            .body(Body::from(body.to_string()))?;
        let (status, _, body) = self.send(request).await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    /// A sign-on that begins at the identity provider; the cookie of its session.
    async fn sign_on(
        &self,
        connection: &str,
        name: &str,
        object_id: &str,
    ) -> Result<Value, Failure> {
        let id = Token::random()?.reveal().replace('-', "_");
        let xml = EntraResponse::new(
            &issuer(),
            &format!("{BASE}/saml/{connection}/metadata"),
            &format!("{BASE}/saml/{connection}/acs"),
        )
        .ids(&format!("_r{id}"), &format!("_a{id}"))
        .issued(now())
        .name_id(name)
        .claim(claim::TENANT_ID, [TENANT])
        .claim(claim::NAME, [name])
        .claim(claim::OBJECT_ID, [object_id])
        .signed(Sign::Assertion, &self.signer)?;
        let form = PostForm::response("", &xml, None);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLResponse", &form.message)
            .finish();
        let request = Request::post(format!("/saml/{connection}/acs"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))?;
        let (status, cookies, _) = self.send(request).await?;
        let cookie = cookies
            .into_iter()
            .find(|cookie| cookie.contains("entrada-session=") && !cookie.ends_with('='))
            .ok_or_else(|| format!("{name} was not let in over {connection}: {status}"))?;
        Ok(json!({ "connection": connection, "name_id": name, "cookie": cookie }))
    }

    async fn send(
        &self,
        request: Request<Body>,
    ) -> Result<(StatusCode, Vec<String>, Vec<u8>), Failure> {
        let response = self.app.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await?;
        let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
        let cookies = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .map(str::to_owned);
        Ok((parts.status, cookies.collect(), body.to_vec()))
    }
}

fn names(resources: &[Value], attribute: &str) -> Vec<Value> {
    let names = resources.iter().map(|one| one[attribute].clone());
    names.collect()
}

/// The moment at which everything in the store happens. Sessions last 30 days from then, credentials ten years.
pub(crate) fn now() -> Timestamp {
    Timestamp::constant(1_796_040_000, 0)
}

const BASE: &str = "https://app.example.com";
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const APP: &str = "22222222-3333-4444-5555-666666666666";
const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const BOB: &str = "16fd2706-8baf-433b-82eb-8c7fada847da";
const KATE: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const JIT: &str = "6ba7b811-9dad-41d1-80b4-00c04fd430c8";
const BOARD: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// Names of users: plain ones, and those that differ in form alone.
const USERS: [(&str, Option<&str>); 8] = [
    ("ada@acme.example", Some(ADA)),
    ("bob@acme.example", Some(BOB)),
    ("jos\u{e9}@acme.example", None),
    ("jose\u{301}@acme.example", None),
    ("\u{ff42}\u{ff4f}\u{ff42}@acme.example", None),
    ("zero\u{200b}width@acme.example", None),
    ("tab\tbed@acme.example", None),
    ("Two Words", None),
];

/// Names and ids of groups: plain ones, and those that are taken already.
const GROUPS: [(&str, Option<&str>); 7] = [
    ("Plain", Some("0aaaaaaa-0000-4000-8000-00000000000b")),
    ("Staff", None),
    ("Staff", None),
    ("Board", Some(BOARD)),
    ("Board again", Some(BOARD)),
    ("Sales", Some("0ccccccc-0000-4000-8000-00000000000d")),
    ("Sales", Some("0ddddddd-0000-4000-8000-00000000000d")),
];
