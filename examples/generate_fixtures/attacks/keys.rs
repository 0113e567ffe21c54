//! The wrong key, or the wrong algorithm: keys that a message brings along, and algorithms that are weak or another
//! than they say.

use entrada::crypto::SignatureAlgorithm;

use super::attack;
use crate::base::*;
use crate::book::Book;
use crate::controls::trusting;
use crate::keys::Keys;
use crate::manifest::Fixture;
use crate::manifest::TrustIn;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    foreign_keys(book, keys);
    algorithms(book, keys);
}

fn foreign_keys(book: &mut Book, keys: &Keys) {
    let other = Seal::new(&keys.other);
    let draft = unsigned();
    let data = |key: &crate::keys::Key| {
        format!(
            "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
            key.base64()
        )
    };
    let info = |content: &str| format!("<ds:KeyInfo>{content}</ds:KeyInfo>");
    for (rows, file, shows, key_info) in [
        (
            "A19",
            "a19-own-certificate",
            "the attacker's key and certificate",
            info(&data(&keys.other)),
        ),
        (
            "A19",
            "a19-faked-certificate",
            "the attacker's key under the trusted certificate",
            info(&data(&keys.idp)),
        ),
        (
            "A19",
            "a19-without-certificate",
            "the attacker's key, and no KeyInfo",
            String::new(),
        ),
        (
            "A20",
            "a20-two-certificates",
            "two certificates, the attacker's and the trusted one",
            info(&format!("{}{}", data(&keys.other), data(&keys.idp))),
        ),
        (
            "A20",
            "a20-name-and-certificate",
            "a key name that another resolver may prefer",
            info(&format!(
                "<ds:KeyName>idp</ds:KeyName>{}",
                data(&keys.other)
            )),
        ),
        (
            "A20",
            "a20-retrieval",
            "a certificate to be fetched",
            info(
                "<ds:RetrievalMethod URI=\"https://evil.example/key\" Type=\"http://www.w3.org/2000/09/xmldsig#rawX509Certificate\"/>",
            ),
        ),
    ] {
        let seal = Seal {
            key_info,
            ..other.clone()
        };
        book.add(
            attack(&[rows], file, shows, "signature-invalid", &["signature"]),
            seal.sign(&draft, ASSERTION),
        );
    }
    let pinned = |fixture: Fixture| Fixture {
        trust: TrustIn::Fingerprint {
            fingerprint: keys.idp.certificate.fingerprint().to_string(),
            entity_id: IDP.to_owned(),
        },
        control: Some("responses/pinned-fingerprint.xml".to_owned()),
        ..fixture
    };
    let seal = Seal {
        key_info: info(&data(&keys.idp)),
        ..other.clone()
    };
    book.add(
        pinned(attack(
            &["A19"],
            "a19-pinned-certificate-shown",
            "the pinned certificate beside a signature of another key",
            "signature-invalid",
            &["signature"],
        )),
        seal.sign(&draft, ASSERTION),
    );
    let seal = Seal {
        key_info: info(&format!("{}{}", data(&keys.other), data(&keys.idp))),
        ..other
    };
    book.add(
        pinned(attack(
            &["A19", "A20"],
            "a19-pinned-second",
            "the attacker's certificate before the pinned one",
            "signature-certificate-not-pinned",
            &["signature"],
        )),
        seal.sign(&draft, ASSERTION),
    );
}

fn algorithms(book: &mut Book, keys: &Keys) {
    let claiming = |key, algorithm, method: &str| {
        Seal {
            method: method.to_owned(),
            ..Seal::with(key, algorithm)
        }
        .sign(&unsigned(), ASSERTION)
    };
    let rsa = SignatureAlgorithm::RsaSha256;
    for (rows, file, shows, code, method) in [
        (
            "A22",
            "a22-hmac",
            "HMAC, whose key would be the public key",
            "signature-algorithm-unknown",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        ),
        (
            "A22",
            "a22-hmac-sha1",
            "HMAC with SHA-1",
            "signature-algorithm-weak",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        ),
        (
            "A22",
            "a22-pss-over-pkcs1",
            "a signature of another padding than it says",
            "signature-invalid",
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        ),
        (
            "A22",
            "a22-ecdsa-over-rsa",
            "an algorithm of another type of key",
            "signature-invalid",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        ),
        (
            "A22",
            "a22-other-digest",
            "a signature of another digest than it says",
            "signature-invalid",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        ),
        (
            "A23",
            "a23-md5",
            "RSA with MD5",
            "signature-algorithm-weak",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        ),
        (
            "A23",
            "a23-dsa",
            "DSA",
            "signature-algorithm-weak",
            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        ),
        (
            "A23",
            "a23-none",
            "no algorithm",
            "signature-algorithm-unknown",
            "",
        ),
        (
            "A23",
            "a23-letter-case",
            "an algorithm in capitals",
            "signature-algorithm-unknown",
            "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
        ),
    ] {
        book.add(
            attack(&[rows], file, shows, code, &["signature"]),
            claiming(&keys.idp, rsa, method),
        );
    }
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let truncated = edit(
        &signed,
        "rsa-sha256\"/>",
        "hmac-sha256\"><HMACOutputLength>0</HMACOutputLength></SignatureMethod>",
    );
    book.add(
        attack(
            &["A22"],
            "a22-truncated",
            "HMAC cut to no bits at all",
            "signature-malformed",
            &["signature"],
        ),
        truncated,
    );
    let weak_digest = edit(&signed, "xmlenc#sha256", "xmlenc#sha1")
        .replace("2001/04/xmlenc#sha1", "2000/09/xmldsig#sha1");
    book.add(
        attack(
            &["A23"],
            "a23-sha1-digest",
            "a digest with SHA-1",
            "signature-algorithm-weak",
            &["signature"],
        ),
        weak_digest,
    );
    let unlisted = trusting(
        attack(
            &["A22"],
            "a22-curve-not-listed",
            "an EC key that this identity provider does not list",
            "signature-invalid",
            &["signature"],
        ),
        METADATA,
    );
    let unlisted = Fixture {
        file: "responses/attacks/a22-randomised-curve-not-listed.xml".to_owned(),
        ..unlisted
    };
    book.add(
        unlisted,
        Seal::with(&keys.p256, SignatureAlgorithm::EcdsaSha256).sign(&unsigned(), ASSERTION),
    );
    let key_value = Seal {
        key_info: "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQ==</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>".to_owned(),
        ..Seal::new(&keys.other)
    };
    book.add(
        attack(
            &["A19"],
            "a19-key-value",
            "a key in the message, with the exponent 1",
            "signature-invalid",
            &["signature"],
        ),
        key_value.sign(&unsigned(), ASSERTION),
    );
}
