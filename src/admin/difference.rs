//! Differences between two documents of metadata.

use jiff::Timestamp;
use serde::Serialize;

use super::certificates::CertificateFacts;
use crate::address::shown;
use crate::metadata::Changed;
use crate::metadata::Compared;
use crate::metadata::Endpoint;
use crate::metadata::IdpMetadata;
use crate::metadata::MetadataDiff;

/// The differences between two documents of metadata.
#[derive(Serialize)]
pub struct Difference {
    pub(crate) changed: bool,
    pub(crate) entity_id: Value<String>,
    pub(crate) certificates: Lists<CertificateFacts>,
    pub(crate) sso: Lists<Endpoint>,
    pub(crate) slo: Lists<Endpoint>,
    pub(crate) name_id_formats: Lists<String>,
    pub(crate) valid_until: Value<Option<Timestamp>>,
    pub(crate) wants_signed_requests: Value<bool>,
}

#[derive(Serialize)]
pub(crate) struct Value<T> {
    pub(crate) old: T,
    pub(crate) new: T,
}

#[derive(Serialize)]
pub(crate) struct Lists<T> {
    pub(crate) added: Vec<T>,
    pub(crate) removed: Vec<T>,
    pub(crate) kept: Vec<T>,
}

impl Difference {
    pub(crate) fn between(old: &IdpMetadata, new: &IdpMetadata, now: Timestamp) -> Difference {
        let diff = MetadataDiff::between(old, new);
        Difference {
            changed: !diff.is_empty(),
            entity_id: value(diff.entity_id, || new.entity_id().to_owned()),
            certificates: lists(diff.certificates, |one| CertificateFacts::of(&one, now)),
            sso: lists(diff.sso, |one| harmless(&one)),
            slo: lists(diff.slo, |one| harmless(&one)),
            name_id_formats: lists(diff.name_id_formats, |one| one),
            valid_until: value(diff.valid_until, || new.valid_until()),
            wants_signed_requests: value(diff.wants_signed_requests, || {
                new.wants_signed_requests()
            }),
        }
    }

    /// Says whether anything differs.
    pub fn is_change(&self) -> bool {
        self.changed
    }
}

fn value<T: Clone>(changed: Option<Changed<T>>, same: impl FnOnce() -> T) -> Value<T> {
    match changed {
        Some(Changed { old, new }) => Value { old, new },
        None => {
            let new = same();
            Value {
                old: new.clone(),
                new,
            }
        }
    }
}

fn lists<T, L>(compared: Compared<T>, shown: impl Fn(T) -> L) -> Lists<L> {
    let shown = |list: Vec<T>| list.into_iter().map(&shown).collect();
    Lists {
        added: shown(compared.added),
        removed: shown(compared.removed),
        kept: shown(compared.kept),
    }
}

/// An endpoint whose addresses are as they may be shown.
pub(crate) fn harmless(endpoint: &Endpoint) -> Endpoint {
    let shown = |url: &str| shown(url).into_owned();
    Endpoint {
        location: shown(&endpoint.location),
        response_location: endpoint.response_location.as_deref().map(shown),
        ..endpoint.clone()
    }
}
