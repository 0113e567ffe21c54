//! Random responses, signed on the spot with the present time: samael asks the system's clock, with its own tolerances.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;
use entrada::practice::EntraMetadata;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::ClockSkew;
use entrada::saml::ExpectedRequest;
use entrada::saml::MessageId;
use entrada::saml::ServiceProvider;
use jiff::SignedDuration;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::sides::Ours;
use crate::sides::Theirs;
use crate::sides::Who;
use crate::used_keys::UsedKeys;

const ISSUER: &str = "https://idp.example.com/";
const US: &str = "https://app.example.com/saml/acme/metadata";
const ACS: &str = "https://app.example.com/saml/acme/acs";
const REQUEST: &str = "id-0123456789abcdef0123456789abcdef01234567";

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fresh_response_makes_the_same_person_on_both_sides(what in what()) {
        SIGNERS.with(|signers| {
            let signer = &signers[what.signer];
            let xml = what.response().signed(what.sign, signer).unwrap();
            let (ours, theirs) = sides(signer);
            let field = STANDARD.encode(&xml);
            let (we, they) = (ours.judge(&field), theirs.judge(&field));
            prop_assert!(we.is_ok(), "{:?}", we);
            prop_assert_eq!(we.map_err(str::to_owned), they);
            Ok(())
        })?;
    }

    #[test]
    fn a_fresh_response_that_was_changed_is_refused_on_both_sides(what in what()) {
        SIGNERS.with(|signers| {
            let signer = &signers[what.signer];
            let xml = what.response().signed(what.sign, signer).unwrap();
            let changed = xml.replacen("</NameID>", "x</NameID>", 1);
            prop_assert_ne!(&changed, &xml);
            let (ours, theirs) = sides(signer);
            let field = STANDARD.encode(&changed);
            prop_assert_eq!(ours.judge(&field), Err("signature-digest"));
            prop_assert_eq!(theirs.judge(&field), Err("FailedToValidateSignature".to_owned()));
            Ok(())
        })?;
    }
}

#[test]
fn both_sides_refuse_what_somebody_else_signed() {
    SIGNERS.with(|signers| {
        let what = What::plain();
        let xml = what.response().signed(Sign::Both, &signers[1]).unwrap();
        let (ours, theirs) = sides(&signers[0]);
        let field = STANDARD.encode(&xml);
        assert_eq!(ours.judge(&field), Err("signature-invalid"));
        assert_eq!(
            theirs.judge(&field),
            Err("FailedToValidateSignature".to_owned())
        );
    });
}

#[test]
fn both_sides_refuse_what_has_expired() {
    SIGNERS.with(|signers| {
        let what = What {
            age: SignedDuration::from_hours(3),
            ..What::plain()
        };
        let xml = what.response().signed(Sign::Both, &signers[0]).unwrap();
        let (ours, theirs) = sides(&signers[0]);
        let field = STANDARD.encode(&xml);
        assert_eq!(ours.judge(&field), Err("confirmation-expired"));
        assert_eq!(theirs.judge(&field), Err("ResponseExpired".to_owned()));
    });
}

#[test]
fn a_value_of_white_space_alone_is_kept_here_and_lost_there() {
    SIGNERS.with(|signers| {
        let what = What {
            attributes: vec![("name".to_owned(), vec![" ".to_owned()])],
            ..What::plain()
        };
        let xml = what.response().signed(Sign::Both, &signers[0]).unwrap();
        let (ours, theirs) = sides(&signers[0]);
        let field = STANDARD.encode(&xml);
        let values = |who: Who| who.attributes;
        let told = |value: &str| vec![("name".to_owned(), vec![value.to_owned()])];
        assert_eq!(ours.judge(&field).map(values), Ok(told(" ")));
        assert_eq!(theirs.judge(&field).map(values), Ok(told("")));
    });
}

#[test]
fn a_principal_becomes_the_assertion_that_samael_reads_without_what_makes_it_count() {
    SIGNERS.with(|signers| {
        let what = What {
            session_deadline: true,
            ..What::plain()
        };
        let xml = what.response().signed(Sign::Both, &signers[0]).unwrap();
        let (ours, theirs) = sides(&signers[0]);
        let field = STANDARD.encode(&xml);
        let mut expected = theirs.sign_on(&field).unwrap();
        // A principal does not know these three, and the others would let somebody in.
        expected.id = "_new".to_owned();
        expected.issue_instant = chrono::DateTime::UNIX_EPOCH;
        expected.conditions.as_mut().unwrap().not_before = None;
        expected.signature = None;
        expected.subject.as_mut().unwrap().subject_confirmations = None;
        let principal = ours.sign_on(&field).unwrap();
        let epoch = Timestamp::UNIX_EPOCH;
        let converted = entrada::samael::assertion(&principal, &ours.sp, "_new", epoch);
        assert_eq!(converted, Ok(expected));
    });
}

/// The content of a response, and its form.
#[derive(Clone, Debug)]
struct What {
    signer: usize,
    sign: Sign,
    name_id: String,
    attributes: Vec<(String, Vec<String>)>,
    fraction_digits: usize,
    age: SignedDuration,
    session_deadline: bool,
}

impl What {
    fn plain() -> What {
        What {
            signer: 0,
            sign: Sign::Assertion,
            name_id: "adele@contoso.example".to_owned(),
            attributes: vec![("name".to_owned(), vec!["Adele".to_owned()])],
            fraction_digits: 3,
            age: SignedDuration::ZERO,
            session_deadline: false,
        }
    }

    fn response(&self) -> EntraResponse {
        let issued = Timestamp::now() - self.age;
        let mut response = EntraResponse::new(ISSUER, US, ACS)
            .ids("_9b1deb4d", "_3f1c6f3e")
            .issued(issued)
            .in_response_to(REQUEST)
            .name_id(&self.name_id)
            .fraction_digits(self.fraction_digits);
        for (name, values) in &self.attributes {
            response = response.claim(name, values.clone());
        }
        match self.session_deadline {
            true => response.session_not_on_or_after(issued + SignedDuration::from_hours(8)),
            false => response,
        }
    }
}

fn what() -> impl Strategy<Value = What> {
    let attributes = prop::collection::vec(text(), 0..3);
    let attributes = prop::collection::btree_map("[a-z:/.&<]{1,20}", attributes, 0..5);
    let sign = prop_oneof![
        Just(Sign::Assertion),
        Just(Sign::Response),
        Just(Sign::Both)
    ];
    let how = (
        0..ALGORITHMS.len(),
        sign,
        0..8_usize,
        0..60_i64,
        any::<bool>(),
    );
    (how, text(), attributes).prop_map(|(how, name_id, attributes)| {
        let (signer, sign, fraction_digits, seconds, session_deadline) = how;
        What {
            signer,
            sign,
            name_id,
            attributes: attributes.into_iter().collect(),
            fraction_digits,
            age: SignedDuration::from_secs(seconds),
            session_deadline,
        }
    })
}

/// Text that is printed, with markup in it. White space alone names nobody as a NameID, and as a value it is lost on their side.
fn text() -> impl Strategy<Value = String> {
    let printed = "[\\PC&<>\"']{1,24}";
    printed.prop_filter("white space alone", |text| !text.trim().is_empty())
}

/// The algorithms that both sides know; samael has no RSA-PSS.
const ALGORITHMS: [SignatureAlgorithm; 4] = [
    SignatureAlgorithm::RsaSha256,
    SignatureAlgorithm::EcdsaSha256,
    SignatureAlgorithm::RsaSha384,
    SignatureAlgorithm::RsaSha512,
];

thread_local! {
    static SIGNERS: Vec<Signer> = ALGORITHMS.map(signer).into();
}

fn signer(algorithm: SignatureAlgorithm) -> Signer {
    let key = match algorithm {
        SignatureAlgorithm::EcdsaSha256 => SigningKey::generate_p256(),
        _ => SigningKey::generate_rsa_2048(),
    };
    let key = key.unwrap();
    let (start, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
    let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
    let certificate = Certificate::self_signed(&key, "Somebody", 1, start, end).unwrap();
    Signer::new(key, certificate, algorithm).unwrap()
}

/// Both sides, trusting this signer, with their usual tolerances and the present time.
fn sides(signer: &Signer) -> (Ours, Theirs) {
    let document = EntraMetadata {
        id: "_metadata".to_owned(),
        entity_id: ISSUER.to_owned(),
        base: "https://login.example.com".to_owned(),
        tenant: "contoso".to_owned(),
        certificates: vec![signer.certificate().clone()],
    };
    let metadata = IdpMetadata::read(&document.signed(signer).unwrap(), None).unwrap();
    let ours = Ours {
        trust: Trust::of_metadata(&metadata).unwrap(),
        sp: ServiceProvider {
            entity_id: US.to_owned(),
            acs_url: ACS.to_owned(),
            tenant: None,
        },
        keys: None,
        asked: Some(ExpectedRequest::from(
            &MessageId::from_text(REQUEST).unwrap(),
        )),
        skew: ClockSkew::COMMON,
        at: Timestamp::now(),
        store: UsedKeys::default(),
    };
    let theirs = Theirs::like(&ours, &metadata, Some(REQUEST));
    (ours, theirs)
}

/// A few seconds of a debug build; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(400)
}
