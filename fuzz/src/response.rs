//! The whole pipeline of a response, with fixed trust, request and time. Whatever is accepted must say exactly what
//! the identity provider signed.

use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use async_trait::async_trait;
use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;
use entrada::ports::StoreError;
use entrada::saml::Admission;
use entrada::saml::ClockSkew;
use entrada::saml::MessageId;
use entrada::saml::Principal;
use entrada::saml::Refusal;
use entrada::saml::ReplayCache;
use entrada::saml::ReplayKey;
use entrada::saml::ServiceProvider;
use entrada::saml::UnverifiedResponse;
use entrada::xenc::DecryptionKeys;
use jiff::Timestamp;

/// The identity provider's entity ID.
pub const ISSUER: &str = "https://sts.windows.net/7d3c0b52-1f7c-4b8e-9a44-2f1d6c5e8b90/";
/// Its tenant.
pub const TENANT: &str = "7d3c0b52-1f7c-4b8e-9a44-2f1d6c5e8b90";
/// Our Entity ID.
pub const AUDIENCE: &str = "https://app.example.com/saml/acme/metadata";
/// Our ACS.
pub const ACS: &str = "https://app.example.com/saml/acme/acs";
/// The request that every signed original answers.
pub const REQUEST: &str = "id-0123456789abcdef0123456789abcdef01234567";
/// The time of issue of every signed original.
pub const ISSUED: &str = "2026-11-22T10:00:00Z";
/// The person of every signed original. The text needs escaping, so that it is decoded on its way.
pub const NAME_ID: &str = "adele&vance@contoso.com";
/// The ID of every signed original's assertion, and with it its session index.
pub const ASSERTION_ID: &str = "_3f1c6f3e-6a3b-4a52-9d7e-0c1b2a3d4e5f";

/// The claims of every signed original.
pub const CLAIMS: [(&str, &[&str]); 3] = [
    (entrada::saml::claim::TENANT_ID, &[TENANT]),
    (entrada::saml::claim::DISPLAY_NAME, &["Adele <Vance>\r\n"]),
    (
        entrada::saml::claim::GROUPS,
        &["8c3b2f5e-0001", "8c3b2f5e-0002"],
    ),
];

/// Takes the bytes for a response, as XML and as the field of a form.
pub fn response(data: &[u8]) {
    accepts(data);
    if let Ok(field) = std::str::from_utf8(data) {
        let _ = judge(UnverifiedResponse::from_post(field), None);
    }
}

/// Tells if the pipeline accepts the bytes.
pub fn accepts(data: &[u8]) -> bool {
    judge(UnverifiedResponse::from_xml(data.to_vec()), None).is_ok()
}

/// Takes the response through all stages; what is accepted must be the original.
pub(crate) fn judge(
    response: Result<UnverifiedResponse, Refusal>,
    keys: Option<&DecryptionKeys>,
) -> Result<(), Refusal> {
    match response.and_then(|response| principal(response, keys)) {
        Ok(principal) => {
            assert_original(&principal);
            Ok(())
        }
        Err(refusal) => {
            assert!(!refusal.code().is_empty() && !refusal.remedy().is_empty());
            let _ = refusal.to_string();
            Err(refusal)
        }
    }
}

fn principal(
    response: UnverifiedResponse,
    keys: Option<&DecryptionKeys>,
) -> Result<Principal, Refusal> {
    let verified = match keys {
        Some(keys) => response.decrypt_and_verify(&SITE.trust, keys)?,
        None => response.verify(&SITE.trust)?,
    };
    let validated = verified.validate(&SITE.request, &SITE.us, ClockSkew::COMMON, SITE.now)?;
    at_once(validated.admit(&NeverSeen, SITE.now))
}

/// An acceptance of anything but what was signed is a forgery.
fn assert_original(principal: &Principal) {
    assert_eq!(principal.issuer(), ISSUER);
    assert_eq!(principal.name_id().value, NAME_ID);
    assert_eq!(principal.session_index(), Some(ASSERTION_ID));
    assert_eq!(principal.authn_instant(), timestamp(ISSUED));
    let claims: Vec<_> = principal
        .attributes()
        .iter()
        .map(|claim| {
            (
                &*claim.name,
                claim.values.iter().map(|v| &**v).collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(claims, CLAIMS.map(|(name, values)| (name, values.to_vec())));
}

/// The fixed surroundings of a response.
pub(crate) struct Site {
    pub(crate) trust: Trust,
    us: ServiceProvider,
    request: MessageId,
    pub(crate) now: Timestamp,
}

pub(crate) static SITE: LazyLock<Site> = LazyLock::new(|| {
    let metadata = IdpMetadata::read(include_bytes!("identity-provider.xml"), None);
    Site {
        trust: Trust::of_metadata(&metadata.expect("the fixed metadata reads"))
            .expect("the fixed metadata can be trusted"),
        us: ServiceProvider {
            entity_id: AUDIENCE.to_owned(),
            acs_url: ACS.to_owned(),
            tenant: None,
        },
        request: MessageId::from_text(REQUEST).expect("the fixed request has an ID"),
        now: timestamp("2026-11-22T10:01:00Z"),
    }
});

fn timestamp(text: &str) -> Timestamp {
    text.parse().expect("the fixed times are times")
}

/// A replay cache that has seen nothing: each input stands alone.
pub(crate) struct NeverSeen;

#[async_trait]
impl ReplayCache for NeverSeen {
    async fn admit(
        &self,
        _: ReplayKey,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<Admission, StoreError> {
        Ok(Admission::First)
    }
}

/// The value of a future that never waits.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}
