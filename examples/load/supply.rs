//! An identity provider that is nothing but a key, and as many distinct responses of it as are asked for.

use std::cell::Cell;
use std::error::Error;
use std::ops::Range;
use std::time::Instant;

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
use entrada::saml::ServiceProvider;
use entrada::saml::UnverifiedResponse;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use jiff::Timestamp;

use crate::used_keys::UsedKeys;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";

/// Makes responses for one service provider.
pub(crate) struct Supply {
    signer: Signer,
    sp: ServiceProvider,
    next: Cell<usize>,
}

impl Supply {
    pub(crate) fn new(base_url: &str) -> Result<Supply, Box<dyn Error>> {
        let key = SigningKey::generate_rsa_2048()?;
        let (begin, end) = (
            "2020-01-01T00:00:00Z".parse()?,
            "2060-01-01T00:00:00Z".parse()?,
        );
        let certificate = Certificate::self_signed(&key, "load", 1, begin, end)?;
        Ok(Supply {
            signer: Signer::new(key, certificate, SignatureAlgorithm::RsaSha256)?,
            sp: ServiceProvider {
                entity_id: format!("{base_url}/saml/acme/metadata"),
                acs_url: format!("{base_url}/saml/acme/acs"),
                tenant: None,
            },
            next: Cell::new(0),
        })
    }

    pub(crate) fn metadata(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let metadata = EntraMetadata {
            id: "_metadata".to_owned(),
            entity_id: issuer(),
            base: "https://login.example".to_owned(),
            tenant: TENANT.to_owned(),
            certificates: vec![self.signer.certificate().clone()],
        };
        Ok(metadata.signed(&self.signer)?)
    }

    /// The number of the first response that was not made yet.
    pub(crate) fn next(&self) -> usize {
        self.next.get()
    }

    /// HTTP requests that post these responses, ready to be sent.
    pub(crate) fn requests(&self, numbers: Range<usize>) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
        self.next.set(self.next.get().max(numbers.end));
        numbers
            .map(|number| Ok(request(&self.response(number)?)))
            .collect()
    }

    fn response(&self, number: usize) -> Result<String, Box<dyn Error>> {
        let groups = (0..18).map(|group| format!("00000000-0000-0000-0000-{group:012}"));
        let response = EntraResponse::new(&issuer(), &self.sp.entity_id, &self.sp.acs_url)
            .ids(&format!("_r{number}"), &format!("_a{number}"))
            .issued(Timestamp::now())
            .name_id("adele.vance@contoso.example")
            .claim(claim::TENANT_ID, [TENANT])
            .claim(claim::GROUPS, groups);
        Ok(response.signed(Sign::Assertion, &self.signer)?)
    }

    /// The number of responses that one core takes from base64 to `Principal` in a second.
    pub(crate) fn verified_per_second(&self) -> f64 {
        let count = 6_000;
        let made: Vec<String> = (0..count)
            .filter_map(|number| self.response(1_000_000 + number).ok())
            .collect();
        let fields: Vec<String> = made
            .iter()
            .map(|xml| PostForm::response("", xml, None).message)
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime without drivers");
        let metadata = self.metadata().expect("the supply's own metadata");
        let metadata = IdpMetadata::read(&metadata, None).expect("it reads");
        let trust = Trust::of_metadata(&metadata).expect("it has a key");
        let cache = UsedKeys::default();
        let now = Timestamp::now();
        let began = Instant::now();
        for field in &fields {
            let verified =
                UnverifiedResponse::from_post(field).and_then(|response| response.verify(&trust));
            let validated = verified.and_then(|verified| {
                verified.validate_unsolicited(&self.sp, ClockSkew::COMMON, now)
            });
            let validated = validated.expect("the supply is sound");
            runtime
                .block_on(validated.admit(&cache, now))
                .expect("each is used once");
        }
        fields.len() as f64 / began.elapsed().as_secs_f64()
    }
}

fn issuer() -> String {
    format!("https://sts.windows.net/{TENANT}/")
}

fn request(xml: &str) -> Vec<u8> {
    let form = PostForm::response("", xml, None);
    let field: String = url::form_urlencoded::byte_serialize(form.message.as_bytes()).collect();
    let body = format!("SAMLResponse={field}&RelayState=");
    let head = format!(
        "POST /saml/acme/acs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
