//! Addresses of databases: what an operator writes, a password among it.

use entrada::store::AddressFacts;
use entrada::store::read_address;

/// Reads the bytes as an address, and as what stands behind the password of one.
pub fn database_address(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // Whatever file is named would be read.
    if FILES.iter().any(|name| text.contains(name)) {
        return;
    }
    for url in [text.to_owned(), format!("postgres://ada:{PASSWORD}{text}")] {
        match read_address(&url) {
            Ok(facts) => check(&url, &facts),
            Err(error) if !text.contains(PASSWORD) => {
                assert!(!error.to_string().contains(PASSWORD), "{url}: {error}");
                assert!(!format!("{error:?}").contains(PASSWORD), "{url}: {error:?}");
            }
            Err(_) => {}
        }
    }
}

/// True for bytes that are an address.
pub fn accepts(data: &[u8]) -> bool {
    std::str::from_utf8(data).is_ok_and(|text| read_address(text).is_ok())
}

/// A network is trusted by nobody who does not say so.
fn check(url: &str, facts: &AddressFacts) {
    assert!((1..=500).contains(&facts.connections), "{url}: {facts:?}");
    let is_said = ["disable", "prefer"].iter().any(|mode| {
        let (_, parameters) = url.split_once('?').unwrap_or_default();
        let mut parameters = parameters.split('&');
        parameters.any(|one| {
            one.strip_prefix("sslmode=")
                .is_some_and(|value| decoded(value) == *mode)
        })
    });
    let is_local = |host: &String| {
        host.starts_with('/') || ["localhost", "127.0.0.1", "::1"].contains(&host.as_str())
    };
    let is_safe = facts.needs_tls || facts.hosts.iter().all(is_local) || is_said;
    assert!(is_safe, "{url}: {facts:?}");
}

/// The text of which each `%` and two digits stand for a byte.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [first, behind @ ..] = rest {
        let escaped = behind.get(..2).filter(|_| *first == b'%');
        let digits = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const PASSWORD: &str = "hunter2-of-nobody";

const FILES: [&str; 2] = ["password_file", "sslrootcert"];
