//! PEM and base64 as they come out of mail programs, word processors, shells and settings: what these do to a text is
//! undone where it can mean but one thing.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::CertificateError;
use super::certificate::decode_base64;
use crate::text::has_no_width;
use crate::text::without_escapes;

/// The text as it was before somebody copied it: with hyphens for typographic dashes, line breaks for `\n` in two
/// characters, blanks for other spaces, and without what has no width or quotes a mail.
pub(super) fn normalized(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii() && !matches!(c, '\\' | '%' | '>' | '-' | '"');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let decoded = match text.contains('%') {
        true => percent_decode_str(text).decode_utf8_lossy(),
        false => Cow::Borrowed(text),
    };
    let mut normalized = String::with_capacity(decoded.len());
    for line in without_escapes(&decoded).lines() {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '|'));
        push_line(line, &mut normalized);
        normalized.push('\n');
    }
    Cow::Owned(normalized)
}

/// Appends a line with five hyphens for each run of dashes around the label of a block.
fn push_line(line: &str, out: &mut String) {
    let mut dashes = 0;
    let mut typographic = false;
    for c in line.chars().chain(['\n']) {
        match c {
            '-' => dashes += 1,
            _ if is_dash(c) => (dashes, typographic) = (dashes + 1, true),
            _ if has_no_width(c) => {}
            _ => {
                match (dashes, typographic) {
                    (0, _) => {}
                    (1, false) => out.push('-'),
                    // Two runs meet if the line break between two blocks is lost.
                    (9.., _) => out.push_str("----------"),
                    _ => out.push_str(PEM_DASHES),
                }
                (dashes, typographic) = (0, false);
                out.push(if c.is_whitespace() { ' ' } else { c });
            }
        }
    }
}

/// Hyphens and dashes of all widths, and the minus sign.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{2e3a}'
                | '\u{2e3b}'
    )
}

/// One PEM block.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    pub(super) body: &'a str,
    /// True if its last line is there.
    pub(super) ended: bool,
}

impl Block<'_> {
    /// The bytes of the block. Lines with a colon are headers (RFC 1421), which say nothing here.
    pub(super) fn decode(&self) -> Result<Vec<u8>, CertificateError> {
        let lines = self.body.lines().filter(|line| !line.contains(':'));
        let body: String = lines.collect();
        decode_base64(&body).map_err(|error| match self.ended {
            true => error,
            false => self.cut_off(),
        })
    }

    pub(super) fn cut_off(&self) -> CertificateError {
        let label: String = self.label.chars().take(LABEL_SHOWN_MAX).collect();
        CertificateError::Malformed {
            reason: format!(
                "a PEM block does not end: there is no line -----END {label}-----, so the copy is cut off"
            ),
        }
    }
}

/// The PEM blocks of a repaired text. Line breaks do not matter: they get lost where PEM goes through a form field.
pub(super) struct Blocks<'a>(pub(super) &'a str);

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, from_label) = self.0.split_once(PEM_BEGIN)?;
        self.0 = "";
        let (label, from_body) = from_label.split_once(PEM_DASHES)?;
        // A block that lost its end does not swallow the next one.
        let next = from_body.find(PEM_BEGIN).unwrap_or(from_body.len());
        let (body, ended) = match from_body[..next].split_once(PEM_END) {
            Some((body, _)) => (body, true),
            None => (&from_body[..next], false),
        };
        self.0 = &from_body[next..];
        Some(Block {
            label: label.trim(),
            body,
            ended,
        })
    }
}

pub(super) const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const PEM_DASHES: &str = "-----";
/// Characters of a PEM label that an error keeps. The longest in use has 26.
pub(super) const LABEL_SHOWN_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_do_to_a_text_is_undone() {
        let plain = "-----BEGIN A-----\nMIIB+/8=\n-----END A-----\n";
        for pasted in [
            plain.to_owned(),
            plain.replace('\n', "\\n"),
            plain.replace('\n', "\\r\\n"),
            plain.replace('\n', "\r\n"),
            plain.replace('/', "\\/"),
            plain.replace('+', "\\u002b"),
            plain.replace('-', "–"),
            plain.replace("-----", "—–-"),
            plain.replace('-', "−"),
            plain.replace("-----", "----"),
            plain.replace("-----", "------"),
            plain.replace('\n', "\u{200b}\n"),
            plain.replace(' ', "\u{a0}"),
            plain
                .replace("-----B", "> > -----B")
                .replace("\nM", "\n>M")
                .replace("\n-", "\n> -"),
            plain
                .replace("-----B", "\t -----B")
                .replace("\nM", "\n    M")
                .replace("\n-", "\n  -"),
            plain
                .replace(' ', "%20")
                .replace('\n', "%0A")
                .replace('+', "%2B")
                .replace('=', "%3D"),
            format!("\u{feff}{plain}"),
        ] {
            let normalized = normalized(&pasted);
            let blocks: Vec<_> = Blocks(&normalized).collect();
            assert_eq!(blocks.len(), 1, "{pasted:?} {normalized:?}");
            assert_eq!(
                (blocks[0].label, blocks[0].ended),
                ("A", true),
                "{pasted:?}"
            );
            assert_eq!(
                blocks[0].decode().unwrap(),
                b"\x30\x82\x01\xfb\xff",
                "{pasted:?}"
            );
        }
    }

    #[test]
    fn blocks_that_run_into_each_other_are_parted() {
        let one = "-----BEGIN A-----MIIB-----END A-----";
        let labels = |text: &str| -> Vec<bool> {
            let normalized = normalized(text).into_owned();
            Blocks(&normalized).map(|block| block.ended).collect()
        };
        assert_eq!(labels(&one.repeat(2)), [true, true]);
        assert_eq!(
            labels(&format!("-----BEGIN A-----MIIB\n{one}")),
            [false, true]
        );
        assert_eq!(labels("-----BEGIN A-----MIIB"), [false]);
        assert_eq!(labels("-----BEGIN A"), [false; 0]);
    }
}
