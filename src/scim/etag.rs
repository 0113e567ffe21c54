//! Versions of resources as weak entity tags (RFC 7644 §3.14, RFC 9110 §8.8.3).

use std::fmt;

use super::ScimError;

/// The version of a resource: a number that grows with each change. Its tag is weak, since a resource of one version is
/// written in different ways, depending on the attributes that are asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}

impl Version {
    /// Holds the header `If-Match`, or the `version` of a Bulk operation, against the resource. No header always fits.
    ///
    /// # Errors
    /// `412`, where the resource has another version: nothing may be done then.
    pub fn check_if_match(self, header: Option<&str>) -> Result<(), ScimError> {
        match header.is_none_or(|header| self.is_listed(header)) {
            true => Ok(()),
            false => Err(ScimError::PreconditionFailed),
        }
    }

    /// True if `If-None-Match` names the resource's version. A read is then answered with 304, and a write with 412.
    pub fn meets_if_none_match(self, header: Option<&str>) -> bool {
        header.is_some_and(|header| self.is_listed(header))
    }

    /// Tags are compared weakly: SCIM asks for them where HTTP alone would want strong ones.
    fn is_listed(self, header: &str) -> bool {
        let own = self.0.to_string();
        header.split(',').map(str::trim).any(|tag| {
            let opaque = tag.strip_prefix("W/").unwrap_or(tag);
            let opaque = opaque.strip_prefix('"').and_then(|of| of.strip_suffix('"'));
            tag == "*" || opaque == Some(own.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_weak_and_compared_weakly() {
        assert_eq!(Version(3).to_string(), "W/\"3\"");
        for (header, fits) in [
            (None, true),
            (Some("*"), true),
            (Some("W/\"3\""), true),
            (Some("\"3\""), true),
            (Some("W/\"2\", W/\"3\""), true),
            (Some("W/\"2\""), false),
            (Some("W/\"33\""), false),
            (Some("3"), false),
            (Some(""), false),
        ] {
            let expected = if fits {
                Ok(())
            } else {
                Err(ScimError::PreconditionFailed)
            };
            assert_eq!(Version(3).check_if_match(header), expected, "{header:?}");
        }
    }

    #[test]
    fn if_none_match_is_met_by_the_version_alone() {
        assert!(!Version(3).meets_if_none_match(None));
        assert!(Version(3).meets_if_none_match(Some("W/\"3\"")));
        assert!(!Version(3).meets_if_none_match(Some("W/\"2\"")));
    }
}
