//! The times between refreshes of metadata by `entrada serve`, as the settings file says them.

use std::time::Duration;

use serde::Deserialize;

use crate::metadata::RefreshPolicy;

/// Seconds, each with the default of [`RefreshPolicy`].
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::cli) struct RefreshNumbers {
    interval: Option<u64>,
    floor: Option<u64>,
    early_interval: Option<u64>,
}

impl RefreshNumbers {
    pub(in crate::cli) fn policy(&self) -> Result<RefreshPolicy, Vec<String>> {
        let mut problems = Vec::new();
        let mut read = |name: &str, seconds: Option<u64>, default: Duration| match seconds {
            None => default,
            Some(seconds @ 1..=LONGEST) => Duration::from_secs(seconds),
            Some(found) => {
                problems.push(format!(
                    "metadata-refresh: {name}: expected seconds from 1 to {LONGEST}, found {found}"
                ));
                default
            }
        };
        let default = RefreshPolicy::default();
        let interval = read("interval", self.interval, default.interval);
        let policy = RefreshPolicy {
            interval,
            // An interval of a minute says what is wanted: the floor's default is no reason to refuse it.
            floor: read("floor", self.floor, default.floor.min(interval)),
            early_interval: read(
                "early-interval",
                self.early_interval,
                default.early_interval,
            ),
        };
        if policy.floor > policy.interval {
            problems.push(format!(
                "metadata-refresh: expected a floor that is no longer than the interval of {} seconds, found {}",
                policy.interval.as_secs(),
                policy.floor.as_secs()
            ));
        }
        match problems.is_empty() {
            true => Ok(policy),
            false => Err(problems),
        }
    }
}

/// A day: until the next refresh a key counts that the metadata lists no longer.
const LONGEST: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RefreshPolicy, String> {
        let numbers: RefreshNumbers = toml::from_str(text).map_err(|error| error.to_string())?;
        numbers.policy().map_err(|problems| problems.join("\n"))
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        assert_eq!(read(""), Ok(RefreshPolicy::default()));
        let quick = RefreshPolicy {
            interval: Duration::from_secs(60),
            floor: Duration::from_secs(60),
            ..RefreshPolicy::default()
        };
        assert_eq!(read("interval = 60"), Ok(quick));
        let all = RefreshPolicy {
            interval: Duration::from_secs(3),
            floor: Duration::from_secs(1),
            early_interval: Duration::from_secs(2),
        };
        let found = read("interval = 3\nfloor = 1\nearly-interval = 2");
        assert_eq!(found, Ok(all));
    }

    #[test]
    fn numbers_out_of_bounds_and_names_that_nobody_knows_are_refused() {
        for (text, expected) in [
            (
                "interval = 0",
                "interval: expected seconds from 1 to 86400, found 0",
            ),
            (
                "floor = 86401",
                "floor: expected seconds from 1 to 86400, found 86401",
            ),
            (
                "early-interval = 0",
                "early-interval: expected seconds from 1 to 86400, found 0",
            ),
            (
                "interval = 60\nfloor = 61",
                "no longer than the interval of 60 seconds, found 61",
            ),
            ("intervall = 60", "unknown field `intervall`"),
            ("interval = -1", "invalid value: integer `-1`"),
            ("interval = \"1h\"", "invalid type: string"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
