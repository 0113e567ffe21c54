//! The two forms of a file of users.

use std::path::Path;

use clap::ValueEnum;

use crate::cli::error::CliError;

/// How a file holds users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// A table whose columns are SCIM paths, for spreadsheets
    Csv,
    /// One SCIM User a line
    Jsonl,
}

impl Format {
    /// What was asked for, or what the name of the file says.
    pub(super) fn of(asked: Option<Format>, file: &str) -> Result<Format, CliError> {
        let ending = Path::new(file).extension();
        let ending = ending.and_then(|ending| ending.to_str());
        let ending = ending.unwrap_or_default().to_ascii_lowercase();
        let named = match ending.as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            _ => None,
        };
        asked.or(named).ok_or_else(|| {
            CliError::Usage(format!(
                "{file}: expected a name that ends in .csv or .jsonl, or --format"
            ))
        })
    }
}
