//! The bounds of an evaluation.

use crate::directory::DirectoryError;
use crate::directory::SCAN;

/// Rows that are evaluated at a time: they are what is in memory at once.
pub(super) const CHUNK: usize = 500;

/// The progress of an evaluation through rows in the order of their ids.
pub(in crate::directory) struct Scan {
    after: Option<String>,
    looked_at: usize,
    ended: bool,
}

impl Scan {
    pub(super) fn behind(after: Option<&str>) -> Scan {
        Scan {
            after: after.map(str::to_owned),
            looked_at: 0,
            ended: false,
        }
    }

    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// True while there may be more rows, and another chunk of them may be looked at.
    pub(super) fn goes_on_within_bounds(&self) -> bool {
        !self.ended && self.looked_at + CHUNK <= SCAN
    }

    /// Notes a chunk that was read, and the id of its last row.
    pub(super) fn advance(&mut self, rows: usize, last: Option<&str>) {
        self.looked_at += rows;
        self.ended = rows < CHUNK;
        if let Some(last) = last {
            self.after = Some(last.to_owned());
        }
    }

    /// Members or groups of rows that may still be looked at.
    pub(super) fn left(&self) -> usize {
        SCAN.saturating_sub(self.looked_at)
    }

    /// Notes members or groups of rows that were looked at.
    pub(super) fn look_at(&mut self, related: usize) -> Result<(), DirectoryError> {
        self.looked_at += related;
        within(self.looked_at)
    }
}

/// Holds a number of resources against [`SCAN`].
pub(super) fn within(looked_at: usize) -> Result<(), DirectoryError> {
    match looked_at <= SCAN {
        true => Ok(()),
        false => Err(TOO_MANY),
    }
}

/// More would have to be looked at than [`SCAN`].
pub(in crate::directory) const TOO_MANY: DirectoryError = DirectoryError::TooMany {
    what: "resources to look at",
    limit: SCAN,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_ends_with_a_chunk_that_is_not_full() {
        let mut scan = Scan::behind(Some("a"));
        assert_eq!(scan.after(), Some("a"));
        scan.advance(CHUNK, Some("b"));
        assert_eq!((scan.after(), scan.has_ended()), (Some("b"), false));
        scan.advance(0, None);
        assert_eq!((scan.after(), scan.has_ended()), (Some("b"), true));
        assert!(!scan.goes_on_within_bounds());
    }

    #[test]
    fn a_scan_reads_no_chunk_that_leads_beyond_its_bounds() {
        let mut scan = Scan::behind(None);
        let mut chunks = 0;
        while scan.goes_on_within_bounds() {
            scan.advance(CHUNK, Some("a"));
            chunks += 1;
        }
        assert_eq!((chunks * CHUNK, scan.left()), (SCAN, 0));
        let mut related = Scan::behind(None);
        related.advance(1, Some("a"));
        assert!(related.look_at(SCAN - CHUNK).is_ok());
        assert!(!related.goes_on_within_bounds());
    }

    #[test]
    fn members_and_groups_count_as_rows_do() {
        let mut scan = Scan::behind(None);
        scan.advance(1, Some("a"));
        assert_eq!(scan.left(), SCAN - 1);
        assert!(scan.look_at(SCAN - 1).is_ok());
        let refused = scan.look_at(1);
        assert!(matches!(
            refused,
            Err(DirectoryError::TooMany { limit: SCAN, .. })
        ));
    }
}
