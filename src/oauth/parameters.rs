//! The parameters of a token request: a form, read strictly. Whatever two readers might read differently is refused.

use url::form_urlencoded;

use super::TokenRequestError;

/// The values of the parameters that are known. One without a value is one that is not there (RFC 6749 §3.2).
#[derive(Default)]
pub(super) struct Parameters {
    values: [Option<String>; Parameter::ALL.len()],
}

/// A parameter that a token request may have; others are passed over (§3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Parameter {
    GrantType,
    Scope,
    ClientId,
    ClientSecret,
    ClientAssertion,
    ClientAssertionType,
}

impl Parameter {
    const ALL: [Parameter; 6] = [
        Parameter::GrantType,
        Parameter::Scope,
        Parameter::ClientId,
        Parameter::ClientSecret,
        Parameter::ClientAssertion,
        Parameter::ClientAssertionType,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Parameter::GrantType => "grant_type",
            Parameter::Scope => "scope",
            Parameter::ClientId => "client_id",
            Parameter::ClientSecret => "client_secret",
            Parameter::ClientAssertion => "client_assertion",
            Parameter::ClientAssertionType => "client_assertion_type",
        }
    }

    fn named(name: &str) -> Option<Parameter> {
        let mut all = Parameter::ALL.into_iter();
        all.find(|parameter| parameter.name() == name)
    }

    /// The first parameter of a token request in a query, however it is written there. Addresses are logged by proxies, and
    /// shown by browsers: a secret in one is no secret any more (§2.3.1).
    pub(super) fn in_query(query: &str) -> Option<Parameter> {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(name, _)| Parameter::named(&name))
    }
}

impl Parameters {
    /// Reads a body of the type `application/x-www-form-urlencoded`. No parameter may come twice (§3.2).
    pub(super) fn read(body: &[u8]) -> Result<Parameters, TokenRequestError> {
        let mut parameters = Parameters::default();
        let mut names = Vec::new();
        for pair in body.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            let equals = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
            let name = decoded(name).ok_or(TokenRequestError::NoForm)?;
            let value = value.strip_prefix(b"=").unwrap_or_default();
            let value = decoded(value).ok_or(TokenRequestError::NoForm)?;
            let parameter = Parameter::named(&name);
            if names.contains(&name) {
                return Err(TokenRequestError::Repeated(parameter.map(Parameter::name)));
            }
            names.push(name);
            if names.len() > MOST {
                return Err(TokenRequestError::TooManyParameters);
            }
            if let Some(parameter) = parameter.filter(|_| !value.is_empty()) {
                parameters.values[parameter as usize] = Some(value);
            }
        }
        Ok(parameters)
    }

    pub(super) fn get(&self, parameter: Parameter) -> Option<&str> {
        self.values[parameter as usize].as_deref()
    }

    pub(super) fn take(&mut self, parameter: Parameter) -> Option<String> {
        self.values[parameter as usize].take()
    }
}

/// The text of a name or a value: `+` is a space, and an escape a byte of UTF-8 (RFC 6749 appendix B). `None` for what is
/// neither, where others leave text as it is, or put a mark in its place.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'+', _) => (b' ', after),
            (b'%', [high, low, after @ ..]) => (16 * digit(*high)? + digit(*low)?, after),
            (b'%', _) => return None,
            (byte, _) => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Parameters of one request: there are six, and clients add a few of their own.
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_decoded_or_refused() {
        for (text, expected) in [
            ("", Some("")),
            ("a+b%20c", Some("a b c")),
            ("%c3%A9%2B%26%3d", Some("é+&=")),
            ("é", Some("é")),
            ("%", None),
            ("%4", None),
            ("%4g", None),
            ("%+1", None),
            ("%-1", None),
            ("%ff", None),
            ("%c3", None),
            ("%ed%a0%80", None),
        ] {
            assert_eq!(decoded(text.as_bytes()).as_deref(), expected, "{text}");
        }
        assert_eq!(decoded(b"\xff"), None);
    }

    #[test]
    fn a_query_has_no_parameter_of_a_token_request_in_any_spelling() {
        for (query, expected) in [
            ("", None),
            ("api-version=1&x", None),
            ("client_secret=x", Some(Parameter::ClientSecret)),
            ("a=b&client%5Fsecret=x", Some(Parameter::ClientSecret)),
            ("client_secret", Some(Parameter::ClientSecret)),
            ("client_assertion=%", Some(Parameter::ClientAssertion)),
            ("client_id=x", Some(Parameter::ClientId)),
        ] {
            assert_eq!(Parameter::in_query(query), expected, "{query}");
        }
    }

    #[test]
    fn no_more_than_so_many_are_read() {
        let body = |count: usize| {
            let pairs: Vec<String> = (0..count).map(|n| format!("p{n}=1")).collect();
            Parameters::read(pairs.join("&").as_bytes()).err()
        };
        assert_eq!(body(MOST), None);
        assert_eq!(body(MOST + 1), Some(TokenRequestError::TooManyParameters));
    }

    proptest! {
        /// Each form that is read has the parameters that an independent reader finds in it.
        #[test]
        fn another_reader_says_the_same(parts in prop::collection::vec(
            prop_oneof![
                Just("client_id=".to_owned()), Just("&".to_owned()), Just("%".to_owned()), Just("+".to_owned()),
                "[a-f0-9%+=&é]{0,8}", "%[0-9a-f]{2}",
            ], 0..12)) {
            let body = parts.concat();
            if let Ok(read) = Parameters::read(body.as_bytes()) {
                let pairs = form_urlencoded::parse(body.as_bytes());
                let values: Vec<_> = pairs.filter(|(name, _)| name == "client_id").collect();
                let expected = values.first().map(|(_, value)| value.as_ref()).filter(|value| !value.is_empty());
                prop_assert_eq!(read.get(Parameter::ClientId), expected);
                prop_assert!(values.len() < 2);
            }
        }
    }
}
