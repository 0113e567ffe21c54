//! Locks that a panic elsewhere does not close.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// A panic elsewhere leaves nothing half-done in these collections.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A setting that applies once.
#[derive(Debug, Default)]
pub(super) struct Switch<T>(Mutex<T>);

impl<T: Copy + Default> Switch<T> {
    pub(super) fn set(&self, value: T) {
        *lock(&self.0) = value;
    }

    pub(super) fn get(&self) -> T {
        *lock(&self.0)
    }

    pub(super) fn take(&self) -> T {
        std::mem::take(&mut *lock(&self.0))
    }
}
