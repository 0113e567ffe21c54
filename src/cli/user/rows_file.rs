//! The file of rows that an import reads.

use std::fs;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;

use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::stop::Stop;
use crate::text;

/// Opens an input; its length is known of a file alone. All others may keep a reader waiting.
pub(super) fn open(
    file: &str,
    stop: &Stop,
) -> Result<(Box<dyn Read + Send>, Option<u64>), CliError> {
    if file == "-" {
        return Ok((as_utf8(stop.stoppable(io::stdin()), file)?, None));
    }
    let unreadable = |error| CliError::input(file, error);
    let opened = File::open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(CliError::input(file, input::FOLDER));
    }
    match metadata.is_file() {
        true => Ok((as_utf8(opened, file)?, Some(metadata.len()))),
        false => Ok((as_utf8(stop.stoppable(opened), file)?, None)),
    }
}

/// The input in UTF-8. UTF-16, as Excel and PowerShell save it, is read whole for that.
fn as_utf8(
    mut input: impl Read + Send + 'static,
    file: &str,
) -> Result<Box<dyn Read + Send>, CliError> {
    let unreadable = |error: &dyn std::fmt::Display| CliError::input(input::name(file), error);
    let mut start = Vec::new();
    let read = input.by_ref().take(3).read_to_end(&mut start);
    read.map_err(|error| unreadable(&error))?;
    if start == b"\xef\xbb\xbf" {
        return Ok(Box::new(input));
    }
    if !matches!(start.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Ok(Box::new(io::Cursor::new(start).chain(input)));
    }
    let bytes = input::whole_of(io::Cursor::new(start).chain(input), file)?;
    let text = text::decode(&bytes).map_err(|error| unreadable(&error))?;
    Ok(Box::new(io::Cursor::new(text.into_owned())))
}

/// The number of the lines of a file that can be read again.
pub(super) fn lines(file: &str) -> Option<u64> {
    let is_file = fs::metadata(file).is_ok_and(|metadata| metadata.is_file());
    let mut input = BufReader::new(File::open(file).ok().filter(|_| is_file)?);
    let (mut lines, mut last) = (0, b'\n');
    loop {
        let chunk = input.fill_buf().ok()?;
        let Some(end) = chunk.last() else {
            return Some(lines + u64::from(last != b'\n'));
        };
        last = *end;
        lines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        let read = chunk.len();
        input.consume(read);
    }
}
