//! Reading what a command is handed: a file, or stdin for `-`, never more than a command can use.

use std::fs::File;
use std::io;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;

use tokio::runtime::Runtime;
use url::Url;

use super::error::CliError;
use crate::address::has_credentials;
use crate::address::shown;
use crate::crypto;
use crate::fetch;
use crate::fetch::FetchError;
use crate::form;
use crate::metadata::MetadataError;
use crate::text;

/// Bytes of any input at most. Metadata may have 10 MiB and a response 2 MiB; a HAR file holds every page and
/// picture of the recording, and 64 MiB is what browsers still open.
pub(super) const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Reads a file whole; `-` is stdin.
pub(super) fn read(file: &str) -> Result<Vec<u8>, CliError> {
    match file {
        "-" => whole(read_bounded(io::stdin().lock()), "stdin"),
        path => read_file(Path::new(path)),
    }
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    whole(File::open(path).and_then(read_bounded), path.display())
}

pub(super) fn whole_of(input: impl Read, file: &str) -> Result<Vec<u8>, CliError> {
    whole(read_bounded(input), name(file))
}

fn whole(read: io::Result<Vec<u8>>, name: impl ToString) -> Result<Vec<u8>, CliError> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
            Err(CliError::input(name, FOLDER))
        }
        Err(error) => Err(CliError::input(name, error)),
        Ok(bytes) if bytes.len() as u64 > BYTES_MAX => {
            let reason = format!("it is too large: the limit is {BYTES_MAX} bytes");
            Err(CliError::input(name, reason))
        }
        Ok(bytes) if bytes.trim_ascii().is_empty() => Err(CliError::input(name, "it is empty")),
        Ok(bytes) => Ok(bytes),
    }
}

pub(super) fn read_text(path: &Path) -> Result<String, CliError> {
    let bytes = read_file(path)?;
    match text::decode(&bytes) {
        Ok(text) => Ok(text.into_owned()),
        Err(error) => Err(CliError::input(
            path.display(),
            match other_form(&bytes) {
                Some(form) => format!("this is {form}; expected text"),
                None => error.to_string(),
            },
        )),
    }
}

/// The name of a file that is neither settings nor another text of ours.
fn other_form(bytes: &[u8]) -> Option<&'static str> {
    crypto::secret(bytes).or_else(|| form::of_file(bytes))
}

/// A folder in the place of a file.
pub(super) const FOLDER: &str = "it is a folder: name a file in it";

/// The error in settings in TOML, with its line number. The line itself is left out: it may hold a password.
pub(super) fn toml_reason(error: &toml::de::Error, text: &str) -> String {
    if let Some(form) = other_form(text.as_bytes()) {
        return format!(
            "this is {form}; expected settings in TOML, as entrada config show --template prints them"
        );
    }
    let message = without_secrets(error.message());
    match error.span() {
        Some(span) => format!("{message} (line {})", line_at(text, span.start)),
        None => message,
    }
}

/// A message with the values in it, which stand between quotation marks, as they may be shown.
pub(super) fn without_secrets(message: &str) -> String {
    let pieces = message.split('"').map(shown);
    pieces.collect::<Vec<_>>().join("\"")
}

/// The number of the line that has this byte.
pub(super) fn line_at(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    before.filter(|byte| *byte == b'\n').count() + 1
}

/// The name of a file in a message.
pub(super) fn name(file: &str) -> &str {
    if file == "-" { "stdin" } else { file }
}

pub(super) fn is_url(argument: &str) -> bool {
    argument.starts_with("https://") || argument.starts_with("http://")
}

fn read_bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads metadata from a file, stdin or an address.
pub(super) fn read_metadata(source: &str) -> Result<Vec<u8>, CliError> {
    if !is_url(source) {
        return read(source);
    }
    without_credentials(source)?;
    runtime()?
        .block_on(fetch::metadata(source))
        .map(|fetched| fetched.document)
        .map_err(|error| fetch_error(source, &error))
}

/// Refuses an address with a user name or a password: it stays in the history of the shell and in lists of processes.
pub(super) fn without_credentials(url: &str) -> Result<(), CliError> {
    match Url::parse(url).is_ok_and(|url| has_credentials(&url)) {
        true => Err(CliError::Usage(format!(
            "{}: expected an address without a user name and a password; download what is behind them, and give the file",
            shown(url)
        ))),
        false => Ok(()),
    }
}

/// Metadata that cannot be used; where an identity provider is to be chosen, `flag` is what names it.
pub(super) fn metadata_error(source: impl ToString, error: &MetadataError, flag: &str) -> CliError {
    match error {
        MetadataError::SeveralEntities(_) => {
            CliError::input(source, format!("{error} ({flag} names it)"))
        }
        _ => CliError::input(source, error),
    }
}

/// A name or an address without anything in it that nobody sees: two of them that look alike would differ.
pub(super) fn visible(text: &str) -> Result<String, String> {
    match text::has_invisible(text) {
        true => Err(format!(
            "it has white space at an end, or something in it that nobody sees, as copying leaves it: {}",
            text::quoted(text)
        )),
        false => Ok(text.to_owned()),
    }
}

pub(super) fn socket_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "expected IP:PORT, such as 127.0.0.1:8080 or [::1]:8080")
}

/// An address that is no protected one is wrong usage; one that does not answer is unreachable.
pub(super) fn fetch_error(url: &str, error: &FetchError) -> CliError {
    match error {
        FetchError::NotProtected => CliError::input(url, error),
        _ => CliError::Io(format!(
            "{}: {error}. Without the network: download it elsewhere, and give the file",
            shown(url)
        )),
    }
}

pub(super) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Io(format!("cannot start: {error}")))
}

/// One of the choices of a setting, by its name.
pub(super) fn named<T: Copy>(all: &[(&'static str, T)], name: &str) -> Result<T, String> {
    let found = all.iter().find(|(known, _)| *known == name);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("expected one of {}", names.join(", "))
    })
}
