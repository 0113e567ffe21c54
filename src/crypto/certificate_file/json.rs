//! Certificates in JSON: a JSON web key set (RFC 7517), `keyCredentials` as Microsoft Graph has them, and the settings of other
//! products. A text counts only under a name that says that it is a certificate, and a key only where nothing says that it is
//! meant for something else than signing.

use serde_json::Map;
use serde_json::Value;

use super::contents::CertificateFile;
use super::element::certificates_of_element;
use super::limits::check_number;
use super::pem::from_pem;
use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::certificate::decode_base64;
use crate::crypto::pasted::LABEL_SHOWN_MAX;
use crate::crypto::pasted::normalized;

/// Reads the certificates of JSON. One odd text among them costs nothing.
pub(super) fn read(text: &str) -> Result<CertificateFile, CertificateError> {
    let no_certificate = |found: &str| CertificateError::NoCertificate {
        found: Some(found.to_owned()),
    };
    let json: Value = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        CertificateError::other_form(format!(
            "JSON that does not parse (line {line}, column {column})"
        ))
    })?;
    let mut file = CertificateFile::default();
    match &json {
        // A list of nothing but certificates.
        Value::Array(items) if items.iter().all(Value::is_string) => {
            named("the list", &json, &mut file)?;
        }
        json => walk(json, &mut file)?,
    }
    match file.certificates.is_empty() && file.passed_over.is_empty() {
        false => Ok(file),
        true if json.pointer("/keys/0/kty").is_some() || json.get("kty").is_some() => {
            Err(no_certificate(
                "keys without certificates (a JSON web key set without x5c): take the certificate from the metadata",
            ))
        }
        true if text.contains("\"keyCredentials\"") || text.contains("\"customKeyIdentifier\"") => {
            Err(no_certificate(
                "key credentials of Microsoft Graph without their keys: ask for them with $select=keyCredentials",
            ))
        }
        true => Err(no_certificate("JSON of another kind")),
    }
}

fn walk(json: &Value, file: &mut CertificateFile) -> Result<(), CertificateError> {
    match json {
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, file)),
        Value::Object(members) => match other_use(members) {
            Some(other) => {
                file.pass_over(format!("a key for another use than signing ({other:?})"));
                Ok(())
            }
            None => members
                .iter()
                .try_for_each(|(name, value)| member(name, value, file)),
        },
        _ => Ok(()),
    }
}

fn member(name: &str, value: &Value, file: &mut CertificateFile) -> Result<(), CertificateError> {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if plain == "enc" || plain.contains("encr") {
        if value.is_string() || value.is_array() || value.is_object() {
            file.pass_over(format!("what is named {:?}", shown(name)));
        }
        return Ok(());
    }
    match value {
        // Of a chain the first has the key (RFC 7517 §4.7).
        Value::Array(chain) if plain == "x5c" => chain
            .first()
            .map_or(Ok(()), |first| named(name, first, file)),
        value if NAMES.contains(&plain.as_str()) => named(name, value, file),
        value => walk(value, file),
    }
}

/// Takes the certificates of a value whose name says that it is one.
fn named(name: &str, value: &Value, file: &mut CertificateFile) -> Result<(), CertificateError> {
    match value {
        Value::String(text) if text.trim().is_empty() => Ok(()),
        Value::String(text) => {
            match certificates_of_text(text) {
                // Graph lists one certificate for each of its uses.
                Ok(found) => {
                    for found in found {
                        if !file.certificates.contains(&found) {
                            file.certificates.push(found);
                        }
                    }
                }
                Err(error) => file.pass_over(format!("the text of {:?}: {error}", shown(name))),
            }
            check_number(file.certificates.len())
        }
        Value::Array(items) => items.iter().try_for_each(|item| named(name, item, file)),
        value => walk(value, file),
    }
}

/// A use of a key other than signing, as JSON web keys (`use`, `key_ops`), Graph (`usage`) and others name it.
fn other_use(members: &Map<String, Value>) -> Option<String> {
    for (name, value) in members {
        let is_use = ["use", "usage", "keyuse", "key_use", "keyusage"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known));
        if let (true, Some(text)) = (is_use, value.as_str())
            && !SIGNING.iter().any(|known| text.eq_ignore_ascii_case(known))
        {
            return Some(shown(text));
        }
        if let ("key_ops", Value::Array(operations)) = (name.as_str(), value)
            && !operations.is_empty()
            && !operations
                .iter()
                .any(|one| one == "verify" || one == "sign")
        {
            return Some("key_ops".to_owned());
        }
    }
    None
}

fn certificates_of_text(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    if text.contains("BEGIN ") {
        return match from_pem(&normalized(text))? {
            none if none.is_empty() => Err(CertificateError::NoCertificate { found: None }),
            found => Ok(found),
        };
    }
    match decode_base64(text).as_deref() {
        // Base64 of a file that was in base64 or PEM already.
        Ok(file @ ([b'-', b'-', ..] | [b'M', b'I', b'I', ..])) => match str::from_utf8(file) {
            Ok(file) => certificates_of_element(file),
            Err(_) => Err(CertificateError::Unrecognised),
        },
        _ => certificates_of_element(text),
    }
}

/// A name or a value, cut to what a person reads.
fn shown(text: &str) -> String {
    text.chars().take(LABEL_SHOWN_MAX).collect()
}

/// Values of `use` and its like that stand for signing.
const SIGNING: [&str; 7] = [
    "sig",
    "sign",
    "signing",
    "signature",
    "verify",
    "verification",
    "any",
];

/// Names under which a text is a certificate, in lower case and without what parts their words.
const NAMES: [&str; 26] = [
    "x5c",
    "key",
    "cer",
    "cert",
    "certs",
    "crt",
    "certificate",
    "certificates",
    "certificatepem",
    "certpem",
    "pem",
    "x509",
    "x509cert",
    "x509certs",
    "x509certmulti",
    "x509certificate",
    "x509certificates",
    "signing",
    "signingcert",
    "signingcerts",
    "signingcertificate",
    "signingcertificates",
    "idpcert",
    "idpcertificate",
    "publiccert",
    "publiccertificate",
];
