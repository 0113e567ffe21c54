//! The namespace declarations in scope while a document is read, side by side so that looking through all of them costs
//! little: a document can ask for the farthest one at each of its names.

use super::arena::Binding;
use super::arena::Declaration;
use super::chars::same;

pub(super) struct InScope {
    /// The keys of their prefixes.
    keys: Vec<u32>,
    /// Their indices, in the same order.
    indices: Vec<u32>,
}

impl InScope {
    pub(super) fn new() -> Self {
        Self {
            keys: Vec::with_capacity(16),
            indices: Vec::with_capacity(16),
        }
    }

    pub(super) fn push(&mut self, prefix: &str, index: u32) {
        self.keys.push(key(prefix));
        self.indices.push(index);
    }

    /// Forgets all but the outermost `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        self.keys.truncate(count);
        self.indices.truncate(count);
    }

    /// The binding of a prefix; `None` if it is not declared.
    pub(super) fn find(
        &self,
        declarations: &[Declaration],
        text: &str,
        prefix: &str,
    ) -> Option<Binding> {
        match (self.declared_after(0, declarations, text, prefix), prefix) {
            (Some(index), _) => Some(Binding::Declared(index)),
            (None, "") => Some(Binding::None),
            (None, "xml") => Some(Binding::Xml),
            (None, _) => None,
        }
    }

    /// The innermost declaration of a prefix, the outermost `count` not counted.
    pub(super) fn declared_after(
        &self,
        count: usize,
        declarations: &[Declaration],
        text: &str,
        prefix: &str,
    ) -> Option<u32> {
        let key = key(prefix);
        let mut end = self.keys.len();
        // Blocks without the key are passed over by vector instructions.
        for block in self.keys[count..].rchunks(BLOCK) {
            end -= block.len();
            if !block.contains(&key) {
                continue;
            }
            let indices = &self.indices[end..end + block.len()];
            let mut both = block.iter().zip(indices).rev();
            let is_it = |index: u32| same(declarations[index as usize].prefix.of(text), prefix);
            if let Some((_, index)) = both.find(|(known, index)| **known == key && is_it(**index)) {
                return Some(*index);
            }
        }
        None
    }
}

/// A number that two equal names share. Those of up to four bytes have numbers of their own, so have most others: whoever
/// finds the number compares the names.
pub(super) fn key(name: &str) -> u32 {
    let wide = wide_key(name);
    (wide ^ (wide >> 32)) as u32
}

/// The same with twice as many bits.
pub(super) fn wide_key(name: &str) -> u64 {
    name.as_bytes().chunks(BYTES).fold(0, |key: u64, chunk| {
        let mut bytes = [0; BYTES];
        bytes[..chunk.len()].copy_from_slice(chunk);
        key.wrapping_mul(SPREAD).rotate_left(29) ^ u64::from_le_bytes(bytes)
    })
}

const BYTES: usize = 8;
/// Any odd number with bits all over: 2^64 by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// Four vectors of four numbers.
const BLOCK: usize = 16;

#[cfg(test)]
mod tests {
    use super::super::Budget;
    use super::super::Document;
    use super::key;
    use super::wide_key;

    #[test]
    fn short_names_have_keys_of_their_own() {
        let names = ["", "a", "b", "ab", "ba", "a123", "b123"];
        for (number, name) in names.iter().enumerate() {
            let same = names.iter().position(|other| key(other) == key(name));
            assert_eq!(same, Some(number), "{name}");
        }
        assert_ne!(wide_key("a12345678"), wide_key("a1234567"));
    }

    /// Both fold to the same 32 bits, so only the comparison of the names tells them apart.
    #[test]
    fn prefixes_and_attributes_of_one_key_are_told_apart() {
        assert_eq!(key("abcdabcd"), key("efghefgh"));
        let declared = "xmlns:abcdabcd='urn:one' xmlns:efghefgh='urn:other'";
        let text = format!("<r {declared} abcdabcd='' efghefgh=''><abcdabcd:a/><efghefgh:a/></r>");
        let document = Document::parse(&text, &Budget::MESSAGE).unwrap();
        let namespaces: Vec<_> = document.root().children().map(|a| a.namespace()).collect();
        assert_eq!(namespaces, ["urn:one", "urn:other"]);
        let undeclared = "<r xmlns:abcdabcd='urn:one'><efghefgh:a/></r>";
        let refused = Document::parse(undeclared, &Budget::MESSAGE).unwrap_err();
        assert_eq!(refused.code(), "xml-undeclared-prefix");
    }

    #[test]
    fn the_innermost_declaration_is_found_over_many_blocks() {
        let outer: String = (0..40).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
        let text = format!("<r{outer}><p0:a xmlns:p39='urn:inner'><p39:a/></p0:a><p39:a/></r>");
        let document = Document::parse(&text, &Budget::MESSAGE).unwrap();
        let namespaces: Vec<_> = document
            .root()
            .descendants()
            .map(|a| a.namespace())
            .collect();
        assert_eq!(namespaces, ["", "urn:0", "urn:inner", "urn:39"]);
    }
}
