//! Writes everything under `fixtures/` but the keys and the recordings: metadata, responses that must be
//! accepted, attacks, one response for each check that fails it alone, and the manifest that says which is which.
//!
//! `cargo run --example generate_fixtures` writes the same bytes each time. ECDSA and RSA-PSS sign with random
//! numbers, and encryption draws them, so a file with such a signature or with ciphertext stays as it is as long as all
//! else in it is the same, what decrypts from it included.

#[path = "../../tests/it/fixtures/manifest.rs"]
mod manifest;

mod assertion_checks;
mod attacks;
mod base;
mod book;
mod certificate_dates;
mod checks;
mod content_controls;
mod controls;
mod document_checks;
mod encrypted;
mod essence;
mod hostile_metadata;
mod keys;
mod logout;
mod metadata;
mod seal;
mod shapes;
mod values;

use std::path::Path;

use book::Book;
use essence::Essence;
use keys::Keys;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let keys = Keys::read(&folder.join("keys"));
    let essence = Essence::new(vec![keys.sp.reader(), keys.other.reader()]);
    let mut book = Book::new(folder, essence);
    metadata::write(&mut book, &keys);
    controls::write(&mut book, &keys);
    encrypted::write(&mut book, &keys);
    logout::write(&mut book, &keys);
    shapes::write(&mut book, &keys);
    attacks::write(&mut book, &keys);
    checks::write(&mut book, &keys);
    certificate_dates::write(&mut book, &keys);
    values::write(&mut book, &keys);
    book.close();
}
