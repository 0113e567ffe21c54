//! Gathers character data: joins the pieces of a text, resolves references, normalises line endings and attribute
//! values. A text that needs none of that stays a span of the input.

use memchr::memchr_iter;

use super::arena::Span;
use super::arena::Value;
use super::chars::find;
use super::error::Fault;
use super::error::XmlErrorKind;
use super::references::resolve;

/// Collects the pieces of one text after the other, and attribute values in between.
pub(super) struct Gatherer<'a> {
    text: &'a str,
    /// True if the input holds any carriage return.
    carriage_return: bool,
    decoded: String,
    run: Run,
}

enum Run {
    Empty,
    /// So far one unbroken span of the input.
    Input(Span),
    /// From here to the end of `decoded`.
    Decoded(usize),
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(text: &'a str, carriage_return: bool) -> Self {
        Self {
            text,
            carriage_return,
            decoded: String::new(),
            run: Run::Empty,
        }
    }

    /// Appends `text[start..end]` as character data without references.
    pub(super) fn characters(&mut self, start: usize, end: usize) {
        if start == end {
            return;
        }
        let piece = &self.text[start..end];
        let normalise = self.carriage_return && piece.contains('\r');
        match self.run {
            Run::Empty if !normalise => self.run = Run::Input(Span::new(start, end)),
            Run::Input(span) if !normalise && span.end() == start => {
                self.run = Run::Input(Span::new(span.start(), end))
            }
            _ => {
                self.decode_run();
                normalise_line_endings(piece, &mut self.decoded);
            }
        }
    }

    /// Appends what the reference at `text[start..end]`, ampersand and semicolon included, stands for.
    pub(super) fn reference(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let character =
            resolve(&self.text[start + 1..end - 1]).map_err(|kind| Fault::at(start, kind))?;
        self.decode_run();
        self.decoded.push(character);
        Ok(())
    }

    /// Ends the text under way; `None` if it is empty.
    pub(super) fn take_run(&mut self) -> Option<Value> {
        match std::mem::replace(&mut self.run, Run::Empty) {
            Run::Empty => None,
            Run::Input(span) => Some(Value::Input(span)),
            Run::Decoded(start) => Some(Value::Decoded(Span::new(start, self.decoded.len()))),
        }
    }

    /// The value of an attribute written as `raw`, by [XML 1.0, §3.3.3](https://www.w3.org/TR/xml/#AVNormalize):
    /// literal white space becomes a blank, white space by reference stays. No text may be under way.
    pub(super) fn attribute(&mut self, raw: Span) -> Result<Value, Fault> {
        let start = self.decoded.len();
        let mut at = raw.start();
        let is_special = |byte| matches!(byte, b'&' | b'\t' | b'\n' | b'\r');
        while let Some(special) = find(&self.text.as_bytes()[at..raw.end()], is_special) {
            self.decoded.push_str(&self.text[at..at + special]);
            at = self.special(at + special, raw.end())?;
        }
        self.decoded.push_str(&self.text[at..raw.end()]);
        Ok(Value::Decoded(Span::new(start, self.decoded.len())))
    }

    /// Decodes the reference or white space at `at` and returns where to go on.
    fn special(&mut self, at: usize, end: usize) -> Result<usize, Fault> {
        let rest = &self.text[at..end];
        if !rest.starts_with('&') {
            self.decoded.push(' ');
            return Ok(at + if rest.starts_with("\r\n") { 2 } else { 1 });
        }
        let name = rest[1..]
            .split_once(';')
            .ok_or(Fault::at(at, XmlErrorKind::Entity))?
            .0;
        self.decoded
            .push(resolve(name).map_err(|kind| Fault::at(at, kind))?);
        Ok(at + name.len() + 2)
    }

    pub(super) fn str(&self, value: Value) -> &str {
        value.of(self.text, &self.decoded)
    }

    pub(super) fn into_decoded(self) -> String {
        self.decoded
    }

    fn decode_run(&mut self) {
        let start = self.decoded.len();
        match self.run {
            Run::Decoded(_) => return,
            Run::Input(span) => self.decoded.push_str(span.of(self.text)),
            Run::Empty => {}
        }
        self.run = Run::Decoded(start);
    }
}

/// Appends the text with CR LF and lone CR turned into LF ([XML 1.0, §2.11](https://www.w3.org/TR/xml/#sec-line-ends)).
fn normalise_line_endings(text: &str, out: &mut String) {
    out.reserve(text.len());
    let mut from = 0;
    for at in memchr_iter(b'\r', text.as_bytes()) {
        out.push_str(&text[from..at]);
        out.push('\n');
        from = at + 1 + usize::from(text.as_bytes().get(at + 1) == Some(&b'\n'));
    }
    out.push_str(&text[from..]);
}
