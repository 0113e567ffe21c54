//! Enveloped signatures of any shape, valid ones that no signer of ours would make among them: the signature is
//! a text with two places left open, the digest and the value, which are filled in from the finished document.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::DigestAlgorithm;
use entrada::crypto::SignatureAlgorithm;
use entrada::xml::Budget;
use entrada::xml::Document;
use entrada::xml::Element;
use entrada::xml::canonicalize;

use super::keys::Key;

/// The shape of a signature. Made by [`Seal::new`] in the shape that Entra has, then changed where a fixture differs.
#[derive(Clone)]
pub(crate) struct Seal<'k> {
    /// The key of the signer.
    pub(crate) key: &'k Key,
    /// The algorithm that the key signs with.
    pub(crate) algorithm: SignatureAlgorithm,
    /// The algorithm of the digest.
    pub(crate) digest: DigestAlgorithm,
    /// The content of `SignatureMethod`; by default the truth.
    pub(crate) method: String,
    /// The prefix of the signature's elements; Entra has none.
    pub(crate) prefix: &'static str,
    /// `InclusiveNamespaces` of the reference.
    pub(crate) inclusive: &'static str,
    /// The element that `Reference` claims to sign; by default the truth.
    pub(crate) uri: Option<String>,
    /// The content of `CanonicalizationMethod` and of the reference's transforms, as markup.
    pub(crate) canonicalization: &'static str,
    /// Transforms, as markup; by default enveloped-signature and exclusive C14N.
    pub(crate) transforms: Option<String>,
    /// Markup after the first `Reference`.
    pub(crate) after_reference: String,
    /// Markup after `SignatureValue`; by default `KeyInfo` with the certificate.
    pub(crate) key_info: String,
    /// The end of base64 lines, as Java writes it; by default there are no lines.
    pub(crate) line_end: Option<&'static str>,
}

impl<'k> Seal<'k> {
    pub(crate) fn new(key: &'k Key) -> Seal<'k> {
        Seal::with(key, SignatureAlgorithm::RsaSha256)
    }

    pub(crate) fn with(key: &'k Key, algorithm: SignatureAlgorithm) -> Seal<'k> {
        let certificate = key.base64();
        Seal {
            key,
            algorithm,
            digest: algorithm.digest(),
            method: algorithm.uri().to_owned(),
            prefix: "",
            inclusive: "",
            uri: None,
            canonicalization: r#"<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#,
            transforms: None,
            after_reference: String::new(),
            key_info: format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            ),
            line_end: None,
        }
    }

    /// Signs the element with this ID: the signature stands behind its issuer, as the schema has it, or first.
    pub(crate) fn sign(&self, xml: &str, id: &str) -> String {
        let at = behind_issuer(xml, id);
        let template = self.template(id);
        self.fill(&format!("{}{template}{}", &xml[..at], &xml[at..]), id)
    }

    /// A signature with its two places open.
    pub(crate) fn template(&self, id: &str) -> String {
        let uri = self.uri.clone().unwrap_or_else(|| format!("#{id}"));
        let transforms = self
            .transforms
            .clone()
            .unwrap_or_else(|| self.usual_transforms());
        let (method, digest) = (&self.method, self.digest.uri());
        let canonicalization = self.canonicalization;
        let (after, key_info) = (&self.after_reference, &self.key_info);
        let text = format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>{canonicalization}\
             <ds:SignatureMethod Algorithm=\"{method}\"/><ds:Reference URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue>{DIGEST}</ds:DigestValue></ds:Reference>{after}</ds:SignedInfo>\
             <ds:SignatureValue>{VALUE}</ds:SignatureValue>{key_info}</ds:Signature>"
        );
        match self.prefix {
            "" => text.replace("xmlns:ds=", "xmlns=").replace("ds:", ""),
            "ds" => text,
            other => text
                .replace("ds:", &format!("{other}:"))
                .replace("xmlns:ds=", &format!("xmlns:{other}=")),
        }
    }

    fn usual_transforms(&self) -> String {
        let inclusive = match self.inclusive {
            "" => String::new(),
            list => {
                format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{list}\"/>")
            }
        };
        format!(
            "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
             <ds:Transform Algorithm=\"{EXCLUSIVE}\">{inclusive}</ds:Transform>"
        )
    }

    /// Fills in the digest of the element with this ID and the value of the one signature that is open.
    pub(crate) fn fill(&self, xml: &str, id: &str) -> String {
        let inclusive: Vec<&str> = self.inclusive.split_whitespace().collect();
        let digest = {
            let document = Document::parse(xml, &Budget::METADATA).expect("a draft parses");
            let element = document
                .root()
                .descendants()
                .find(|element| element.attribute("ID") == Some(id))
                .expect("the element to sign is there");
            let signature = open_signature(&document);
            let inside = element.descendants().any(|child| child == signature);
            let bytes = canonical(element, inside.then_some(signature), &inclusive);
            STANDARD.encode(self.digest.digest(bytes.as_bytes()))
        };
        let xml = xml.replace(DIGEST, &digest);
        let value = {
            let document = Document::parse(&xml, &Budget::METADATA).expect("a draft parses");
            let signed_info = open_signature(&document)
                .children()
                .next()
                .expect("SignedInfo");
            let bytes = canonical(signed_info, None, &[]);
            self.key
                .private
                .sign(self.algorithm, bytes.as_bytes())
                .expect("the key fits the algorithm")
        };
        xml.replace(VALUE, &self.lines(&STANDARD.encode(value)))
    }

    fn lines(&self, base64: &str) -> String {
        let Some(end) = self.line_end else {
            return base64.to_owned();
        };
        let lines: Vec<&str> = base64
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
            .collect();
        lines.join(end)
    }
}

fn canonical(element: Element<'_>, omit: Option<Element<'_>>, inclusive: &[&str]) -> String {
    let mut bytes = String::new();
    canonicalize(element, omit, inclusive, &mut bytes).expect("a draft has a canonical form");
    bytes
}

fn open_signature<'d>(document: &'d Document<'_>) -> Element<'d> {
    document
        .root()
        .descendants()
        .find(|element| element.local() == "SignatureValue" && element.text() == Some(VALUE))
        .and_then(Element::parent)
        .expect("a signature is open")
}

/// The place for the signature of the element with this ID.
fn behind_issuer(xml: &str, id: &str) -> usize {
    let start = xml
        .find(&format!(" ID=\"{id}\""))
        .expect("the element to sign is there");
    let inside = start + xml[start..].find('>').expect("its tag ends") + 1;
    let rest = xml[inside..].trim_start();
    let first = rest[1..].split(['>', ' ', '/']).next().unwrap_or_default();
    if first.rsplit(':').next() == Some("Issuer") {
        let end = format!("</{first}>");
        inside + xml[inside..].find(&end).expect("the issuer ends") + end.len()
    } else {
        inside
    }
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const DIGEST: &str = "{digest}";
const VALUE: &str = "{value}";
