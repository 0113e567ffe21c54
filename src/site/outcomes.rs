//! The outcomes of sign-ons, counted in this process.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// The counts of sign-ons, by the code they ended with. The codes are ours, so there are some dozens of them at most.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<BTreeMap<&'static str, u64>>);

impl Outcomes {
    pub(crate) fn count(&self, code: &'static str) {
        *self.counted().entry(code).or_default() += 1;
    }

    pub(crate) fn counted(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The code of a sign-on that came to its end.
pub(crate) const SIGNED_ON: &str = "signed-on";
