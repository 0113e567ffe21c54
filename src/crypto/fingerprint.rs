//! SHA-256 fingerprints of certificates. SHA-1 thumbprints, which portals show, are recognised to be refused with advice.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

use super::digest::sha256;

/// The SHA-256 of a certificate's DER, written as `openssl x509 -sha256 -fingerprint` writes it.
///
/// ```
/// use entrada::crypto::Fingerprint;
///
/// let pinned: Fingerprint = "sha256 Fingerprint=\
///     BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD".parse()?;
/// assert_eq!(pinned, Fingerprint::of_der(b"abc"));
/// # Ok::<(), entrada::crypto::FingerprintError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; Self::BYTES]);

impl Fingerprint {
    const BYTES: usize = 32;

    /// The fingerprint of a certificate in DER form.
    pub fn of_der(der: &[u8]) -> Self {
        Self(sha256(der))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Reads 64 hexadecimal digits in either case, with or without colons, hyphens and white space between them, and with or
    /// without the `sha256 Fingerprint=` that `openssl` prints before them.
    ///
    /// # Errors
    /// [`FingerprintError::Sha1`] for the 40 digits of a SHA-1 thumbprint; otherwise says which character or which length was found.
    pub fn parse(text: &str) -> Result<Self, FingerprintError> {
        let digits = text.rsplit_once('=').map_or(text, |(label, digits)| {
            match label.trim().to_ascii_lowercase().ends_with("fingerprint") {
                true => digits,
                false => text,
            }
        });
        let mut bytes = [0; Self::BYTES];
        let mut count = 0;
        for character in digits.chars().filter(|&c| !is_separator(c)) {
            let value = character
                .to_digit(16)
                .ok_or(FingerprintError::NotHexadecimal { found: character })?;
            if let Some(byte) = bytes.get_mut(count / 2) {
                // A hexadecimal digit is at most 15; the first of a pair is the high half.
                *byte = *byte << 4 | value as u8;
            }
            count += 1;
        }
        match count {
            _ if count == 2 * Self::BYTES => Ok(Self(bytes)),
            SHA1_DIGITS => Err(FingerprintError::Sha1),
            _ => Err(FingerprintError::Length { digits: count }),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, rest) = self.0.split_first().expect("a fingerprint has 32 bytes");
        write!(f, "{first:02X}")?;
        rest.iter().try_for_each(|byte| write!(f, ":{byte:02X}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The reason for which a text is not a fingerprint.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// The 40 digits of a SHA-1 thumbprint, as the Entra portal shows it.
    #[error(
        "this is a SHA-1 thumbprint (40 digits), which can be forged and is refused; \
         `entrada fingerprint FILE` prints the SHA-256 fingerprint of a certificate (64 digits)"
    )]
    Sha1,
    /// Another number of digits.
    #[error("a SHA-256 fingerprint has 64 hexadecimal digits, not {digits}")]
    Length {
        /// The digits found.
        digits: usize,
    },
    /// A character that is neither a hexadecimal digit nor a separator.
    #[error("{found:?} is not a hexadecimal digit")]
    NotHexadecimal {
        /// The character found.
        found: char,
    },
}
debug_as_sentence!(FingerprintError);

/// True for a character between digits. Windows' certificate dialog puts an invisible direction mark before the first.
fn is_separator(c: char) -> bool {
    matches!(c, ':' | '-' | '\u{200e}' | '\u{200f}' | '\u{feff}') || c.is_whitespace()
}

const SHA1_DIGITS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    const COLONS: &str = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";

    #[test]
    fn every_written_form_is_read() {
        let fingerprint = Fingerprint::of_der(b"abc");
        for text in [
            COLONS.to_owned(),
            COLONS.to_lowercase(),
            COLONS.replace(':', ""),
            COLONS.replace(':', " "),
            COLONS.replace(':', "-"),
            format!("sha256 Fingerprint={COLONS}"),
            format!("SHA256 Fingerprint={COLONS}\n"),
            format!("\u{200e}{COLONS} "),
        ] {
            assert_eq!(Fingerprint::parse(&text), Ok(fingerprint), "{text}");
        }
        assert_eq!(fingerprint.to_string(), COLONS);
    }

    #[test]
    fn a_sha1_thumbprint_is_refused_with_the_command_that_helps() {
        for text in [
            "A9993E364706816ABA3E25717850C26C9CD0D89D",
            "SHA1 Fingerprint=A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D",
        ] {
            let error = Fingerprint::parse(text).unwrap_err();
            assert_eq!(error, FingerprintError::Sha1);
            assert!(error.to_string().contains("entrada fingerprint FILE"));
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_was_found() {
        for (text, error) in [
            ("", FingerprintError::Length { digits: 0 }),
            (&COLONS[1..], FingerprintError::Length { digits: 63 }),
            (
                &format!("{COLONS}0"),
                FingerprintError::Length { digits: 65 },
            ),
            ("BA:78:1G", FingerprintError::NotHexadecimal { found: 'G' }),
            (
                &format!("label={COLONS}"),
                FingerprintError::NotHexadecimal { found: 'l' },
            ),
            ("１２", FingerprintError::NotHexadecimal { found: '１' }),
        ] {
            assert_eq!(Fingerprint::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn serde_writes_and_reads_the_text() {
        let fingerprint = Fingerprint::of_der(b"abc");
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(json, format!("\"{COLONS}\""));
        assert_eq!(
            serde_json::from_str::<Fingerprint>(&json).unwrap(),
            fingerprint
        );
        assert!(serde_json::from_str::<Fingerprint>("\"AB\"").is_err());
    }
}
