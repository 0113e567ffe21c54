//! A request, as HTTP or a Bulk operation brings it.

use std::fmt;

use serde_json::Value;

use super::LIMITS;
use super::Method;
use super::endpoint::Endpoint;
use super::operations;
use crate::scim::ScimError;
use crate::scim::Version;
use crate::scim::read_json;

/// A request. `Debug` shows neither query nor body: they are about people.
#[derive(Clone, PartialEq, Eq)]
pub struct ScimRequest {
    /// The method.
    pub method: Method,
    /// The path behind `/v2`, as it came.
    pub path: String,
    /// The text behind the question mark.
    pub query: String,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The conditions that the resource must meet.
    pub conditions: Conditions,
    /// The body.
    pub body: Vec<u8>,
}

/// The headers `If-Match` and `If-None-Match` (RFC 7644 §3.14).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Conditions {
    /// The resource must have one of these versions.
    pub if_match: Option<String>,
    /// The resource must have none of these versions.
    pub if_none_match: Option<String>,
}

impl Conditions {
    pub(super) fn check(&self, version: Version) -> Result<(), ScimError> {
        version.check_if_match(self.if_match.as_deref())?;
        match version.meets_if_none_match(self.if_none_match.as_deref()) {
            true => Err(ScimError::PreconditionFailed),
            false => Ok(()),
        }
    }
}

impl ScimRequest {
    /// True if the request may change something. A client that waits cannot tell, before the answer, whether it has.
    pub fn may_change(&self) -> bool {
        let endpoint = Endpoint::of(&self.path);
        self.method != Method::Get && !matches!(endpoint, Some(Endpoint::Search(_)))
    }

    /// The number of operations that will be done: of a Bulk request those that it holds, else one. A Bulk request that
    /// cannot be read, or has more than are taken, is refused as a whole, and counts as one.
    pub fn operations(&self) -> usize {
        let count = match Endpoint::of(&self.path) {
            Some(Endpoint::Bulk) => operations::count(&self.body),
            _ => None,
        };
        let taken = count.filter(|count| *count <= LIMITS.bulk_operations);
        taken.unwrap_or(1)
    }

    /// The body as JSON. A body without a media type is taken for what it has to be (RFC 9110 §8.3).
    pub(super) fn json(&self) -> Result<Value, ScimError> {
        self.content_type.as_deref().map_or(Ok(()), check_type)?;
        read_json(&self.body)
    }
}

/// `application/scim+json` or `application/json`, in UTF-8 if it says so (RFC 8259 §8.1 has no other). Other parameters
/// mean nothing.
fn check_type(content_type: &str) -> Result<(), ScimError> {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let mut types = ["application/scim+json", "application/json"].into_iter();
    match types.any(|known| known.eq_ignore_ascii_case(essence)) {
        false => Err(ScimError::UnsupportedMediaType),
        true if parts.all(is_utf_8) => Ok(()),
        true => Err(ScimError::UnsupportedCharset),
    }
}

fn is_utf_8(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return true;
    };
    let value = value.trim().trim_matches('"');
    let mut names = ["utf-8", "utf8", "us-ascii"].into_iter();
    !name.trim().eq_ignore_ascii_case("charset")
        || names.any(|known| known.eq_ignore_ascii_case(value))
}

impl fmt::Debug for ScimRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ScimRequest({:?}, {} bytes)",
            self.method,
            self.body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_taken_under_both_names_and_in_utf_8_alone() {
        let media_type = Err(ScimError::UnsupportedMediaType);
        let charset = Err(ScimError::UnsupportedCharset);
        for (content_type, expected) in [
            ("application/scim+json", Ok(())),
            ("application/json", Ok(())),
            ("Application/SCIM+JSON; charset=utf-8", Ok(())),
            ("application/json;charset=\"UTF-8\"", Ok(())),
            ("application/json; odata=verbose", Ok(())),
            ("application/json; charset=utf-16", charset.clone()),
            ("application/scim+json;charset=ISO-8859-1", charset),
            ("text/json; charset=utf-16", media_type.clone()),
            ("text/plain", media_type.clone()),
            ("application/xml", media_type.clone()),
            ("application/x-www-form-urlencoded", media_type.clone()),
            ("", media_type),
        ] {
            assert_eq!(check_type(content_type), expected, "{content_type}");
        }
    }
}
