//! The assertions by which the provisioning service signs in without a secret (workload identity federation): tokens in the
//! shape of Entra's (RFC 7519, RFC 7523), signed by a key of the tenant.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::assertion_fault::AssertionFault;
use super::discovery::issuer;
use super::discovery::key_id;
use super::federated_identity::FederatedIdentity;
use super::guid::guid_of;
use super::keys::KeyMakingError;
use super::state::RegisteredApp;
use super::state::State;
use crate::jwt;

/// The source of the assertions with which an app is signed in to.
#[derive(Clone, Copy)]
pub(super) enum AssertionSource<'a> {
    /// Assertions of the practice identity provider, made for each sign-in.
    Made(Assertions<'a>),
    /// One assertion of another issuer. The caller keeps it secret.
    Given(&'a str),
}

impl AssertionSource<'_> {
    /// An assertion for a sign-in now. One that is given may have expired: the token endpoint decides.
    pub(super) async fn assertion(&self, audience: Option<&str>) -> Result<String, KeyMakingError> {
        match self {
            AssertionSource::Made(assertions) => assertions.sign(audience).await,
            AssertionSource::Given(assertion) => Ok((*assertion).to_owned()),
        }
    }
}

/// The signer of the assertions for an app.
#[derive(Clone, Copy)]
pub(super) struct Assertions<'a> {
    state: &'a State,
    entry: &'a RegisteredApp,
}

impl<'a> Assertions<'a> {
    pub(super) fn new(state: &'a State, entry: &'a RegisteredApp) -> Assertions<'a> {
        Assertions { state, entry }
    }

    /// An assertion for now, with the fault that was chosen for it.
    async fn sign(&self, audience: Option<&str>) -> Result<String, KeyMakingError> {
        let fault = self.entry.job.fault.take();
        let claims = self.claims(audience, fault);
        let signer = match fault {
            Some(AssertionFault::UnknownKey) => self.state.stranger().await?,
            _ => self.state.tenant_keys().await?.active(),
        };
        let sign = |bytes: &[u8]| signer.sign_bytes(bytes);
        let key_id = key_id(signer.certificate());
        Ok(jwt::signed(&claims.to_string(), &key_id, sign)?)
    }

    fn claims(&self, audience: Option<&str>, fault: Option<AssertionFault>) -> Value {
        let (state, app_id) = (self.state, &self.entry.app.app_id);
        let identity = FederatedIdentity::of(state, app_id);
        let another = guid_of("another");
        let tenant = match fault {
            Some(AssertionFault::OtherTenant) => another.as_str(),
            _ => state.tenant(),
        };
        let issued = match fault {
            Some(AssertionFault::Expired) => earlier(state.now()),
            _ => state.now().as_second(),
        };
        let issuer = issuer(state, tenant);
        let mut claims = json!({
            "aud": audience.unwrap_or(&identity.audience),
            "iss": issuer,
            "iat": issued,
            "nbf": issued,
            "exp": issued + LIFETIME.as_secs(),
            "appid": app_id,
            "appidacr": "2",
            "idp": issuer,
            "oid": guid_of(&format!("the workload identity of {app_id}")),
            "sub": identity.subject,
            "tid": tenant,
            "ver": "2.0",
        });
        match fault {
            Some(AssertionFault::WrongSubject) => claims["sub"] = another.into(),
            Some(AssertionFault::WrongAudience) => {
                claims["aud"] = format!("api://{another}").into()
            }
            _ => {}
        }
        claims
    }
}

/// The moment at which an assertion was issued that ended an hour ago.
fn earlier(now: Timestamp) -> i64 {
    let ago = LIFETIME + SignedDuration::from_hours(1);
    now.as_second() - ago.as_secs()
}

/// The time for which an assertion holds in Microsoft's example.
const LIFETIME: SignedDuration = SignedDuration::from_mins(65);
