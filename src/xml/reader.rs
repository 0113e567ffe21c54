//! Takes a document apart into tokens and refuses whatever XML 1.0 does not allow between them.
//!
//! Of each token only its kind and its end are taken from `quick-xml`; what it says is read again from the raw text,
//! by our own grammar. The tokenizer's own checks are off or redundant. Elements, names and budgets are the business
//! of `builder`.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::arena::Arena;
use super::budget::Budget;
use super::budget::Outside;
use super::builder::Builder;
use super::chars;
use super::chars::is_blank;
use super::error::Fault;
use super::error::XmlError;
use super::error::XmlErrorKind;
use super::tag::RawAttribute;
use super::tag::Tag;
use super::tree::Document;

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// Fails on whatever is not well-formed or not allowed here, and when the budget runs out; [`XmlErrorKind`] lists
    /// the rules. A byte order mark is not part of a text: [`decode_utf8`] strips it.
    pub fn parse(text: &'a str, budget: &Budget) -> Result<Self, XmlError> {
        let arena = read(text, budget).map_err(|fault| fault.locate(text))?;
        Ok(Self {
            text: Cow::Borrowed(text),
            arena,
            budget: *budget,
        })
    }
}

impl Document<'static> {
    /// Reads a document that keeps its text; otherwise as [`Document::parse`].
    pub fn parse_owned(text: String, budget: &Budget) -> Result<Self, XmlError> {
        match read(&text, budget) {
            Ok(arena) => Ok(Self {
                text: Cow::Owned(text),
                arena,
                budget: *budget,
            }),
            Err(fault) => Err(fault.locate(&text)),
        }
    }
}

/// The text of a document given in octets, without its byte order mark.
///
/// Fails with `xml-encoding` on anything but UTF-8; UTF-16 and UTF-32 are among that.
pub fn decode_utf8(bytes: &[u8]) -> Result<&str, XmlError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = error.valid_up_to();
        let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
        Fault::at(valid, XmlErrorKind::Encoding).locate(before)
    })
}

fn read(text: &str, budget: &Budget) -> Result<Arena, Fault> {
    let limit = budget.bytes.min(u32::MAX as usize);
    if text.len() > limit {
        return Err(Fault::at(
            0,
            XmlErrorKind::TooLarge {
                limit,
                found: text.len(),
            },
        ));
    }
    let survey =
        chars::survey(text).map_err(|offset| Fault::at(offset, XmlErrorKind::Character))?;
    // `quick-xml` would skip a byte order mark, and its offsets would no longer be ours.
    if text.starts_with('\u{FEFF}') {
        return Err(Fault::at(0, XmlErrorKind::OutsideRoot));
    }
    Tokens {
        text,
        outside: budget.outside,
        closing_bracket: survey.closing_bracket,
        builder: Builder::new(text, budget, survey.carriage_return),
    }
    .read()
}

/// The walk over the tokens.
struct Tokens<'a> {
    text: &'a str,
    outside: Outside,
    /// Whether the text holds any `]`.
    closing_bracket: bool,
    builder: Builder<'a>,
}

impl Tokens<'_> {
    fn read(mut self) -> Result<Arena, Fault> {
        let mut reader = Reader::from_str(self.text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let mut start = 0;
        loop {
            let event = reader.read_event().map_err(|_| self.unreadable(start))?;
            let end = reader.buffer_position() as usize;
            if self.text.get(start..end).is_none() {
                return Err(self.unreadable(start));
            }
            match event {
                Event::Start(_) => self.start_tag(start, end)?,
                Event::Empty(_) => self.empty_tag(start, end)?,
                Event::End(_) => self.end_tag(start, end)?,
                Event::Text(_) => self.characters(start, end)?,
                Event::GeneralRef(_) => self.reference(start, end)?,
                Event::CData(_) => self.cdata(start, end)?,
                Event::Comment(_) => self.comment(start, end)?,
                Event::Decl(_) => self.declaration(start, end)?,
                Event::PI(_) => return Err(Fault::at(start, XmlErrorKind::ProcessingInstruction)),
                Event::DocType(_) => return Err(Fault::at(start, XmlErrorKind::Dtd)),
                Event::Eof => break,
            }
            start = end;
        }
        if start != self.text.len() {
            return Err(self.unreadable(start));
        }
        self.builder.finish()
    }

    /// The fault for what the tokenizer could not take apart, by what it started with.
    fn unreadable(&self, start: usize) -> Fault {
        let rest = self.text.get(start..).unwrap_or_default();
        let kind = match rest.as_bytes() {
            [b'<', b'!', b'D' | b'd', ..] => XmlErrorKind::Dtd,
            [b'<', b'?', ..] => XmlErrorKind::ProcessingInstruction,
            [b'&', ..] => XmlErrorKind::Entity,
            _ => XmlErrorKind::NotWellFormed,
        };
        Fault::at(start, kind)
    }

    /// What is between the opening and the closing marks of the token; a token without them is a fault.
    fn inside(
        &self,
        start: usize,
        end: usize,
        opening: &str,
        closing: &str,
    ) -> Result<(usize, usize), Fault> {
        let token = &self.text[start..end];
        if token.len() >= opening.len() + closing.len()
            && token.starts_with(opening)
            && token.ends_with(closing)
        {
            Ok((start + opening.len(), end - closing.len()))
        } else {
            Err(Fault::at(start, XmlErrorKind::NotWellFormed))
        }
    }

    fn start_tag(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<", ">")?;
        self.builder.open(inside, inside_end)
    }

    fn empty_tag(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<", "/>")?;
        self.builder.empty(inside, inside_end)
    }

    fn end_tag(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "</", ">")?;
        self.builder.close(inside, inside_end)
    }

    fn characters(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let piece = &self.text[start..end];
        if self.builder.is_outside() {
            return if is_blank(piece) {
                Ok(())
            } else {
                Err(Fault::at(start, XmlErrorKind::OutsideRoot))
            };
        }
        if self.closing_bracket
            && let Some(at) = piece
                .as_bytes()
                .windows(3)
                .position(|three| three == b"]]>")
        {
            return Err(Fault::at(start + at, XmlErrorKind::NotWellFormed));
        }
        self.builder.characters(start, end);
        Ok(())
    }

    fn reference(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        self.inside(start, end, "&", ";")?;
        self.expect_open(start)?;
        self.builder.reference(start, end)
    }

    fn cdata(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<![CDATA[", "]]>")?;
        self.expect_open(start)?;
        self.builder.characters(inside, inside_end);
        Ok(())
    }

    fn comment(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<!--", "-->")?;
        let comment = &self.text[inside..inside_end];
        if comment.contains("--") || comment.ends_with('-') {
            return Err(Fault::at(start, XmlErrorKind::NotWellFormed));
        }
        match self.outside {
            Outside::Comments => Ok(()),
            Outside::WhitespaceOnly => self.expect_open(start),
        }
    }

    /// The [XML declaration](https://www.w3.org/TR/xml/#NT-XMLDecl): version, then perhaps encoding, then perhaps standalone.
    fn declaration(&self, start: usize, end: usize) -> Result<(), Fault> {
        if start != 0 {
            return Err(Fault::at(start, XmlErrorKind::ProcessingInstruction));
        }
        let (inside, inside_end) = self.inside(start, end, "<?xml", "?>")?;
        let mut tag = Tag::new(self.text, inside, inside_end);
        let mut stage = 0;
        while let Some(RawAttribute { name, value, .. }) = tag.attribute()? {
            let fault = |kind| Err(Fault::at(name.start(), kind));
            stage = match (stage, name.qualified(self.text), value.of(self.text)) {
                (0, "version", "1.0") => 1,
                (0, "version", _) => return fault(XmlErrorKind::Version),
                (1, "encoding", encoding) if encoding.eq_ignore_ascii_case("utf-8") => 2,
                (1, "encoding", _) => return fault(XmlErrorKind::Encoding),
                (1 | 2, "standalone", "yes" | "no") => 3,
                _ => return fault(XmlErrorKind::NotWellFormed),
            };
        }
        if stage == 0 {
            Err(Fault::at(start, XmlErrorKind::NotWellFormed))
        } else {
            Ok(())
        }
    }

    fn expect_open(&self, at: usize) -> Result<(), Fault> {
        if self.builder.is_outside() {
            Err(Fault::at(at, XmlErrorKind::OutsideRoot))
        } else {
            Ok(())
        }
    }
}
