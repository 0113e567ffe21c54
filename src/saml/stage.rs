//! The stages of a response, each a type: [`UnverifiedResponse`] → [`Verified`] → [`ValidatedAssertion`] →
//! [`Principal`]. Each step takes the one before by value, and this file alone makes them, so no claim can be
//! read before its checks have passed, and none of the steps can be left out.

use jiff::Timestamp;

use super::assertion::Assertion;
use super::certificate_dates::Periods;
use super::checks::CHECKS;
use super::checks::Check;
use super::clock_skew::ClockSkew;
use super::decode;
use super::encrypted;
use super::envelope::Envelope;
use super::expected_request::ExpectedRequest;
use super::hints;
use super::hints::Hint;
use super::principal::Principal;
use super::principal::PrincipalFacts;
use super::refusal::Refusal;
use super::refusals;
use super::replay::Admission;
use super::replay::ReplayCache;
use super::replay::ReplayKey;
use super::rules::Facts;
use super::rules::Rule;
use super::rules::RuleResult;
use super::rules::choose_confirmation;
use super::rules::confirmation_passes;
use super::service_provider::ServiceProvider;
use super::trust::Trust;
use crate::dsig;
use crate::dsig::SignatureError;
use crate::dsig::Signed;
use crate::dsig::VerifiedDocument;
use crate::moment;
use crate::text::redacted;
use crate::xenc::DecryptionKeys;
use crate::xml::Element;

/// A response as it arrived. Nobody vouches for anything in it, and nothing can be read from it.
///
/// ```
/// use entrada::saml::UnverifiedResponse;
///
/// let refusal = UnverifiedResponse::from_post("not base64!").unwrap_err();
/// assert_eq!(refusal.code(), "response-not-base64");
/// ```
#[derive(Clone)]
pub struct UnverifiedResponse {
    xml: String,
}

impl UnverifiedResponse {
    /// Bytes of a response at most, decoded.
    pub const MAX_BYTES: usize = decode::MAX_BYTES;

    /// Takes the form field `SAMLResponse` of HTTP-POST (Bindings §3.5.4): base64, strict but for line breaks.
    ///
    /// # Errors
    /// A field that is too large, or not base64, or not UTF-8 inside.
    pub fn from_post(field: &str) -> Result<UnverifiedResponse, Refusal> {
        decode::base64_xml(field).map(|xml| UnverifiedResponse { xml })
    }

    /// Takes the XML of a response, as a tool captured it.
    ///
    /// # Errors
    /// A text that is too large or not UTF-8.
    pub fn from_xml(bytes: Vec<u8>) -> Result<UnverifiedResponse, Refusal> {
        decode::xml(bytes).map(|xml| UnverifiedResponse { xml })
    }

    /// Verifies the signatures with the keys of `trust`, and reads again what was signed.
    ///
    /// The assertion or the response must be signed; where both are, both signatures must hold.
    ///
    /// # Errors
    /// A message that is not one well-formed Response with one assertion, or no valid signature; also an assertion that
    /// is encrypted.
    pub fn verify(self, trust: &Trust) -> Result<Verified, Refusal> {
        self.open(trust, None)
    }

    /// The same for a response whose assertion may be encrypted for one of our keys.
    ///
    /// A signed response is verified before anything in it is decrypted; in an unsigned one the assertion must be signed
    /// itself, and until that is proven every failure is the one refusal `decryption-failed`.
    ///
    /// # Errors
    /// As [`verify`](UnverifiedResponse::verify), and `decryption-failed`.
    pub fn decrypt_and_verify(
        self,
        trust: &Trust,
        keys: &DecryptionKeys,
    ) -> Result<Verified, Refusal> {
        self.open(trust, Some(keys))
    }

    pub(super) fn open(
        self,
        trust: &Trust,
        keys: Option<&DecryptionKeys>,
    ) -> Result<Verified, Refusal> {
        let document = decode::parse(&self.xml)?;
        let message = decode::Message::of(&document)?;
        let unverified = read_envelope(message.response, false)?;
        let signed =
            |element, is_signed: bool| is_signed.then(|| signed(element, trust)).transpose();
        let response_signed = signed(message.response, message.response_signed)?;
        let response = response_signed.as_ref().map(read_again).transpose()?;
        let assertion = if message.encrypted {
            let keys = keys.ok_or_else(refusals::no_key)?;
            Some(match &response {
                Some(response) => encrypted::under_a_signature(response, trust, keys)?,
                None => encrypted::alone(message.assertion, trust, keys)?,
            })
        } else {
            signed(message.assertion, message.assertion_signed)?
        };
        let signed_by = response_signed.iter().chain(&assertion).map(Signed::by);
        let signers = trust.periods(signed_by);
        let assertion = assertion.as_ref().map(read_again).transpose()?;
        let innermost = assertion.as_ref().or(response.as_ref());
        let innermost = innermost.ok_or_else(|| refusals::signature(SignatureError::Missing))?;
        let assertion = Assertion::read(innermost, keys);
        let assertion = assertion.map_err(|error| refusals::malformed(error.0))?;
        let envelope = match &response {
            Some(document) => read_envelope(document.root(), true)?,
            None => unverified,
        };
        Ok(Verified {
            assertion,
            envelope,
            signers,
            idp_entity_id: trust.entity_id().to_owned(),
        })
    }
}

/// Never prints the message.
impl std::fmt::Debug for UnverifiedResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UnverifiedResponse({} bytes)", self.xml.len())
    }
}

fn signed(element: Element<'_>, trust: &Trust) -> Result<Signed, Refusal> {
    dsig::verify(element, trust.keys()).map_err(refusals::signature)
}

/// Reads what was hashed, and that alone.
fn read_again(bytes: &Signed) -> Result<VerifiedDocument<'_>, Refusal> {
    let document = bytes.document();
    document.map_err(|error| refusals::signature(SignatureError::Canonical(error)))
}

fn read_envelope(response: Element<'_>, signed: bool) -> Result<Envelope, Refusal> {
    let read = Envelope::read(response, signed);
    read.map_err(|error| refusals::structure("response-malformed", error.0))
}

/// A response whose signatures hold. Whether it is meant for us, and now, is still open.
pub struct Verified {
    assertion: Assertion,
    envelope: Envelope,
    /// The certificates of each key that signed, where their dates count.
    signers: Option<Vec<Periods>>,
    idp_entity_id: String,
}

impl Verified {
    /// The request that the signed assertion claims to answer, by which to find the pending one.
    pub fn in_response_to(&self) -> Option<&str> {
        self.assertion
            .confirmations
            .iter()
            .find_map(|confirmation| confirmation.in_response_to.as_deref())
    }

    /// The name that the identity provider signed. For us, and now, it may be nobody's yet.
    #[cfg(feature = "server")]
    pub(crate) fn name_id(&self) -> Option<&super::NameId> {
        self.assertion.name_id.as_ref()
    }

    /// True if the response claims, anywhere, to answer a request. One that does is never unsolicited.
    pub fn claims_an_answer(&self) -> bool {
        self.in_response_to().is_some() || self.envelope.in_response_to.is_some()
    }

    /// Asks whether the response answers `request`, is meant for us, and holds at `now`.
    ///
    /// # Errors
    /// The first of [`CHECKS`] that fails.
    pub fn validate(
        self,
        request: impl Into<ExpectedRequest>,
        sp: &ServiceProvider,
        skew: ClockSkew,
        now: Timestamp,
    ) -> Result<ValidatedAssertion, Refusal> {
        self.judge(Some(&request.into()), sp, skew, now)
    }

    /// The same for a response that answers no request (IdP-initiated sign-on). Whoever admits those lets
    /// anybody who has a fresh response of their own sign somebody else's browser in with it.
    ///
    /// # Errors
    /// The first of [`CHECKS`] that fails; also for a response that answers some request.
    pub fn validate_unsolicited(
        self,
        sp: &ServiceProvider,
        skew: ClockSkew,
        now: Timestamp,
    ) -> Result<ValidatedAssertion, Refusal> {
        self.judge(None, sp, skew, now)
    }

    /// Asks the same; without a request, the response must be unsolicited.
    pub(super) fn judge(
        self,
        request: Option<&ExpectedRequest>,
        sp: &ServiceProvider,
        skew: ClockSkew,
        now: Timestamp,
    ) -> Result<ValidatedAssertion, Refusal> {
        let facts = self.facts(request, sp, skew, now);
        for (check, rule) in rules() {
            if let RuleResult::Fail(finding) = rule(&facts) {
                return Err(Refusal::of(check.name, finding));
            }
        }
        let last = self.assertion.last_deadline().unwrap_or(now);
        Ok(ValidatedAssertion {
            assertion: self.assertion,
            until: moment::later(last, skew.duration()),
        })
    }

    /// The results of all rules, and the hints that the assertion gives besides; for reports.
    pub(super) fn verdicts(
        &self,
        request: Option<&ExpectedRequest>,
        sp: &ServiceProvider,
        skew: ClockSkew,
        now: Timestamp,
    ) -> (Vec<(&'static Check, RuleResult)>, Vec<Hint>) {
        let facts = self.facts(request, sp, skew, now);
        let verdicts = rules().map(|(check, rule)| (check, rule(&facts)));
        (verdicts.collect(), hints::of_assertion(&facts))
    }

    fn facts<'a>(
        &'a self,
        request: Option<&'a ExpectedRequest>,
        sp: &'a ServiceProvider,
        skew: ClockSkew,
        now: Timestamp,
    ) -> Facts<'a> {
        let mut facts = Facts {
            assertion: &self.assertion,
            envelope: &self.envelope,
            signers: self.signers.as_deref(),
            confirmation: None,
            idp_entity_id: &self.idp_entity_id,
            sp_entity_id: &sp.entity_id,
            acs_url: &sp.acs_url,
            request: request.map(|request| request.id.as_str()),
            authn_since: request.and_then(|request| request.authn_since),
            tenant: sp.tenant_of(&self.idp_entity_id),
            skew: skew.duration(),
            now,
        };
        facts.confirmation = choose_confirmation(&self.assertion.confirmations, |confirmation| {
            confirmation_passes(&Facts {
                confirmation: Some(confirmation),
                ..facts
            })
        });
        facts
    }
}

redacted!(Verified, ValidatedAssertion);

/// The checks that are rules on a verified assertion.
fn rules() -> impl Iterator<Item = (&'static Check, Rule)> {
    CHECKS
        .iter()
        .filter_map(|check| check.rule.map(|rule| (check, rule)))
}

/// An assertion that has passed every check but one: whether it was used before.
pub struct ValidatedAssertion {
    assertion: Assertion,
    until: Timestamp,
}

impl ValidatedAssertion {
    /// Admits the assertion once: the cache remembers it until it could no longer pass its other checks.
    ///
    /// # Errors
    /// An assertion that was used before, or has expired since it was validated, or a cache that cannot answer.
    pub async fn admit(
        self,
        cache: &dyn ReplayCache,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let Admissible {
            key,
            until,
            principal,
        } = self.admissible(now)?;
        match cache.admit(key, until, now).await {
            Ok(Admission::First) => Ok(principal),
            Ok(Admission::Replayed) => Err(refusals::replayed()),
            Err(_) => Err(refusals::no_store()),
        }
    }

    /// The key and the time that an admission takes, and the principal that it makes: for the session layer, which
    /// admits and opens a session in one step.
    pub(crate) fn admissible(self, now: Timestamp) -> Result<Admissible, Refusal> {
        // A key that is entered when it is past its time counts for nothing, so nobody may come in on it.
        if now >= self.until {
            let expected = format!("a deadline after {now} (now)");
            let found = self.until.to_string();
            return Err(Refusal::new("deadline", "expired", expected, found));
        }
        Ok(Admissible {
            key: ReplayKey::of(&self.assertion.issuer, &self.assertion.id),
            until: self.until,
            principal: Principal::of(self.assertion, now),
        })
    }

    /// The facts that the assertion states, for a report that admits nobody.
    pub(super) fn into_facts(self, now: Timestamp) -> PrincipalFacts {
        Principal::of(self.assertion, now).into_facts()
    }
}

/// An assertion on the point of being admitted: nobody is signed on until its key has been found to be new.
pub(crate) struct Admissible {
    pub(crate) key: ReplayKey,
    pub(crate) until: Timestamp,
    pub(crate) principal: Principal,
}
