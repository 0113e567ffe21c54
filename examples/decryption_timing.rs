//! The time that it takes to refuse an encrypted assertion, by what is wrong with it.
//!
//! The answers are one; this shows whether the times are too. Each round tries every case once, in an order that changes, and the
//! medians are compared. Run it on a quiet machine, in release:
//!
//! ```text
//! cargo run --release --features practice --example decryption_timing [ROUNDS]
//! ```

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::Certificate;
use entrada::crypto::ContentEncryption;
use entrada::crypto::DecryptionKey;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::xenc;
use entrada::xenc::DecryptionKeys;
use entrada::xml::Budget;
use entrada::xml::Document;

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = std::env::args().nth(1).map_or(Ok(2_000), |n| n.parse())?;
    let key = SigningKey::generate_rsa_2048()?;
    let keys = DecryptionKeys::new(vec![DecryptionKey::of(&key)?])?;
    let assertion = assertion()?;
    for content in [ContentEncryption::Aes256Cbc, ContentEncryption::Aes256Gcm] {
        let encryption = Encryption {
            content,
            ..Encryption::default()
        };
        let cases = cases(&assertion, &encryption, &key)?;
        let times = measure(&cases, &keys, rounds);
        println!(
            "{}, {} bytes, {rounds} rounds",
            content.uri(),
            assertion.len()
        );
        report(&cases, times);
    }
    Ok(())
}

/// A signed assertion of the size of Entra's.
fn assertion() -> Result<String, Box<dyn Error>> {
    let key = SigningKey::generate_rsa_2048()?;
    let (start, end) = (
        "2020-01-01T00:00:00Z".parse()?,
        "2060-01-01T00:00:00Z".parse()?,
    );
    let certificate = Certificate::self_signed(&key, "timing", 1, start, end)?;
    let signer = Signer::new(key, certificate, SignatureAlgorithm::RsaSha256)?;
    let groups = (0..20).map(|number| format!("b0e6c9f4-15a4-4b52-9a76-0000000000{number:02}"));
    let response = EntraResponse::new(
        "https://idp.example/",
        "https://sp.example/",
        "https://sp.example/acs",
    )
    .name_id("adele@contoso.com")
    .claim(
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
        groups,
    )
    .signed(Sign::Assertion, &signer)?;
    let start = response.find("<Assertion").ok_or("no assertion")?;
    let end = response.find("</samlp:Response>").ok_or("no response")?;
    Ok(response[start..end].to_owned())
}

struct Case {
    name: &'static str,
    xml: String,
}

fn cases(
    assertion: &str,
    encryption: &Encryption,
    key: &SigningKey,
) -> Result<Vec<Case>, Box<dyn Error>> {
    let ours = [key.verifying_key()];
    let of = |plaintext: &[u8]| encryption.encrypt_bytes(plaintext, Encrypt::Assertion, &ours);
    let good = of(assertion.as_bytes())?;
    let stranger = [SigningKey::generate_rsa_2048()?.verifying_key()];
    let strange = encryption.encrypt_bytes(assertion.as_bytes(), Encrypt::Assertion, &stranger)?;
    let middle = assertion.len() / 2;
    let broken = |at: usize| [&assertion[..at], "<", &assertion[at + 1..]].concat();
    let case = |name, xml| Case { name, xml };
    Ok(vec![
        case("good", good.clone()),
        case("key: for somebody else", strange),
        case("key: one bit changed", changed(&good, 0, |_| 100)?),
        case("content: vector changed", changed(&good, 1, |_| 0)?),
        case(
            "content: middle block changed",
            changed(&good, 1, |length| length / 2)?,
        ),
        case(
            "content: padding or tag changed",
            changed(&good, 1, |length| length - 1)?,
        ),
        case("document: wrong at the start", of(broken(1).as_bytes())?),
        case(
            "document: wrong in the middle",
            of(broken(middle).as_bytes())?,
        ),
        case(
            "document: wrong at the end",
            of(&assertion.as_bytes()[..assertion.len() - 1])?,
        ),
    ])
}

/// The message with one bit of a `CipherValue` changed.
fn changed(
    xml: &str,
    number: usize,
    at: impl Fn(usize) -> usize,
) -> Result<String, Box<dyn Error>> {
    let (tag, end) = ("<xenc:CipherValue>", "</xenc:CipherValue>");
    let start = xml.match_indices(tag).nth(number).ok_or("no value")?.0 + tag.len();
    let length = xml[start..].find(end).ok_or("no end")?;
    let mut bytes = STANDARD.decode(&xml[start..start + length])?;
    let at = at(bytes.len());
    bytes[at] ^= 0x80;
    Ok([
        &xml[..start],
        &STANDARD.encode(bytes),
        &xml[start + length..],
    ]
    .concat())
}

fn measure(cases: &[Case], keys: &DecryptionKeys, rounds: usize) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    for round in 0..rounds {
        for step in 0..cases.len() {
            // Five has no divisor in common with the nine cases, and another start each round.
            let number = (round + step * 5) % cases.len();
            let document =
                Document::parse(&cases[number].xml, &Budget::MESSAGE).expect("well-formed");
            let started = Instant::now();
            let answer = xenc::decrypt(black_box(document.root()), SAML, "Assertion", keys);
            times[number].push(started.elapsed());
            assert_eq!(answer.is_ok(), number == 0);
        }
    }
    times
}

fn report(cases: &[Case], times: Vec<Vec<Duration>>) {
    println!("{:34} {:>9} {:>9} {:>9}", "", "p10 µs", "median", "p90");
    for (case, mut times) in cases.iter().zip(times) {
        times.sort_unstable();
        let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e6;
        println!(
            "{:34} {:9.1} {:9.1} {:9.1}",
            case.name,
            at(10),
            at(50),
            at(90)
        );
    }
    println!();
}
