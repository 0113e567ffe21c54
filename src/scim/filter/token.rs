//! Values in a filter as they were written.

use serde_json::Value;

/// A token of JSON, the words in any case.
pub(super) fn in_json(token: &str) -> Option<Value> {
    let words = [
        ("true", Value::Bool(true)),
        ("false", Value::Bool(false)),
        ("null", Value::Null),
    ];
    let mut words = words.into_iter();
    let word = words.find(|(word, _)| token.eq_ignore_ascii_case(word));
    match word {
        Some((_, value)) => Some(value),
        None if token.starts_with(['{', '[']) => None,
        None => serde_json::from_str(token).ok(),
    }
}

/// True for a token without quotation marks that can be nothing but a text: letters, digits, and what stands within ids, names
/// of people and times.
pub(super) fn is_bare(token: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "._@+:/-".contains(c);
    !token.is_empty() && token.chars().all(inner)
}

/// Bytes of a JSON text up to its closing quotation mark.
pub(super) fn text_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut bytes = text.bytes().enumerate().skip(1);
    let end = bytes.find(|(_, c)| {
        let closes = *c == b'"' && !escaped;
        escaped = *c == b'\\' && !escaped;
        closes
    });
    end.map(|(index, _)| index + 1)
}
