//! The table of checks in `docs/federation.md` is that of the code, printed. With `UPDATE_DOCS=1 cargo test --test it federation::page` it
//! is written instead.

use std::fs;
use std::path::Path;

use entrada::provisioning::ASSERTION_CHECKS;
use entrada::provisioning::AssertionCheck;

use crate::printed_page;

const HEAD: &str =
    "| check | claims | question | clause | what to change |\n|---|---|---|---|---|\n";

#[test]
fn the_page_of_federation_has_the_table_of_checks() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/federation.md");
    let page = fs::read_to_string(file).unwrap();
    let (before, after) = page.split_once(HEAD).unwrap();
    let (_, rest) = after.split_once("\n\n").unwrap();
    let rows: String = ASSERTION_CHECKS.iter().map(row).collect();
    let printed = format!("{before}{HEAD}{rows}\n{rest}");
    printed_page::assert_is("docs/federation.md", "federation::page", &printed);
}

fn row(check: &AssertionCheck) -> String {
    let AssertionCheck {
        name,
        claims,
        question,
        clause,
        remedy,
        ..
    } = check;
    format!("| `{name}` | {claims} | {question} | {clause} | {remedy} |\n")
}
