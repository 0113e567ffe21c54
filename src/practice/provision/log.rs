//! The log of the provisioning service, request by request, for the portal. It names the people of the practice
//! directory, so it is shown there and written nowhere.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::practice::lock::lock;

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// The time.
    pub at: Timestamp,
    /// The step that was taken.
    pub step: Step,
    /// The request's method and its address behind the Tenant URL, or the Token Endpoint; `None` where nothing was sent.
    pub request: Option<(&'static str, String)>,
    /// The status of the answer; `None` where there was none.
    pub status: Option<u16>,
    /// The outcome, in words.
    pub outcome: String,
}

/// A step of the provisioning service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Fetching an access token.
    SignIn,
    /// A look-up of somebody who does not exist.
    TestConnection,
    /// Looking for an object by the matching attribute.
    Match,
    /// Creating it.
    Create,
    /// Reading it by its id.
    Read,
    /// Changing attributes.
    Update,
    /// Changing attributes, `active` to false among them.
    Disable,
    /// Changing attributes, `active` to true among them.
    Enable,
    /// Changing a user's manager.
    Manager,
    /// Adding members to a group.
    AddMembers,
    /// Removing members from a group.
    RemoveMembers,
    /// Deleting it.
    Delete,
    /// Leaving it out.
    Skip,
    /// Beginning or ending the quarantine of the whole job.
    Quarantine,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::SignIn => "Sign in",
            Step::TestConnection => "Test connection",
            Step::Match => "Match",
            Step::Create => "Create",
            Step::Read => "Read",
            Step::Update => "Update",
            Step::Disable => "Disable",
            Step::Enable => "Enable",
            Step::Manager => "Set manager",
            Step::AddMembers => "Add members",
            Step::RemoveMembers => "Remove members",
            Step::Delete => "Delete",
            Step::Skip => "Skip",
            Step::Quarantine => "Quarantine",
        })
    }
}

#[derive(Debug, Default)]
pub(in crate::practice) struct Log(Mutex<VecDeque<LogLine>>);

impl Log {
    pub(super) fn append(&self, line: LogLine) {
        let mut lines = lock(&self.0);
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Appends a line about something that sent no request.
    pub(super) fn remark(&self, step: Step, outcome: impl Into<String>) {
        self.append(LogLine {
            at: Timestamp::now(),
            step,
            request: None,
            status: None,
            outcome: outcome.into(),
        });
    }

    pub(in crate::practice) fn lines(&self) -> Vec<LogLine> {
        lock(&self.0).iter().cloned().collect()
    }
}

/// Lines of a log: a first cycle of the sample directory takes about 30, and one with all its groups about 500.
const MAX_LINES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_the_last_lines() {
        let log = Log::default();
        for number in 0..=MAX_LINES {
            log.remark(Step::Skip, number.to_string());
        }
        let lines = log.lines();
        assert_eq!(lines.len(), MAX_LINES);
        assert_eq!(lines[0].outcome, "1");
        assert_eq!(lines[MAX_LINES - 1].outcome, MAX_LINES.to_string());
    }
}
