//! The signed metadata of a whole federation: read, verified, and one entity picked out of it, beside xmlsec1 verifying the
//! same file.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::dsig;
use entrada::dsig::Signer;
use entrada::metadata::Guard;
use entrada::metadata::MetadataSigner;

use crate::contest::Effort;
use crate::hostile::peak;
use crate::hostile::reset_peak;
use crate::sample;

/// Prints two lines for each size.
pub(crate) fn print(effort: Effort) {
    println!("\nA signed EntitiesDescriptor with CRLF, byte order mark and pretty printing");
    println!(
        "{:>9}{:>8}  {:<10}{:>9}{:>12}{:>22}",
        "entities", "MB", "", "ms", "ns / octet", "memory by its size"
    );
    let signer = sample::signer();
    let sizes: &[usize] = match effort.is_trial() {
        true => &[10],
        false => &[1_000, 10_000],
    };
    for &entities in sizes {
        let document = document(entities, &signer);
        let (took, memory) = ours(&document, entities, &signer, effort);
        line(entities, &document, "entrada", took, memory);
        match xmlsec1(&document, &signer) {
            Some((took, memory)) => line(entities, &document, "xmlsec1", took, memory),
            None => println!("{entities:>9}          xmlsec1 is not there"),
        }
    }
}

/// Times of the best try; memory with the document itself counted once, since whoever reads it holds it.
fn line(entities: usize, document: &[u8], who: &str, took: Duration, kib: Option<u64>) {
    let size = document.len() as f64;
    let memory = kib.map_or("?".to_owned(), |kib| {
        format!("{:.2}", kib as f64 * 1024.0 / size)
    });
    println!(
        "{entities:>9}{:>8.1}  {who:<10}{:>9.0}{:>12.2}{memory:>22}",
        size / 1e6,
        took.as_secs_f64() * 1e3,
        took.as_secs_f64() * 1e9 / size
    );
}

fn ours(
    document: &[u8],
    entities: usize,
    signer: &Signer,
    effort: Effort,
) -> (Duration, Option<u64>) {
    let pinned = MetadataSigner::Certificates(signer.certificate().to_pem());
    let wanted = entity_id(entities / 2);
    let guard = Guard {
        entity_id: Some(&wanted),
        previous: None,
        signer: Some(&pinned),
        now: sample::issued(),
    };
    let before = reset_peak();
    let mut took = Duration::MAX;
    for _ in 0..effort.rounds.min(5) {
        let start = Instant::now();
        let accepted = guard.judge(document);
        took = took.min(start.elapsed());
        let accepted = accepted.expect("the aggregate is signed and has the entity");
        assert_eq!(accepted.metadata().entity_id(), wanted);
    }
    let own = document.len() as u64 / 1024;
    let memory = before.and_then(|before| Some(own + peak()?.saturating_sub(before)));
    (took, memory)
}

/// The time of the whole process, and the peak of its memory as it was last seen.
fn xmlsec1(document: &[u8], signer: &Signer) -> Option<(Duration, Option<u64>)> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (file, pem) = (
        folder.path().join("aggregate.xml"),
        folder.path().join("signer.pem"),
    );
    std::fs::write(&file, document).expect("the file can be written");
    std::fs::write(&pem, signer.certificate().to_pem()).expect("the file can be written");
    let run = || {
        let start = Instant::now();
        let mut child = verify(&file, &pem).spawn().ok()?;
        let mut memory = None;
        loop {
            memory = of_process(child.id()).or(memory);
            if let Some(status) = child.try_wait().expect("the process can be waited for") {
                assert!(status.success(), "xmlsec1 verifies");
                return Some((start.elapsed(), memory));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let runs: Option<Vec<_>> = (0..3).map(|_| run()).collect();
    runs?.into_iter().min_by_key(|(took, _)| *took)
}

fn verify(file: &Path, pem: &Path) -> Command {
    let mut command = Command::new("xmlsec1");
    command
        .args(["--verify", "--id-attr:ID"])
        .arg("urn:oasis:names:tc:SAML:2.0:metadata:EntitiesDescriptor")
        .arg("--pubkey-cert-pem")
        .args([pem, file])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn of_process(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// About 5 kB for each entity, as national federations have it: two keys in lines of 64 characters, endpoints, names and
/// contacts.
fn document(entities: usize, signer: &Signer) -> Vec<u8> {
    let certificate = STANDARD.encode(signer.certificate().der());
    let lines: Vec<&str> = (0..certificate.len())
        .step_by(64)
        .map(|at| &certificate[at..certificate.len().min(at + 64)])
        .collect();
    let certificate = lines.join("\n");
    let mut xml = String::from(HEAD);
    for number in 0..entities {
        entity(number, &certificate, &mut xml);
    }
    xml.push_str("</md:EntitiesDescriptor>\n");
    let xml = xml.replace('\n', "\r\n");
    let signed = dsig::sign(&xml, "_aggregate", signer).expect("the aggregate can be signed");
    format!("\u{FEFF}{signed}").into_bytes()
}

fn entity_id(number: usize) -> String {
    format!("https://idp{number:05}.university.example.org/idp/shibboleth")
}

fn entity(number: usize, certificate: &str, xml: &mut String) {
    let id = entity_id(number);
    let host = format!("https://idp{number:05}.university.example.org/idp/profile/SAML2");
    let key = |purpose| {
        format!(
            "      <md:KeyDescriptor use=\"{purpose}\">\n        <ds:KeyInfo>\n          <ds:X509Data>\n            <ds:X509Certificate>\n{certificate}\n            </ds:X509Certificate>\n          </ds:X509Data>\n        </ds:KeyInfo>\n      </md:KeyDescriptor>\n"
        )
    };
    let endpoint = |element, binding| {
        format!(
            "      <md:{element} Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"{host}/{binding}/{element}\"/>\n"
        )
    };
    let mut put = |text: &str| xml.push_str(text);
    put(&format!(
        "  <md:EntityDescriptor entityID=\"{id}\" ID=\"_entity{number}\">\n    <md:Extensions>\n      <mdrpi:RegistrationInfo registrationAuthority=\"https://federation.example.org\" registrationInstant=\"2024-03-01T09:00:00Z\">\n        <mdrpi:RegistrationPolicy xml:lang=\"en\">https://federation.example.org/policy</mdrpi:RegistrationPolicy>\n      </mdrpi:RegistrationInfo>\n    </md:Extensions>\n    <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n      <md:Extensions>\n        <mdui:UIInfo>\n"
    ));
    for language in ["en", "de", "fr"] {
        put(&format!(
            "          <mdui:DisplayName xml:lang=\"{language}\">University No. {number}</mdui:DisplayName>\n          <mdui:Description xml:lang=\"{language}\">Teaching &amp; research since 1409; students, staff and guests sign in here.</mdui:Description>\n"
        ));
    }
    put("        </mdui:UIInfo>\n      </md:Extensions>\n");
    put(&key("signing"));
    put(&key("encryption"));
    for binding in ["HTTP-Redirect", "HTTP-POST", "SOAP"] {
        put(&endpoint("SingleLogoutService", binding));
    }
    for binding in ["HTTP-Redirect", "HTTP-POST"] {
        put(&endpoint("SingleSignOnService", binding));
    }
    put("    </md:IDPSSODescriptor>\n");
    let _ = write!(
        xml,
        "    <md:Organization>\n      <md:OrganizationName xml:lang=\"en\">university{number}</md:OrganizationName>\n      <md:OrganizationURL xml:lang=\"en\">https://www.university.example.org/{number}</md:OrganizationURL>\n    </md:Organization>\n    <md:ContactPerson contactType=\"technical\">\n      <md:EmailAddress>mailto:idp{number}@university.example.org</md:EmailAddress>\n    </md:ContactPerson>\n  </md:EntityDescriptor>\n"
    );
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:mdui=\"urn:oasis:names:tc:SAML:metadata:ui\" xmlns:mdrpi=\"urn:oasis:names:tc:SAML:metadata:rpi\" ID=\"_aggregate\" Name=\"https://federation.example.org/all\" validUntil=\"2099-01-01T00:00:00Z\">\n";
