//! `docs/metadata-lint.md` is the table of findings, printed: this test prints it and compares. With
//! `UPDATE_DOCS=1 cargo test --test it lint_page` it writes the page instead.

use std::fmt::Write;

use entrada::metadata::lint::LINTS;
use entrada::metadata::lint::Severity;

use crate::printed_page;

#[test]
fn the_page_of_findings_is_the_table() {
    printed_page::assert_is("docs/metadata-lint.md", "lint_page", &page());
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
