//! The header `Authorization` of a token request: `client_secret_basic` (RFC 6749 §2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::TokenRequestError;
use super::parameters::decoded;

/// The client id and the secret of a header. Both are encoded as in a form before they are joined: Entra does so.
pub(super) fn basic(value: &[u8]) -> Result<(String, String), TokenRequestError> {
    let bad = TokenRequestError::BadBasic;
    let value = value.trim_ascii();
    let end = value.iter().position(|byte| *byte == b' ');
    let (scheme, rest) = value.split_at(end.unwrap_or(value.len()));
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(TokenRequestError::OtherScheme);
    }
    let pair = STANDARD.decode(rest.trim_ascii()).map_err(|_| bad)?;
    let colon = pair.iter().position(|byte| *byte == b':').ok_or(bad)?;
    let (id, secret) = (&pair[..colon], &pair[colon + 1..]);
    Ok((decoded(id).ok_or(bad)?, decoded(secret).ok_or(bad)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_decoded_and_the_first_colon_parts_them() {
        for (pair, expected) in [
            ("id:secret", ("id", "secret")),
            ("i%3Ad:s%3Ae%25+c", ("i:d", "s:e% c")),
            ("id:a:b", ("id", "a:b")),
            (":", ("", "")),
        ] {
            for scheme in ["Basic", "basic", "BASIC "] {
                let header = format!("{scheme} {}", STANDARD.encode(pair));
                let (id, secret) = basic(header.as_bytes()).unwrap();
                assert_eq!((id.as_str(), secret.as_str()), expected, "{pair}");
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let of = |pair: &[u8]| format!("Basic {}", STANDARD.encode(pair));
        for (header, expected) in [
            ("Basic".to_owned(), TokenRequestError::BadBasic),
            ("Basic ?".to_owned(), TokenRequestError::BadBasic),
            (
                "Basic aWQ6c2VjcmV0 x".to_owned(),
                TokenRequestError::BadBasic,
            ),
            (of(b"no colon"), TokenRequestError::BadBasic),
            (of(b"id:%zz"), TokenRequestError::BadBasic),
            (of(b"%f:x"), TokenRequestError::BadBasic),
            (of(b"id:\xff"), TokenRequestError::BadBasic),
            ("Bearer abc".to_owned(), TokenRequestError::OtherScheme),
            ("".to_owned(), TokenRequestError::OtherScheme),
        ] {
            assert_eq!(basic(header.as_bytes()), Err(expected), "{header}");
        }
    }
}
