//! Every fixture, judged both ways: by the stages that a sign-on goes through, and by the report that
//! `entrada verify` prints. Surprise acceptance and surprise refusal both fail.

mod coverage;
mod generated;
mod logout;
pub(crate) mod manifest;
mod mutation;
mod oracle;
mod recorded;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::DecryptionKey;
use entrada::crypto::Fingerprint;
use entrada::crypto::certificates_from_bytes;
use entrada::dsig::TrustedKeys;
use entrada::metadata::Binding;
use entrada::metadata::Endpoint;
use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;
use entrada::saml::Attributes;
use entrada::saml::ClockSkew;
use entrada::saml::Diagnosis;
use entrada::saml::ExpectedRequest;
use entrada::saml::MessageId;
use entrada::saml::NameId;
use entrada::saml::Outcome;
use entrada::saml::Principal;
use entrada::saml::Refusal;
use entrada::saml::ReplayCache;
use entrada::saml::ServiceProvider;
use entrada::saml::UnverifiedResponse;
use entrada::xenc::DecryptionKeys;
use jiff::Timestamp;

use self::manifest::Fixture;
use self::manifest::Manifest;
use self::manifest::MetadataOutcome;
use self::manifest::TrustIn;
use self::manifest::Who;
use crate::used_keys::UsedKeys;

#[tokio::test]
async fn every_fixture_ends_as_the_manifest_says() {
    let mut surprises = Vec::new();
    for fixture in &manifest().responses {
        let found = match posted(fixture).await {
            Ok(principal) => Ok(who(
                principal.name_id(),
                principal.session_index(),
                principal.attributes(),
            )),
            Err(refusal) => Err(refusal),
        };
        let code = found.as_ref().map_or_else(Refusal::code, |_| "accepted");
        if code != fixture.expected {
            let why = found
                .as_ref()
                .err()
                .map(ToString::to_string)
                .unwrap_or_default();
            surprises.push(format!(
                "{}: expected {}, got {code}: {why}",
                fixture.file, fixture.expected
            ));
        } else if found.ok() != fixture.principal {
            surprises.push(format!("{}: another principal than expected", fixture.file));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn the_report_names_exactly_the_checks_that_fail() {
    let mut surprises = Vec::new();
    for fixture in &manifest().responses {
        let judged = Judged::of(fixture);
        let diagnosis = judged.diagnosis(response(fixture));
        let failed: Vec<&str> = diagnosis
            .outcomes()
            .filter(|(_, outcome)| matches!(outcome, Outcome::Fail(_)))
            .map(|(check, _)| check.name)
            .collect();
        // The report asks no replay cache: to it, what is posted again is as good as new.
        let again = fixture.posted_before > 0;
        let code = diagnosis.refusal().map_or("accepted", Refusal::code);
        let expected = if again { "accepted" } else { &fixture.expected };
        if failed != fixture.failing_checks || code != expected {
            surprises.push(format!(
                "{}: expected {:?}, got {failed:?} ({code})",
                fixture.file, fixture.failing_checks
            ));
        }
        let accepted = diagnosis.accepted().map(|accepted| {
            who(
                accepted.name_id(),
                accepted.session_index(),
                accepted.attributes(),
            )
        });
        if !again && accepted != fixture.principal {
            surprises.push(format!(
                "{}: the report tells of another principal",
                fixture.file
            ));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn each_refusal_has_a_code_of_the_table_and_says_what_to_mend() {
    for fixture in &manifest().responses {
        if let Some(refusal) = Judged::of(fixture).diagnosis(response(fixture)).refusal() {
            assert!(
                !refusal.remedy().is_empty(),
                "{}: {} is in no check's reasons",
                fixture.file,
                refusal.code()
            );
        }
    }
}

#[test]
fn metadata_makes_us_trust_whom_the_manifest_says() {
    for fixture in &manifest().metadata {
        let bytes = read(&fixture.file);
        let found = match IdpMetadata::read(&bytes, fixture.choose.as_deref()) {
            Err(error) => MetadataOutcome::Refused(error.to_string()),
            Ok(metadata) => match Trust::of_metadata(&metadata) {
                Err(error) => MetadataOutcome::Refused(error.to_string()),
                Ok(trust) => MetadataOutcome::Trusted {
                    entity_id: trust.entity_id().to_owned(),
                    keys: metadata.signing_keys().len(),
                    skipped_keys: metadata.skipped_keys().len(),
                    sso: trust.sso().location.clone(),
                    valid_until: metadata.valid_until(),
                },
            },
        };
        assert_eq!(
            found, fixture.expected,
            "{}: {}",
            fixture.file, fixture.shows
        );
    }
}

/// The circumstances of a fixture, as the library takes them.
pub(crate) struct Judged {
    pub(crate) trust: Trust,
    pub(crate) sp: ServiceProvider,
    pub(crate) keys: Option<DecryptionKeys>,
    pub(crate) asked: Option<ExpectedRequest>,
    pub(crate) skew: ClockSkew,
    pub(crate) at: Timestamp,
}

impl Judged {
    pub(crate) fn of(fixture: &Fixture) -> Judged {
        Judged {
            trust: match fixture.enforce_certificate_dates {
                true => trust(&fixture.trust).enforcing_certificate_dates(),
                false => trust(&fixture.trust),
            },
            sp: ServiceProvider {
                entity_id: fixture.sp_entity_id.clone(),
                acs_url: fixture.acs_url.clone(),
                tenant: fixture.tenant.clone(),
            },
            keys: fixture.sp_key.as_deref().map(decryption_keys),
            asked: fixture.request.as_deref().map(|id| ExpectedRequest {
                id: MessageId::from_text(id).unwrap(),
                authn_since: fixture.authn_since,
            }),
            skew: ClockSkew::new(Duration::from_secs(fixture.skew_seconds)),
            at: fixture.at,
        }
    }

    pub(crate) fn diagnosis(&self, response: Result<UnverifiedResponse, Refusal>) -> Diagnosis {
        Diagnosis::of(
            response,
            &self.trust,
            self.keys.as_ref(),
            self.asked.clone(),
            &self.sp,
            self.skew,
            self.at,
        )
    }

    /// The stages of a sign-on.
    pub(crate) async fn sign_on(
        &self,
        response: Result<UnverifiedResponse, Refusal>,
        cache: &dyn ReplayCache,
    ) -> Result<Principal, Refusal> {
        let verified = match &self.keys {
            Some(keys) => response?.decrypt_and_verify(&self.trust, keys)?,
            None => response?.verify(&self.trust)?,
        };
        let validated = match self.asked.clone() {
            Some(asked) => verified.validate(asked, &self.sp, self.skew, self.at)?,
            None => verified.validate_unsolicited(&self.sp, self.skew, self.at)?,
        };
        validated.admit(cache, self.at).await
    }
}

/// The result of posting a fixture, after it was posted as often as it says.
async fn posted(fixture: &Fixture) -> Result<Principal, Refusal> {
    let judged = Judged::of(fixture);
    let store = UsedKeys::default();
    for _ in 0..fixture.posted_before {
        judged
            .sign_on(response(fixture), &store)
            .await
            .expect("the first post is accepted");
    }
    judged.sign_on(response(fixture), &store).await
}

/// A fixture as it is posted.
pub(crate) fn response(fixture: &Fixture) -> Result<UnverifiedResponse, Refusal> {
    let bytes = read(&fixture.file);
    let field = match fixture.file.ends_with(".txt") {
        true => String::from_utf8(bytes).unwrap(),
        false => STANDARD.encode(bytes),
    };
    UnverifiedResponse::from_post(&field)
}

pub(crate) fn who(name_id: &NameId, session_index: Option<&str>, attributes: &Attributes) -> Who {
    Who {
        name_id: name_id.value.clone(),
        format: name_id.format.clone(),
        session_index: session_index.map(str::to_owned),
        attributes: attributes
            .iter()
            .map(|attribute| (attribute.name.clone(), attribute.values.clone()))
            .collect(),
    }
}

/// The private key in a file below `fixtures/`, to decrypt with.
pub(crate) fn decryption_keys(file: &str) -> DecryptionKeys {
    let key = DecryptionKey::from_bytes(&read(file)).unwrap();
    DecryptionKeys::new(vec![key]).unwrap()
}

fn trust(trust: &TrustIn) -> Trust {
    match trust {
        TrustIn::Metadata(file) => {
            Trust::of_metadata(&IdpMetadata::read(&read(file), None).unwrap()).unwrap()
        }
        TrustIn::BareKey { of, entity_id } => {
            let certificates = certificates_from_bytes(&read(of)).unwrap();
            let keys = TrustedKeys::keys(vec![certificates[0].key().clone()]);
            without_certificates(entity_id, keys.unwrap())
        }
        TrustIn::Fingerprint {
            fingerprint,
            entity_id,
        } => {
            let pin = Fingerprint::parse(fingerprint).unwrap();
            without_certificates(entity_id, TrustedKeys::pinned(&[pin]).unwrap())
        }
    }
}

fn without_certificates(entity_id: &str, keys: TrustedKeys) -> Trust {
    let endpoint = Endpoint::new(
        Binding::HttpRedirect,
        "https://login.example.com/".to_owned(),
    );
    let (certificates, slo) = (Vec::new(), Vec::new());
    Trust::new(
        entity_id.to_owned(),
        keys,
        certificates,
        vec![endpoint],
        slo,
    )
    .unwrap()
}

pub(crate) fn manifest() -> Manifest {
    serde_json::from_slice(&read("manifest.json")).unwrap()
}

pub(crate) fn read(file: &str) -> Vec<u8> {
    let path = folder().join(file);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
