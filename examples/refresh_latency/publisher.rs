//! A federation that publishes its signed metadata, in the manner that it is told.

use std::error::Error;
use std::fmt::Write;
use std::io;
use std::io::Read;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig;
use entrada::dsig::Signer;

/// The answer that it gives.
#[derive(Clone, Copy)]
pub(crate) enum PublisherMode {
    /// That the document is as it was.
    Unchanged,
    /// A document that differs from the one before.
    Federation,
    /// The same, too slowly to be of use.
    Drip,
}

pub(crate) struct Publisher {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manner: Mutex<PublisherMode>,
    answered: AtomicUsize,
    documents: [Vec<u8>; 2],
    signer: Signer,
}

impl Publisher {
    pub(crate) fn start() -> Result<Publisher, Box<dyn Error>> {
        let signer = signer()?;
        let shared = Arc::new(Shared {
            manner: Mutex::new(PublisherMode::Federation),
            answered: AtomicUsize::new(0),
            documents: [document(0, &signer)?, document(1, &signer)?],
            signer,
        });
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let publisher = Publisher {
            address: listener.local_addr()?,
            shared: shared.clone(),
        };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                // The one who asks may hang up.
                thread::spawn(move || shared.answer(stream).ok());
            }
        });
        Ok(publisher)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/federation.xml", self.address)
    }

    /// The one of its entities that a connection is for.
    pub(crate) fn entity_id(&self) -> String {
        entity_id(ENTITIES / 2)
    }

    pub(crate) fn signer_pem(&self) -> String {
        self.shared.signer.certificate().to_pem()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.shared.documents[0].len()
    }

    pub(crate) fn behave(&self, manner: PublisherMode) {
        let told = self.shared.manner.lock();
        *told.unwrap_or_else(PoisonError::into_inner) = manner;
    }

    pub(crate) fn answered(&self) -> usize {
        self.shared.answered.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut request = Vec::new();
        let mut part = [0; 4096];
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let read = stream.read(&mut part)?;
            if read == 0 {
                return Ok(());
            }
            request.extend_from_slice(&part[..read]);
        }
        let number = self.answered.fetch_add(1, Ordering::Relaxed);
        let document = &self.documents[number % 2];
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/samlmetadata+xml\r\nETag: \"{number}\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            document.len()
        );
        let manner = *self.manner.lock().unwrap_or_else(PoisonError::into_inner);
        match manner {
            PublisherMode::Unchanged => {
                stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")
            }
            PublisherMode::Federation => {
                stream.write_all(head.as_bytes())?;
                stream.write_all(document)
            }
            PublisherMode::Drip => {
                stream.write_all(head.as_bytes())?;
                for drop in document.chunks(512) {
                    stream.write_all(drop)?;
                    thread::sleep(Duration::from_millis(10));
                }
                Ok(())
            }
        }
    }
}

/// About 5 kB each make 10 MB.
const ENTITIES: usize = 2_000;

/// A key that lasts for longer than anybody measures.
pub(crate) fn signer() -> Result<Signer, Box<dyn Error>> {
    let key = SigningKey::generate_rsa_2048()?;
    let (begin, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
    let certificate = Certificate::self_signed(&key, "load", 1, begin.parse()?, end.parse()?)?;
    Ok(Signer::new(
        key,
        certificate,
        SignatureAlgorithm::RsaSha256,
    )?)
}

fn document(edition: usize, signer: &Signer) -> Result<Vec<u8>, Box<dyn Error>> {
    let pem = signer.certificate().to_pem();
    let certificate: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut xml = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ID=\"_edition{edition}\" validUntil=\"2099-01-01T00:00:00Z\">\n"
    );
    for number in 0..ENTITIES {
        entity(number, &certificate, &mut xml)?;
    }
    xml.push_str("</md:EntitiesDescriptor>\n");
    let signed = dsig::sign(&xml, &format!("_edition{edition}"), signer)?;
    Ok(signed.into_bytes())
}

fn entity_id(number: usize) -> String {
    format!("https://idp{number:05}.university.example.org/idp")
}

fn entity(number: usize, certificate: &str, xml: &mut String) -> Result<(), std::fmt::Error> {
    let id = entity_id(number);
    writeln!(
        xml,
        "  <md:EntityDescriptor entityID=\"{id}\">\n    <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">"
    )?;
    for purpose in ["signing", "encryption"] {
        writeln!(
            xml,
            "      <md:KeyDescriptor use=\"{purpose}\">\n        <ds:KeyInfo>\n          <ds:X509Data>\n            <ds:X509Certificate>{certificate}</ds:X509Certificate>\n          </ds:X509Data>\n        </ds:KeyInfo>\n      </md:KeyDescriptor>"
        )?;
    }
    for binding in ["HTTP-Redirect", "HTTP-POST"] {
        writeln!(
            xml,
            "      <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"{id}/{binding}/sso\"/>"
        )?;
    }
    writeln!(xml, "    </md:IDPSSODescriptor>\n    <md:Organization>")?;
    for language in 0..20 {
        writeln!(
            xml,
            "      <md:OrganizationName xml:lang=\"x-{language}\">University No. {number}, founded in 1409</md:OrganizationName>"
        )?;
    }
    writeln!(xml, "    </md:Organization>\n  </md:EntityDescriptor>")
}
