//! Our own metadata (Metadata §2.4.4): what an admin uploads to the identity provider.

use crate::crypto::Certificate;
use crate::crypto::SignatureAlgorithm;
use crate::dsig;
use crate::dsig::SignError;
use crate::dsig::Signer;
use crate::saml::ServiceProvider;
use crate::saml::namespace::HTTP_POST;
use crate::saml::namespace::HTTP_REDIRECT;
use crate::saml::namespace::METADATA;
use crate::saml::namespace::PROTOCOL;
use crate::saml::namespace::TRANSIENT;
use crate::xml::Writer;

/// Our own metadata for one connection.
#[derive(Clone, Debug)]
pub struct SpMetadata {
    /// The service provider that we are, and the address that responses arrive at.
    pub sp: ServiceProvider,
    /// The address that logout messages arrive at.
    pub slo_url: String,
    /// True if our sign-on requests are signed.
    pub signs_requests: bool,
    /// The certificates of our keys, the active one first: listed for signing, and for encryption if they are RSA.
    pub certificates: Vec<Certificate>,
    /// The signer of the document, if it is signed.
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
        for certificate in &self.certificates {
            w.start("md:KeyDescriptor").attribute("use", "signing");
            dsig::write_key_info(&mut w, certificate);
            w.end();
        }
        // RSA-OAEP is the one key transport here: what is encrypted for an EC key, nobody could open.
        let rsa = |certificate: &&Certificate| {
            let key = certificate.key();
            key.accepts(SignatureAlgorithm::RsaSha256)
        };
        for certificate in self.certificates.iter().filter(rsa) {
            w.start("md:KeyDescriptor").attribute("use", "encryption");
            dsig::write_key_info(&mut w, certificate);
            for algorithm in ENCRYPTION_METHODS {
                w.start("md:EncryptionMethod")
                    .attribute("Algorithm", algorithm)
                    .end();
            }
            w.end();
        }
        for binding in [HTTP_REDIRECT, HTTP_POST] {
            w.start("md:SingleLogoutService")
                .attribute("Binding", binding)
                .attribute("Location", &self.slo_url)
                .end();
        }
        for format in NAME_ID_FORMATS {
            w.leaf("md:NameIDFormat", format);
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

/// All that we decrypt, the best first (XML Encryption 1.1 §5): an identity provider may take the first that it knows.
pub(crate) const ENCRYPTION_METHODS: [&str; 8] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes192-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2009/xmlenc11#rsa-oaep",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

/// The formats that Entra knows, the most stable first.
pub(crate) const NAME_ID_FORMATS: [&str; 4] = [
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    TRANSIENT,
];

/// The document's own ID: it is one document, always the same, so the ID may be too.
const ID: &str = "entrada-sp-metadata";
