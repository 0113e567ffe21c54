//! The two service providers, set up alike: whom they trust, what they call themselves, which request they sent.

use std::future::Future;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use chrono::DateTime;
use chrono::SecondsFormat;
use chrono::Utc;
use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;
use entrada::saml::ClockSkew;
use entrada::saml::ExpectedRequest;
use entrada::saml::Principal;
use entrada::saml::Refusal;
use entrada::saml::ServiceProvider;
use entrada::saml::UnverifiedResponse;
use entrada::xenc::DecryptionKeys;
use jiff::Timestamp;
use samael::crypto::AllowedSignatureAlgorithm;
use samael::metadata::EntityDescriptor;
use samael::schema::Assertion;
use samael::service_provider::Error;

use crate::used_keys::UsedKeys;

/// The person who was let in, in the terms that both sides have.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Who {
    pub(crate) issuer: Option<String>,
    pub(crate) name_id: String,
    pub(crate) format: Option<String>,
    pub(crate) session_index: Option<String>,
    pub(crate) authn_instant: Option<Timestamp>,
    pub(crate) authn_context: Option<String>,
    pub(crate) session_not_on_or_after: Option<Timestamp>,
    /// True if we are among the audiences.
    pub(crate) for_us: bool,
    /// Attributes of one name are one, as with us.
    pub(crate) attributes: Vec<(String, Vec<String>)>,
}

/// Us.
pub(crate) struct Ours {
    pub(crate) trust: Trust,
    pub(crate) sp: ServiceProvider,
    pub(crate) keys: Option<DecryptionKeys>,
    pub(crate) asked: Option<ExpectedRequest>,
    pub(crate) skew: ClockSkew,
    pub(crate) at: Timestamp,
    pub(crate) store: UsedKeys,
}

impl Ours {
    /// The person who is let in, or the refusal's code.
    pub(crate) fn judge(&self, field: &str) -> Result<Who, &'static str> {
        let principal = self.sign_on(field).map_err(|refusal| refusal.code())?;
        let who = Who::of_principal(&principal);
        self.converts(&principal, &who);
        Ok(who)
    }

    pub(crate) fn sign_on(&self, field: &str) -> Result<Principal, Refusal> {
        let response = UnverifiedResponse::from_post(field)?;
        let verified = match &self.keys {
            Some(keys) => response.decrypt_and_verify(&self.trust, keys)?,
            None => response.verify(&self.trust)?,
        };
        let validated = match self.asked.clone() {
            Some(asked) => verified.validate(asked, &self.sp, self.skew, self.at)?,
            None => verified.validate_unsolicited(&self.sp, self.skew, self.at)?,
        };
        at_once(validated.admit(&self.store, self.at))
    }

    /// As an assertion of theirs the principal says the same, unless samael has no place for its name.
    fn converts(&self, principal: &Principal, who: &Who) {
        let name = principal.name_id();
        let qualified = name.name_qualifier.is_some() || name.sp_name_qualifier.is_some();
        let converted = entrada::samael::assertion(principal, &self.sp, "_1", self.at);
        assert_eq!(converted.is_err(), qualified);
        if let Ok(converted) = converted {
            assert_eq!(&Who::of_assertion(&converted, &self.sp.entity_id), who);
            assert_eq!(converted.id, "_1");
        }
    }
}

/// Them.
pub(crate) struct Theirs {
    pub(crate) sp: samael::service_provider::ServiceProvider,
    pub(crate) request: Option<String>,
}

impl Theirs {
    /// samael with the same settings. Its clock cannot be set; its tolerance can.
    pub(crate) fn like(ours: &Ours, metadata: &IdpMetadata, request: Option<&str>) -> Theirs {
        Theirs {
            sp: samael::service_provider::ServiceProvider {
                entity_id: Some(ours.sp.entity_id.clone()),
                acs_url: Some(ours.sp.acs_url.clone()),
                idp_metadata: EntityDescriptor::from(metadata),
                allow_idp_initiated: request.is_none(),
                // The strict setting: by default samael takes SHA-1 too.
                allowed_signature_algorithms: Some(SHA_2.to_vec()),
                ..Default::default()
            },
            request: request.map(str::to_owned),
        }
    }

    /// With a tolerance of centuries, so that messages of a fixed date can be judged.
    pub(crate) fn without_clock(mut self) -> Theirs {
        let centuries = chrono::Duration::days(300 * 365);
        self.sp.max_issue_delay = centuries;
        self.sp.max_clock_skew = centuries;
        self
    }

    /// The person who is let in, or the name of their error.
    pub(crate) fn judge(&self, field: &str) -> Result<Who, String> {
        let us = self.sp.entity_id.as_deref().unwrap();
        Ok(Who::of_assertion(&self.sign_on(field)?, us))
    }

    pub(crate) fn sign_on(&self, field: &str) -> Result<Assertion, String> {
        let requests = self.request.as_deref().map(|id| [id]);
        let ids = requests.as_ref().map(|ids| &ids[..]);
        let assertion = self.sp.parse_base64_response(field, ids);
        assertion.map_err(|error| name(error.as_ref()))
    }
}

/// The name of an error of theirs, without what it says of the message.
fn name(error: &(dyn std::error::Error + 'static)) -> String {
    match error.downcast_ref::<Error>() {
        None => "NotBase64OrUtf8".to_owned(),
        Some(error) => {
            let text = format!("{error:?}");
            let end = text.find(|c: char| !c.is_ascii_alphanumeric());
            text[..end.unwrap_or(text.len())].to_owned()
        }
    }
}

impl Who {
    fn of_principal(principal: &Principal) -> Who {
        let attributes = principal.attributes().iter();
        Who {
            issuer: Some(principal.issuer().to_owned()),
            name_id: principal.name_id().value.clone(),
            format: principal.name_id().format.clone(),
            session_index: principal.session_index().map(str::to_owned),
            authn_instant: Some(principal.authn_instant()),
            authn_context: principal.authn_context().map(str::to_owned),
            session_not_on_or_after: principal.session_not_on_or_after(),
            // The table of checks asks for it.
            for_us: true,
            attributes: attributes
                .map(|attribute| (attribute.name.clone(), attribute.values.clone()))
                .collect(),
        }
    }

    fn of_assertion(assertion: &Assertion, us: &str) -> Who {
        let subject = assertion.subject.as_ref();
        let name_id = subject.and_then(|subject| subject.name_id.as_ref());
        let authn = assertion.authn_statements.iter().flatten().next();
        let conditions = assertion.conditions.as_ref();
        let context = authn.and_then(|authn| authn.authn_context.as_ref());
        let class = context.and_then(|context| context.value.as_ref());
        let restrictions = conditions.and_then(|it| it.audience_restrictions.as_ref());
        Who {
            issuer: assertion.issuer.value.clone(),
            name_id: name_id.map(|name| name.value.clone()).unwrap_or_default(),
            format: name_id.and_then(|name| name.format.clone()),
            session_index: authn.and_then(|authn| authn.session_index.clone()),
            authn_instant: authn.and_then(|authn| authn.authn_instant).map(moment),
            authn_context: class.and_then(|class| class.value.clone()),
            session_not_on_or_after: authn
                .and_then(|authn| authn.session_not_on_or_after)
                .map(moment),
            for_us: restrictions.is_some_and(|all| {
                all.iter()
                    .all(|one| one.audience.iter().any(|audience| audience == us))
            }),
            attributes: attributes(assertion),
        }
    }
}

/// A time that is beyond our calendar is capped, as our own reader does.
fn moment(time: DateTime<Utc>) -> Timestamp {
    let text = time.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let last = Timestamp::from_second(Timestamp::MAX.as_second()).unwrap();
    text.parse().unwrap_or(last)
}

fn attributes(assertion: &Assertion) -> Vec<(String, Vec<String>)> {
    let mut merged: Vec<(String, Vec<String>)> = Vec::new();
    let statements = assertion.attribute_statements.iter().flatten();
    for attribute in statements.flat_map(|statement| &statement.attributes) {
        let name = attribute.name.clone().unwrap_or_default();
        let values = attribute.values.iter();
        let values = values.map(|value| value.value.clone().unwrap_or_default());
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(values),
            None => merged.push((name, values.collect())),
        }
    }
    merged
}

/// The value of a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a store in memory answers at once"),
    }
}

/// Those of our algorithms that samael can be told to take.
const SHA_2: [AllowedSignatureAlgorithm; 6] = [
    AllowedSignatureAlgorithm::RsaSha256,
    AllowedSignatureAlgorithm::RsaSha384,
    AllowedSignatureAlgorithm::RsaSha512,
    AllowedSignatureAlgorithm::EcdsaSha256,
    AllowedSignatureAlgorithm::EcdsaSha384,
    AllowedSignatureAlgorithm::EcdsaSha512,
];
