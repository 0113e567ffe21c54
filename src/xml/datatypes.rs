//! Rules of XML Schema for the text of a value (Part 2, §3.2, §4.3.6): which white space is no part of it, and base64.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::Simd;
use base64::engine::general_purpose::PAD;

use super::chars::is_space;

/// Takes the white space at both ends off a value whose type collapses it: an address (`xs:anyURI`), a time, a duration, a
/// truth value. It is space, tab, CR and LF; any other blank character is part of the value. A value of another type stays
/// as it is.
///
/// ```
/// use entrada::xml::collapsed;
///
/// assert_eq!(collapsed("\r\n\t https://a.example/ "), "https://a.example/");
/// assert_eq!(collapsed("https://a.example/\u{a0}"), "https://a.example/\u{a0}");
/// ```
pub fn collapsed(text: &str) -> &str {
    text.trim_matches(|c| u8::try_from(c).is_ok_and(is_space))
}

/// Decodes `xs:base64Binary`: strict, padded, and with white space anywhere, since those who write it break lines. `None` for
/// anything else.
pub(crate) fn base64_binary(text: &str) -> Option<Vec<u8>> {
    // Strict base64 has no white space in it, so only what fails is looked through for any.
    BASE64.decode(text).ok().or_else(|| {
        let compact: Vec<u8> = text.bytes().filter(|byte| !is_space(*byte)).collect();
        (compact.len() < text.len())
            .then(|| BASE64.decode(compact).ok())
            .flatten()
    })
}

/// Strict base64 by vector instructions, where the processor has them: a third of the time for a usual response. A test holds
/// it against the plain engine.
static BASE64: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Long enough for vectors of 32 bytes, with the part that is decoded one by one after them.
        #[test]
        fn base64_by_vectors_is_as_strict_as_without(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            at in any::<prop::sample::Index>(),
            stray in any::<u8>(),
        ) {
            let mut field = STANDARD.encode(&bytes).into_bytes();
            prop_assert_eq!(BASE64.decode(&field), Ok(bytes));
            field.push(stray);
            prop_assert_eq!(BASE64.decode(&field), STANDARD.decode(&field));
            field.pop();
            if !field.is_empty() {
                let at = at.index(field.len());
                field[at] = stray;
                prop_assert_eq!(BASE64.decode(&field), STANDARD.decode(&field));
                field.remove(at);
                prop_assert_eq!(BASE64.decode(&field), STANDARD.decode(&field));
            }
        }

        #[test]
        fn white_space_stands_anywhere_in_base64(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            column in 1_usize..80,
            space in prop::sample::select(vec!["\r\n", "\n", "\r", "\t", " ", "\r\n\t  "]),
        ) {
            let field = STANDARD.encode(&bytes);
            let lines: Vec<&str> = field
                .as_bytes()
                .chunks(column)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            let wrapped = format!("{space}{}{space}", lines.join(space));
            prop_assert_eq!(base64_binary(&wrapped), Some(bytes));
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in [
            "A",
            "AA",
            "AAA",
            "AAA=A",
            "AA=\u{a0}=",
            "AA\u{c}==",
            "AA-_",
            "AB==",
        ] {
            assert_eq!(base64_binary(text), None, "{text:?}");
        }
        assert_eq!(base64_binary(""), Some(Vec::new()));
        assert_eq!(base64_binary("A A = \t="), Some(vec![0]));
    }

    #[test]
    fn no_blank_but_xmls_own_goes() {
        for (text, expected) in [
            (" \t\r\na b\n", "a b"),
            ("\u{a0}a\u{a0}", "\u{a0}a\u{a0}"),
            ("\u{c}a", "\u{c}a"),
            ("a\u{b}", "a\u{b}"),
            ("\u{85}a\u{2003}", "\u{85}a\u{2003}"),
            ("a\u{feff}", "a\u{feff}"),
            ("a\u{200b}", "a\u{200b}"),
            ("\u{3000}a", "\u{3000}a"),
            (" ", ""),
        ] {
            assert_eq!(collapsed(text), expected, "{text:?}");
        }
    }
}
