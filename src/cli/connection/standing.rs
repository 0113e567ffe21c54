//! The standing of a connection: the end of its certificates, the age of its metadata, and its last refresh.

use std::borrow::Cow;

use jiff::Timestamp;

use super::super::certificate::days;
pub(in crate::cli) use crate::admin::connections::ConnectionStatus;
use crate::admin::connections::days_between;
use crate::metadata::KnownKey;
use crate::metadata::RefreshFailure;

impl ConnectionStatus {
    pub(super) fn expiry(&self) -> String {
        match self.days_left {
            None => "-".to_owned(),
            Some(left) if left < 0 => format!("EXPIRED {} ago", days(-left)),
            Some(left) if self.next_in_place => {
                format!("expires in {}, next one pinned", days(left))
            }
            Some(left) => format!("expires in {}", days(left)),
        }
    }

    pub(super) fn age(&self) -> String {
        let Some(confirmed) = self.confirmed else {
            return "-".to_owned();
        };
        let age = days_between(confirmed, self.now);
        match (age, self.failures) {
            (1.., _) => format!("STALE since {}", days(age)),
            (_, 0) => "fresh".to_owned(),
            (_, 1) => "fresh, 1 failure".to_owned(),
            (_, failures) => format!("fresh, {failures} failures"),
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let moment = |label, at: Option<Timestamp>| at.map(|at| (label, at.to_string().into()));
        let mut facts = Vec::new();
        facts.extend(moment("Last confirmed", self.confirmed));
        facts.extend(moment("Last refresh", self.last_attempt));
        facts.extend(moment("Next refresh", self.next_refresh));
        facts.extend(self.last_failure.as_ref().map(|failure| {
            let RefreshFailure { at, code, reason } = failure;
            let over = match self.failures {
                0 => ", mended since",
                _ => "",
            };
            (
                "Last failure",
                format!("{at}{over}: {reason} [{code}]").into(),
            )
        }));
        facts
    }
}

/// A key of the history on two lines.
pub(super) fn key_text(key: &KnownKey) -> String {
    let state = match key.retired {
        None => format!("active, last seen {}", moment(key.last_seen)),
        Some(at) => format!("retired {at}"),
    };
    let source = super::super::output::printable(&key.source);
    format!(
        "  {}\n    first seen {}, {state}, expires {}, from {source}\n",
        key.fingerprint,
        moment(key.first_seen),
        key.not_after
    )
}

/// A moment of the history. Earlier versions wrote 1970 where nobody had written it down.
fn moment(at: Timestamp) -> String {
    match at == Timestamp::UNIX_EPOCH {
        true => "at a time not on record".to_owned(),
        false => at.to_string(),
    }
}
