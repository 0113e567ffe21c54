//! Certificates in a fragment of XML: the element that holds one, or one of those around it, as people cut it out of metadata.

use std::collections::BTreeSet;

use super::contents::CertificateFile;
use super::element::certificates_of_element;
use super::limits::check_number;
use crate::crypto::CertificateError;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;

/// Reads the certificates of a fragment; `None` for everything else. Prefixes may be unbound, since what binds them stands
/// outside.
pub(super) fn read(text: &str) -> Option<Result<CertificateFile, CertificateError>> {
    let text = behind_prolog(text);
    let name = tag_name(text.strip_prefix('<')?);
    if !OUTERMOST.contains(&name) {
        return None;
    }
    let wrapped = wrapped(text);
    Some(match Document::parse(&wrapped, &Budget::METADATA) {
        Ok(document) => of_document(&document),
        Err(error) => Err(CertificateError::other_form(format!(
            "XML that does not parse: {error}"
        ))),
    })
}

fn of_document(document: &Document<'_>) -> Result<CertificateFile, CertificateError> {
    let mut file = CertificateFile::default();
    let mut last = None;
    let listed = document.root().descendants();
    for element in listed.filter(|element| element.local() == "X509Certificate") {
        let data = element.parent().filter(|data| data.local() == "X509Data");
        let data = data.map(Element::offset);
        if data.is_some() && last == data {
            file.pass_over(
                "a further certificate of one X509Data, taken for the chain of the first"
                    .to_owned(),
            );
            continue;
        }
        last = data;
        match purpose(element) {
            None | Some("signing") => {
                let text = element.text().unwrap_or_default();
                file.certificates.extend(certificates_of_element(text)?);
            }
            Some(_) => file.pass_over("a key for encryption, which signs nothing".to_owned()),
        }
        check_number(file.certificates.len())?;
    }
    Ok(file)
}

/// The `use` of the `KeyDescriptor` around an element.
fn purpose(element: Element<'_>) -> Option<&str> {
    std::iter::successors(Some(element), |element| element.parent())
        .find(|around| around.local() == "KeyDescriptor")?
        .attribute("use")
}

/// The rest behind the XML declaration and the comments at the beginning.
fn behind_prolog(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ => return rest,
        };
        match rest.split_once(end) {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return rest,
        }
    }
}

/// The fragment within an element that binds its prefixes.
fn wrapped(text: &str) -> String {
    let tags = text.split('<').skip(1);
    let prefixes: BTreeSet<&str> = tags
        .filter_map(|tag| {
            let name = tag.trim_start_matches('/');
            let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
            let (prefix, _) = name[..end].split_once(':')?;
            prefix
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                .then_some(prefix)
        })
        .filter(|prefix| !prefix.is_empty() && !prefix.starts_with("xml"))
        .take(PREFIXES_MAX)
        .collect();
    let bound = prefixes
        .iter()
        .map(|prefix| format!(" xmlns:{prefix}=\"urn:{prefix}\""));
    let bound: String = bound.collect();
    format!("<fragment{bound}>{text}</fragment>")
}

/// The local name of a tag that begins here.
fn tag_name(tag: &str) -> &str {
    let end = tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    let name = &tag[..end.unwrap_or(tag.len())];
    name.rsplit(':').next().unwrap_or(name)
}

/// The outermost elements of a fragment.
const OUTERMOST: [&str; 4] = ["X509Certificate", "X509Data", "KeyInfo", "KeyDescriptor"];
/// Tags with a prefix that are looked at: all those of a fragment have the same one or two.
const PREFIXES_MAX: usize = 1000;
