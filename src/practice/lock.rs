//! A lock that a panic elsewhere does not close.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// A panic elsewhere leaves nothing half-done in these collections.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
