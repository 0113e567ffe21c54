//! Errors in the form that clients read (RFC 7644 §3.12). A detail names the operation, its path as the client wrote it,
//! attributes, ids of resources and positions, never another value: it ends up in Entra's provisioning log and in ours.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;
use serde_json::json;

use super::schema::ResourceKind;

pub(super) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The reason that a request is refused.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScimError {
    /// The filter does not parse, or compares what cannot be compared.
    #[error("filter{}: expected {expected}", at(.position))]
    InvalidFilter {
        /// The number of the character, from 1; `None` where the filter is empty.
        position: Option<usize>,
        /// The thing that should have stood there.
        expected: Cow<'static, str>,
    },
    /// The path of a PATCH operation does not parse, or names no attribute.
    #[error("path{}: expected {expected}", at(.position))]
    InvalidPath {
        /// The number of the character, from 1; `None` where the path is empty.
        position: Option<usize>,
        /// The thing that should have stood there.
        expected: Cow<'static, str>,
    },
    /// An operation of a PATCH cannot be done.
    #[error("{operation}: {error}")]
    InOperation {
        /// The operation.
        operation: OperationName,
        /// The reason.
        error: Box<ScimError>,
    },
    /// A PATCH operation has nothing to operate on.
    #[error("expected {expected}")]
    NoTarget {
        /// The thing that should have been there.
        expected: &'static str,
    },
    /// A value of another type, or one that the attribute cannot have.
    #[error("{attribute}: expected {expected}")]
    InvalidValue {
        /// The attribute, as the schema spells it.
        attribute: String,
        /// The thing that should have stood there.
        expected: Cow<'static, str>,
    },
    /// The body is no JSON, or has a name twice in one object.
    #[error("the body, line {line}, character {column}: expected {expected}")]
    InvalidJson {
        /// The line, from 1.
        line: usize,
        /// The number of the character in its line, from 1.
        column: usize,
        /// The thing that should have stood there.
        expected: Cow<'static, str>,
    },
    /// A name is twice in one object, in whatever case: nobody can say which counts.
    #[error("expected each name once in an object, in whatever case, found {0:?} again")]
    NameTwice(String),
    /// The message has not the structure that the protocol asks for.
    #[error("expected {0}")]
    InvalidSyntax(Cow<'static, str>),
    /// A read-only attribute was to be changed, an immutable one changed again, or a required one removed.
    #[error("{attribute} is {mutability}")]
    Mutability {
        /// The attribute, as the schema spells it.
        attribute: String,
        /// The obstacle: `readOnly`, `immutable` or `required`.
        mutability: &'static str,
    },
    /// Another resource has the value already.
    #[error("another resource has this {attribute}")]
    Uniqueness {
        /// The attribute whose values are unique.
        attribute: &'static str,
    },
    /// The request would look at more than the server is willing to.
    #[error("expected at most {limit} {what}")]
    TooMany {
        /// The things that there are too many of.
        what: &'static str,
        /// The most that there may be.
        limit: usize,
    },
    /// The version of the protocol is not ours.
    #[error("expected version 2.0 of the protocol")]
    InvalidVersion,
    /// The query holds what must not stand in an address (RFC 7644 §7.5.2).
    #[error("expected the filter in the body of POST /.search")]
    Sensitive,
    /// The cursor is not one of ours, or of another query (RFC 9865 §2).
    #[error("expected a cursor from the answer to the same query")]
    InvalidCursor,
    /// The count is none (RFC 9865 §2).
    #[error("expected a count that is a number")]
    InvalidCount,
    /// No valid credentials.
    #[error("expected valid credentials for this connection")]
    Unauthorized,
    /// A filter where there is nothing to be filtered (RFC 7644 §4).
    #[error(
        "expected no filter: /ServiceProviderConfig, /ResourceTypes and /Schemas are read whole (RFC 7644, section 4); the credentials are not the reason"
    )]
    FilterOnDiscovery,
    /// There is no such resource.
    #[error("there is no {0}")]
    NotFound(Cow<'static, str>),
    /// There is no such endpoint.
    #[error("there is no such endpoint")]
    NoEndpoint,
    /// The endpoint does not take this method.
    #[error("this endpoint does not take this method")]
    MethodNotAllowed,
    /// The resource has changed in the meantime, or is not in the state that the request depends on.
    #[error("the resource has another version")]
    PreconditionFailed,
    /// Bulk operations refer to each other in a circle, or to one that failed (RFC 7644 §3.7.1).
    #[error("bulkId: expected {0}")]
    BulkReference(Cow<'static, str>),
    /// The body or the number of its operations is beyond the limit.
    #[error("expected at most {limit} {what}")]
    PayloadTooLarge {
        /// The things that there are too many of.
        what: &'static str,
        /// The most that there may be.
        limit: usize,
    },
    /// The body is of another type.
    #[error("Content-Type: expected application/scim+json or application/json")]
    UnsupportedMediaType,
    /// The body is JSON in another encoding (RFC 8259 §8.1).
    #[error("Content-Type: expected the charset utf-8, or none")]
    UnsupportedCharset,
    /// More requests than the connection may send.
    #[error("too many requests; see Retry-After")]
    TooManyRequests,
    /// The server does not do this.
    #[error("not implemented: {0}")]
    NotImplemented(&'static str),
    /// The server failed; what happened is in its own log.
    #[error("the server failed")]
    Internal,
    /// The server cannot answer now.
    #[error("the server cannot answer now; try again")]
    Unavailable,
}
debug_as_sentence!(ScimError);

impl ScimError {
    /// The HTTP status (RFC 7644 §3.12).
    pub fn status(&self) -> u16 {
        match self {
            ScimError::Unauthorized => 401,
            ScimError::InOperation { error, .. } => error.status(),
            ScimError::FilterOnDiscovery => 403,
            ScimError::NotFound(_) | ScimError::NoEndpoint => 404,
            ScimError::MethodNotAllowed => 405,
            ScimError::Uniqueness { .. } | ScimError::BulkReference(_) => 409,
            ScimError::PreconditionFailed => 412,
            ScimError::PayloadTooLarge { .. } => 413,
            ScimError::UnsupportedMediaType | ScimError::UnsupportedCharset => 415,
            ScimError::TooManyRequests => 429,
            ScimError::Internal => 500,
            ScimError::NotImplemented(_) => 501,
            ScimError::Unavailable => 503,
            _ => 400,
        }
    }

    /// The detail error keyword (RFC 7644 §3.12, table 9, and RFC 9865 §2), for the errors that have one.
    pub fn scim_type(&self) -> Option<&'static str> {
        match self {
            ScimError::InOperation { error, .. } => error.scim_type(),
            ScimError::InvalidFilter { .. } => Some("invalidFilter"),
            ScimError::InvalidPath { .. } => Some("invalidPath"),
            ScimError::NoTarget { .. } => Some("noTarget"),
            ScimError::InvalidValue { .. } => Some("invalidValue"),
            ScimError::InvalidSyntax(_)
            | ScimError::InvalidJson { .. }
            | ScimError::NameTwice(_) => Some("invalidSyntax"),
            ScimError::Mutability { .. } => Some("mutability"),
            ScimError::Uniqueness { .. } => Some("uniqueness"),
            ScimError::TooMany { .. } => Some("tooMany"),
            ScimError::InvalidVersion => Some("invalidVers"),
            ScimError::Sensitive => Some("sensitive"),
            ScimError::InvalidCursor => Some("invalidCursor"),
            ScimError::InvalidCount => Some("invalidCount"),
            _ => None,
        }
    }

    /// The body; `status` is a text (RFC 7644 §3.12).
    pub fn to_json(&self) -> Value {
        let mut body = json!({
            "schemas": [ERROR],
            "status": self.status().to_string(),
            "detail": self.to_string(),
        });
        if let Some(scim_type) = self.scim_type() {
            body["scimType"] = json!(scim_type);
        }
        body
    }

    /// The error itself, without the operation that it is wrong with: for a reader who wrote no operations.
    pub fn cause(self) -> ScimError {
        match self {
            ScimError::InOperation { error, .. } => *error,
            error => error,
        }
    }

    pub(crate) fn value(
        attribute: impl Into<String>,
        expected: impl Into<Cow<'static, str>>,
    ) -> ScimError {
        ScimError::InvalidValue {
            attribute: attribute.into(),
            expected: expected.into(),
        }
    }

    pub(crate) fn syntax(expected: impl Into<Cow<'static, str>>) -> ScimError {
        ScimError::InvalidSyntax(expected.into())
    }

    pub(crate) fn no_resource(kind: ResourceKind, id: &str) -> ScimError {
        ScimError::not_found(&kind.name().to_ascii_lowercase(), id)
    }

    pub(crate) fn not_found(kind: &str, id: &str) -> ScimError {
        ScimError::NotFound(format!("{kind} with the id {:?}", excerpt(id)).into())
    }

    /// The same, said of an operation; one that is said of an operation already stays as it is.
    pub(super) fn of_operation(self, operation: &OperationName) -> ScimError {
        match self {
            error @ (ScimError::InOperation { .. }
            | ScimError::Internal
            | ScimError::Unavailable) => error,
            error => ScimError::InOperation {
                operation: operation.clone(),
                error: Box::new(error),
            },
        }
    }
}

/// An operation of a PATCH, as an error names it: `operation 2 (replace, path emails[type eq "work"].value)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperationName {
    /// Its place in the request, from 1.
    pub number: usize,
    /// Its action; empty where the request does not say.
    pub op: String,
    /// Its path, as the client wrote it.
    pub path: Option<String>,
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match self.op.as_str() {
            "" => "no op",
            op => op,
        };
        write!(f, "operation {} ({op}, ", self.number)?;
        match &self.path {
            Some(path) => write!(f, "path {path})"),
            None => f.write_str("no path)"),
        }
    }
}

fn at(position: &Option<usize>) -> String {
    position.map_or_else(String::new, |number| format!(", character {number}"))
}

/// A text of a client in an error or in the log: its beginning, without control characters.
pub(super) fn excerpt(text: &str) -> String {
    let mut characters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut excerpt: String = characters.by_ref().take(EXCERPT).collect();
    if characters.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// Characters of a client's text in an error. The longest path of Entra's has about 100.
const EXCERPT: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_a_text_and_the_keyword_is_there() {
        let error = ScimError::Uniqueness {
            attribute: "userName",
        };
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "409",
            "scimType": "uniqueness",
            "detail": "another resource has this userName",
        });
        assert_eq!(error.to_json(), expected);
    }

    #[test]
    fn an_error_without_a_keyword_has_none() {
        let body = ScimError::NoEndpoint.to_json();
        assert_eq!(body["status"], "404");
        assert_eq!(body.get("scimType"), None);
    }

    #[test]
    fn what_is_not_there_is_named_by_its_id_quoted_and_cut() {
        let said = |kind, id: &str| {
            let error = ScimError::no_resource(kind, id);
            assert_eq!((error.status(), error.scim_type()), (404, None));
            error.to_string()
        };
        let user = said(ResourceKind::User, "7");
        assert_eq!(user, "there is no user with the id \"7\"");
        let group = said(ResourceKind::Group, "a\"b\nc");
        assert_eq!(group, "there is no group with the id \"a\\\"b c\"");
        let long = said(ResourceKind::User, &"x".repeat(1000));
        assert!(long.ends_with("x…\"") && long.len() < 300, "{long}");
    }
}
