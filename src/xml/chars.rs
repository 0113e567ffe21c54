//! The characters and names that XML allows. Lookups are by table for ASCII and by the ranges of the standard beyond.

use memchr::memchr_iter;

/// The facts about a document that one look at every byte tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// Some line may end in a carriage return, so line endings need normalising.
    pub(super) carriage_return: bool,
    /// There is a `]`, so text may hold the forbidden `]]>`.
    pub(super) closing_bracket: bool,
}

/// Looks at every character once; the error is the offset of the first that [XML does not allow](https://www.w3.org/TR/xml/#charsets).
///
/// Blocks without a control byte or the lead byte of U+FFFE need no closer look; the loop over a block is
/// branch-free so that the compiler can vectorise it.
pub(super) fn survey(text: &str) -> Result<Survey, usize> {
    let mut seen = Survey {
        carriage_return: false,
        closing_bracket: false,
    };
    let bytes = text.as_bytes();
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for (number, block) in blocks.iter().enumerate() {
        look(block, &mut seen, || illegal_byte(bytes, number * BLOCK))?;
    }
    let mut last = [b' '; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    look(&last, &mut seen, || {
        illegal_byte(bytes, bytes.len() - rest.len())
    })?;
    Ok(seen)
}

/// Looks at a block, and asks `illegal` where one may hold an illegal character.
#[inline(always)]
fn look(
    block: &[u8; BLOCK],
    seen: &mut Survey,
    illegal: impl FnOnce() -> Option<usize>,
) -> Result<(), usize> {
    let any = |wanted: fn(u8) -> bool| {
        block
            .iter()
            .fold(0, |any, &byte| any | u8::from(wanted(byte)))
            != 0
    };
    seen.closing_bracket |= any(|byte| byte == b']');
    let least = block.iter().fold(u8::MAX, |least, &byte| least.min(byte));
    let lead = any(|byte| byte == 0xEF);
    if least >= b' ' && !lead {
        return Ok(());
    }
    seen.carriage_return |= any(|byte| byte == b'\r');
    match lead || any(|byte| (byte < b' ') & (byte != b'\n')) {
        true => illegal().map_or(Ok(()), Err),
        false => Ok(()),
    }
}

/// The offset of the first illegal character that starts in the block.
fn illegal_byte(bytes: &[u8], start: usize) -> Option<usize> {
    (start..bytes.len().min(start + BLOCK)).find(|&at| match bytes[at] {
        b'\t' | b'\n' | b'\r' => false,
        0..b' ' => true,
        // U+FFFE and U+FFFF.
        0xEF => matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])),
        _ => false,
    })
}

const BLOCK: usize = 64;

/// The index of the first byte that is wanted. Blocks without any are passed over by a branch-free loop.
#[inline(always)]
pub(super) fn find(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> Option<usize> {
    const STEP: usize = 16;
    let mut start = 0;
    for block in bytes.chunks(STEP) {
        if block.iter().fold(false, |any, &byte| any | wanted(byte)) {
            return block
                .iter()
                .position(|&byte| wanted(byte))
                .map(|at| start + at);
        }
        start += STEP;
    }
    None
}

/// The index of the first byte `wanted` that is followed by another.
pub(super) fn find_pair(bytes: &[u8], wanted: u8) -> Option<usize> {
    memchr_iter(wanted, bytes).find(|&at| bytes.get(at + 1) == Some(&wanted))
}

/// True if XML allows the character ([`Char`](https://www.w3.org/TR/xml/#NT-Char)). Surrogates are not `char`s.
pub(super) fn is_char(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\0'..' ' => false,
        _ => !matches!(c, '\u{FFFE}' | '\u{FFFF}'),
    }
}

/// True if two texts are equal. Most prefixes and many namespaces are empty, and comparing no bytes at the address of
/// an empty literal costs 150 ns with the vector instructions of some processors.
#[inline]
pub(super) fn same(a: &str, b: &str) -> bool {
    same_bytes(a.as_bytes(), b.as_bytes())
}

/// As [`same`]. Names are short: words that overlap in the middle compare them without a call.
#[inline]
pub(super) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0 => true,
        1..4 => a[0] == b[0] && a[a.len() / 2] == b[b.len() / 2] && a.last() == b.last(),
        4..8 => same_ends::<4>(a, b),
        8..16 => same_ends::<8>(a, b),
        16..32 => same_ends::<16>(a, b),
        32..=64 => same_ends::<32>(a, b),
        _ => a == b,
    }
}

/// True if the first `N` bytes are equal and the last `N` too.
#[inline(always)]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk() && a.last_chunk::<N>() == b.last_chunk()
}

/// True if the byte is white space in the sense of [`S`](https://www.w3.org/TR/xml/#NT-S).
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// The name at the start of `text`: its length and the length of its prefix with the colon; `None` if it is no
/// [QName](https://www.w3.org/TR/xml-names/#NT-QName).
pub(super) fn leading_qname(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut end, mut seen) = leading_ncname(bytes)?;
    let mut local = 0;
    if bytes.get(end) == Some(&b':') {
        local = end + 1;
        let (length, seen_after) = leading_ncname(&bytes[local..])?;
        (end, seen) = (local + length, seen | seen_after);
    }
    if bytes.get(end) == Some(&b':') {
        return None;
    }
    if seen & WIDE != 0
        && !(is_wide_ncname(&text[local..end])
            && (local == 0 || is_wide_ncname(&text[..local - 1])))
    {
        return None;
    }
    Some((end, local))
}

/// The length of the name without colon at the start, and the classes of its bytes; `None` if there is none. Characters
/// beyond ASCII are taken as they come.
#[inline]
fn leading_ncname(bytes: &[u8]) -> Option<(usize, u8)> {
    let mut seen = OTHER;
    let ends = |&byte: &u8| {
        seen |= CLASS[byte as usize];
        CLASS[byte as usize] == OTHER
    };
    let end = bytes.iter().position(ends).unwrap_or(bytes.len());
    let first = *bytes.first()?;
    (CLASS[first as usize] & (START | WIDE) != 0).then_some((end, seen))
}

/// True if the whole text is a [QName](https://www.w3.org/TR/xml-names/#NT-QName).
pub(super) fn is_qname(text: &str) -> bool {
    leading_qname(text).is_some_and(|(end, _)| end == text.len())
}

/// True if the whole text is an [NCName](https://www.w3.org/TR/xml-names/#NT-NCName).
pub(super) fn is_ncname(text: &str) -> bool {
    leading_qname(text) == Some((text.len(), 0))
}

/// The rule for names with characters beyond ASCII.
fn is_wide_ncname(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name)
}

/// [`NameStartChar`](https://www.w3.org/TR/xml/#NT-NameStartChar) without the colon.
fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// [`NameChar`](https://www.w3.org/TR/xml/#NT-NameChar) without the colon.
fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// No part of a name without colon.
const OTHER: u8 = 0;
/// May start a name.
const START: u8 = 1;
/// May continue a name.
const NAME: u8 = 2;
/// Part of a character beyond ASCII, which needs a closer look.
const WIDE: u8 = 4;

/// The meaning of each byte for a name.
static CLASS: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => START,
            b'0'..=b'9' | b'-' | b'.' => NAME,
            0x80.. => WIDE,
            _ => OTHER,
        };
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every length around the bounds of the words, and every place of the one byte that differs.
        #[test]
        fn same_is_equality(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut other = bytes.clone();
            prop_assert!(same_bytes(&bytes, &other));
            if !other.is_empty() {
                let at = at.index(other.len());
                other[at] = byte;
            }
            prop_assert_eq!(same_bytes(&bytes, &other), bytes == other);
            other.push(byte);
            prop_assert!(!same_bytes(&bytes, &other));
        }

        /// Long enough for whole blocks and the rest behind them.
        #[test]
        fn a_survey_finds_what_a_look_at_each_character_finds(
            text in "[ -~]{0,200}[\\t\\n\\r\\]\u{1}\u{1f}\u{7f}\u{fffd}\u{fffe}\u{ffff}\u{feff}é]{0,2}[ -~]{0,200}",
        ) {
            let illegal = text.char_indices().find(|(_, c)| !is_char(*c)).map(|(at, _)| at);
            match survey(&text) {
                Err(at) => prop_assert_eq!(Some(at), illegal),
                Ok(seen) => {
                    prop_assert_eq!(illegal, None);
                    prop_assert_eq!(seen.carriage_return, text.contains('\r'));
                    prop_assert_eq!(seen.closing_bracket, text.contains(']'));
                }
            }
        }
    }
}
