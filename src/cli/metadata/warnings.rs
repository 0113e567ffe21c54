//! What is likely to go wrong with an identity provider's metadata, in the words of whoever has to mend it.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::super::certificate::CertificateFacts;
use super::super::certificate::Validity;
use super::super::certificate::days;
use crate::metadata::IdpMetadata;

/// Something to look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(in crate::cli) struct Warning {
    /// A stable kebab-case code.
    pub(in crate::cli) code: &'static str,
    /// What it means, and what to do.
    pub(in crate::cli) message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "warning: {} [{}]", self.message, self.code)
    }
}

/// Days before its end at which a certificate is mentioned: Entra mails its admins from 60 days on.
const DAYS_TO_MENTION: i64 = 60;

/// An app's own document lists its active certificate and perhaps one that is staged. The tenant-wide document
/// has three or four keys.
const CERTIFICATES_OF_AN_APP: usize = 2;

/// Looks at metadata that came from `source`, an address or a file.
pub(in crate::cli) fn warnings(
    metadata: &IdpMetadata,
    source: &str,
    now: Timestamp,
) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut warn = |code, message: String| found.push(Warning { code, message });
    let certificates = metadata.signing_certificates();
    if is_tenant_wide_entra(source) {
        warn("entra-address-without-appid", TENANT_WIDE.to_owned());
    } else if is_entra(metadata) && certificates.len() > CERTIFICATES_OF_AN_APP {
        let count = certificates.len();
        warn(
            "entra-many-keys",
            format!(
                "{count} signing certificates: this looks like the tenant-wide document. {TENANT_WIDE}"
            ),
        );
    }
    if metadata.entity_id().contains("{tenantid}") {
        let message = "the entity ID has a placeholder: this is the `common` document, which fits no tenant; use the address with your tenant's id";
        warn("entra-common-document", message.to_owned());
    }
    if metadata.valid_until().is_some_and(|until| until < now) {
        warn(
            "metadata-expired",
            "validUntil has passed: fetch the document anew".to_owned(),
        );
    }
    if certificates.is_empty() {
        warn(
            "no-signing-key",
            "there is no usable signing certificate: no response can be verified".to_owned(),
        );
    }
    for skipped in metadata.skipped_keys() {
        warn(
            "key-skipped",
            format!("a key is passed over: {}", skipped.reason()),
        );
    }
    if !metadata
        .sso()
        .iter()
        .any(|endpoint| endpoint.is_protected())
    {
        warn(
            "no-sign-on-endpoint",
            "there is no https sign-on endpoint over HTTP-Redirect or HTTP-POST".to_owned(),
        );
    }
    if metadata.wants_signed_requests() {
        warn(
            "wants-signed-requests",
            "it takes signed requests alone (WantAuthnRequestsSigned): give the connection --sign-requests"
                .to_owned(),
        );
    }
    for certificate in certificates {
        found.extend(of_certificate(&CertificateFacts::of(certificate, now)));
    }
    found
}

/// What a certificate's dates call for. They are reported, never enforced: a key is trusted because the
/// metadata lists it.
fn of_certificate(facts: &CertificateFacts) -> Option<Warning> {
    let (code, what) = match facts.state() {
        Validity::Expired => ("certificate-expired", "has expired".to_owned()),
        Validity::NotYet => ("certificate-not-yet-valid", "is not valid yet".to_owned()),
        Validity::Valid if facts.days_left() < DAYS_TO_MENTION => (
            "certificate-expires-soon",
            format!(
                "expires in {}: stage a new one in Entra (Single sign-on > SAML Certificates > New Certificate)",
                days(facts.days_left())
            ),
        ),
        Validity::Valid => return None,
    };
    let message = format!("the certificate {} {what}", facts.sha256());
    Some(Warning { code, message })
}

const TENANT_WIDE: &str = "An Entra metadata address without ?appid=... lists keys of the whole tenant, which do not sign an app's responses. In Entra: Single sign-on > SAML Certificates: copy the App Federation Metadata Url, whole";

/// Whether an address is that of Entra's federation metadata, in any of its clouds, but not of one app's.
fn is_tenant_wide_entra(source: &str) -> bool {
    Url::parse(source).is_ok_and(|url| {
        let entra = matches!(
            url.host_str(),
            Some(
                "login.microsoftonline.com"
                    | "login.microsoftonline.us"
                    | "login.partner.microsoftonline.cn"
            )
        );
        let appid = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            name.eq_ignore_ascii_case("appid") && !value.is_empty()
        };
        entra && !url.query_pairs().any(appid)
    })
}

fn is_entra(metadata: &IdpMetadata) -> bool {
    ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/"]
        .iter()
        .any(|prefix| metadata.entity_id().starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::is_tenant_wide_entra;

    #[test]
    fn entra_addresses_without_an_app_are_found() {
        let path = "/contoso/federationmetadata/2007-06/federationmetadata.xml";
        for (url, tenant_wide) in [
            (format!("https://login.microsoftonline.com{path}"), true),
            (
                format!("https://login.microsoftonline.us{path}?appid="),
                true,
            ),
            (
                format!("https://login.microsoftonline.com{path}?appid=1"),
                false,
            ),
            (
                format!("https://login.partner.microsoftonline.cn{path}?APPID=1"),
                false,
            ),
            (format!("https://idp.example{path}"), false),
            ("federationmetadata.xml".to_owned(), false),
        ] {
            assert_eq!(is_tenant_wide_entra(&url), tenant_wide, "{url}");
        }
    }
}
