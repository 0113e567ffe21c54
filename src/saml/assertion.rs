//! `saml:Assertion` (SAML 2.0 Core §2.3.3), read from verified bytes and from nothing else.

use jiff::Timestamp;

use super::attributes::Attribute;
use super::attributes::Attributes;
use super::name_id::NameId;
use super::namespace::ASSERTION;
use super::schema;
use super::schema::Child;
use super::schema::Malformed;
use crate::dsig;
use crate::dsig::VerifiedDocument;
use crate::xenc;
use crate::xenc::Decrypted;
use crate::xenc::DecryptionKeys;
use crate::xml::Element;

/// The content of a signed assertion, before anybody has asked whether it is meant for us.
#[derive(Clone, Debug)]
pub(super) struct Assertion {
    pub(super) id: String,
    pub(super) issuer: String,
    pub(super) issue_instant: Timestamp,
    pub(super) name_id: Option<NameId>,
    pub(super) confirmations: Vec<Confirmation>,
    pub(super) conditions: Option<Conditions>,
    pub(super) authn: Option<AuthnStatement>,
    pub(super) attributes: Attributes,
}

/// `SubjectConfirmation` with its data (Core §2.4.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Confirmation {
    pub(super) method: String,
    pub(super) recipient: Option<String>,
    pub(super) in_response_to: Option<String>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) not_on_or_after: Option<Timestamp>,
}

/// `Conditions` (Core §2.5.1).
#[derive(Clone, Debug)]
pub(super) struct Conditions {
    pub(super) not_before: Option<Timestamp>,
    pub(super) not_on_or_after: Option<Timestamp>,
    /// One list for each `AudienceRestriction`: all of them must be met, each by any of its audiences.
    pub(super) audiences: Vec<Vec<String>>,
    /// A condition that is not in the specification, by its local name.
    pub(super) unknown: Option<String>,
}

/// `AuthnStatement` (Core §2.7.2).
#[derive(Clone, Debug)]
pub(super) struct AuthnStatement {
    pub(super) instant: Timestamp,
    /// The latest of all statements, which may lie in the future no more than the earliest.
    pub(super) latest_instant: Timestamp,
    pub(super) session_index: Option<String>,
    pub(super) session_not_on_or_after: Option<Timestamp>,
    pub(super) context_class: Option<String>,
}

impl Assertion {
    /// Reads the one assertion of a verified document: its root, or the child of its root. `keys` open an encrypted name
    /// or attribute in it.
    pub(super) fn read(
        document: &VerifiedDocument<'_>,
        keys: Option<&DecryptionKeys>,
    ) -> Result<Assertion, Malformed> {
        let root = document.root();
        if root.is(ASSERTION, "Assertion") {
            return Assertion::read_element(root, keys);
        }
        let assertion = schema::child(root, ASSERTION, "Assertion")
            .ok_or(Malformed("the signed part has no Assertion"))?;
        Assertion::read_element(assertion, keys)
    }

    /// The last of its deadlines. Every confirmation counts: once the one that passed has expired, another may
    /// pass, and the replay cache must still know the assertion then.
    pub(super) fn last_deadline(&self) -> Option<Timestamp> {
        let confirmations = self.confirmations.iter().map(|c| c.not_on_or_after);
        let conditions = self.conditions.iter().map(|c| c.not_on_or_after);
        confirmations.chain(conditions).flatten().max()
    }

    fn read_element(
        assertion: Element<'_>,
        keys: Option<&DecryptionKeys>,
    ) -> Result<Assertion, Malformed> {
        schema::version(assertion)?;
        schema::sequence_then(assertion, CHILDREN, ASSERTION, STATEMENTS)?;
        let subject = schema::child(assertion, ASSERTION, "Subject");
        let issuer = schema::child(assertion, ASSERTION, "Issuer")
            .ok_or(Malformed("Assertion has no Issuer"))?;
        Ok(Assertion {
            id: schema::id(assertion)?.to_owned(),
            issuer: schema::issuer(issuer)?,
            issue_instant: schema::required_time(assertion, "IssueInstant")?,
            name_id: subject
                .map(|subject| subject_name(subject, keys))
                .transpose()?
                .flatten(),
            confirmations: subject.map(confirmations).transpose()?.unwrap_or_default(),
            conditions: schema::child(assertion, ASSERTION, "Conditions")
                .map(Conditions::read)
                .transpose()?,
            authn: AuthnStatement::of(assertion)?,
            attributes: attributes(assertion, keys)?,
        })
    }
}

fn subject_name(
    subject: Element<'_>,
    keys: Option<&DecryptionKeys>,
) -> Result<Option<NameId>, Malformed> {
    schema::sequence(subject, SUBJECT)?;
    let plain = schema::child(subject, ASSERTION, "NameID");
    let encrypted = schema::child(subject, ASSERTION, "EncryptedID");
    match (plain, encrypted) {
        (Some(name), None) => name_id(name).map(Some),
        (None, Some(container)) => {
            let decrypted = decrypt(container, "NameID", keys)?;
            name_id(decrypted.unverified()).map(Some)
        }
        (None, None) => Ok(None),
        // The schema has a choice here, and another reader may choose the other.
        (Some(_), Some(_)) => Err(Malformed("Subject has a NameID and an EncryptedID")),
    }
}

/// Decrypts a part of a verified assertion: whoever signed the ciphertext vouches for what is in it.
fn decrypt(
    container: Element<'_>,
    local: &str,
    keys: Option<&DecryptionKeys>,
) -> Result<Decrypted, Malformed> {
    let keys = keys.ok_or(Malformed("a part is encrypted, and there is no key for it"))?;
    xenc::decrypt(container, ASSERTION, local, keys)
        .map_err(|_| Malformed("an encrypted part does not decrypt"))
}

pub(super) fn name_id(element: Element<'_>) -> Result<NameId, Malformed> {
    let attribute = |name| element.attribute(name).map(str::to_owned);
    Ok(NameId {
        value: schema::text(element)?,
        format: attribute("Format"),
        name_qualifier: attribute("NameQualifier"),
        sp_name_qualifier: attribute("SPNameQualifier"),
    })
}

fn confirmations(subject: Element<'_>) -> Result<Vec<Confirmation>, Malformed> {
    let found: Vec<_> = schema::children(subject, ASSERTION, "SubjectConfirmation")
        .take(CONFIRMATIONS + 1)
        .collect();
    if found.len() > CONFIRMATIONS {
        return Err(Malformed("Subject has too many SubjectConfirmation"));
    }
    found.into_iter().map(Confirmation::read).collect()
}

impl Confirmation {
    fn read(element: Element<'_>) -> Result<Confirmation, Malformed> {
        schema::sequence(
            element,
            &[
                Child::optional(ASSERTION, "NameID"),
                Child::optional(ASSERTION, "SubjectConfirmationData"),
            ],
        )?;
        let method = schema::required(element, "Method")?.to_owned();
        let Some(data) = schema::child(element, ASSERTION, "SubjectConfirmationData") else {
            return Ok(Confirmation {
                method,
                ..Confirmation::default()
            });
        };
        Ok(Confirmation {
            method,
            recipient: schema::address_in(data, "Recipient"),
            in_response_to: data.attribute("InResponseTo").map(str::to_owned),
            not_before: schema::optional_time(data, "NotBefore")?,
            not_on_or_after: schema::optional_time(data, "NotOnOrAfter")?,
        })
    }
}

impl Conditions {
    fn read(element: Element<'_>) -> Result<Conditions, Malformed> {
        let mut conditions = Conditions {
            not_before: schema::optional_time(element, "NotBefore")?,
            not_on_or_after: schema::optional_time(element, "NotOnOrAfter")?,
            audiences: Vec::new(),
            unknown: None,
        };
        for condition in element.children() {
            if condition.is(ASSERTION, "AudienceRestriction") {
                schema::sequence(condition, &[Child::many(ASSERTION, "Audience")])?;
                let audiences =
                    schema::children(condition, ASSERTION, "Audience").map(schema::address);
                conditions
                    .audiences
                    .push(audiences.collect::<Result<_, _>>()?);
            } else if !condition.is(ASSERTION, "OneTimeUse")
                && !condition.is(ASSERTION, "ProxyRestriction")
            {
                // OneTimeUse asks for what the replay cache does anyway; ProxyRestriction is for those who
                // issue assertions of their own on the strength of this one.
                conditions.unknown = Some(condition.local().to_owned());
            }
        }
        Ok(conditions)
    }
}

impl AuthnStatement {
    /// The first statement of an assertion, with the earliest `AuthnInstant` and the earliest session deadline of all of
    /// them: whoever asks for a fresh proof must not get it from a second statement beside an old one, in whatever order.
    fn of(assertion: Element<'_>) -> Result<Option<AuthnStatement>, Malformed> {
        let statements = schema::children(assertion, ASSERTION, "AuthnStatement");
        let all: Vec<_> = statements
            .map(AuthnStatement::read)
            .collect::<Result<_, _>>()?;
        let earliest = all
            .iter()
            .filter_map(|statement| statement.session_not_on_or_after)
            .min();
        let instants = all.iter().map(|statement| statement.instant);
        let bounds = instants.clone().min().zip(instants.max());
        Ok(all
            .into_iter()
            .next()
            .zip(bounds)
            .map(|(first, (instant, latest_instant))| AuthnStatement {
                instant,
                latest_instant,
                session_not_on_or_after: earliest,
                ..first
            }))
    }

    fn read(element: Element<'_>) -> Result<AuthnStatement, Malformed> {
        schema::sequence(
            element,
            &[
                Child::optional(ASSERTION, "SubjectLocality"),
                Child::one(ASSERTION, "AuthnContext"),
            ],
        )?;
        let context = schema::child(element, ASSERTION, "AuthnContext")
            .ok_or(Malformed("AuthnStatement has no AuthnContext"))?;
        schema::sequence(context, CONTEXT)?;
        let class = schema::child(context, ASSERTION, "AuthnContextClassRef")
            .map(schema::text)
            .transpose()?;
        let instant = schema::required_time(element, "AuthnInstant")?;
        Ok(AuthnStatement {
            instant,
            latest_instant: instant,
            session_index: element.attribute("SessionIndex").map(str::to_owned),
            session_not_on_or_after: schema::optional_time(element, "SessionNotOnOrAfter")?,
            context_class: class,
        })
    }
}

/// All attributes of all statements. Several of one name are one attribute with all their values, in order:
/// Keycloak sends its roles so. A value that is not text (a `NameID` in `eduPersonTargetedID`) is left out
/// whole, never read in part; one that is null is no value (Core §2.7.3.1.1).
fn attributes(
    assertion: Element<'_>,
    keys: Option<&DecryptionKeys>,
) -> Result<Attributes, Malformed> {
    let mut found = Vec::new();
    let mut encrypted = 0;
    for statement in schema::children(assertion, ASSERTION, "AttributeStatement") {
        for element in statement.children() {
            if element.is(ASSERTION, "Attribute") {
                take_attribute(&mut found, element)?;
            } else if element.is(ASSERTION, "EncryptedAttribute") {
                encrypted += 1;
                if encrypted > ENCRYPTED_ATTRIBUTES {
                    return Err(Malformed("Assertion has too many encrypted attributes"));
                }
                take_attribute(
                    &mut found,
                    decrypt(element, "Attribute", keys)?.unverified(),
                )?;
            }
        }
    }
    Ok(Attributes::new(found))
}

fn take_attribute(found: &mut Vec<Attribute>, element: Element<'_>) -> Result<(), Malformed> {
    let name = schema::required(element, "Name")?;
    let values = schema::children(element, ASSERTION, "AttributeValue")
        .filter(|value| !schema::is_null(*value))
        .filter_map(Element::text)
        .map(str::to_owned);
    if let Some(known) = found.iter_mut().find(|attribute| attribute.name == name) {
        known.values.extend(values);
    } else if found.len() < ATTRIBUTES {
        found.push(Attribute {
            name: name.to_owned(),
            values: values.collect(),
        });
    } else {
        return Err(Malformed("Assertion has too many attributes"));
    }
    Ok(())
}

/// The schema's sequence of children of an Assertion; statements follow in any order.
const CHILDREN: &[Child] = &[
    Child::one(ASSERTION, "Issuer"),
    Child::optional(dsig::NAMESPACE, "Signature"),
    Child::optional(ASSERTION, "Subject"),
    Child::optional(ASSERTION, "Conditions"),
    Child::optional(ASSERTION, "Advice"),
];

/// The schema's sequence of children of an AuthnContext (Core §2.7.2.2).
const CONTEXT: &[Child] = &[
    Child::optional(ASSERTION, "AuthnContextClassRef"),
    Child::optional(ASSERTION, "AuthnContextDecl"),
    Child::optional(ASSERTION, "AuthnContextDeclRef"),
    Child::many(ASSERTION, "AuthenticatingAuthority"),
];

const SUBJECT: &[Child] = &[
    Child::optional(ASSERTION, "NameID"),
    Child::optional(ASSERTION, "EncryptedID"),
    Child::many(ASSERTION, "SubjectConfirmation"),
];

/// The statements that the specification has; anything else there is refused.
const STATEMENTS: &[&str] = &[
    "AuthnStatement",
    "AttributeStatement",
    "AuthzDecisionStatement",
];

/// Different attributes in one assertion. Entra sends about a dozen and can be configured to send some
/// hundred; each is looked for among those before it, so the number is bounded.
const ATTRIBUTES: usize = 512;

/// Encrypted attributes in one assertion: each may cost eight private-key operations of 300 µs.
const ENCRYPTED_ATTRIBUTES: usize = 8;

/// Subject confirmations in one assertion: identity providers send one, rarely two.
const CONFIRMATIONS: usize = 8;
