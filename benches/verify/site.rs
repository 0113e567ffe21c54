//! The service provider that the responses are sent to, and its whole pipeline.

use std::future::Future;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::time::Instant;

use entrada::connection::TrustSource;
use entrada::crypto::DecryptionKey;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;
use entrada::practice::EntraMetadata;
use entrada::saml::ClockSkew;
use entrada::saml::MessageId;
use entrada::saml::Principal;
use entrada::saml::Refusal;
use entrada::saml::ServiceProvider;
use entrada::saml::UnverifiedResponse;
use entrada::xenc::DecryptionKeys;
use jiff::Timestamp;

use crate::contest::Pass;
use crate::sample;
use crate::used_keys::UsedKeys;

/// One connection, as a server holds it.
pub(crate) struct Site {
    trust: Trust,
    us: ServiceProvider,
    request: MessageId,
    keys: Option<DecryptionKeys>,
}

impl Site {
    /// A site that trusts the signer by metadata.
    pub(crate) fn trusting(signer: &Signer) -> Site {
        let metadata = Site::metadata(signer);
        Site::with(Trust::of_metadata(&metadata).expect("our metadata can be trusted"))
    }

    /// The identity provider that has the signer's key.
    pub(crate) fn metadata(signer: &Signer) -> IdpMetadata {
        let metadata = EntraMetadata {
            id: "_metadata".to_owned(),
            entity_id: sample::ISSUER.to_owned(),
            base: "https://login.example.com".to_owned(),
            tenant: sample::TENANT.to_owned(),
            certificates: vec![signer.certificate().clone()],
        };
        let document = metadata.signed(signer).expect("metadata can be signed");
        IdpMetadata::read(&document, None).expect("our metadata reads")
    }

    /// A site that pins the signer's certificate.
    pub(crate) fn pinning(signer: &Signer) -> Site {
        let source = TrustSource::Fingerprint {
            fingerprints: vec![signer.certificate().fingerprint()],
            entity_id: sample::ISSUER.to_owned(),
            sso_url: "https://login.example.com/saml2".to_owned(),
            slo_url: None,
        };
        let trust = source.trust(None, Timestamp::UNIX_EPOCH);
        Site::with(trust.expect("a fingerprint can be trusted"))
    }

    fn with(trust: Trust) -> Site {
        Site {
            trust,
            us: ServiceProvider {
                entity_id: sample::AUDIENCE.to_owned(),
                acs_url: sample::ACS.to_owned(),
                tenant: None,
            },
            request: MessageId::from_text(sample::REQUEST).expect("the request has an ID"),
            keys: None,
        }
    }

    /// The same site with a key of its own to decrypt with.
    pub(crate) fn decrypting(self, key: &SigningKey) -> Site {
        let key = DecryptionKey::of(key).expect("the key is RSA");
        let keys = DecryptionKeys::new(vec![key]).expect("it is one key");
        Site {
            keys: Some(keys),
            ..self
        }
    }

    /// From base64 to a principal.
    pub(crate) fn admit(
        &self,
        field: &str,
        store: &UsedKeys,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let response = UnverifiedResponse::from_post(field)?;
        let verified = match &self.keys {
            Some(keys) => response.decrypt_and_verify(&self.trust, keys)?,
            None => response.verify(&self.trust)?,
        };
        let validated = verified.validate(&self.request, &self.us, ClockSkew::COMMON, now)?;
        at_once(validated.admit(store, now))
    }

    /// Admits each of the responses once; the store that remembers them is new in each pass.
    pub(crate) fn pass(&self, fields: &[String]) -> Pass {
        let store = UsedKeys::default();
        let now = sample::issued();
        let start = Instant::now();
        for field in fields {
            let principal = self.admit(field, &store, now).expect("the response holds");
            std::hint::black_box(principal);
        }
        Pass {
            took: start.elapsed(),
            times: fields.len(),
        }
    }

    /// The code that a response is refused with, or [`ACCEPTED`].
    pub(crate) fn refusal(&self, field: &str, now: Timestamp) -> &'static str {
        match self.admit(field, &UsedKeys::default(), now) {
            Ok(_) => ACCEPTED,
            Err(refusal) => refusal.code(),
        }
    }
}

/// Stands in place of a refusal's code.
pub(crate) const ACCEPTED: &str = "accepted";

/// The value of a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a store in memory answers at once"),
    }
}
