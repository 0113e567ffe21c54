//! `docs/entra.md` is the checklist, printed: this test prints it and compares. With `UPDATE_DOCS=1 cargo test --test it entra_page`
//! it writes the page instead. Each code of it is a finding, and each finding about Entra is in it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use entrada::admin::check::STEPS;
use entrada::metadata::lint::LINTS;
use entrada::metadata::lint::Severity;

use crate::printed_page;

#[test]
fn the_page_is_the_checklist() {
    printed_page::assert_is("docs/entra.md", "entra_page", &page());
}

#[test]
fn the_checklist_has_every_finding_about_entra_and_no_other() {
    let of_check = literals(&[
        "src/admin/check",
        "src/admin/warnings.rs",
        "src/admin/credential_expiry.rs",
        "src/connection/entra_values.rs",
    ]);
    let lints = LINTS
        .iter()
        .filter(|lint| lint.severity >= Severity::Warning);
    let of_lint: BTreeSet<&str> = lints.clone().map(|lint| lint.code).collect();
    let listed: BTreeSet<&str> = STEPS.iter().flat_map(|step| step.codes).copied().collect();
    let unknown: Vec<_> = listed
        .iter()
        .filter(|code| !of_check.contains(**code) && !of_lint.contains(*code))
        .collect();
    assert!(unknown.is_empty(), "no finding of check: {unknown:?}");

    let about_entra = literals(&[
        "src/admin/check/entra.rs",
        "src/admin/check/people.rs",
        "src/admin/check/door.rs",
        "src/connection/entra_values.rs",
    ]);
    let mut wanted: BTreeSet<&str> = about_entra.iter().map(String::as_str).collect();
    let of_check = of_check.iter().map(String::as_str);
    wanted.extend(of_check.filter(|code| code.starts_with("entra-")));
    wanted.extend(
        lints
            .map(|lint| lint.code)
            .filter(|code| code.starts_with("entra-")),
    );
    wanted.retain(|code| !ELSEWHERE.contains(code));
    let missing: Vec<_> = wanted.difference(&listed).collect();
    assert!(missing.is_empty(), "not in the checklist: {missing:?}");
    assert!(wanted.len() > 12, "{wanted:?}");
}

#[test]
fn each_code_on_the_page_is_a_finding_or_a_reason_of_a_refusal() {
    let reasons = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md"));
    let reasons = reasons.unwrap();
    let page = page();
    let spans = page.split('`').skip(1).step_by(2);
    let is_known = |code: &str| {
        reasons.contains(&format!("`{code}`"))
            || STEPS.iter().any(|step| step.codes.contains(&code))
    };
    let is_other = |span: &str| OTHERS.contains(&span) || !is_kebab_case(span);
    let unknown: Vec<&str> = spans
        .filter(|span| !is_other(span) && !is_known(span))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Words on the page that look like codes and are none.
const OTHERS: [&str; 1] = ["name-id"];

fn is_kebab_case(text: &str) -> bool {
    let is_of_it = |c| c == b'-' || u8::is_ascii_lowercase(&c);
    text.contains('-') && !text.starts_with('-') && text.bytes().all(is_of_it)
}

/// Texts of the sources that look like codes and are none of findings.
const ELSEWHERE: [&str; 5] = [
    "user-claim-missing",
    "idp-entity-id",
    "sso-url",
    "slo-url",
    "metadata-url",
];

/// The texts in kebab case that stand alone in the sources, without those of tests and of the checklist itself.
fn literals(paths: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for path in paths.iter().map(|path| root.join(path)) {
        let files = match path.is_dir() {
            true => fs::read_dir(&path)
                .unwrap()
                .map(|file| file.unwrap().path())
                .collect(),
            false => vec![path],
        };
        for file in files.iter().filter(|file| !file.ends_with("checklist.rs")) {
            let code = crate::layers::without_tests(file);
            let texts = code.split('"');
            found.extend(texts.filter(|text| is_kebab_case(text)).map(str::to_owned));
        }
    }
    found
}

const PAGE: &str = "\
# Entra, step by step

The steps in Entra's portal in their order. Each has its trap, and what shows that somebody fell into it: a finding of `entrada check`, by
its code, or something else. `entrada connection show` prints the values to enter. Run `entrada check` after each part, and again a day after
provisioning was started. The table in the code is the source of this page.
";

const HEAD: &str = "| step | place | what to do | trap | what shows it |\n|---|---|---|---|---|\n";

fn page() -> String {
    let mut page = String::from(PAGE);
    for (number, step) in (1..).zip(STEPS) {
        let (part, place) = step.place;
        let is_first = STEPS.iter().find(|step| step.place.0 == part);
        if is_first.is_some_and(|first| std::ptr::eq(first, step)) {
            let title = format!("{part:?}").replace("SignOn", "Single sign-on");
            write!(page, "\n## {title}\n\n{HEAD}").unwrap();
        }
        let codes: Vec<String> = step.codes.iter().map(|code| format!("`{code}`")).collect();
        let mut seen = vec![codes.join(", "), step.besides.to_owned()];
        seen.retain(|part| !part.is_empty());
        let (to_do, trap, seen) = (step.to_do, step.trap, seen.join(". "));
        assert!(!seen.is_empty(), "{place}");
        writeln!(page, "| {number} | {place} | {to_do} | {trap} | {seen} |").unwrap();
    }
    page
}
