//! The bytes of an input of rows: counted, and bounded for each row.

use std::io;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// The beginning of an input, and the whole of it.
pub(super) fn begun(
    mut input: Box<dyn Read + Send>,
) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut start = Vec::new();
    input.by_ref().take(BEGINNING).read_to_end(&mut start)?;
    let whole = io::Cursor::new(start.clone()).chain(input);
    Ok((start, Box::new(whole)))
}

/// Bytes by which the kind of a file is known: less than a heading and a row, which somebody may type.
const BEGINNING: u64 = 32;

/// Counts what is read, and what the present row may still read.
#[derive(Clone, Default)]
pub(super) struct Meter {
    read: Arc<AtomicU64>,
    left: Arc<AtomicU64>,
}

impl Meter {
    pub(super) fn next_row(&self) {
        self.left.store(ROW_BYTES, Ordering::Relaxed);
    }

    /// The bytes that were read.
    pub(super) fn position(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    pub(super) fn of(&self, input: Box<dyn Read + Send>) -> Metered {
        let meter = self.clone();
        Metered { input, meter }
    }
}

/// An input that ends with an error when one row is too long: an unclosed quotation mark would be read to the end else.
pub(super) struct Metered {
    input: Box<dyn Read + Send>,
    meter: Meter,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.meter.left.load(Ordering::Relaxed);
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        if most == 0 {
            let message = format!("the row has more than {ROW_BYTES} bytes");
            return Err(io::Error::other(message));
        }
        let most = most.min(buffer.len());
        let count = self.input.read(&mut buffer[..most])?;
        self.meter
            .left
            .store(left - count as u64, Ordering::Relaxed);
        self.meter.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Bytes of a row: as many as the body of a SCIM request may have.
pub(super) const ROW_BYTES: u64 = 1024 * 1024;
