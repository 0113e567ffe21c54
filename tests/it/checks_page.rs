//! `docs/checks.md` is the table of checks, printed: this test prints it and compares. With
//! `UPDATE_DOCS=1 cargo test --test it checks_page` it writes the page instead.

use std::fmt::Write;

use entrada::saml::CHECKS;
use entrada::saml::Check;
use entrada::saml::ENTRA_ERRORS;
use entrada::saml::EntraError;
use entrada::saml::Reason;
use entrada::saml::Stage;
use entrada::saml::logout;
use entrada::site;

use crate::printed_page;

#[test]
fn the_page_of_checks_is_the_table() {
    printed_page::assert_is("docs/checks.md", "checks_page", &page());
}

#[test]
fn names_and_codes_are_kebab_case_and_come_once() {
    let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    names.extend(
        CHECKS
            .iter()
            .flat_map(|check| check.reasons)
            .map(|reason| reason.code),
    );
    for name in &names {
        assert!(
            name.bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-'),
            "{name}"
        );
    }
    // A check and its only reason may share nothing but words, so that nobody takes one for the other.
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

#[test]
fn every_reason_says_what_to_change() {
    let checks = CHECKS.iter().flat_map(|check| check.reasons);
    for reason in checks.chain(logout::REASONS).chain(site::REASONS) {
        assert!(
            reason.remedy.len() > 30 && reason.remedy.ends_with('.'),
            "{}",
            reason.code
        );
    }
}

/// The numbers that Microsoft's documents and other projects' issues show admins of SAML apps meeting.
#[test]
fn each_number_that_admins_are_known_to_meet_is_explained() {
    for number in [
        50011, 700016, 650056, 50105, 75011, 7500529, 7500530, 750054, 75005, 75016, 76021, 900236,
        501241, 50146, 50020, 7000112,
    ] {
        assert!(EntraError::of(number).is_some(), "AADSTS{number}");
    }
}

fn page() -> String {
    let mut page = String::from(
        "# The checks on a response\n\nEvery response passes these checks in this order. `entrada verify` prints them; a refusal names the reason.\n\
         The table in the code is the source of this page.\n\n\
         ## Remedies that several checks share\n\nThe tables below name them by their number.\n\n",
    );
    let shared = shared_remedies();
    for (number, remedy) in (1..).zip(&shared) {
        writeln!(page, "{number}. {remedy}").unwrap();
    }
    for (stage, title) in [
        (Stage::Decode, "Decode: is it one message?"),
        (
            Stage::Verify,
            "Verify: is it signed by a key that we trust?",
        ),
        (
            Stage::Validate,
            "Validate: is it meant for us, for this request, and now?",
        ),
        (Stage::Admit, "Admit: is it used for the first time?"),
    ] {
        writeln!(page, "\n## {title}").unwrap();
        for check in CHECKS.iter().filter(|check| check.stage == stage) {
            let Check {
                name,
                question,
                clause,
                reasons,
                ..
            } = check;
            writeln!(page, "\n### `{name}`\n\n{question} ({clause})").unwrap();
            print_reasons(&mut page, reasons, &shared);
        }
    }
    for (title, lead, reasons) in [
        (
            "Around a response",
            "What the site itself refuses, before or beside these checks.",
            site::REASONS,
        ),
        (
            "Logout messages",
            "They are refused for reasons of `xml` and `signature` as well.",
            logout::REASONS,
        ),
    ] {
        writeln!(page, "\n## {title}\n\n{lead}").unwrap();
        print_reasons(&mut page, reasons, &shared);
    }
    page.push_str(
        "\n## Errors of Entra\n\nWhere the `status` of a response has one of these numbers, `entrada verify` and the error page say what it \
         means. A number that stands nowhere here is looked up at <https://login.microsoftonline.com/error>.\n\n\
         | number | what it means | what to change |\n|---|---|---|\n",
    );
    for error in ENTRA_ERRORS {
        let EntraError {
            code,
            meaning,
            remedy,
        } = error;
        writeln!(page, "| AADSTS{code} | {meaning} | {remedy} |").unwrap();
    }
    page
}

/// The remedies that stand in several checks, which the page spells out once.
fn shared_remedies() -> Vec<&'static str> {
    let mut seen = Vec::new();
    let mut shared = Vec::new();
    for check in CHECKS {
        for (_, remedy) in by_remedy(check.reasons) {
            match seen.contains(&remedy) {
                false => seen.push(remedy),
                true if shared.contains(&remedy) => {}
                true => shared.push(remedy),
            }
        }
    }
    shared
}

/// The reasons by their remedy: those that have one in common stand together.
fn by_remedy(reasons: &'static [Reason]) -> Vec<(Vec<&'static str>, &'static str)> {
    let mut rows: Vec<(Vec<&str>, &str)> = Vec::new();
    for Reason { code, remedy } in reasons {
        match rows.iter_mut().find(|(_, known)| known == remedy) {
            Some((codes, _)) => codes.push(code),
            None => rows.push((vec![code], remedy)),
        }
    }
    rows
}

fn print_reasons(page: &mut String, reasons: &'static [Reason], shared: &[&str]) {
    page.push_str("\n| reason | what to change |\n|---|---|\n");
    for (codes, remedy) in by_remedy(reasons) {
        let codes = codes.join("`, `");
        match shared.iter().position(|known| *known == remedy) {
            Some(at) => writeln!(
                page,
                "| `{codes}` | [Remedy {}](#remedies-that-several-checks-share) |",
                at + 1
            ),
            None => writeln!(page, "| `{codes}` | {remedy} |"),
        }
        .unwrap();
    }
}
