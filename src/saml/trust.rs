//! The identity provider that a connection trusts, with its keys and its endpoints, parsed once.

use super::certificate_dates::Period;
use super::certificate_dates::Periods;
use super::endpoint::Binding;
use super::endpoint::Endpoint;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::VerifyingKey;
use crate::dsig::SignedBy;
use crate::dsig::TrustedKeys;

/// One identity provider as a connection trusts it.
#[derive(Clone, Debug)]
pub struct Trust {
    entity_id: String,
    keys: TrustedKeys,
    certificates: Vec<Certificate>,
    enforces_dates: bool,
    sso: Vec<Endpoint>,
    slo: Vec<Endpoint>,
}

impl Trust {
    /// Trusts the identity provider of this entity ID. Endpoints that a browser must not be sent to are left
    /// out; `None` if no sign-on endpoint is left. `certificates` are for people to look at.
    pub fn new(
        entity_id: String,
        keys: TrustedKeys,
        certificates: Vec<Certificate>,
        mut sso: Vec<Endpoint>,
        mut slo: Vec<Endpoint>,
    ) -> Option<Trust> {
        sso.retain(Endpoint::is_protected);
        slo.retain(Endpoint::is_protected);
        (!sso.is_empty()).then_some(Trust {
            entity_id,
            keys,
            certificates,
            enforces_dates: false,
            sso,
            slo,
        })
    }

    /// The identity provider's entity ID.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// The keys whose signatures hold.
    pub fn keys(&self) -> &TrustedKeys {
        &self.keys
    }

    /// The certificates of the keys; none where trust is by fingerprint or the metadata has bare keys.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The same identity provider, for which the dates of certificates count: a response is refused unless each key that signed it
    /// has a certificate here that is valid at the moment of the check. By default dates are for people to look at, since
    /// whoever lists an expired certificate still vouches for its key.
    #[must_use]
    pub fn enforcing_certificate_dates(self) -> Trust {
        Trust {
            enforces_dates: true,
            ..self
        }
    }

    /// The periods of the certificates of each key that signed, if dates count.
    pub(super) fn periods(&self, signed: impl Iterator<Item = SignedBy>) -> Option<Vec<Periods>> {
        let of_key = |by| match self.keys.key(by) {
            Some(key) => self.periods_of(key),
            None => Periods::default(),
        };
        self.enforces_dates.then(|| signed.map(of_key).collect())
    }

    /// Pinned certificates are known once a message has brought them.
    fn periods_of(&self, key: &VerifyingKey) -> Periods {
        let known = self.certificates.iter().chain(self.keys.met());
        let of_key = known.filter(|certificate| certificate.key() == key);
        of_key.map(Period::of).collect()
    }

    /// True if it trusts the certificate with this fingerprint; false if there is none.
    pub(crate) fn has_certificate(&self, fingerprint: Option<Fingerprint>) -> bool {
        let mut known = self.certificates.iter().map(Certificate::fingerprint);
        fingerprint.is_some_and(|wanted| known.any(|one| one == wanted))
    }

    /// The endpoint for sign-on requests: over HTTP-Redirect if the identity provider offers it, else over HTTP-POST. A
    /// [`Trust`] always has one.
    pub fn sso(&self) -> &Endpoint {
        let redirect = self.sso_over(Binding::HttpRedirect);
        redirect.unwrap_or(&self.sso[0])
    }

    /// The endpoint for sign-on requests over this binding, if the identity provider offers it.
    pub fn sso_over(&self, binding: Binding) -> Option<&Endpoint> {
        self.sso.iter().find(|endpoint| endpoint.binding == binding)
    }

    /// The endpoints for logout requests.
    pub fn slo(&self) -> &[Endpoint] {
        &self.slo
    }
}
