//! Logout messages that came in: verified, validated, and at last an order that may be carried out.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::LogoutError;
use super::LogoutRequest;
use super::LogoutStatus;
use crate::dsig;
use crate::dsig::Signed;
use crate::moment;
use crate::saml::Admission;
use crate::saml::ClockSkew;
use crate::saml::NameId;
use crate::saml::ReplayCache;
use crate::saml::ReplayKey;
use crate::saml::Trust;
use crate::saml::assertion;
use crate::saml::decode;
use crate::saml::entra;
use crate::saml::envelope::Status;
use crate::saml::namespace::ASSERTION;
use crate::saml::namespace::PROTOCOL;
use crate::saml::redirect;
use crate::saml::redirect::MessageKind;
use crate::saml::schema;
use crate::saml::schema::Child;
use crate::saml::schema::Malformed;
use crate::xml;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;

/// A logout message whose signature holds.
pub enum VerifiedLogout {
    /// Somebody asks us to end sessions.
    Request(ReceivedRequest),
    /// Somebody answers our request.
    Response(ReceivedResponse),
}

/// A verified `LogoutRequest`. Whether it is meant for us, and now, is still open.
pub struct ReceivedRequest {
    head: Head,
    not_on_or_after: Option<Timestamp>,
    /// `None` if it is encrypted; then there is a session index.
    name_id: Option<NameId>,
    session_indexes: Vec<String>,
}

/// A verified `LogoutResponse`.
pub struct ReceivedResponse {
    head: Head,
    in_response_to: Option<String>,
    status: Status,
}

/// The values that both kinds of messages have (Core §3.2).
struct Head {
    id: String,
    issuer: String,
    destination: Option<String>,
    issue_instant: Timestamp,
}

impl VerifiedLogout {
    /// Takes the query of HTTP-Redirect, byte for byte as it was received, with the RelayState beside the message. An
    /// unsigned message is refused.
    ///
    /// # Errors
    /// A query that does not decode, a signature that does not hold, or another message than its parameter is for.
    pub fn from_query(
        query: &str,
        trust: &Trust,
    ) -> Result<(VerifiedLogout, Option<String>), LogoutError> {
        let (kind, signed, relay_state) = redirect::verify_query(query, trust)?;
        Ok((VerifiedLogout::read(kind, &signed)?, relay_state))
    }

    /// Takes the form field of HTTP-POST, whose message is signed within; `kind` says which field it was. An unsigned message
    /// is refused.
    ///
    /// # Errors
    /// A field that does not decode, a signature that does not hold, or another message than its field is for.
    pub fn from_form(
        kind: MessageKind,
        field: &str,
        trust: &Trust,
    ) -> Result<VerifiedLogout, LogoutError> {
        let bytes = Some(field)
            .filter(|field| field.len() <= decode::field_limit(MAX_BYTES))
            .and_then(xml::base64_binary)
            .filter(|bytes| bytes.len() <= MAX_BYTES)
            .ok_or(LogoutError::Form { limit: MAX_BYTES })?;
        let document = Document::parse(xml::decode_utf8(&bytes)?, &Budget::MESSAGE)?;
        VerifiedLogout::read(kind, &dsig::verify(document.root(), trust.keys())?)
    }

    /// Reads a message, which must be of the kind of the parameter that it came in (Bindings §3.4.4.1, §3.5.4): whatever
    /// looks at the parameter alone, a filter in front of us, takes it for what it is then.
    fn read(kind: MessageKind, signed: &Signed) -> Result<VerifiedLogout, LogoutError> {
        let document = signed.document()?;
        let root = document.root();
        let found = if root.is(PROTOCOL, "LogoutRequest") {
            MessageKind::Request
        } else if root.is(PROTOCOL, "LogoutResponse") {
            MessageKind::Response
        } else {
            return Err(LogoutError::Malformed("another message"));
        };
        if found != kind {
            return Err(LogoutError::Parameter {
                expected: found.parameter(),
                found: kind.parameter(),
            });
        }
        Ok(match found {
            MessageKind::Request => VerifiedLogout::Request(ReceivedRequest::read(root)?),
            MessageKind::Response => VerifiedLogout::Response(ReceivedResponse::read(root)?),
        })
    }
}

impl Head {
    fn read(message: Element<'_>) -> Result<Head, Malformed> {
        schema::version(message)?;
        let issuer = schema::child(message, ASSERTION, "Issuer")
            .ok_or(Malformed("the message has no Issuer"))?;
        Ok(Head {
            id: schema::id(message)?.to_owned(),
            issuer: schema::issuer(issuer)?,
            destination: schema::address_in(message, "Destination"),
            issue_instant: schema::required_time(message, "IssueInstant")?,
        })
    }

    /// Issuer, destination and age. Entra answers under another name than it signs assertions with.
    fn validate(&self, rules: &LogoutRules<'_>) -> Result<(), LogoutError> {
        let expected = rules.trust.entity_id();
        if self.issuer != expected && !entra::is_logout_name(expected, &self.issuer) {
            return Err(LogoutError::Issuer {
                expected: expected.to_owned(),
                found: cut(&self.issuer),
            });
        }
        // A signed message must say where it goes (Bindings §3.4.5.2, §3.5.5.2).
        if self.destination.as_deref() != Some(rules.slo_url) {
            let found = cut(self.destination.as_deref().unwrap_or("nothing"));
            return Err(LogoutError::Destination {
                expected: rules.slo_url.to_owned(),
                found,
            });
        }
        let (skew, now) = (rules.skew.duration(), rules.now);
        let oldest = moment::earlier(now, skew + AGE);
        if self.issue_instant < oldest || self.issue_instant > moment::later(now, skew) {
            return Err(LogoutError::Time {
                now,
                found: self.issue_instant,
            });
        }
        Ok(())
    }
}

impl ReceivedRequest {
    fn read(message: Element<'_>) -> Result<ReceivedRequest, Malformed> {
        schema::sequence(message, REQUEST)?;
        let indexes = schema::children(message, PROTOCOL, "SessionIndex").map(schema::text);
        let session_indexes: Vec<String> = indexes
            .take(SESSION_INDEXES + 1)
            .collect::<Result<_, _>>()?;
        if session_indexes.len() > SESSION_INDEXES {
            return Err(Malformed("LogoutRequest names too many sessions"));
        }
        Ok(ReceivedRequest {
            head: Head::read(message)?,
            not_on_or_after: schema::optional_time(message, "NotOnOrAfter")?,
            name_id: name_id(message, &session_indexes)?,
            session_indexes,
        })
    }

    /// The ID, which an answer names, whatever it says.
    pub fn id(&self) -> &str {
        &self.head.id
    }

    /// Asks whether the request is meant for us and holds now.
    ///
    /// # Errors
    /// Another issuer, another destination, or a deadline that has passed.
    pub fn validate(self, rules: &LogoutRules<'_>) -> Result<ValidatedLogout, LogoutError> {
        self.head.validate(rules)?;
        let skew = rules.skew.duration();
        let too_old = moment::later(self.head.issue_instant, AGE);
        let deadline = self.not_on_or_after.unwrap_or(too_old);
        if moment::earlier(rules.now, skew) >= deadline {
            return Err(LogoutError::Time {
                now: rules.now,
                found: deadline,
            });
        }
        Ok(ValidatedLogout {
            until: moment::later(deadline.max(too_old), skew),
            request: self,
        })
    }
}

/// The person whose sessions the request ends: a `NameID`, or an `EncryptedID`, which stays closed. The session indexes
/// beside it say which sessions are meant, and better than a name does, so that nothing is decrypted for a logout.
fn name_id(message: Element<'_>, indexes: &[String]) -> Result<Option<NameId>, Malformed> {
    let plain = schema::child(message, ASSERTION, "NameID");
    let encrypted = schema::child(message, ASSERTION, "EncryptedID");
    match (plain, encrypted) {
        (Some(name_id), None) => Ok(Some(assertion::name_id(name_id)?)),
        (None, Some(_)) if !indexes.is_empty() => Ok(None),
        (None, Some(_)) => Err(Malformed(
            "LogoutRequest has an EncryptedID and no SessionIndex",
        )),
        (None, None) => Err(Malformed("LogoutRequest has no NameID")),
        (Some(_), Some(_)) => Err(Malformed("LogoutRequest names two people")),
    }
}

impl ReceivedResponse {
    fn read(message: Element<'_>) -> Result<ReceivedResponse, Malformed> {
        schema::sequence(message, RESPONSE)?;
        let status = schema::child(message, PROTOCOL, "Status")
            .ok_or(Malformed("LogoutResponse has no Status"))?;
        Ok(ReceivedResponse {
            head: Head::read(message)?,
            in_response_to: message.attribute("InResponseTo").map(str::to_owned),
            status: Status::read(status)?,
        })
    }

    /// The request that it says it answers.
    pub fn in_response_to(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// Asks whether the response answers `request`, is meant for us and holds now; says how the logout went.
    ///
    /// # Errors
    /// Another issuer, destination or request, or an answer that is too old.
    pub fn validate(
        self,
        request: &str,
        rules: &LogoutRules<'_>,
    ) -> Result<LogoutStatus, LogoutError> {
        self.head.validate(rules)?;
        if self.in_response_to.as_deref() != Some(request) {
            return Err(LogoutError::InResponseTo);
        }
        Ok(LogoutStatus::of(&self.status.codes))
    }
}

/// The values that a logout message is checked against.
#[derive(Clone, Copy)]
pub struct LogoutRules<'a> {
    /// The identity provider that the connection trusts.
    pub trust: &'a Trust,
    /// Our logout address.
    pub slo_url: &'a str,
    /// The difference that the clocks may have.
    pub skew: ClockSkew,
    /// The present moment.
    pub now: Timestamp,
}

/// A request that has passed every check but one: whether it was used before.
pub struct ValidatedLogout {
    request: ReceivedRequest,
    until: Timestamp,
}

impl ValidatedLogout {
    /// The key and the time that an admission takes, and the order that it makes: for the session layer, which admits
    /// and ends sessions in one step.
    pub(crate) fn admissible(self) -> AdmissibleLogout {
        AdmissibleLogout {
            key: ReplayKey::of(&self.request.head.issuer, &self.request.head.id),
            until: self.until,
            order: LogoutOrder {
                request: self.request,
            },
        }
    }

    /// Admits the request once.
    ///
    /// # Errors
    /// A request that was used before, or a cache that cannot answer.
    pub async fn admit(
        self,
        cache: &dyn ReplayCache,
        now: Timestamp,
    ) -> Result<LogoutOrder, LogoutError> {
        let AdmissibleLogout { key, until, order } = self.admissible();
        match cache.admit(key, until, now).await {
            Ok(Admission::First) => Ok(order),
            Ok(Admission::Replayed) => Err(LogoutError::Replayed),
            Err(_) => Err(LogoutError::Store),
        }
    }
}

/// A request on the point of being admitted: nothing ends until its key has been found to be new.
pub(crate) struct AdmissibleLogout {
    pub(crate) key: ReplayKey,
    pub(crate) until: Timestamp,
    pub(crate) order: LogoutOrder,
}

/// An order to end sessions, from the identity provider of a connection, good once and now.
pub struct LogoutOrder {
    request: ReceivedRequest,
}

impl LogoutOrder {
    /// The request's ID, which the answer must name.
    pub fn id(&self) -> &str {
        &self.request.head.id
    }

    /// The person whose sessions end; `None` if the name is encrypted, and then there are session indexes.
    pub fn name_id(&self) -> Option<&NameId> {
        self.request.name_id.as_ref()
    }

    /// The indexes of the sessions that end; all sessions of the person end if it names none.
    pub fn session_indexes(&self) -> &[String] {
        &self.request.session_indexes
    }
}

fn cut(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.take(SHOWN).collect()
}

const REQUEST: &[Child] = &[
    Child::one(ASSERTION, "Issuer"),
    Child::optional(dsig::NAMESPACE, "Signature"),
    Child::optional(PROTOCOL, "Extensions"),
    Child::optional(ASSERTION, "NameID"),
    Child::optional(ASSERTION, "EncryptedID"),
    Child::many(PROTOCOL, "SessionIndex"),
];

const RESPONSE: &[Child] = &[
    Child::one(ASSERTION, "Issuer"),
    Child::optional(dsig::NAMESPACE, "Signature"),
    Child::optional(PROTOCOL, "Extensions"),
    Child::one(PROTOCOL, "Status"),
];

/// A logout message takes seconds through a browser; the same five minutes that ours are given.
const AGE: SignedDuration = LogoutRequest::LIFETIME;
/// Bytes of a message at most: it has one to three kilobytes with its signature and certificate.
const MAX_BYTES: usize = 64 * 1024;
/// Sessions that one request may name: a person has one for each browser.
const SESSION_INDEXES: usize = 64;
/// Characters of a foreign text that an error repeats.
const SHOWN: usize = 256;
