//! The parameters that a sign-on is asked for with: those of `/saml/login` and `/saml/{connection}/login`.

use jiff::SignedDuration;
use serde::Deserialize;

use crate::saml::ReturnPath;
use crate::site::Begin;
use crate::site::Hints;
use crate::site::SignOnError;
use crate::site::with_query;
use crate::token::TokenHash;

/// The parameters, as they came. They are text from outside and decide nothing but how to ask.
#[derive(Clone, Default, Deserialize)]
pub(super) struct LoginParams {
    /// The page to come back to; an address elsewhere is refused, not replaced.
    #[serde(rename = "return")]
    return_path: Option<String>,
    /// Minutes: the person must have proven who they are no longer ago than this.
    max_age: Option<u32>,
    /// `yes`: do not ask the person; come back unsigned if they would have to be asked.
    passive: Option<String>,
    /// The person to expect, for the identity provider's sign-in page.
    login_hint: Option<String>,
    /// The domain to expect.
    domain_hint: Option<String>,
}

impl LoginParams {
    pub(super) fn returning(return_path: &ReturnPath, max_age: Option<u32>) -> LoginParams {
        LoginParams {
            return_path: Some(return_path.as_str().to_owned()),
            max_age,
            ..LoginParams::default()
        }
    }

    pub(super) fn hinting(self, login_hint: Option<String>) -> LoginParams {
        LoginParams {
            login_hint: login_hint.or(self.login_hint),
            ..self
        }
    }

    pub(super) fn return_path(&self) -> Result<Option<ReturnPath>, SignOnError> {
        let parse = |text| ReturnPath::parse(text).ok_or(SignOnError::ReturnPath);
        self.return_path.as_deref().map(parse).transpose()
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

    pub(super) fn begin(
        &self,
        return_path: ReturnPath,
        previous_session: Option<TokenHash>,
    ) -> Begin {
        let minutes = |minutes| SignedDuration::from_mins(i64::from(minutes));
        Begin {
            return_path,
            max_age: self.max_age.map(minutes),
            passive: self.passive.as_deref() == Some("yes"),
            hints: Hints {
                login_hint: self.login_hint.clone(),
                domain_hint: self.domain_hint.clone(),
            },
            previous_session,
        }
    }
}
