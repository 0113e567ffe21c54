//! The checks of each setting of a connection.

use std::time::Duration;

use url::Url;

use super::ConnectionProblem;
use super::MetadataPolicy;
use super::TrustSource;
use crate::address::has_credentials;
use crate::address::is_protected;
use crate::address::shown;
use crate::metadata::MetadataSigner;
use crate::saml::RequestOptions;
use crate::text;

pub(super) fn check_source(source: &TrustSource, problems: &mut Vec<ConnectionProblem>) {
    match source {
        TrustSource::MetadataUrl {
            url,
            policy,
            entity_id,
        } => {
            check_url("metadata URL", url, problems);
            check_chosen(entity_id.as_deref(), problems);
            check_policy(policy, problems);
        }
        TrustSource::MetadataQuery {
            base_url,
            entity_id,
            policy,
        } => {
            check_url("metadata query URL", base_url, problems);
            check_entity_id(IDP, entity_id, problems);
            check_policy(policy, problems);
        }
        TrustSource::MetadataXml { entity_id, .. } => {
            check_chosen(entity_id.as_deref(), problems);
        }
        TrustSource::Fingerprint {
            fingerprints,
            entity_id,
            sso_url,
            slo_url,
        } => {
            if fingerprints.is_empty() {
                problems.push(ConnectionProblem::NoFingerprint);
            }
            check_entity_id(IDP, entity_id, problems);
            check_url("sign-on URL", sso_url, problems);
            if let Some(url) = slo_url {
                check_url("logout URL", url, problems);
            }
        }
    }
}

const IDP: &str = "the identity provider's";

fn check_chosen(entity_id: Option<&str>, problems: &mut Vec<ConnectionProblem>) {
    if let Some(entity_id) = entity_id {
        check_entity_id(IDP, entity_id, problems);
    }
}

fn check_policy(policy: &MetadataPolicy, problems: &mut Vec<ConnectionProblem>) {
    if let Some(Err(error)) = policy.signer.as_ref().map(MetadataSigner::keys) {
        problems.push(ConnectionProblem::Signer(error.to_string()));
    }
    if policy.grace > GRACE_MAX {
        problems.push(ConnectionProblem::Grace(policy.grace));
    }
}

/// A month: who needs a document for longer after its end has no publisher any more.
const GRACE_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

pub(super) fn check_request_options(
    options: &RequestOptions,
    problems: &mut Vec<ConnectionProblem>,
) {
    let contexts = options.authn_context.iter();
    let named = options
        .name_id_format
        .iter()
        .map(|format| ("NameID format", format))
        .chain(contexts.map(|class| ("authentication context", &class.0)));
    let is_uri = |text: &str| Url::parse(text).is_ok() && !text::has_invisible(text);
    for (what, text) in named.filter(|(_, text)| !is_uri(text)) {
        problems.push(ConnectionProblem::Uri {
            what,
            found: text.clone(),
        });
    }
}

pub(super) fn check_names(
    names: &[String],
    problem: fn(String) -> ConnectionProblem,
    problems: &mut Vec<ConnectionProblem>,
) {
    let invalid = names.iter().filter(|name| !is_host_name(name));
    problems.extend(invalid.cloned().map(problem));
}

/// True for a name that may stand in a `Host` header before the port, or in an e-mail address behind the `@` (RFC 1123
/// §2.1; names beyond ASCII as their `xn--` form, which is what browsers send).
fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

pub(super) fn check_url(what: &'static str, text: &str, problems: &mut Vec<ConnectionProblem>) {
    if text.contains(' ') || text::has_invisible(text) {
        return problems.push(invisible(what, text));
    }
    let url = Url::parse(text);
    if url.as_ref().is_ok_and(has_credentials) {
        problems.push(ConnectionProblem::Credentials(what));
    } else if !url.is_ok_and(|url| is_protected(&url) && url.fragment().is_none()) {
        problems.push(ConnectionProblem::Url {
            what,
            found: shown(text).into_owned(),
        });
    }
}

/// Refuses a name with something unseen, by which two that look alike could differ, but for `may`: characters without width
/// that some scripts need within a word.
pub(super) fn check_visible(
    what: &'static str,
    text: &str,
    may: &[char],
    problems: &mut Vec<ConnectionProblem>,
) {
    let seen: String = text.chars().filter(|c| !may.contains(c)).collect();
    if text::has_invisible(&seen) || text.starts_with(may) || text.ends_with(may) {
        problems.push(invisible(what, text));
    }
}

/// Persian and Indic scripts join and part letters with them.
pub(super) const JOINERS: &[char] = &['\u{200c}', '\u{200d}'];

fn invisible(what: &'static str, text: &str) -> ConnectionProblem {
    ConnectionProblem::Invisible {
        what,
        found: text::quoted(&shown(text)),
    }
}

pub(super) fn check_entity_id(
    whose: &'static str,
    text: &str,
    problems: &mut Vec<ConnectionProblem>,
) {
    if !is_entity_id(text) {
        problems.push(ConnectionProblem::EntityId(whose));
    } else if text::has_invisible(text) {
        problems.push(ConnectionProblem::Invisible {
            what: "entity ID",
            found: text::quoted(text),
        });
    }
}

/// SAML 2.0 Core §8.3.6: an entity identifier has at most 1024 characters.
fn is_entity_id(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 1024
}

/// A minute, since a shorter one signs people out while they read, to 30 days, the longest that Entra's own
/// sign-in frequency setting reaches in common use.
pub(super) const LIFETIMES: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(30 * 24 * 60 * 60);
