//! `samlp:AuthnRequest` (SAML 2.0 Core §3.4.1).

use samael::schema;
use samael::schema::AuthnContextClassRef;
use samael::schema::AuthnContextComparison;
use samael::schema::Issuer;
use samael::schema::NameIdPolicy;
use samael::schema::RequestedAuthnContext;

use super::time;
use crate::saml::AuthnRequest;
use crate::saml::RequestOptions;
use crate::saml::ServiceProvider;
use crate::saml::allows_create;
use crate::saml::namespace::HTTP_POST;

/// Our request as samael has it, to look at and to log. The text to send is the one that [`AuthnRequest::to_xml`]
/// writes.
///
/// ```
/// use entrada::saml::{AuthnRequest, MessageId, RequestOptions, ServiceProvider};
///
/// let sp = ServiceProvider {
///     entity_id: "https://app.example.com/saml/acme/metadata".to_owned(),
///     acs_url: "https://app.example.com/saml/acme/acs".to_owned(),
///     tenant: None,
/// };
/// let request = AuthnRequest {
///     id: MessageId::from_random([7; 20]),
///     issue_instant: "2026-11-22T10:00:00Z".parse()?,
///     destination: "https://login.example.com/saml2".to_owned(),
///     options: RequestOptions { force_authn: true, ..RequestOptions::default() },
/// };
/// let theirs = entrada::samael::authn_request(&request, &sp);
/// assert_eq!(theirs.issuer_value().as_deref(), Some("https://app.example.com/saml/acme/metadata"));
/// assert_eq!(theirs.force_authn, Some(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn authn_request(request: &AuthnRequest, sp: &ServiceProvider) -> schema::AuthnRequest {
    let options = &request.options;
    schema::AuthnRequest {
        id: request.id.as_str().to_owned(),
        version: "2.0".to_owned(),
        issue_instant: time::to_theirs(request.issue_instant),
        destination: Some(request.destination.clone()),
        consent: None,
        issuer: Some(Issuer {
            value: Some(sp.entity_id.clone()),
            ..Issuer::default()
        }),
        signature: None,
        subject: None,
        name_id_policy: options.name_id_format.clone().map(|format| NameIdPolicy {
            allow_create: allows_create(&format).then_some(true),
            format: Some(format),
            ..NameIdPolicy::default()
        }),
        conditions: None,
        requested_authn_context: requested_authn_context(options),
        force_authn: options.force_authn.then_some(true),
        is_passive: options.is_passive.then_some(true),
        assertion_consumer_service_index: None,
        assertion_consumer_service_url: Some(sp.acs_url.clone()),
        protocol_binding: Some(HTTP_POST.to_owned()),
        attribute_consuming_service_index: None,
        provider_name: None,
    }
}

fn requested_authn_context(options: &RequestOptions) -> Option<RequestedAuthnContext> {
    let classes = options.authn_context.iter();
    let classes: Vec<_> = classes
        .map(|class| AuthnContextClassRef {
            value: Some(class.0.clone()),
        })
        .collect();
    (!classes.is_empty()).then_some(RequestedAuthnContext {
        authn_context_class_refs: Some(classes),
        authn_context_decl_refs: None,
        comparison: Some(AuthnContextComparison::Exact),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::AuthnContextClass;
    use crate::saml::MessageId;

    #[test]
    fn their_value_is_what_samael_reads_of_the_message_that_we_write() {
        let sp = ServiceProvider {
            entity_id: "urn:app?a=1&b=<2>".to_owned(),
            acs_url: "https://app.example.com/acs".to_owned(),
            tenant: None,
        };
        let everything = RequestOptions {
            force_authn: true,
            is_passive: true,
            name_id_format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
            authn_context: vec![AuthnContextClass("urn:a".to_owned())],
        };
        for options in [RequestOptions::default(), everything] {
            let request = AuthnRequest {
                id: MessageId::from_random([7; 20]),
                issue_instant: "2026-11-22T10:00:00.125Z".parse().unwrap(),
                destination: "https://login.example.com/saml2?a=1&b=2".to_owned(),
                options,
            };
            let read: schema::AuthnRequest = request.to_xml(&sp).unwrap().parse().unwrap();
            assert_eq!(authn_request(&request, &sp), read);
        }
    }
}
