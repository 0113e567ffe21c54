//! What an entry of the log means, in words.

use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;

/// What was done, or what was refused and why.
pub(super) fn words(entry: &LogEntry) -> String {
    if entry.status >= 400 {
        let tried = tried(entry.operation);
        return format!("{tried} was refused: {}", reason(entry));
    }
    let changed = entry.changed.join(", ");
    match entry.operation {
        LogOperation::Create => "created".to_owned(),
        LogOperation::Read => "read".to_owned(),
        LogOperation::Search => "looked up".to_owned(),
        LogOperation::Delete => "deleted".to_owned(),
        LogOperation::Other => "asked".to_owned(),
        LogOperation::Replace | LogOperation::Patch if changed.is_empty() => {
            "sent again as it was".to_owned()
        }
        LogOperation::Replace => format!("replaced: {changed}"),
        LogOperation::Patch => format!("changed: {changed}"),
    }
}

/// What was to be done.
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

/// Why it was refused, and what mends it, with the status and keyword that Entra's own log shows.
pub(super) fn reason(entry: &LogEntry) -> String {
    let keyword = entry.scim_type.as_deref();
    let by_keyword = REASONS.iter().find(|(_, known, _)| Some(*known) == keyword);
    let by_status = || {
        let mut all = REASONS.iter();
        all.find(|(status, known, _)| *status == entry.status && known.is_empty())
    };
    let why = by_keyword.or_else(by_status);
    let why = why.map_or("see the detail in Entra's provisioning log", |(.., why)| {
        why
    });
    match keyword {
        Some(keyword) => format!("{why} ({} {keyword})", entry.status),
        None => format!("{why} ({})", entry.status),
    }
}

/// Statuses and keywords (RFC 7644 §3.12) with their meaning; an empty keyword stands for any other.
const REASONS: [(u16, &str, &str); 19] = [
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
        "no valid credentials; see entrada token list, and the Secret Token in Entra",
    ),
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
            changed: Vec::new(),
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
