//! Takes one tag apart: its name and its attributes, by the grammar of XML 1.0 and nothing more lenient.

use super::arena::Name;
use super::arena::Span;
use super::chars::find;
use super::chars::is_space;
use super::chars::leading_qname;
use super::error::Fault;
use super::error::XmlErrorKind;

/// A cursor over the inside of a tag, without its brackets.
pub(super) struct Tag<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

/// An attribute as it was written.
#[derive(Clone, Copy)]
pub(super) struct RawAttribute {
    pub(super) name: Name,
    /// What is between the quotes.
    pub(super) value: Span,
    /// Holds a reference, or white space other than a blank.
    pub(super) needs_decoding: bool,
}

impl<'a> Tag<'a> {
    /// A tag whose inside is `text[start..end]`.
    pub(super) fn new(text: &'a str, start: usize, end: usize) -> Self {
        Self {
            text,
            at: start,
            end,
        }
    }

    /// The name at the cursor.
    pub(super) fn name(&mut self) -> Result<Name, Fault> {
        let (length, local) = leading_qname(&self.text[self.at..self.end])
            .ok_or(Fault::at(self.at, XmlErrorKind::Name))?;
        let name = Name::new(self.at, local, length);
        self.at += length;
        Ok(name)
    }

    /// The next attribute, or `None` at the end of the tag.
    pub(super) fn attribute(&mut self) -> Result<Option<RawAttribute>, Fault> {
        let before = self.at;
        self.skip_space();
        if self.at == self.end {
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

    fn quoted(&mut self) -> Result<(Span, bool), Fault> {
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return Err(self.malformed()),
        };
        let (start, mut needs_decoding) = (self.at + 1, false);
        let mut at = start;
        let special = |byte| byte == quote || matches!(byte, b'&' | b'<' | b'\t' | b'\n' | b'\r');
        while let Some(step) = find(&self.text.as_bytes()[at..self.end], special) {
            at += step;
            match self.text.as_bytes()[at] {
                b'<' => return Err(Fault::at(at, XmlErrorKind::NotWellFormed)),
                byte if byte == quote => {
                    self.at = at + 1;
                    return Ok((Span::new(start, at), needs_decoding));
                }
                _ => needs_decoding = true,
            }
            at += 1;
        }
        Err(self.malformed())
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
