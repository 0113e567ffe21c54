//! The person that a user is tied to, in words.

use std::borrow::Cow;

use crate::connection::LinkRule;
use crate::session::Subject;

/// The person that a user is tied to, in words. By object id nothing is remembered, and an older tie does not count.
pub(super) fn tied(rule: LinkRule, subject: Option<&Subject>) -> Cow<'_, str> {
    match (rule, subject) {
        (LinkRule::ObjectId, None) => "by externalId, nothing remembered".into(),
        (LinkRule::ObjectId, Some(subject)) => format!(
            "by externalId; {}, remembered under another rule, does not count",
            subject.as_str()
        )
        .into(),
        (_, Some(subject)) => subject.as_str().into(),
        (_, None) => "nobody".into(),
    }
}
