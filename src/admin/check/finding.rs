//! A problem of a site.

use serde::Serialize;

/// One problem.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Finding {
    /// The place that has it: `store`, `clock`, `configuration`, or a connection's id.
    pub subject: String,
    /// A stable kebab-case code.
    pub code: &'static str,
    /// The problem and its remedy, in words.
    pub message: String,
    /// The last of the levels 60, 30, 7 and 1 that is reached, in days, of something that runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
}

/// Problems, as they are found.
#[derive(Default)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

impl Findings {
    /// Adds a problem of something that does not run out.
    pub(crate) fn add(&mut self, subject: impl ToString, code: &'static str, message: String) {
        self.0.push(Finding {
            subject: subject.to_string(),
            code,
            message,
            days: None,
        });
    }
}
