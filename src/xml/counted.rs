//! Counts for tests how often a document is read that has [`MARK`] in it.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// In no other test's documents.
pub(crate) const MARK: &str = "this-document-counts-its-readings";

static READ: AtomicUsize = AtomicUsize::new(0);

pub(super) fn note(text: &str) {
    if text.contains(MARK) {
        READ.fetch_add(1, Ordering::SeqCst);
    }
}

pub(crate) fn readings() -> usize {
    READ.load(Ordering::SeqCst)
}
