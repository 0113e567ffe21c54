//! Attacks with identifiers that are there twice, or that lead elsewhere.

use super::attack;
use super::wrapping::EVIL;
use super::wrapping::Pieces;
use crate::base::*;
use crate::book::Book;
use crate::keys::Keys;
use crate::seal::Seal;

pub(super) fn identifiers(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let Pieces {
        signed,
        assertion,
        evil,
        ..
    } = &pieces;
    let extensions = |content: &str| {
        edit(
            signed,
            "<samlp:Status>",
            &format!("<samlp:Extensions>{content}</samlp:Extensions><samlp:Status>"),
        )
    };
    for (rows, file, shows, code, check, content) in [
        (
            "A10",
            "a10-duplicate-id",
            "the attacker's assertion with the same ID",
            "xml-duplicate-id",
            "xml",
            pieces.with(&format!("{}{assertion}", evil.replace(EVIL, ASSERTION))),
        ),
        (
            "A10",
            "a10-duplicate-in-other-case",
            "the same identifier as `Id`",
            "xml-duplicate-id",
            "xml",
            extensions(&format!("<x xmlns=\"urn:x\" Id=\"{ASSERTION}\"/>")),
        ),
        (
            "A10",
            "a10-duplicate-xml-id",
            "the same identifier as `xml:id`",
            "xml-duplicate-id",
            "xml",
            extensions(&format!("<x xmlns=\"urn:x\" xml:id=\"{ASSERTION}\"/>")),
        ),
        (
            "A10",
            "a10-dangling",
            "a reference to nothing",
            "signature-reference",
            "signature",
            Seal {
                uri: Some("#_nowhere".to_owned()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A10",
            "a10-whole-document",
            "a reference to the whole document",
            "signature-reference",
            "signature",
            Seal {
                uri: Some(String::new()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A24",
            "a24-xpointer",
            "a reference by XPointer",
            "signature-reference",
            "signature",
            Seal {
                uri: Some(format!("#xpointer(id('{ASSERTION}'))")),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A24",
            "a24-remote",
            "a reference to another server",
            "signature-reference",
            "signature",
            Seal {
                uri: Some("https://evil.example/assertion.xml".to_owned()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A24",
            "a24-file",
            "a reference to a file",
            "signature-reference",
            "signature",
            Seal {
                uri: Some("file:///etc/hostname".to_owned()),
                ..Seal::new(&keys.idp)
            }
            .sign(&unsigned(), ASSERTION),
        ),
        (
            "A09",
            "a09-prefixed-id",
            "the identifier in a namespace of its own",
            "signature-reference",
            "signature",
            edit(
                signed,
                &format!("<Assertion ID=\"{ASSERTION}\""),
                &format!("<Assertion xmlns:x=\"urn:x\" x:ID=\"{ASSERTION}\""),
            ),
        ),
        (
            "A09",
            "a09-other-spelling",
            "the identifier as `Id`",
            "signature-reference",
            "signature",
            edit(
                signed,
                &format!("<Assertion ID=\"{ASSERTION}\""),
                &format!("<Assertion Id=\"{ASSERTION}\""),
            ),
        ),
        (
            "A09",
            "a09-two-spellings",
            "another `Id` beside the signed `ID`",
            "signature-digest",
            "signature",
            edit(
                signed,
                &format!("<Assertion ID=\"{ASSERTION}\""),
                &format!("<Assertion Id=\"_x\" ID=\"{ASSERTION}\""),
            ),
        ),
        (
            "A09",
            "a09-attribute-twice",
            "one attribute under two prefixes",
            "xml-duplicate-attribute",
            "xml",
            extensions("<x xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:y=\"1\" b:y=\"2\"/>"),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &[check]), content);
    }
}
