//! Writes a `samlp:Response` in exactly the shape of Entra's: its namespaces, its order of elements, its window
//! of validity. Every value comes from the caller; nothing here asks for the time or draws random numbers.

use jiff::SignedDuration;
use jiff::Timestamp;

use super::request::EMAIL_ADDRESS;
use crate::dsig;
use crate::dsig::SignError;
use crate::dsig::Signer;
use crate::saml::namespace::ASSERTION;
use crate::saml::namespace::BEARER;
use crate::saml::namespace::PROTOCOL;
use crate::saml::namespace::SUCCESS;
use crate::xml::WriteError;
use crate::xml::Writer;

/// The signed parts of a response: Entra's "Signing Option", and none at all for tests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// "Sign SAML assertion", Entra's default.
    Assertion,
    /// "Sign SAML response".
    Response,
    /// "Sign SAML response and assertion".
    Both,
    /// Neither: nobody should accept it.
    Nothing,
}

/// A response in the making.
///
/// ```
/// use entrada::practice::EntraResponse;
///
/// let xml = EntraResponse::new("https://sts.windows.net/contoso/", "https://app.example.com/", "https://app.example.com/acs")
///     .ids("_response", "_assertion")
///     .issued("2026-11-22T10:00:00Z".parse()?)
///     .in_response_to("id-1")
///     .name_id("adele@contoso.com")
///     .unsigned()?;
/// assert!(xml.contains(r#"<Conditions NotBefore="2026-11-22T09:55:00.000Z" NotOnOrAfter="2026-11-22T11:00:00.000Z">"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EntraResponse {
    issuer: String,
    audience: String,
    acs_url: String,
    response_id: String,
    assertion_id: String,
    issued: Timestamp,
    authn_instant: Option<Timestamp>,
    session_not_on_or_after: Option<Timestamp>,
    fraction_digits: usize,
    in_response_to: Option<String>,
    name_id: String,
    name_id_format: String,
    claims: Vec<(String, Vec<String>)>,
    authn_context: String,
}

impl EntraResponse {
    /// Starts a response of the identity provider `issuer`, for the service provider with the entity ID
    /// `audience`, to be posted to `acs_url`. IDs and time are placeholders until they are set.
    pub fn new(issuer: &str, audience: &str, acs_url: &str) -> EntraResponse {
        EntraResponse {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            acs_url: acs_url.to_owned(),
            response_id: "_response".to_owned(),
            assertion_id: "_assertion".to_owned(),
            issued: Timestamp::UNIX_EPOCH,
            authn_instant: None,
            session_not_on_or_after: None,
            fraction_digits: 3,
            in_response_to: None,
            name_id: String::new(),
            name_id_format: EMAIL_ADDRESS.to_owned(),
            claims: Vec::new(),
            authn_context: PASSWORD.to_owned(),
        }
    }

    /// The IDs of the response and of its assertion: NCNames that differ. In Entra, `_` and a GUID.
    #[must_use]
    pub fn ids(mut self, response: &str, assertion: &str) -> EntraResponse {
        response.clone_into(&mut self.response_id);
        assertion.clone_into(&mut self.assertion_id);
        self
    }

    /// Sets the time of issue; the validity runs from five minutes before that to sixty after.
    #[must_use]
    pub fn issued(mut self, at: Timestamp) -> EntraResponse {
        self.issued = at;
        self
    }

    /// The request that it answers; without one it is unsolicited.
    #[must_use]
    pub fn in_response_to(mut self, request: &str) -> EntraResponse {
        self.in_response_to = Some(request.to_owned());
        self
    }

    /// Sets the name of the person, by default an e-mail address.
    #[must_use]
    pub fn name_id(mut self, value: &str) -> EntraResponse {
        value.clone_into(&mut self.name_id);
        self
    }

    /// Sets the kind of that name: the URI of a NameID format.
    #[must_use]
    pub fn name_id_format(mut self, format: &str) -> EntraResponse {
        format.clone_into(&mut self.name_id_format);
        self
    }

    /// Adds a claim with its values, after those added before. [`crate::saml::claim`] has Entra's names.
    #[must_use]
    pub fn claim<V: Into<String>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> EntraResponse {
        let values = values.into_iter().map(Into::into).collect();
        self.claims.push((name.to_owned(), values));
        self
    }

    /// Sets the time at which the person proved who they are; by default the response's time of issue.
    #[must_use]
    pub fn authn_instant(mut self, at: Timestamp) -> EntraResponse {
        self.authn_instant = Some(at);
        self
    }

    /// Sets the way in which the person proved it: an `AuthnContextClassRef`, by default `Password`.
    #[must_use]
    pub fn authn_context(mut self, class: &str) -> EntraResponse {
        class.clone_into(&mut self.authn_context);
        self
    }

    /// Sets the time at which the session must end; Entra does not say, others do.
    #[must_use]
    pub fn session_not_on_or_after(mut self, at: Timestamp) -> EntraResponse {
        self.session_not_on_or_after = Some(at);
        self
    }

    /// Fractional digits of times: three by default; Entra writes up to seven.
    #[must_use]
    pub fn fraction_digits(mut self, digits: usize) -> EntraResponse {
        self.fraction_digits = digits;
        self
    }

    /// Writes the response and signs the chosen parts; the assertion first, where both are signed. Fails for a value
    /// that XML cannot carry, or a key that fails.
    pub fn signed(&self, sign: Sign, signer: &Signer) -> Result<String, SignError> {
        let xml = self.unsigned()?;
        match sign {
            Sign::Nothing => Ok(xml),
            Sign::Assertion => dsig::sign(&xml, &self.assertion_id, signer),
            Sign::Response => dsig::sign(&xml, &self.response_id, signer),
            Sign::Both => {
                let inner = dsig::sign(&xml, &self.assertion_id, signer)?;
                dsig::sign(&inner, &self.response_id, signer)
            }
        }
    }

    /// Writes the response without any signature. Fails for a value that XML cannot carry.
    pub fn unsigned(&self) -> Result<String, WriteError> {
        let mut w = Writer::new();
        w.start("samlp:Response")
            .attribute("ID", &self.response_id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", &self.time(self.issued))
            .attribute("Destination", &self.acs_url)
            .optional_attribute("InResponseTo", self.in_response_to.as_deref())
            .namespace("samlp", PROTOCOL);
        w.start("Issuer")
            .namespace("", ASSERTION)
            .text(&self.issuer)
            .end();
        w.start("samlp:Status");
        w.start("samlp:StatusCode")
            .attribute("Value", SUCCESS)
            .end();
        w.end();
        self.assertion(&mut w);
        w.end();
        w.finish()
    }

    fn assertion(&self, w: &mut Writer) {
        w.start("Assertion")
            .attribute("ID", &self.assertion_id)
            .attribute("IssueInstant", &self.time(self.issued))
            .attribute("Version", "2.0")
            .namespace("", ASSERTION);
        w.leaf("Issuer", &self.issuer);
        self.subject(w);
        self.conditions(w);
        self.attribute_statement(w);
        self.authn_statement(w);
        w.end();
    }

    fn subject(&self, w: &mut Writer) {
        w.start("Subject");
        w.start("NameID")
            .attribute("Format", &self.name_id_format)
            .text(&self.name_id)
            .end();
        w.start("SubjectConfirmation").attribute("Method", BEARER);
        w.start("SubjectConfirmationData")
            .optional_attribute("InResponseTo", self.in_response_to.as_deref())
            .attribute("NotOnOrAfter", &self.time(self.deadline()))
            .attribute("Recipient", &self.acs_url)
            .end();
        w.end().end();
    }

    fn conditions(&self, w: &mut Writer) {
        let begin = self.issued.saturating_sub(BEFORE).unwrap_or(Timestamp::MIN);
        w.start("Conditions")
            .attribute("NotBefore", &self.time(begin))
            .attribute("NotOnOrAfter", &self.time(self.deadline()));
        w.start("AudienceRestriction")
            .leaf("Audience", &self.audience)
            .end();
        w.end();
    }

    fn attribute_statement(&self, w: &mut Writer) {
        if self.claims.is_empty() {
            return;
        }
        w.start("AttributeStatement");
        for (name, values) in &self.claims {
            w.start("Attribute").attribute("Name", name);
            for value in values {
                w.leaf("AttributeValue", value);
            }
            w.end();
        }
        w.end();
    }

    fn authn_statement(&self, w: &mut Writer) {
        let session_end = self.session_not_on_or_after.map(|at| self.time(at));
        w.start("AuthnStatement")
            .attribute(
                "AuthnInstant",
                &self.time(self.authn_instant.unwrap_or(self.issued)),
            )
            .attribute("SessionIndex", &self.assertion_id)
            .optional_attribute("SessionNotOnOrAfter", session_end.as_deref());
        w.start("AuthnContext")
            .leaf("AuthnContextClassRef", &self.authn_context)
            .end();
        w.end();
    }

    fn deadline(&self) -> Timestamp {
        self.issued.saturating_add(AFTER).unwrap_or(Timestamp::MAX)
    }

    fn time(&self, at: Timestamp) -> String {
        format!("{at:.*}", self.fraction_digits)
    }
}

/// The authentication context that Entra reports by default.
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
/// The validity of Entra's responses before their time of issue.
const BEFORE: SignedDuration = SignedDuration::from_mins(5);
/// The validity of Entra's responses after their time of issue.
const AFTER: SignedDuration = SignedDuration::from_mins(60);
