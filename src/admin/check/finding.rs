//! A problem of a site.

use std::error::Error;

use serde::Serialize;

use crate::admin::warnings::Warning;
use crate::store::fault_code;

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

impl Finding {
    /// A problem of something that does not run out.
    pub fn new(subject: impl ToString, code: &'static str, message: impl Into<String>) -> Finding {
        Finding {
            subject: subject.to_string(),
            code,
            message: message.into(),
            days: None,
        }
    }

    pub(super) fn of(subject: impl ToString, warning: Warning) -> Finding {
        Finding {
            days: warning.days,
            ..Finding::new(subject, warning.code, warning.text())
        }
    }

    /// A store that does not answer: the fault of its disk or file has a code of its own.
    pub fn store_unavailable(subject: impl ToString, error: &(dyn Error + 'static)) -> Finding {
        Finding::new(subject, fault_code(error), error.to_string())
    }
}
