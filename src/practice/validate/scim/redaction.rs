//! Redaction of secrets: a server may repeat in its answers what it was sent, and no report shows that.

/// The text with a mark in the place of each secret. A text that was shortened may end within a secret, so its beginning counts.
pub(super) fn redacted(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        text = without(&text, secret);
        // A secret within an excerpt of JSON.
        let escaped = serde_json::Value::from(secret.as_str()).to_string();
        let escaped = escaped.trim_matches('"');
        if escaped != secret {
            text = without(&text, escaped);
        }
    }
    without_cut_end(text, secrets)
}

/// The text without an end that a secret begins with: it was shortened there.
fn without_cut_end(text: String, secrets: &[String]) -> String {
    let whole = text.trim_end_matches('…');
    let secrets = || {
        secrets
            .iter()
            .filter(|secret| secret.chars().count() >= SHORTEST)
    };
    let is_cut_in = |at: &usize| {
        let end = &whole[*at..];
        let is_long = end.chars().nth(SHORTEST_END - 1).is_some();
        is_long && secrets().any(|secret| secret.starts_with(end))
    };
    let cut = whole.char_indices().map(|(at, _)| at).find(is_cut_in);
    match cut {
        Some(at) => format!("{}{MARK}{}", &whole[..at], &text[whole.len()..]),
        None => text,
    }
}

fn without(text: &str, secret: &str) -> String {
    let beginning = secret.char_indices().nth(BEGINNING);
    let beginning = &secret[..beginning.map_or(secret.len(), |(end, _)| end)];
    if beginning.chars().count() < SHORTEST {
        return text.to_owned();
    }
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(beginning) {
        kept.push_str(&rest[..at]);
        kept.push_str(MARK);
        let pairs = rest[at..].chars().zip(secret.chars());
        let same = pairs.take_while(|(one, other)| one == other);
        let length: usize = same.map(|(one, _)| one.len_utf8()).sum();
        rest = &rest[at + length..];
    }
    kept + rest
}

const MARK: &str = "[redacted]";
/// Characters of a secret that are recognised.
const BEGINNING: usize = 16;
/// Characters of a secret that are recognised where a text ends.
const SHORTEST_END: usize = 4;
/// A shorter secret is a word that a text may have for other reasons; no real server has one.
const SHORTEST: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_replaced_whole_and_where_a_text_was_cut_within_it() {
        let secret = "0123456789abcdefghijklmnop";
        for (text, expected) in [
            ("nothing of it", "nothing of it"),
            ("0123456789abcdefghijklmnop", "[redacted]"),
            ("a 0123456789abcdefghijklmnop b", "a [redacted] b"),
            (
                "twice: 0123456789abcdefghijklmnop, 0123456789abcdefghijklmnop",
                "twice: [redacted], [redacted]",
            ),
            ("cut: 0123456789abcdefgh…", "cut: [redacted]…"),
            ("another: 0123456789ABCDEFGH", "another: 0123456789ABCDEFGH"),
            ("cut early: 0123…", "cut early: [redacted]…"),
            ("cut early: 01234", "cut early: [redacted]"),
            ("a number: 012", "a number: 012"),
        ] {
            assert_eq!(redacted(text, &[secret.to_owned()]), expected);
        }
    }

    #[test]
    fn a_long_text_takes_no_longer_for_each_character() {
        let (text, secret) = ("x".repeat(4 << 20), "0123456789abcdefghijklmnop".to_owned());
        assert_eq!(redacted(&text, &[secret]).len(), text.len());
    }

    #[test]
    fn a_secret_is_found_within_json_and_a_short_word_stays() {
        let secrets = ["a\"secret\u{f6} with more".to_owned(), "user".to_owned()];
        let text = serde_json::json!({"detail": format!("of user: {}", secrets[0])}).to_string();
        assert_eq!(
            redacted(&text, &secrets),
            "{\"detail\":\"of user: [redacted]\"}"
        );
    }
}
