//! The certificates of a file, and what was passed over beside them.

use crate::crypto::Certificate;

#[derive(Debug, Default)]
pub(crate) struct CertificateFile {
    pub(crate) certificates: Vec<Certificate>,
    /// Parts that were passed over, in words.
    pub(crate) passed_over: Vec<String>,
}

impl From<Vec<Certificate>> for CertificateFile {
    fn from(certificates: Vec<Certificate>) -> CertificateFile {
        CertificateFile {
            certificates,
            passed_over: Vec::new(),
        }
    }
}

impl CertificateFile {
    /// Notes once what was passed over, as much as a person reads.
    pub(super) fn pass_over(&mut self, what: String) {
        if self.passed_over.len() < PASSED_OVER_MAX && !self.passed_over.contains(&what) {
            self.passed_over.push(what);
        }
    }
}

/// Things passed over that a person reads through.
const PASSED_OVER_MAX: usize = 8;
