//! Findings as commands print them.

use super::super::output::Style;
use super::super::output::printable;
pub(in crate::cli) use crate::admin::warnings::Warning;
pub(super) use crate::admin::warnings::warnings;
use crate::metadata::lint::Severity;

impl Warning {
    /// The finding with its severity and code, the former in colour.
    pub(super) fn line(&self, style: Style) -> String {
        let label = format!("{}:", self.severity);
        let label = match self.severity {
            Severity::Note => style.dim(&label),
            Severity::Warning => style.bold(&label),
            Severity::Error => style.bad(&label),
        };
        format!("{label} {} [{}]", printable(&self.message), self.code)
    }
}
