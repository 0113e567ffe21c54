//! The two forms of a file of users.

use std::path::Path;

use clap::ValueEnum;

use crate::admin::transfer;
use crate::cli::error::CliError;

/// The format of a file of users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::cli) enum Format {
    /// A table whose columns are SCIM paths, for spreadsheets
    Csv,
    /// One SCIM User a line
    Jsonl,
}

impl Format {
    /// The form that was asked for, or that of the file's name.
    pub(in crate::cli) fn of(
        asked: Option<Format>,
        file: &str,
    ) -> Result<transfer::Format, CliError> {
        let ending = Path::new(file).extension();
        let ending = ending.and_then(|ending| ending.to_str());
        let ending = ending.unwrap_or_default().to_ascii_lowercase();
        let named = match ending.as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            _ => None,
        };
        match asked.or(named) {
            Some(Format::Csv) => Ok(transfer::Format::Csv),
            Some(Format::Jsonl) => Ok(transfer::Format::Jsonl),
            None => Err(CliError::Usage(format!(
                "{file}: expected a name that ends in .csv or .jsonl, or --format"
            ))),
        }
    }
}
