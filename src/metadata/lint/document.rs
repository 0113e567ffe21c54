//! Rules on the document as a whole: whether it can be read, who signed it, which entities it has.

use std::collections::BTreeSet;

use url::Url;

use super::context::Context;
use super::entity;
use super::finding::Findings;
use super::table;
use super::words::days;
use super::words::days_between;
use super::words::shown;
use crate::crypto::AlgorithmError;
use crate::crypto::SignatureAlgorithm;
use crate::dsig;
use crate::dsig::SignatureError;
use crate::dsig::Signed;
use crate::dsig::TrustedKeys;
use crate::form;
use crate::metadata::StaleLevel;
use crate::metadata::choose::entity_id_of;
use crate::metadata::choose::identity_providers;
use crate::metadata::error::RIGHT_ONE;
use crate::metadata::text::text;
use crate::saml::entra;
use crate::saml::namespace::METADATA;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::XmlError;
use crate::xml::XmlErrorKind;

pub(super) fn look(bytes: &[u8], context: &Context<'_>, found: &mut Findings) {
    address(context, found);
    age(context, found);
    let text = match text(bytes) {
        Ok(text) => text,
        Err(error) => {
            let detail = error.to_string();
            let detail = detail.trim_end_matches(RIGHT_ONE);
            return found.add(&table::METADATA_UNREADABLE, detail);
        }
    };
    let document = match Document::parse(&*text, &Budget::AGGREGATE) {
        Ok(document) => document,
        Err(error) => return unreadable(&error, found),
    };
    let root = document.root();
    if !root.is(METADATA, "EntityDescriptor") && !root.is(METADATA, "EntitiesDescriptor") {
        let name = shown(root.local());
        let mut detail = format!("expected EntityDescriptor or EntitiesDescriptor, found {name}");
        if let Some(form) = form::of_root(root.local()) {
            detail.push_str(&format!(": this is {form}"));
        }
        return found.add(&table::METADATA_UNREADABLE, detail);
    }
    if context.entity_id.is_none() && bytes.len() > Budget::METADATA.bytes {
        too_large(bytes.len(), Budget::METADATA.bytes, found);
    }
    entities(root, context, found);
}

/// An address of Entra's federation metadata, in any of its clouds, that is not one app's.
fn address(context: &Context<'_>, found: &mut Findings) {
    let Ok(url) = Url::parse(context.source) else {
        return;
    };
    let entra = url.host_str().is_some_and(entra::is_host);
    let names_app = url
        .query_pairs()
        .any(|(name, value)| name.eq_ignore_ascii_case("appid") && !value.is_empty());
    if entra && !names_app {
        let detail = "an Entra metadata address without ?appid=...";
        found.add(&table::ENTRA_ADDRESS_WITHOUT_APPID, detail);
    }
}

fn age(context: &Context<'_>, found: &mut Findings) {
    let Some(confirmed) = context.confirmed else {
        return;
    };
    let age = days_between(confirmed, context.now);
    if let Some(level) = StaleLevel::of(confirmed, context.now) {
        let detail = format!("the copy was last confirmed {} ago", days(age));
        found.add_with_days(&table::METADATA_STALE, detail, Some(level.days()));
    }
}

fn unreadable(error: &XmlError, found: &mut Findings) {
    match error.kind() {
        XmlErrorKind::TooLarge { limit, found: size } => too_large(size, limit, found),
        XmlErrorKind::DuplicateId => found.add(&table::DUPLICATE_ID, error.to_string()),
        _ => found.add(&table::METADATA_UNREADABLE, error.to_string()),
    }
}

fn too_large(bytes: usize, limit: usize, found: &mut Findings) {
    let detail = format!("the document has {bytes} bytes; up to {limit} are read");
    found.add(&table::TOO_LARGE, detail);
}

fn entities(root: Element<'_>, context: &Context<'_>, found: &mut Findings) {
    let chosen = identity_providers(root).filter(|entity| {
        let id = entity_id_of(*entity);
        context.entity_id.is_none_or(|wanted| id == Some(wanted))
    });
    let chosen: Vec<_> = chosen.collect();
    signature(root, chosen.as_slice(), found);
    match (chosen.as_slice(), context.entity_id) {
        ([], None) => found.add(&table::NO_IDENTITY_PROVIDER, "there is no IDPSSODescriptor"),
        ([], Some(id)) => {
            let detail = format!("there is no identity provider {:?}", shown(id));
            found.add(&table::NO_SUCH_ENTITY, detail);
        }
        ([_, _, ..], None) => {
            let detail = format!("there are {} identity providers", chosen.len());
            found.add(&table::SEVERAL_ENTITIES, detail);
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for entity in chosen {
        found.entity_id = entity_id_of(entity).map(shown);
        if !seen.insert(entity_id_of(entity)) {
            found.add(
                &table::REPEATED_ENTITY,
                "the entity stands in the document twice",
            );
        }
        entity::look(entity, context, found);
    }
}

/// Checks the signature of the root, or of the only entity. It does not ask whose key made the signature: Entra's is
/// one that the same document lists.
fn signature(root: Element<'_>, entities: &[Element<'_>], found: &mut Findings) {
    let signed = match (dsig::signature_of(root), entities) {
        (Ok(None), [only]) => *only,
        _ => root,
    };
    let signature = match dsig::signature_of(signed) {
        Ok(Some(signature)) => signature,
        Ok(None) => return found.add(&table::UNSIGNED, "there is no signature"),
        Err(error) => return found.add(&table::SIGNATURE_UNUSABLE, error.to_string()),
    };
    if let Some(weak) = weak_algorithm(signature) {
        return found.add(&table::WEAK_DOCUMENT_SIGNATURE, weak.to_string());
    }
    match own_signature(signed) {
        // Without a certificate in it, there is nothing to compare with.
        Ok(_) | Err(SignatureError::NoCertificate | SignatureError::NotPinned { .. }) => {}
        Err(error @ (SignatureError::Digest | SignatureError::Invalid { .. })) => {
            let what = match error {
                SignatureError::Digest => "the digests differ",
                _ => "the signature is not by the key that it names",
            };
            found.add(&table::SIGNATURE_BROKEN, what);
        }
        Err(error) => found.add(&table::SIGNATURE_UNUSABLE, error.to_string()),
    }
}

fn weak_algorithm(signature: Element<'_>) -> Option<AlgorithmError> {
    let named = signature.descendants().filter(|element| {
        element.is(dsig::NAMESPACE, "SignatureMethod")
            || element.is(dsig::NAMESPACE, "DigestMethod")
    });
    named
        .filter_map(|element| element.attribute("Algorithm"))
        .filter_map(|uri| SignatureAlgorithm::from_uri(uri).err())
        .find(|error| matches!(error, AlgorithmError::Weak { .. }))
}

/// Holds a signature against the key that it brings itself: that proves that nothing was changed since, and nothing
/// about who signed.
fn own_signature(signed: Element<'_>) -> Result<Signed, SignatureError> {
    let claimed = dsig::claimed_certificate(signed).ok_or(SignatureError::NoCertificate)?;
    let keys = TrustedKeys::pinned(&[claimed]).map_err(|_| SignatureError::NoCertificate)?;
    dsig::verify(signed, &keys)
}
