//! Sign-on and deactivation at the same time.
