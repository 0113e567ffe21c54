//! Names for the forms of files that were handed over in place of another, in the words of whoever handed them over.

use std::borrow::Cow;

use crate::text;

/// The form of bytes that are neither XML nor a certificate, a key or a capture; `None` where it is not known.
pub(crate) fn of(bytes: &[u8]) -> Option<&'static str> {
    if let Some(name) = of_binary(bytes) {
        return Some(name);
    }
    let start = &bytes[..bytes.len().min(LOOKED_AT)];
    let start = text::decode(start).unwrap_or_else(|_| String::from_utf8_lossy(start));
    of_text(&start)
}

fn of_binary(bytes: &[u8]) -> Option<&'static str> {
    let begins = |(start, _): &&(&[u8], &str)| bytes.starts_with(start);
    BINARY.iter().find(begins).map(|(_, name)| *name)
}

/// The form of a text. Binary files may be one too, as far as it is read: control characters are characters.
pub(crate) fn of_text(text: &str) -> Option<&'static str> {
    if let Some(name) = of_binary(text.as_bytes()) {
        return Some(name);
    }
    let start: Cow<'_, str> = match text.char_indices().nth(LOOKED_AT) {
        Some((end, _)) => Cow::Borrowed(&text[..end]),
        None => Cow::Borrowed(text),
    };
    let start = start.trim_start_matches(|c: char| c.is_whitespace() || text::is_hidden(c));
    let lower = start.to_ascii_lowercase();
    if lower.contains(BROWSER_TREE) || is_tree(start) {
        return Some(
            "text copied from a browser's view of XML, which is no XML any more: save the page itself, or take its source",
        );
    }
    if is_html(&lower) {
        return Some(
            "a web page (HTML), perhaps one that asks to sign in: save the file behind it",
        );
    }
    if lower.starts_with("&lt;") {
        return Some(
            "XML in which &lt; stands for <, as in the source of a web page: undo that, or copy the text as it is shown",
        );
    }
    let begins = |(start, _): &&(&str, &str)| lower.starts_with(start);
    TEXT.iter().find(begins).map(|(_, name)| *name)
}

/// The form of a file from its beginning, where neither XML, JSON nor PEM belongs.
#[cfg(feature = "server")]
pub(crate) fn of_file(start: &[u8]) -> Option<&'static str> {
    let text = || {
        let text = text::decode(start).ok()?;
        let text = text.trim_start().to_ascii_lowercase();
        let begins = |(start, _): &&(&str, &str)| text.starts_with(start);
        MARKED.iter().find(begins).map(|(_, name)| *name)
    };
    of(start).or_else(text).or(match start {
        [0x30, 0x80..=0x84, ..] => Some("a certificate or a key (DER)"),
        _ => None,
    })
}

/// The name of a document by the local name of its root, where it is no metadata.
pub(crate) fn of_root(name: &str) -> Option<&'static str> {
    Some(match name {
        "Response" => "a SAML response, which `entrada verify` judges",
        "AuthnRequest" | "LogoutRequest" | "LogoutResponse" => {
            "a SAML message, which `entrada decode` prints"
        }
        "Assertion" => "a SAML assertion without its response",
        "html" => "a web page",
        _ => return None,
    })
}

/// The name of what stands before the XML of a text; `None` where nothing does but the white space of XML, and where there is
/// no XML.
pub(crate) fn before_markup(text: &str) -> Option<&'static str> {
    let before = &text[..text.find('<')?];
    let before = before.trim_matches([' ', '\t', '\r', '\n']);
    let is_unseen = |c: char| c.is_whitespace() || text::is_hidden(c);
    let last = before.lines().next_back()?.trim_start();
    Some(match before {
        _ if before.chars().all(is_unseen) => UNSEEN,
        _ if before.contains("```") || before.contains("~~~") => FENCED,
        _ if last.starts_with(['>', '|']) => QUOTED,
        _ => TEXT_BEFORE,
    })
}

const UNSEEN: &str = "a character that nobody sees before the first <, such as a no-break space, U+200B or U+FEFF: remove it, so that the XML comes first";
const FENCED: &str =
    "XML between the fences of Markdown (```): remove them, so that the XML comes first";
const QUOTED: &str =
    "XML as a mail quotes it (> before each line): remove the marks, so that the XML comes first";
const TEXT_BEFORE: &str = "text before the first <: remove it, so that the XML comes first";

fn is_html(lower: &str) -> bool {
    let tags = ["html", "head", "body", "script"];
    let opens = |tag: &str| {
        let rest = lower
            .strip_prefix('<')
            .and_then(|rest| rest.strip_prefix(tag));
        rest.is_some_and(|rest| rest.starts_with(|c: char| c == '>' || c.is_whitespace()))
    };
    lower.starts_with("<!doctype html") || tags.into_iter().any(opens)
}

/// True for a text with the signs by which a browser folds an element.
fn is_tree(start: &str) -> bool {
    let folded = start.trim_start_matches(['-', '+', '▼', '▶', '▾', '▸', '►', ' ', '\u{a0}']);
    folded.len() < start.len() && folded.starts_with('<')
}

/// The text that Chrome, Edge, Safari and Firefox write above the tree.
const BROWSER_TREE: &str = "this xml file does not appear to have any style information";

/// Bytes and characters by which a form is known.
const LOOKED_AT: usize = 1024;

/// Forms that are no text, by their first bytes.
const BINARY: [(&[u8], &str); 17] = [
    (
        b"\x89PNG",
        "a picture (PNG): a text is needed, not a screenshot of it",
    ),
    (
        b"\xff\xd8\xff",
        "a picture (JPEG): a text is needed, not a screenshot of it",
    ),
    (
        b"GIF8",
        "a picture (GIF): a text is needed, not a screenshot of it",
    ),
    (b"%PDF", "a PDF document: a text is needed"),
    (
        b"PK\x03\x04",
        "a ZIP archive, or a document of an office program: unpack it, or save it as plain text",
    ),
    (b"\x1f\x8b", "compressed (gzip): unpack it"),
    (b"BZh", "compressed (bzip2): unpack it"),
    (b"\xfd7zXZ", "compressed (xz): unpack it"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (
        b"\xd0\xcf\x11\xe0",
        "a document of an office or mail program: save what it holds as plain text",
    ),
    (b"{\\rtf", "formatted text (RTF): save it as plain text"),
    (
        b"\xfe\xed\xfe\xed",
        "a Java keystore: export the certificate with `keytool -exportcert -rfc -keystore FILE`",
    ),
    (
        b"\xce\xce\xce\xce",
        "a Java keystore: export the certificate with `keytool -exportcert -rfc -keystore FILE`",
    ),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
];

/// Forms that are read elsewhere, by their beginning in lower case.
#[cfg(feature = "server")]
const MARKED: [(&str, &str); 4] = [
    ("-----begin certificate", "a certificate (PEM)"),
    ("-----begin ", "a key or a certificate (PEM)"),
    ("<", "XML, such as SAML metadata or a SAML response"),
    ("{", JSON),
];

/// A form that is right where lines of JSON are read.
#[cfg(feature = "server")]
pub(crate) const JSON: &str = "JSON";

/// Forms of text, by their beginning in lower case.
const TEXT: [(&str, &str); 14] = [
    (
        "ssh-rsa ",
        "an SSH public key: SAML uses X.509 certificates",
    ),
    (
        "ssh-ed25519 ",
        "an SSH public key: SAML uses X.509 certificates",
    ),
    (
        "ecdsa-sha2-",
        "an SSH public key: SAML uses X.509 certificates",
    ),
    (
        "---- begin ssh2",
        "an SSH public key: SAML uses X.509 certificates",
    ),
    (
        "putty-user-key-file",
        "a key of PuTTY: SAML uses X.509 certificates and their keys",
    ),
    (
        "-----begin pgp",
        "a PGP key or message: SAML uses X.509 certificates",
    ),
    (
        "eyj",
        "a JSON web token (JWT): SAML uses XML and X.509 certificates",
    ),
    ("mime-version:", "an e-mail: save what is attached to it"),
    ("return-path:", "an e-mail: save what is attached to it"),
    ("received:", "an e-mail: save what is attached to it"),
    ("delivered-to:", "an e-mail: save what is attached to it"),
    (
        "[internetshortcut]",
        "a shortcut to a web page: save what is behind it",
    ),
    ("http://", "an address: save what is behind it"),
    ("https://", "an address: save what is behind it"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_xml_is_named() {
        for (text, words) in [
            ("\u{200b}<a/>", "nobody sees"),
            (" \u{a0}\n<a/>", "nobody sees"),
            ("\u{feff}\u{2060}<a/>", "nobody sees"),
            ("```xml\n<a/>\n```", "fences"),
            ("Here it is:\n~~~\n<a/>", "fences"),
            ("> <a>\n> </a>", "a mail quotes"),
            ("On Monday we wrote:\n\n>> <a/>", "a mail quotes"),
            ("x<a/>", "text before"),
            ("HTTP/1.1 200 OK\n\n<a/>", "text before"),
        ] {
            let found = before_markup(text);
            assert!(
                found.is_some_and(|form| form.contains(words)),
                "{text:?}: {found:?}"
            );
        }
        for text in ["<a/>", "\n \t\r\n<a/>", "", "no XML", "> quoted"] {
            assert_eq!(before_markup(text), None, "{text:?}");
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn a_file_of_another_kind_is_named_by_its_beginning() {
        for (start, word) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "PNG"),
            (b"<?xml version='1.0'?><EntityDescriptor/>", "XML"),
            (b"\xff\xfe<\0?\0x\0m\0l\0", "XML"),
            (b"\n{\"Resources\":[]}", "JSON"),
            (b"-----BEGIN CERTIFICATE-----\n", "a certificate"),
            (b"-----BEGIN PRIVATE KEY-----\n", "a key"),
            (b"\x30\x82\x03\x49", "DER"),
        ] {
            let found = of_file(start);
            assert!(found.is_some_and(|form| form.contains(word)), "{found:?}");
        }
        for start in [&b"userName,title\n"[..], b"[[connection]]", b""] {
            assert_eq!(of_file(start), None);
        }
    }

    #[test]
    fn forms_are_named() {
        for (bytes, word) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "PNG"),
            (b"%PDF-1.7", "PDF"),
            (b"PK\x03\x04", "ZIP"),
            (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "HTML"),
            (b"<HTML lang=en>", "HTML"),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "HTML"),
            (b"\n&lt;EntityDescriptor", "&lt;"),
            (
                b"This XML file does not appear to have any style information associated with it.",
                "browser",
            ),
            (b"-<EntityDescriptor", "browser"),
            ("▼<md:EntityDescriptor".as_bytes(), "browser"),
            (b"ssh-rsa AAAA", "SSH"),
            (b"eyJhbGciOi", "JWT"),
        ] {
            let found = of(bytes).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(bytes)));
            assert!(found.contains(word), "{found}");
        }
        for bytes in [
            &b"<EntityDescriptor/>"[..],
            b"-----BEGIN CERTIFICATE-----",
            b"",
            b"MIIB",
        ] {
            assert_eq!(of(bytes), None);
        }
    }
}
