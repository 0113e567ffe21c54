//! What differs between two documents, as `metadata diff`, `metadata fetch`, `connection refresh` and `connection
//! update` print it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::super::certificate::CertificateFacts;
use super::super::output::Style;
use super::super::output::printable;
use super::show::address;
use super::show::harmless;
use crate::crypto::Certificate;
use crate::metadata::Changed;
use crate::metadata::Compared;
use crate::metadata::Endpoint;
use crate::metadata::IdpMetadata;
use crate::metadata::MetadataDiff;

/// A difference as it is printed.
#[derive(Serialize)]
pub(in crate::cli) struct Difference {
    changed: bool,
    entity_id: Value<String>,
    certificates: Lists<CertificateFacts>,
    sso: Lists<Endpoint>,
    slo: Lists<Endpoint>,
    name_id_formats: Lists<String>,
    valid_until: Value<Option<Timestamp>>,
    wants_signed_requests: Value<bool>,
}

#[derive(Serialize)]
struct Value<T> {
    old: T,
    new: T,
}

#[derive(Serialize)]
struct Lists<T> {
    added: Vec<T>,
    removed: Vec<T>,
    kept: Vec<T>,
}

impl Difference {
    /// Compares two documents.
    pub(in crate::cli) fn between(
        old: &IdpMetadata,
        new: &IdpMetadata,
        now: Timestamp,
    ) -> Difference {
        let diff = MetadataDiff::between(old, new);
        Difference {
            changed: !diff.is_empty(),
            entity_id: value(diff.entity_id, || new.entity_id().to_owned()),
            certificates: certificates(diff.certificates, now),
            sso: endpoints(&diff.sso),
            slo: endpoints(&diff.slo),
            name_id_formats: lists(diff.name_id_formats),
            valid_until: value(diff.valid_until, || new.valid_until()),
            wants_signed_requests: value(diff.wants_signed_requests, || {
                new.wants_signed_requests()
            }),
        }
    }

    /// Whether anything differs.
    pub(in crate::cli) fn is_change(&self) -> bool {
        self.changed
    }

    /// One line for each thing: `+` for what came, `-` for what went, and a blank for what stayed.
    pub(in crate::cli) fn text(&self, style: Style) -> String {
        let mut lines = Lines {
            text: String::new(),
            style,
        };
        lines.value("Entity ID", &self.entity_id, Clone::clone);
        lines.lists("Certificate", &self.certificates, |one| one.line().into());
        lines.lists("Sign-on", &self.sso, address);
        lines.lists("Logout", &self.slo, address);
        lines.lists("NameID format", &self.name_id_formats, |one| one.into());
        let moment =
            |at: &Option<Timestamp>| at.map_or_else(|| "not said".to_owned(), |at| at.to_string());
        lines.value("Valid until", &self.valid_until, moment);
        let yes = |yes: &bool| if *yes { "yes" } else { "no" }.to_owned();
        lines.value("Signed requests alone", &self.wants_signed_requests, yes);
        lines.text
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

fn lists<T>(compared: Compared<T>) -> Lists<T> {
    Lists {
        added: compared.added,
        removed: compared.removed,
        kept: compared.kept,
    }
}

fn endpoints(compared: &Compared<Endpoint>) -> Lists<Endpoint> {
    let harmless = |list: &[Endpoint]| list.iter().map(harmless).collect();
    Lists {
        added: harmless(&compared.added),
        removed: harmless(&compared.removed),
        kept: harmless(&compared.kept),
    }
}

fn certificates(compared: Compared<Certificate>, now: Timestamp) -> Lists<CertificateFacts> {
    let facts = |list: &[Certificate]| {
        list.iter()
            .map(|one| CertificateFacts::of(one, now))
            .collect()
    };
    Lists {
        added: facts(&compared.added),
        removed: facts(&compared.removed),
        kept: facts(&compared.kept),
    }
}

struct Lines {
    text: String,
    style: Style,
}

impl Lines {
    fn value<T: PartialEq>(&mut self, label: &str, value: &Value<T>, text: fn(&T) -> String) {
        if value.old == value.new {
            return;
        }
        self.line('-', label, &text(&value.old));
        self.line('+', label, &text(&value.new));
    }

    fn lists<T>(&mut self, label: &str, lists: &Lists<T>, text: fn(&T) -> Cow<'_, str>) {
        for (sign, list) in [
            (' ', &lists.kept),
            ('-', &lists.removed),
            ('+', &lists.added),
        ] {
            for item in list {
                self.line(sign, label, &text(item));
            }
        }
    }

    fn line(&mut self, sign: char, label: &str, value: &str) {
        let line = format!("{sign} {label:LABEL$}  {}", printable(value));
        let line = match sign {
            '+' => self.style.good(&line),
            '-' => self.style.bad(&line),
            _ => line,
        };
        self.text.push_str(&line);
        self.text.push('\n');
    }
}

/// The width of the longest label, `Signed requests alone`.
const LABEL: usize = 21;
