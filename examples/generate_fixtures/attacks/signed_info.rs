//! Things that a signature may say beyond the needs of SAML: several references, other transforms, values out of place.

use super::attack;
use super::wrapping::Pieces;
use crate::base::*;
use crate::book::Book;
use crate::keys::Keys;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    signed_info(book, keys);
    transforms(book, keys);
}

fn signed_info(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let Pieces {
        signed, signature, ..
    } = &pieces;
    let info = span(signature, "<SignedInfo>", "</SignedInfo>").to_owned();
    let reference = span(signature, "<Reference ", "</Reference>").to_owned();
    let digest = span(signature, "<DigestValue>", "</DigestValue>").to_owned();
    let evil_digest = "<DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</DigestValue>";
    let digest_text = digest
        .replace("<DigestValue>", "")
        .replace("</DigestValue>", "");
    let two_references = Seal {
        after_reference: reference
            .replace("<Reference", "<ds:Reference")
            .replace("</Reference", "</ds:Reference")
            .replace("<Tr", "<ds:Tr")
            .replace("</Tr", "</ds:Tr")
            .replace("<Digest", "<ds:Digest")
            .replace("</Digest", "</ds:Digest"),
        ..Seal::new(&keys.idp)
    };
    for (rows, file, shows, code, content) in [
        (
            "A11",
            "a11-digest-in-object",
            "a digest outside SignedInfo",
            "signature-malformed",
            edit(
                signed,
                "</KeyInfo>",
                &format!("</KeyInfo><Object>{evil_digest}</Object>"),
            ),
        ),
        (
            "A11",
            "a11-digest-in-status",
            "a digest in the extensions of the response",
            "signature-digest",
            {
                let changed = signed.replacen("Adele Vance", "Adele Vancf", 1);
                edit(
                    &changed,
                    "<samlp:Status>",
                    &format!(
                        "<samlp:Extensions><x:DigestValue xmlns:x=\"http://www.w3.org/2000/09/xmldsig#\">{digest_text}</x:DigestValue></samlp:Extensions><samlp:Status>"
                    ),
                )
            },
        ),
        (
            "A12",
            "a12-two-signed-infos",
            "two SignedInfo",
            "signature-malformed",
            edit(
                signed,
                &info,
                &format!("{}{info}", info.replace(&digest, evil_digest)),
            ),
        ),
        (
            "A12",
            "a12-second-inside",
            "a SignedInfo within SignedInfo",
            "signature-malformed",
            edit(signed, &reference, &format!("{reference}{info}")),
        ),
        (
            "A12",
            "a12-element-in-digest",
            "an element in the digest",
            "signature-malformed",
            edit(
                signed,
                &digest,
                &digest.replacen("<DigestValue>", "<DigestValue><x/>", 1),
            ),
        ),
        (
            "A13",
            "a13-two-references",
            "two references, soundly signed",
            "signature-malformed",
            two_references.sign(&unsigned(), ASSERTION),
        ),
        (
            "A13",
            "a13-no-reference",
            "no reference",
            "signature-malformed",
            edit(signed, &reference, ""),
        ),
        (
            "A13",
            "a13-manifest",
            "a reference within a manifest",
            "signature-malformed",
            edit(
                signed,
                "</KeyInfo>",
                &format!("</KeyInfo><Object><Manifest>{reference}</Manifest></Object>"),
            ),
        ),
    ] {
        book.add(attack(&[rows], file, shows, code, &["signature"]), content);
    }
    // A comment in the digest: canonicalisation drops it, so the signature holds, and the text is whole.
    let commented = digest.replacen(
        &digest_text,
        &format!("{}<!-- x -->{}", &digest_text[..8], &digest_text[8..]),
        1,
    );
    let tampered = edit(
        &signed.replacen("Adele Vance", "Adele Vancf", 1),
        &digest,
        &commented,
    );
    book.add(
        attack(
            &["A12"],
            "a12-comment-in-digest",
            "a comment in the digest, and a changed claim",
            "signature-digest",
            &["signature"],
        ),
        tampered,
    );
}

fn transforms(book: &mut Book, keys: &Keys) {
    let enveloped =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let exclusive = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    let comments =
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"/>";
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"><xsl:template match=\"/\">x</xsl:template></xsl:stylesheet></ds:Transform>";
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>not(self::Subject)</ds:XPath></ds:Transform>";
    let base64 = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"/>";
    for (file, shows, code, transforms) in [
        (
            "a24-xslt",
            "an XSLT transform",
            "signature-transform",
            format!("{xslt}{exclusive}"),
        ),
        (
            "a24-xslt-third",
            "an XSLT transform after the usual ones",
            "signature-malformed",
            format!("{enveloped}{exclusive}{xslt}"),
        ),
        (
            "a24-xpath",
            "an XPath transform that leaves the subject out",
            "signature-transform",
            format!("{xpath}{exclusive}"),
        ),
        (
            "a24-base64",
            "a base64 transform",
            "signature-transform",
            format!("{enveloped}{base64}"),
        ),
        (
            "a24-none",
            "no transforms",
            "signature-malformed",
            String::new(),
        ),
        (
            "a24-enveloped-alone",
            "no canonicalisation",
            "signature-malformed",
            enveloped.to_owned(),
        ),
        (
            "a24-with-comments",
            "a canonicalisation that keeps comments",
            "signature-transform",
            format!("{enveloped}{comments}"),
        ),
        (
            "a24-reversed",
            "canonicalisation before the signature is left out",
            "signature-transform",
            format!("{exclusive}{enveloped}"),
        ),
        (
            "a24-parameter",
            "the usual transform with a parameter",
            "signature-malformed",
            format!(
                "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"><ds:XPath>1</ds:XPath></ds:Transform>{exclusive}"
            ),
        ),
    ] {
        let seal = Seal {
            transforms: Some(transforms),
            ..Seal::new(&keys.idp)
        };
        book.add(
            attack(&["A24"], file, shows, code, &["signature"]),
            seal.sign(&unsigned(), ASSERTION),
        );
    }
}
