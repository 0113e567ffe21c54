//! The file of an assertion: one line with one signed token (a JWT). It opens a server for an hour, so no message quotes it.

use std::path::Path;

use super::super::error::CliError;
use super::super::input;

/// Reads the assertion in a file.
pub(super) fn read(file: &Path) -> Result<String, CliError> {
    let text = input::read_text(file)?;
    let text = text.trim();
    match text.lines().count() {
        1 if is_jwt(text) => Ok(text.to_owned()),
        1 => Err(CliError::input(file.display(), EXPECTED)),
        lines => {
            let reason = format!("expected one line with one assertion, found {lines} lines");
            Err(CliError::input(file.display(), reason))
        }
    }
}

/// True for the compact form of a signed token (RFC 7515 §3.1).
fn is_jwt(text: &str) -> bool {
    let is_base64url = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_base64url);
    text.split('.').count() == 3 && text.split('.').all(is_part)
}

const EXPECTED: &str =
    "expected an assertion: a signed JWT, three parts of base64url with dots between them";
