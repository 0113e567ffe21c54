//! Takes one tag apart: its name, its attributes and its end, by the grammar of XML 1.0 and nothing more lenient.

use memchr::memchr;

use super::arena::Name;
use super::arena::Span;
use super::chars::find;
use super::chars::is_space;
use super::chars::leading_qname;
use super::error::Fault;
use super::error::XmlErrorKind;

/// A cursor over the inside of a tag.
pub(super) struct Tag<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

/// An attribute as it was written.
#[derive(Clone, Copy)]
pub(super) struct RawAttribute {
    pub(super) name: Name,
    /// The span between the quotes.
    pub(super) value: Span,
    /// Holds a reference, or white space other than a blank.
    pub(super) needs_decoding: bool,
}

impl<'a> Tag<'a> {
    /// A tag whose inside starts at `start` and goes no further than `end`.
    pub(super) fn new(text: &'a str, start: usize, end: usize) -> Self {
        Self {
            text,
            at: start,
            end,
        }
    }

    pub(super) fn name(&mut self) -> Result<Name, Fault> {
        let (length, local) = leading_qname(&self.text[self.at..self.end])
            .ok_or(Fault::at(self.at, XmlErrorKind::Name))?;
        let name = Name::new(self.at, local, length);
        self.at += length;
        Ok(name)
    }

    /// The next attribute, or `None` before what closes the tag and at the end.
    pub(super) fn attribute(&mut self) -> Result<Option<RawAttribute>, Fault> {
        let before = self.at;
        self.skip_space();
        if matches!(self.peek(), None | Some(b'>' | b'/')) {
            return Ok(None);
        }
        if self.at == before {
            return Err(self.malformed());
        }
        let name = self.name()?;
        self.skip_space();
        self.expect(b'=')?;
        self.skip_space();
        let (value, needs_decoding) = self.quoted()?;
        Ok(Some(RawAttribute {
            name,
            value,
            needs_decoding,
        }))
    }

    /// Takes what closes a start tag; whether it is the tag of an empty element, and where it ends.
    pub(super) fn close(&mut self) -> Result<(bool, usize), Fault> {
        let empty = self.peek() == Some(b'/');
        self.at += usize::from(empty);
        self.expect(b'>')?;
        Ok((empty, self.at))
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.end
    }

    fn quoted(&mut self) -> Result<(Span, bool), Fault> {
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return Err(self.malformed()),
        };
        let start = self.at + 1;
        let rest = &self.text.as_bytes()[start..self.end];
        // Most values are plain, and then the first byte that is no plain text ends them.
        let is_special =
            |byte| (byte == quote) | matches!(byte, b'&' | b'<' | b'\t' | b'\n' | b'\r');
        let plain = find(rest, is_special).ok_or(self.malformed())?;
        let length = match rest[plain] == quote {
            true => plain,
            false => plain + memchr(quote, &rest[plain..]).ok_or(self.malformed())?,
        };
        if let Some(at) = memchr(b'<', &rest[plain..length]) {
            return Err(Fault::at(start + plain + at, XmlErrorKind::NotWellFormed));
        }
        self.at = start + length + 1;
        Ok((Span::new(start, start + length), plain < length))
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.malformed());
        }
        self.at += 1;
        Ok(())
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes()[..self.end].get(self.at).copied()
    }

    fn malformed(&self) -> Fault {
        Fault::at(self.at, XmlErrorKind::NotWellFormed)
    }
}
