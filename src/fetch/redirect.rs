//! The rules for following redirects: a publisher keeps its origin.

use reqwest::Url;
use reqwest::redirect::Action;
use reqwest::redirect::Attempt;
use reqwest::redirect::Policy;

/// The reason that a redirect was not followed.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectRefused {
    /// To another host: whoever can redirect there could have the whole trust moved.
    #[error("it redirects to another host")]
    OtherHost,
    /// From `https` to plain `http`, or to neither.
    #[error("it redirects from https to another scheme")]
    Unprotected,
    /// Too often.
    #[error("it redirects more than {REDIRECTS} times")]
    TooMany,
}
debug_as_sentence!(RedirectRefused);

pub(super) fn policy() -> Policy {
    Policy::custom(follow)
}

fn follow(attempt: Attempt<'_>) -> Action {
    let judged = match attempt.previous().first() {
        _ if attempt.previous().len() > REDIRECTS => Err(RedirectRefused::TooMany),
        Some(origin) => judge(origin, attempt.url()),
        None => Ok(()),
    };
    match judged {
        Ok(()) => attempt.follow(),
        Err(refused) => attempt.error(refused),
    }
}

/// Plain `http` stays possible where it began: on loopback.
fn judge(origin: &Url, target: &Url) -> Result<(), RedirectRefused> {
    if target.host() != origin.host() {
        return Err(RedirectRefused::OtherHost);
    }
    match target.scheme() {
        "https" => Ok(()),
        scheme if scheme == origin.scheme() => Ok(()),
        _ => Err(RedirectRefused::Unprotected),
    }
}

/// Entra redirects not at all, other publishers once.
const REDIRECTS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_on_its_host_and_never_loses_its_protection() {
        for (origin, target, expected) in [
            ("https://a.example/", "https://a.example/b", Ok(())),
            ("https://a.example/", "https://a.example:8443/b", Ok(())),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/b", Ok(())),
            ("http://localhost:1/", "https://localhost/b", Ok(())),
            (
                "https://a.example/",
                "https://b.example/",
                Err(RedirectRefused::OtherHost),
            ),
            (
                "https://a.example/",
                "https://a.example.evil.example/",
                Err(RedirectRefused::OtherHost),
            ),
            (
                "https://a.example/",
                "http://a.example/",
                Err(RedirectRefused::Unprotected),
            ),
            (
                "https://localhost/",
                "http://localhost/",
                Err(RedirectRefused::Unprotected),
            ),
            (
                "https://a.example/",
                "ftp://a.example/",
                Err(RedirectRefused::Unprotected),
            ),
        ] {
            let (from, to) = (Url::parse(origin).unwrap(), Url::parse(target).unwrap());
            assert_eq!(judge(&from, &to), expected, "{origin} {target}");
        }
    }
}
