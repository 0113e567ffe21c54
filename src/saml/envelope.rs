//! `samlp:Response` as an envelope (SAML 2.0 Core §3.2.2, §3.3.3): everything but its assertion.

use jiff::Timestamp;

use super::namespace::ASSERTION;
use super::namespace::PROTOCOL;
use super::schema;
use super::schema::Child;
use super::schema::Malformed;
use crate::dsig;
use crate::xml::Element;

/// The content of the envelope. Unless the response itself is signed, nobody vouches for any of it: it may cause a
/// refusal, never an acceptance.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) issuer: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) in_response_to: Option<String>,
    pub(super) issue_instant: Timestamp,
    pub(super) status: Status,
    pub(super) signed: bool,
    pub(super) encrypted: bool,
}

/// `samlp:Status` (Core §3.2.2.1).
#[derive(Clone, Debug)]
pub(super) struct Status {
    /// The top-level code and the ones nested in it, outermost first.
    pub(super) codes: Vec<String>,
    /// The message in the identity provider's own words; Entra puts its AADSTS code here.
    pub(super) message: Option<String>,
}

impl Envelope {
    /// Reads the envelope of a `samlp:Response`, whose order of children the schema fixes.
    pub(super) fn read(response: Element<'_>, signed: bool) -> Result<Envelope, Malformed> {
        schema::version(response)?;
        schema::id(response)?;
        schema::sequence(response, CHILDREN)?;
        let status = schema::child(response, PROTOCOL, "Status")
            .ok_or(Malformed("Response has no Status"))?;
        Ok(Envelope {
            issuer: schema::child(response, ASSERTION, "Issuer")
                .map(schema::issuer)
                .transpose()?,
            destination: schema::address_in(response, "Destination"),
            in_response_to: response.attribute("InResponseTo").map(str::to_owned),
            issue_instant: schema::required_time(response, "IssueInstant")?,
            status: Status::read(status)?,
            signed,
            encrypted: schema::child(response, ASSERTION, "EncryptedAssertion").is_some(),
        })
    }
}

impl Status {
    pub(super) fn read(status: Element<'_>) -> Result<Status, Malformed> {
        let mut codes = Vec::new();
        let mut next = schema::child(status, PROTOCOL, "StatusCode");
        while let Some(code) = next {
            if codes.len() == NESTED_CODES {
                return Err(Malformed("StatusCode is nested too deeply"));
            }
            codes.push(schema::required(code, "Value")?.to_owned());
            next = schema::child(code, PROTOCOL, "StatusCode");
        }
        if codes.is_empty() {
            return Err(Malformed("Status has no StatusCode"));
        }
        let message = schema::child(status, PROTOCOL, "StatusMessage")
            .and_then(Element::text)
            .map(str::to_owned);
        Ok(Status { codes, message })
    }
}

/// The schema's sequence of children of a Response.
const CHILDREN: &[Child] = &[
    Child::optional(ASSERTION, "Issuer"),
    Child::optional(dsig::NAMESPACE, "Signature"),
    Child::optional(PROTOCOL, "Extensions"),
    Child::one(PROTOCOL, "Status"),
    Child::many(ASSERTION, "Assertion"),
    Child::many(ASSERTION, "EncryptedAssertion"),
];

/// Status codes within one another: the specification uses two.
const NESTED_CODES: usize = 4;
