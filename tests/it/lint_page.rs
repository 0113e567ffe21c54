//! `docs/metadata-lint.md` is the table of findings, printed: this test prints it and compares. With
//! `UPDATE_DOCS=1 cargo test --test it lint_page` it writes the page instead.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use entrada::metadata::lint::LINTS;
use entrada::metadata::lint::Severity;

#[test]
fn the_page_of_findings_is_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metadata-lint.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &page).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert!(
        written == page,
        "docs/metadata-lint.md is not what the table says: run UPDATE_DOCS=1 cargo test --test it lint_page"
    );
}

fn page() -> String {
    let mut page = String::from(
        "# What can be wrong with metadata\n\n`entrada metadata lint` looks for these. Errors and warnings are also in `entrada metadata show`, `entrada connection show` and\n\
         `entrada check`. The table in the code is the source of this page.\n",
    );
    for (severity, title) in [
        (
            Severity::Error,
            "Errors: nobody can sign on by this document",
        ),
        (
            Severity::Warning,
            "Warnings: sign-on works, but something is weak, or will fail later",
        ),
        (Severity::Note, "Notes"),
    ] {
        writeln!(
            page,
            "\n## {title}\n\n| code | what it is | what to do |\n|---|---|---|"
        )
        .unwrap();
        for lint in LINTS.iter().filter(|lint| lint.severity == severity) {
            writeln!(
                page,
                "| `{}` | {} | {} |",
                lint.code, lint.title, lint.advice
            )
            .unwrap();
        }
    }
    page
}
