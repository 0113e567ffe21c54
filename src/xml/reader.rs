//! Takes a document apart into tokens and refuses whatever XML 1.0 does not allow between them. The first two bytes of a token
//! say what it is; each kind has a function that finds its end, and none looks at a byte that another has taken. Elements,
//! names and budgets are the business of `builder`.

use std::borrow::Cow;

use memchr::memchr_iter;
use memchr::memchr2;
use memchr::memchr3;

use super::arena::Arena;
use super::budget::Budget;
use super::budget::Outside;
use super::builder::Builder;
use super::chars;
use super::chars::is_space;
use super::error::Fault;
use super::error::XmlError;
use super::error::XmlErrorKind;
use super::tag::RawAttribute;
use super::tag::Tag;
use super::tree::Document;

impl<'a> Document<'a> {
    /// Reads a document. It keeps its text if that is a `String`.
    ///
    /// Fails on whatever is not well-formed or not allowed here, and when the budget runs out; [`XmlErrorKind`] lists
    /// the rules. A byte order mark is not part of a text: [`decode_utf8`] strips it.
    pub fn parse(text: impl Into<Cow<'a, str>>, budget: &Budget) -> Result<Self, XmlError> {
        let text = text.into();
        match read(&text, budget) {
            Ok(arena) => Ok(Self {
                text,
                arena,
                budget: *budget,
            }),
            Err(fault) => Err(fault.locate(&text)),
        }
    }
}

/// The text of a document given in bytes, without its byte order mark.
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

/// Blanks the XML declaration of a text that was in UTF-16 and says so, character for character, so that every place stays
/// where it is.
pub(crate) fn without_utf_16(text: Cow<'_, str>) -> Cow<'_, str> {
    let declaration = text
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
        .map(|(inside, _)| "<?xml".len() + inside.len() + "?>".len());
    match declaration {
        Some(end) if text[..end].to_ascii_lowercase().contains("utf-16") => {
            let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
            let blank: String = text[..end].chars().map(blank).collect();
            Cow::Owned(blank + &text[end..])
        }
        _ => text,
    }
}

fn read(text: &str, budget: &Budget) -> Result<Arena, Fault> {
    #[cfg(test)]
    super::counted::note(text);
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
    // A second mark, after the one that `decode_utf8` strips.
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
    /// True if the text holds any `]`.
    closing_bracket: bool,
    builder: Builder<'a>,
}

impl Tokens<'_> {
    fn read(mut self) -> Result<Arena, Fault> {
        let mut at = 0;
        while at < self.text.len() {
            at = self.token(at)?;
        }
        self.builder.finish()
    }

    /// Reads the token at `start` and returns where it ends.
    fn token(&mut self, start: usize) -> Result<usize, Fault> {
        match &self.text.as_bytes()[start..] {
            [b'<', b'/', ..] => self.builder.end_tag(start),
            [b'<', b'!', ..] => self.exclamation(start),
            [b'<', b'?', ..] => self.declaration(start),
            [b'<', ..] => self.builder.start_tag(start),
            [b'&', ..] => self.reference(start),
            _ => self.characters(start),
        }
    }

    fn exclamation(&mut self, start: usize) -> Result<usize, Fault> {
        match &self.text.as_bytes()[start + "<!".len()..] {
            [b'-', b'-', ..] => self.comment(start),
            [b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => self.cdata(start),
            [b'D' | b'd', ..] => Err(Fault::at(start, XmlErrorKind::Dtd)),
            _ => Err(Fault::at(start, XmlErrorKind::NotWellFormed)),
        }
    }

    fn characters(&mut self, start: usize) -> Result<usize, Fault> {
        let rest = &self.text.as_bytes()[start..];
        let length = memchr2(b'<', b'&', rest).unwrap_or(rest.len());
        let (piece, end) = (&rest[..length], start + length);
        if self.builder.is_outside() {
            return match piece.iter().copied().all(is_space) {
                true => Ok(end),
                false => Err(Fault::at(start, XmlErrorKind::OutsideRoot)),
            };
        }
        if self.closing_bracket
            && let Some(at) = find_closing(piece, b"]]")
        {
            return Err(Fault::at(start + at, XmlErrorKind::NotWellFormed));
        }
        self.builder.characters(start, end);
        Ok(end)
    }

    /// A reference ends at its semicolon; one that does not, before the next markup, is none.
    fn reference(&mut self, start: usize) -> Result<usize, Fault> {
        let rest = &self.text.as_bytes()[start + 1..];
        match memchr3(b';', b'<', b'&', rest) {
            Some(length) if rest[length] == b';' => {
                let end = start + 1 + length + 1;
                self.expect_open(start)?;
                self.builder.reference(start, end)?;
                Ok(end)
            }
            _ => Err(Fault::at(start, XmlErrorKind::Entity)),
        }
    }

    fn cdata(&mut self, start: usize) -> Result<usize, Fault> {
        let inside = start + "<![CDATA[".len();
        let length = find_closing(&self.text.as_bytes()[inside..], b"]]")
            .ok_or(Fault::at(start, XmlErrorKind::NotWellFormed))?;
        self.expect_open(start)?;
        self.builder.characters(inside, inside + length);
        Ok(inside + length + "]]>".len())
    }

    /// A comment ends at its first two hyphens: no others may stand in it ([XML 1.0, §2.5](https://www.w3.org/TR/xml/#sec-comments)).
    fn comment(&mut self, start: usize) -> Result<usize, Fault> {
        let inside = start + "<!--".len();
        let rest = &self.text.as_bytes()[inside..];
        let end = chars::find_pair(rest, b'-')
            .filter(|&length| rest.get(length + 2) == Some(&b'>'))
            .map(|length| inside + length + "-->".len())
            .ok_or(Fault::at(start, XmlErrorKind::NotWellFormed))?;
        if self.outside == Outside::WhitespaceOnly {
            self.expect_open(start)?;
        }
        Ok(end)
    }

    /// The [XML declaration](https://www.w3.org/TR/xml/#NT-XMLDecl): version, then perhaps encoding, then perhaps standalone.
    /// Anything else that starts like one is a processing instruction.
    fn declaration(&self, start: usize) -> Result<usize, Fault> {
        let instruction = Fault::at(start, XmlErrorKind::ProcessingInstruction);
        let inside = match self.text.strip_prefix("<?xml") {
            Some(rest) if start == 0 && rest.starts_with(['?', ' ', '\t', '\r', '\n']) => {
                "<?xml".len()
            }
            _ if start > 0 && self.text[start..].starts_with("<?xml ") => {
                return Err(Fault::at(start, XmlErrorKind::LateDeclaration));
            }
            _ => return Err(instruction),
        };
        let Some(length) = find_closing(&self.text.as_bytes()[inside..], b"?") else {
            return Err(instruction);
        };
        let mut tag = Tag::new(self.text, inside, inside + length);
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
            }
        }
        if stage == 0 || !tag.is_at_end() {
            return Err(Fault::at(start, XmlErrorKind::NotWellFormed));
        }
        Ok(inside + length + "?>".len())
    }

    fn expect_open(&self, at: usize) -> Result<(), Fault> {
        if self.builder.is_outside() {
            Err(Fault::at(at, XmlErrorKind::OutsideRoot))
        } else {
            Ok(())
        }
    }
}

/// The place where something closes: the index of the first `before` that is followed by `>`.
fn find_closing(bytes: &[u8], before: &[u8]) -> Option<usize> {
    memchr_iter(b'>', bytes).find_map(|at| bytes[..at].ends_with(before).then(|| at - before.len()))
}
