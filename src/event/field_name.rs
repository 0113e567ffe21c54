//! Names of the fields of events in JSON and in rows, and the texts that stand for a change of trust.

pub(super) const MEMBER: &str = "member";
pub(super) const REASON: &str = "reason";
pub(super) const CODE: &str = "code";
pub(super) const RULE: &str = "rule";
pub(super) const CHANGE: &str = "change";
pub(super) const FINGERPRINT: &str = "fingerprint";
pub(super) const KEY: &str = "key";
pub(super) const STATE: &str = "state";
pub(super) const NOT_AFTER: &str = "not_after";
pub(super) const CREDENTIAL: &str = "credential";
pub(super) const EXPIRES: &str = "expires";
pub(super) const DAYS: &str = "days";
pub(super) const VALID_UNTIL: &str = "valid_until";
pub(super) const CONFIRMED: &str = "confirmed";

pub(super) const ADDED: &str = "added";
pub(super) const RETIRED: &str = "retired";
