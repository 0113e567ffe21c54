//! Our own metadata (Metadata §2.4.4): what an admin uploads to the identity provider.

use crate::dsig;
use crate::dsig::SignError;
use crate::dsig::Signer;
use crate::saml::ServiceProvider;
use crate::saml::namespace::HTTP_POST;
use crate::saml::namespace::HTTP_REDIRECT;
use crate::saml::namespace::METADATA;
use crate::saml::namespace::PROTOCOL;
use crate::xml::Writer;

/// Our own metadata for one connection.
#[derive(Clone, Debug)]
pub struct SpMetadata {
    /// What we call ourselves, and where responses arrive.
    pub sp: ServiceProvider,
    /// Where logout messages arrive.
    pub slo_url: String,
    /// Whether our sign-on requests are signed.
    pub signs_requests: bool,
    /// Our key, if we have one: it is listed, and it signs the document.
    pub signer: Option<Signer>,
}

impl SpMetadata {
    /// Writes the document. It wants assertions signed, offers one ACS over HTTP-POST, and asks for no name
    /// format, so that the app's own setting decides.
    ///
    /// # Errors
    /// A setting that XML cannot carry, or a key that fails.
    pub fn to_xml(&self) -> Result<String, SignError> {
        let mut w = Writer::with_declaration();
        w.start("md:EntityDescriptor")
            .namespace("md", METADATA)
            .attribute("ID", ID)
            .attribute("entityID", &self.sp.entity_id);
        w.start("md:SPSSODescriptor")
            .attribute("protocolSupportEnumeration", PROTOCOL)
            .attribute(
                "AuthnRequestsSigned",
                if self.signs_requests { "true" } else { "false" },
            )
            .attribute("WantAssertionsSigned", "true");
        if let Some(signer) = &self.signer {
            w.start("md:KeyDescriptor").attribute("use", "signing");
            dsig::write_key_info(&mut w, signer.certificate());
            w.end();
        }
        for binding in [HTTP_REDIRECT, HTTP_POST] {
            w.start("md:SingleLogoutService")
                .attribute("Binding", binding)
                .attribute("Location", &self.slo_url)
                .end();
        }
        w.start("md:AssertionConsumerService")
            .attribute("Binding", HTTP_POST)
            .attribute("Location", &self.sp.acs_url)
            .attribute("index", "0")
            .attribute("isDefault", "true")
            .end();
        w.end().end();
        let unsigned = w.finish()?;
        match &self.signer {
            Some(signer) => dsig::sign(&unsigned, ID, signer),
            None => Ok(unsigned),
        }
    }
}

/// The document's own ID: it is one document, always the same, so the ID may be too.
const ID: &str = "entrada-sp-metadata";
