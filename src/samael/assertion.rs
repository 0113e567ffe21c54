//! `saml:Assertion` (SAML 2.0 Core §2.3.3), out of what was verified. The other way does not exist: it would make a verified value
//! of one that anybody can write.

use jiff::Timestamp;
use samael::attribute::Attribute as TheirAttribute;
use samael::attribute::AttributeValue;
use samael::schema::Assertion;
use samael::schema::AttributeStatement;
use samael::schema::AudienceRestriction;
use samael::schema::AuthnContext;
use samael::schema::AuthnContextClassRef;
use samael::schema::AuthnStatement;
use samael::schema::Conditions;
use samael::schema::Issuer;
use samael::schema::Subject;
use samael::schema::SubjectNameID;

use super::error::ConversionError;
use super::time;
use crate::saml::Attribute;
use crate::saml::Attributes;
use crate::saml::NameId;
use crate::saml::Principal;
use crate::saml::ServiceProvider;

/// The content of a principal, as samael has it, for code that takes an `Assertion`.
///
/// A principal no longer knows the ID and the time of the assertion that it came from, so both are the caller's: they are those of
/// a statement of ours about it. The audience is this service provider. There is no signature and no `SubjectConfirmation`, so that
/// the value lets nobody in anywhere.
///
/// ```
/// use entrada::saml::{Principal, ServiceProvider};
///
/// /// Code that was written for samael goes on after a sign-on by Entrada.
/// fn greet(principal: &Principal, sp: &ServiceProvider, now: jiff::Timestamp) -> Option<String> {
///     let assertion = entrada::samael::assertion(principal, sp, "_1", now).ok()?;
///     Some(format!("Hello {}", assertion.subject?.name_id?.value))
/// }
/// ```
///
/// # Errors
/// [`ConversionError::NameQualifier`] if the name is qualified, which samael cannot say.
pub fn assertion(
    principal: &Principal,
    sp: &ServiceProvider,
    id: &str,
    issue_instant: Timestamp,
) -> Result<Assertion, ConversionError> {
    Ok(Assertion {
        id: id.to_owned(),
        issue_instant: time::to_theirs(issue_instant),
        version: "2.0".to_owned(),
        issuer: Issuer {
            value: Some(principal.issuer().to_owned()),
            ..Issuer::default()
        },
        signature: None,
        subject: Some(Subject {
            name_id: Some(name_id(principal.name_id())?),
            subject_confirmations: None,
        }),
        conditions: Some(conditions(principal, sp)),
        authn_statements: Some(vec![authn_statement(principal)]),
        attribute_statements: attribute_statements(principal.attributes()),
    })
}

fn name_id(ours: &NameId) -> Result<SubjectNameID, ConversionError> {
    let qualified = |attribute| ConversionError::NameQualifier { attribute };
    if ours.name_qualifier.is_some() {
        return Err(qualified("NameQualifier"));
    }
    if ours.sp_name_qualifier.is_some() {
        return Err(qualified("SPNameQualifier"));
    }
    Ok(SubjectNameID {
        format: ours.format.clone(),
        value: ours.value.clone(),
    })
}

fn conditions(principal: &Principal, sp: &ServiceProvider) -> Conditions {
    let deadline = principal.clone().into_facts().not_on_or_after;
    Conditions {
        not_before: None,
        not_on_or_after: deadline.map(time::to_theirs),
        audience_restrictions: Some(vec![AudienceRestriction {
            audience: vec![sp.entity_id.clone()],
        }]),
        one_time_use: None,
        proxy_restriction: None,
    }
}

fn authn_statement(principal: &Principal) -> AuthnStatement {
    let class = principal.authn_context();
    AuthnStatement {
        authn_instant: Some(time::to_theirs(principal.authn_instant())),
        session_index: principal.session_index().map(str::to_owned),
        session_not_on_or_after: principal.session_not_on_or_after().map(time::to_theirs),
        subject_locality: None,
        authn_context: class.map(|class| AuthnContext {
            value: Some(AuthnContextClassRef {
                value: Some(class.to_owned()),
            }),
        }),
    }
}

fn attribute_statements(ours: &Attributes) -> Option<Vec<AttributeStatement>> {
    let attributes = ours.iter().map(attribute).collect();
    (!ours.is_empty()).then(|| vec![AttributeStatement { attributes }])
}

fn attribute(ours: &Attribute) -> TheirAttribute {
    let value = |value: &String| AttributeValue {
        attribute_type: None,
        value: Some(value.clone()),
    };
    TheirAttribute {
        friendly_name: None,
        name: Some(ours.name.clone()),
        name_format: None,
        values: ours.values.iter().map(value).collect(),
    }
}
