//! Pages of the documentation that are tables of the code, printed.

use std::fs;
use std::path::Path;

/// Compares a page with what its table prints, which `test` does. With `UPDATE_DOCS=1` it writes the page first.
pub(crate) fn assert_is(page: &str, test: &str, printed: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, printed).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert!(
        written == printed,
        "{page} is not what the table says: run UPDATE_DOCS=1 cargo test --test it {test}"
    );
}
