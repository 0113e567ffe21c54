//! What a sign-on is asked for with: the parameters of `/saml/login` and `/saml/{connection}/login`.

use jiff::SignedDuration;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::saml::ReturnPath;
use crate::site::SignOnError;

/// The parameters, as they came. They are text from outside and decide nothing but how to ask.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Wish {
    /// Where to come back to; an address elsewhere is refused, not replaced.
    #[serde(rename = "return")]
    return_path: Option<String>,
    /// Minutes: the person must have proven who they are no longer ago than this.
    max_age: Option<u32>,
    /// `yes`: do not ask the person; come back unsigned if they would have to be asked.
    passive: Option<String>,
    /// Whom to expect, for the identity provider's sign-in page.
    login_hint: Option<String>,
    /// Which domain to expect.
    domain_hint: Option<String>,
}

impl Wish {
    /// A sign-on that comes back to `return_path`, with a proof that is at most so many minutes old.
    pub(super) fn returning(return_path: &ReturnPath, max_age: Option<u32>) -> Wish {
        Wish {
            return_path: Some(return_path.as_str().to_owned()),
            max_age,
            ..Wish::default()
        }
    }

    /// The same for a person with this e-mail address.
    pub(super) fn hinting(self, login_hint: Option<String>) -> Wish {
        Wish {
            login_hint: login_hint.or(self.login_hint),
            ..self
        }
    }

    pub(super) fn return_path(&self) -> Result<Option<ReturnPath>, SignOnError> {
        let parse = |text| ReturnPath::parse(text).ok_or(SignOnError::ReturnPath);
        self.return_path.as_deref().map(parse).transpose()
    }

    pub(super) fn max_age(&self) -> Option<SignedDuration> {
        self.max_age
            .map(|minutes| SignedDuration::from_mins(i64::from(minutes)))
    }

    pub(super) fn passive(&self) -> bool {
        self.passive.as_deref() == Some("yes")
    }

    /// An address with the parameters that have a value.
    pub(super) fn at(&self, address: &str) -> String {
        let minutes = self.max_age.map(|minutes| minutes.to_string());
        let pairs = [
            ("return", &self.return_path),
            ("max_age", &minutes),
            ("passive", &self.passive),
            ("login_hint", &self.login_hint),
            ("domain_hint", &self.domain_hint),
        ];
        with_query(address, &pairs)
    }

    /// The identity provider's address with the hints that Entra reads from its query.
    pub(super) fn hinted(&self, address: &str) -> String {
        let pairs = [
            ("login_hint", &self.login_hint),
            ("domain_hint", &self.domain_hint),
        ];
        with_query(address, &pairs)
    }
}

fn with_query(address: &str, pairs: &[(&str, &Option<String>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, &value[..value.floor_char_boundary(HINT)]);
        }
    }
    let query = query.finish();
    let joint = if address.contains('?') { '&' } else { '?' };
    if query.is_empty() {
        address.to_owned()
    } else {
        format!("{address}{joint}{query}")
    }
}

/// Bytes of one parameter at most, the longest return path: what is longer is cut behind the last whole character.
const HINT: usize = ReturnPath::MAX_LENGTH;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_is_too_long_is_cut_between_characters_wherever_the_limit_falls() {
        for before in 0..4 {
            let hint = "a".repeat(before) + &"\u{1F600}".repeat(HINT);
            let wish = Wish::default().hinting(Some(hint.clone()));
            let url = wish.hinted("https://idp.example/sso");
            let url = url::Url::parse(&url).unwrap();
            let (_, sent) = url.query_pairs().next().unwrap();
            assert!(
                sent.len() > HINT - 4 && sent.len() <= HINT,
                "{}",
                sent.len()
            );
            assert!(hint.starts_with(&*sent));
        }
    }

    #[test]
    fn a_hint_of_the_longest_length_goes_on_whole() {
        let hint = "a".repeat(HINT);
        let wish = Wish::default().hinting(Some(hint.clone()));
        let sent = format!("https://idp.example/sso?login_hint={hint}");
        assert_eq!(wish.hinted("https://idp.example/sso"), sent);
    }
}
