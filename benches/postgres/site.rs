//! A node in the process of the benchmark: an axum app over a store in the database, an identity provider that is nothing but
//! a key, and a client that provisions.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Method;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::routing::get;
use entrada::connection::Connection;
use entrada::connection::ScimRate;
use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::directory::add_credential;
use entrada::dsig::Signer;
use entrada::practice::EntraMetadata;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::provisioning::CredentialId;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use entrada::store;
use entrada::store::Store;
use entrada::token::Token;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use jiff::SignedDuration;
use jiff::Timestamp;
use url::form_urlencoded::Serializer;

use crate::Outcome;
use crate::client;
use crate::load::Expected;
use crate::load::ask;
use crate::load::session;

/// The directory of the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum People {
    /// The identity provider decides alone.
    Unprovisioned,
    /// So many are provisioned, and nobody else may sign on.
    Provisioned(usize),
}

/// A node, and all that asks it for something.
pub(crate) struct Site {
    pub(crate) app: Router,
    pub(crate) store: Arc<dyn Store>,
    people: People,
    signer: Signer,
    bearer: String,
    next: AtomicUsize,
    next_user: AtomicUsize,
}

impl Site {
    /// The first node on an empty database.
    pub(crate) async fn open(url: &str, people: People) -> Outcome<Site> {
        let signer = signer()?;
        let (app, store) = node(url, &signer).await?;
        let mut site = Site {
            app,
            store,
            people,
            signer,
            bearer: String::new(),
            next: AtomicUsize::new(0),
            next_user: AtomicUsize::new(0),
        };
        if let People::Provisioned(count) = people {
            site.bearer = bearer(&*site.store).await?;
            let creates = site.creates(count);
            for create in creates {
                let created = Expected::Status(StatusCode::CREATED);
                ask(site.app.clone(), create, created).await?;
            }
            // Until then a node may think that nobody is provisioned.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(site)
    }

    /// Another node on the same database.
    pub(crate) async fn another_node(&self, url: &str) -> Outcome<Router> {
        Ok(node(url, &self.signer).await?.0)
    }

    /// Posts of so many responses that were never used, signed beforehand on both cores.
    pub(crate) fn sign_ons(&self, count: usize) -> Outcome<Vec<Request<Body>>> {
        let bodies = self.bodies(count)?;
        Ok(bodies.into_iter().map(|body| posted(&body)).collect())
    }

    /// The forms of so many responses.
    pub(crate) fn bodies(&self, count: usize) -> Outcome<Vec<String>> {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        let sign = |numbers: std::ops::Range<usize>| -> Result<Vec<String>, String> {
            let body = |number| self.body(number).map_err(|error| error.to_string());
            numbers.map(body).collect()
        };
        let (middle, end) = (first + count / 2, first + count);
        std::thread::scope(|scope| {
            let half = scope.spawn(|| sign(first..middle));
            let other = sign(middle..end)?;
            let half = half.join().map_err(|_| "a signer has panicked")??;
            Ok(half.into_iter().chain(other).collect())
        })
    }

    fn body(&self, number: usize) -> Outcome<String> {
        let person = match self.people {
            People::Unprovisioned => number % PEOPLE,
            People::Provisioned(count) => number % count,
        };
        let groups = (0..18).map(|group| format!("00000000-0000-0000-0000-{group:012}"));
        let response = EntraResponse::new(&issuer(), AUDIENCE, ACS)
            .ids(&format!("_r{number}"), &format!("_a{number}"))
            .issued(Timestamp::now())
            .name_id(&format!("person-{person}@example.com"))
            .claim(claim::TENANT_ID, [TENANT])
            .claim(claim::OBJECT_ID, [format!("external-{person}")])
            .claim(claim::GROUPS, groups);
        let xml = response.signed(Sign::Assertion, &self.signer)?;
        let form = PostForm::response("", &xml, None);
        let mut body = Serializer::new(String::new());
        body.append_pair("SAMLResponse", &form.message);
        Ok(body.append_pair("RelayState", "").finish())
    }

    /// Requests that create so many more users.
    pub(crate) fn creates(&self, count: usize) -> Vec<Request<Body>> {
        let first = self.next_user.fetch_add(count, Ordering::Relaxed);
        (first..first + count)
            .map(|number| {
                let user = client::user(number).to_string();
                Request::builder()
                    .method(Method::POST)
                    .uri("/scim/acme/v2/Users")
                    .header(header::HOST, HOST)
                    .header(header::AUTHORIZATION, format!("Bearer {}", self.bearer))
                    .header(header::CONTENT_TYPE, "application/scim+json")
                    .body(Body::from(user))
                    .expect("a request of fixed parts")
            })
            .collect()
    }

    /// Signs a person on, and returns the cookie that they get.
    pub(crate) async fn cookie(&self) -> Outcome<String> {
        let sign_on = self.sign_ons(1)?.pop().ok_or("no request")?;
        let head = ask(self.app.clone(), sign_on, Expected::Session).await?;
        Ok(session(&head).ok_or("no session")?.to_owned())
    }
}

/// The request of a browser for the page that knows who is there.
pub(crate) fn checked(cookie: &str) -> Request<Body> {
    Request::builder()
        .uri("/checked")
        .header(header::HOST, HOST)
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, format!("theme=dark; {cookie}"))
        .body(Body::empty())
        .expect("a request of fixed parts")
}

pub(crate) fn posted(body: &str) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri("/saml/acme/acs")
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .expect("a request of fixed parts")
}

async fn node(url: &str, signer: &Signer) -> Outcome<(Router, Arc<dyn Store>)> {
    let store = store::open(url).await?;
    let metadata = EntraMetadata {
        id: "_metadata".to_owned(),
        entity_id: issuer(),
        base: "https://login.example".to_owned(),
        tenant: TENANT.to_owned(),
        certificates: vec![signer.certificate().clone()],
    };
    let metadata = String::from_utf8(metadata.signed(signer)?)?;
    let most = NonZeroU32::MAX;
    let acme = Connection::builder("acme")
        .metadata_xml(metadata)
        .allow_idp_initiated()
        .scim_rate(ScimRate {
            per_second: NonZeroU32::new(1_000_000).unwrap_or(most),
            burst: NonZeroU32::new(1_000_000).unwrap_or(most),
        });
    let entrada = Entrada::builder(format!("https://{HOST}"))
        .open_store(store.clone())
        .connection(acme)
        .build()
        .await?;
    let app = Router::new()
        .route("/checked", get(greet))
        .merge(entrada.routes())
        .with_state(entrada);
    Ok((app, store))
}

async fn greet(user: CurrentUser) -> String {
    format!("You are {}.", user.name_id())
}

fn signer() -> Outcome<Signer> {
    let key = SigningKey::generate_rsa_2048()?;
    let (begin, end) = (
        "2020-01-01T00:00:00Z".parse()?,
        "2060-01-01T00:00:00Z".parse()?,
    );
    let certificate = Certificate::self_signed(&key, "load", 1, begin, end)?;
    Ok(Signer::new(
        key,
        certificate,
        SignatureAlgorithm::RsaSha256,
    )?)
}

async fn bearer(store: &dyn Store) -> Outcome<String> {
    let secret = Token::random()?;
    let credential = ScimCredential::new(
        CredentialId::from_random([7; 8]),
        "acme".parse()?,
        SecretKind::Bearer,
        &secret,
        SignedDuration::from_hours(24),
        Timestamp::now(),
    )?;
    add_credential(store, &credential).await?;
    Ok(credential.secret_text(&secret))
}

fn issuer() -> String {
    format!("https://sts.windows.net/{TENANT}/")
}

/// People who sign on where nobody is provisioned.
const PEOPLE: usize = 1_000;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const HOST: &str = "app.example.com";
const AUDIENCE: &str = "https://app.example.com/saml/acme/metadata";
const ACS: &str = "https://app.example.com/saml/acme/acs";
