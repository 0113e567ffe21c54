//! The meaning of an entry of the log, in words.

use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;

/// Says what was done, or what was refused and why.
pub(super) fn words(entry: &LogEntry) -> String {
    if entry.status >= 400 {
        let tried = tried(entry.operation);
        return format!("{tried} was refused: {}", reason(entry));
    }
    let done = done(entry);
    match entry.overlooked.is_empty() {
        true => done,
        false => format!(
            "{done}; overlooked, since no schema has it: {}",
            entry.overlooked.join(", ")
        ),
    }
}

fn done(entry: &LogEntry) -> String {
    let changed = entry.changed.join(", ");
    match entry.operation {
        LogOperation::Create => "created".to_owned(),
        LogOperation::Read => "read".to_owned(),
        LogOperation::Search => "looked up".to_owned(),
        LogOperation::Delete => "deleted".to_owned(),
        LogOperation::Other => "asked".to_owned(),
        LogOperation::Replace | LogOperation::Patch if changed.is_empty() => {
            match entry.overlooked.is_empty() {
                true => "sent again as it was".to_owned(),
                false => "nothing changed".to_owned(),
            }
        }
        LogOperation::Replace => format!("replaced: {changed}"),
        LogOperation::Patch => format!("changed: {changed}"),
    }
}

/// Names the attempt.
pub(super) fn tried(operation: LogOperation) -> &'static str {
    match operation {
        LogOperation::Create => "creating",
        LogOperation::Read => "reading",
        LogOperation::Search => "looking up",
        LogOperation::Replace => "replacing",
        LogOperation::Patch => "changing",
        LogOperation::Delete => "deleting",
        LogOperation::Other => "a request",
    }
}

/// The reason of a refusal, as the client was told, and its remedy, with the status and keyword that Entra's own log shows.
pub(super) fn reason(entry: &LogEntry) -> String {
    let keyword = entry.scim_type.as_deref();
    let why = match (&entry.detail, remedy(entry)) {
        (Some(detail), Some(remedy)) => format!("{detail}; {remedy}"),
        (Some(detail), None) => detail.clone(),
        (None, _) => meaning(entry).to_owned(),
    };
    match keyword {
        Some(keyword) => format!("{why} ({} {keyword})", entry.status),
        None => format!("{why} ({})", entry.status),
    }
}

/// The remedy, where it does not depend on the detail.
fn remedy(entry: &LogEntry) -> Option<&'static str> {
    match (entry.status, entry.scim_type.as_deref(), entry.operation) {
        (409, Some("uniqueness"), _) => {
            Some("rename or delete one of them, or match on it in Entra")
        }
        (400, Some("invalidFilter"), _) => Some("see the matching attribute in Entra"),
        (404, _, LogOperation::Other) => Some("see the Tenant URL in Entra"),
        (404, ..) => Some("Entra makes it again after \"Restart provisioning\""),
        (429 | 503, ..) => Some("Entra tries again by itself"),
        (500, ..) => Some("its own log says why"),
        _ => None,
    }
}

/// The meaning of a status and a keyword, for entries that have no detail.
fn meaning(entry: &LogEntry) -> &'static str {
    let keyword = entry.scim_type.as_deref();
    let by_keyword = REASONS.iter().find(|(_, known, _)| Some(*known) == keyword);
    let by_status = || {
        let mut all = REASONS.iter();
        all.find(|(status, known, _)| *status == entry.status && known.is_empty())
    };
    let why = by_keyword.or_else(by_status);
    why.map_or("see the detail in Entra's provisioning log", |(.., why)| {
        why
    })
}

/// Statuses and keywords (RFC 7644 §3.12) with their meaning; an empty keyword stands for any other.
const REASONS: [(u16, &str, &str); 20] = [
    (
        409,
        "uniqueness",
        "another user of the connection has this userName; rename or delete one of them, or match on userName in Entra",
    ),
    (
        400,
        "invalidValue",
        "a value does not fit its attribute, or a required one is missing; see the attribute mapping in Entra",
    ),
    (
        400,
        "invalidPath",
        "the attribute mapping in Entra names an attribute that does not exist",
    ),
    (
        400,
        "invalidSyntax",
        "the message does not have the structure of SCIM",
    ),
    (
        400,
        "invalidFilter",
        "the filter cannot be read; see the matching attribute in Entra",
    ),
    (400, "noTarget", "what was to be changed is not there"),
    (
        400,
        "mutability",
        "the attribute may not be changed; take it out of the attribute mapping in Entra",
    ),
    (400, "tooMany", "the request would look at too much at once"),
    (400, "", "the request cannot be understood"),
    (
        401,
        "",
        "no valid credentials; see entrada token list or entrada client list, and the Admin Credentials in Entra",
    ),
    (403, "", "a filter on what is read whole"),
    (
        404,
        "",
        "it is not there any more; Entra makes it again after \"Restart provisioning\"",
    ),
    (409, "", "it stands in conflict with something else"),
    (412, "", "somebody else had changed it in between"),
    (413, "", "the request is too large"),
    (415, "", "the body is of another media type than SCIM's"),
    (429, "", "too many requests; Entra tries again by itself"),
    (500, "", "the server failed; its own log says why"),
    (501, "", "the server does not do this"),
    (
        503,
        "",
        "the server could not answer; Entra tries again by itself",
    ),
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;

    fn entry(operation: LogOperation, status: u16, scim_type: Option<&str>) -> LogEntry {
        LogEntry {
            connection: "acme".parse().unwrap(),
            at: Timestamp::UNIX_EPOCH,
            credential: None,
            operation,
            resource_kind: None,
            resource: None,
            subject: None,
            status,
            scim_type: scim_type.map(str::to_owned),
            detail: None,
            changed: Vec::new(),
            overlooked: Vec::new(),
            request_id: None,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn what_was_done_is_said_with_what_changed() {
        let patch = LogEntry {
            changed: vec!["active".to_owned(), "title".to_owned()],
            ..entry(LogOperation::Patch, 200, None)
        };
        assert_eq!(words(&patch), "changed: active, title");
        let idle = entry(LogOperation::Patch, 200, None);
        assert_eq!(words(&idle), "sent again as it was");
        assert_eq!(words(&entry(LogOperation::Create, 201, None)), "created");
    }

    #[test]
    fn what_was_overlooked_is_named() {
        let patch = LogEntry {
            changed: vec!["title".to_owned()],
            overlooked: vec!["shoeSize".to_owned(), "name.x".to_owned()],
            ..entry(LogOperation::Patch, 200, None)
        };
        let overlooked = "overlooked, since no schema has it: shoeSize, name.x";
        assert_eq!(words(&patch), format!("changed: title; {overlooked}"));
        let idle = LogEntry {
            changed: Vec::new(),
            ..patch
        };
        assert_eq!(words(&idle), format!("nothing changed; {overlooked}"));
    }

    #[test]
    fn a_refusal_says_what_the_client_was_told() {
        let refused = LogEntry {
            detail: Some("operation 2 (replace, path title): title: expected a text".to_owned()),
            ..entry(LogOperation::Patch, 400, Some("invalidValue"))
        };
        let said = "changing was refused: operation 2 (replace, path title): title: expected a text (400 invalidValue)";
        assert_eq!(words(&refused), said);
        let nowhere = LogEntry {
            detail: Some("there is no such endpoint".to_owned()),
            ..entry(LogOperation::Other, 404, None)
        };
        let said =
            "a request was refused: there is no such endpoint; see the Tenant URL in Entra (404)";
        assert_eq!(words(&nowhere), said);
    }

    #[test]
    fn a_refusal_says_why_and_what_entra_shows() {
        let refused = entry(LogOperation::Create, 409, Some("uniqueness"));
        let said = words(&refused);
        assert!(said.starts_with("creating was refused: another user of the connection"));
        assert!(said.ends_with("(409 uniqueness)"), "{said}");
        let said = words(&entry(LogOperation::Other, 401, None));
        assert!(said.starts_with("a request was refused: no valid credentials"));
        let unknown = words(&entry(LogOperation::Patch, 418, None));
        assert!(unknown.ends_with("log (418)"), "{unknown}");
    }
}
