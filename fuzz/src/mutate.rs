//! Changes to the tree of a document, as an attacker makes them: elements copied, moved, swapped, emptied and wrapped,
//! text split by comments.

use std::ops::Range;

/// The document with one change that `seed` chooses; `None` if there is nothing to change.
pub fn rearranged(document: &[u8], seed: u32) -> Option<Vec<u8>> {
    let elements = elements(document);
    let mut dice = Dice::new(seed);
    let one = dice.of(&elements)?.clone();
    let other = dice.of(&elements)?.clone();
    let at = match dice.roll(3) {
        0 => other.start,
        1 => other.end,
        // Right behind the start tag: the first child.
        _ => other.start + 1 + end_of_tag(&document[other.start..])?,
    };
    let copy = document[one.clone()].to_vec();
    Some(match dice.roll(6) {
        0 => replaced(document, at..at, &copy),
        1 => replaced(document, one, b""),
        2 => replaced(document, one, &document[other.clone()]),
        3 if at <= one.start => replaced(&replaced(document, one, b""), at..at, &copy),
        3 if at >= one.end => replaced(&replaced(document, at..at, &copy), one, b""),
        4 => replaced(document, one, &wrapped(&copy, dice.of(&WRAPPERS)?)),
        _ => {
            let inside = dice.roll(document.len() as u32) as usize;
            replaced(document, inside..inside, dice.of(&INSERTS)?)
        }
    })
}

/// The places of elements, by their tags alone: good enough for a document that is well-formed or almost so.
fn elements(document: &[u8]) -> Vec<Range<usize>> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = document[at..].iter().position(|b| *b == b'<') {
        let start = at + start;
        let Some(length) = end_of_tag(&document[start..]) else {
            break;
        };
        at = start + length + 1;
        match document.get(start + 1) {
            Some(b'/') => found.extend(open.pop().map(|start| start..at)),
            Some(b'!' | b'?') => {}
            _ if document[at - 2] == b'/' => found.push(start..at),
            _ => open.push(start),
        }
    }
    found
}

fn end_of_tag(tag: &[u8]) -> Option<usize> {
    tag.iter().position(|b| *b == b'>')
}

fn replaced(document: &[u8], range: Range<usize>, with: &[u8]) -> Vec<u8> {
    [&document[..range.start], with, &document[range.end..]].concat()
}

fn wrapped(element: &[u8], (before, after): &(&[u8], &[u8])) -> Vec<u8> {
    [before, element, after].concat()
}

/// Elements that an attacker hides others in.
const WRAPPERS: [(&[u8], &[u8]); 5] = [
    (
        b"<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">",
        b"</samlp:Extensions>",
    ),
    (
        b"<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
        b"</ds:Object>",
    ),
    (b"<Advice>", b"</Advice>"),
    (b"<!--", b"-->"),
    (b"<![CDATA[", b"]]>"),
];

/// Bytes that readers have disagreed about.
const INSERTS: [&[u8]; 10] = [
    b"<!---->",
    b"<![CDATA[]]>",
    b"<?a?>",
    b"&amp;",
    b"&#13;",
    b"\r\n",
    b" ID=\"_response\"",
    b" xmlns=\"urn:a\"",
    b" xmlns:a=\"urn:a\" a:ID=\"_1\"",
    b"<!DOCTYPE a>",
];

/// A small generator (xorshift): the same seed makes the same change.
pub(crate) struct Dice(u32);

impl Dice {
    pub(crate) fn new(seed: u32) -> Dice {
        Dice(seed.wrapping_mul(2_654_435_761) | 1)
    }

    pub(crate) fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % sides.max(1)
    }

    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.roll(all.len() as u32) as usize)
    }
}
