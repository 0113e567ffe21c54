//! Findings in one document, as the rules collect them.

use super::kind::Lint;
use super::table;

/// One finding in one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The kind of finding.
    pub lint: &'static Lint,
    /// The details that were found. Parts of them come from the document, cut to a bounded length.
    pub detail: String,
    /// The entity that has it; `None` where it is about the whole document.
    pub entity_id: Option<String>,
    /// Of what runs out: the last of the levels 60, 30, 7 and 1 that is reached, in days; 0 once it is over.
    pub days: Option<i64>,
}

#[derive(Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
    pub(super) entity_id: Option<String>,
}

impl Findings {
    pub(super) fn add(&mut self, lint: &'static Lint, detail: impl Into<String>) {
        self.add_with_days(lint, detail, None);
    }

    pub(super) fn add_with_days(
        &mut self,
        lint: &'static Lint,
        detail: impl Into<String>,
        days: Option<i64>,
    ) {
        self.list.push(Finding {
            lint,
            detail: detail.into(),
            entity_id: self.entity_id.clone(),
            days,
        });
    }

    /// Adds a finding where there is more of something than is read.
    pub(super) fn add_cut(&mut self, whole: &str, things: &str, listed: usize, read: usize) {
        if listed > read {
            let detail =
                format!("{whole} has {listed} {things}, of which the first {read} are read");
            self.add(&table::MORE_THAN_IS_READ, detail);
        }
    }

    pub(super) fn has(&self, lint: &'static Lint) -> bool {
        self.list
            .iter()
            .any(|finding| finding.lint.code == lint.code)
    }
}
