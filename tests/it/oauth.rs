//! The token endpoint over real HTTP: what the tests of each subject share.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::directory::add_credential;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::provisioning::TokenLifetime;
use jiff::SignedDuration;
use reqwest::Method;
use reqwest::RequestBuilder;

use crate::scim::Answer;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::credential;

mod clients;
mod counted;
mod metadata;
mod requests;
mod tokens;

/// An OAuth client of a connection.
pub(crate) struct OAuthClient {
    pub(crate) credential: ScimCredential,
    pub(crate) id: String,
    pub(crate) secret: String,
}

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A client whose secret holds for a time.
pub(crate) async fn client(scim: &Scim, connection: &str, lifetime: SignedDuration) -> OAuthClient {
    let kind = SecretKind::Client(TokenLifetime::default());
    let (credential, secret) = credential(connection, kind, lifetime, &*scim.clock);
    add_credential(&*scim.store, &credential).await.unwrap();
    OAuthClient {
        id: credential.client().unwrap().id.to_string(),
        secret: credential.secret_text(&secret),
        credential,
    }
}

impl OAuthClient {
    /// A request as `client_secret_post` has it.
    pub(crate) fn form(&self) -> String {
        let (id, secret) = (&self.id, &self.secret);
        format!("{GRANT}&client_id={id}&client_secret={secret}")
    }

    /// The header of `client_secret_basic`.
    pub(crate) fn basic(&self) -> String {
        basic(&format!("{}:{}", self.id, self.secret))
    }
}

pub(crate) fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

pub(crate) const GRANT: &str = "grant_type=client_credentials";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request to a path of the host.
pub(crate) fn request(scim: &Scim, method: Method, path: &str) -> RequestBuilder {
    scim.client
        .request(method, format!("http://{}{path}", scim.address))
}

/// A request with a form to the token endpoint of a connection.
pub(crate) fn ask(scim: &Scim, connection: &str, form: impl Into<String>) -> RequestBuilder {
    let path = format!("/entrada/oauth/{connection}/token");
    let request = request(scim, Method::POST, &path).header("content-type", FORM);
    request.body(form.into())
}

/// An access token for a client of `acme`.
pub(crate) async fn token(scim: &Scim, client: &OAuthClient) -> String {
    let granted = answer(ask(scim, "acme", client.form())).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    granted.body["access_token"].as_str().unwrap().to_owned()
}

/// The status with which the SCIM server of a connection answers a token.
pub(crate) async fn opens(scim: &Scim, connection: &str, token: &str) -> u16 {
    let path = format!("/{connection}/v2/Users");
    let request = scim.anonymous(Method::GET, &path).bearer_auth(token);
    answer(request).await.status
}

/// Holds an answer against an error of RFC 6749 §5.2.
#[track_caller]
pub(crate) fn is_error(refused: &Answer, status: u16, code: &str) {
    assert_eq!(
        (refused.status, &refused.body["error"]),
        (status, &code.into()),
        "{refused:?}"
    );
    assert_eq!(refused.header("content-type"), "application/json");
    assert_eq!(refused.header("cache-control"), "no-store");
    assert_eq!(refused.header("pragma"), "no-cache");
    let description = refused.body["error_description"].as_str().unwrap();
    let is_allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    assert!(description.chars().all(is_allowed), "{description}");
    let scheme = refused.header("www-authenticate");
    assert_eq!(scheme.starts_with("Basic "), status == 401, "{refused:?}");
}
