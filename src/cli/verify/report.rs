//! The report of `entrada verify` as text: a verdict, what is likely behind it, and every check with what it said.

use std::borrow::Cow;

use super::super::error::Exit;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::super::output::rows;
use crate::admin::verify::CheckLine;
use crate::admin::verify::Verification;
use crate::saml::Accepted;
use crate::saml::Hint;
use crate::saml::Refusal;
use crate::text;

pub(super) fn report(verification: &Verification, style: Style) -> Report {
    let head = match verification.verdict() {
        Ok(accepted) => accepted_text(accepted, style),
        Err(refusal) => refused_text(refusal, style),
    };
    let text = head + &hints_text(&verification.hints, style) + &checks_text(verification, style);
    let exit = Exit::refused_if(verification.verdict().is_err());
    Report::new(text, &verification.json()).exit(exit)
}

fn checks_text(verification: &Verification, style: Style) -> String {
    let checks = verification.checks();
    let widths = checks.iter().map(|line| line.check.len());
    let width = widths.max().unwrap_or(0);
    let mut text = format!(
        "\n{}: {} passed, {} failed, {} not made\n",
        style.bold(&format!("{} checks", checks.len())),
        count(&checks, "pass"),
        count(&checks, "fail"),
        count(&checks, "skipped"),
    );
    text.extend(checks.iter().map(|line| check_text(line, width, style)));
    text
}

pub(super) fn count(checks: &[CheckLine<'_>], outcome: &str) -> usize {
    checks.iter().filter(|line| line.outcome == outcome).count()
}

fn check_text(line: &CheckLine<'_>, width: usize, style: Style) -> String {
    let name = line.check;
    let mark = match line.outcome {
        "pass" => style.pass(),
        "fail" => style.fail(),
        _ => style.skip(),
    };
    let Some(failure) = &line.failure else {
        return format!("  {mark} {name:width$}  {}\n", line.detail);
    };
    let facts = comparison(6, failure.expected, failure.found, failure.remedy);
    format!(
        "  {mark} {name:width$}  {}\n{facts}",
        style.bad(failure.reason)
    )
}

/// Both values, and the remedy.
fn comparison(indent: usize, expected: &str, found: &str, remedy: &str) -> String {
    let (expected, found) = told_apart(expected, found);
    let facts = [
        ("expected", expected),
        ("found", found),
        ("remedy", remedy.into()),
    ];
    rows(indent, facts)
}

fn accepted_text(accepted: Accepted<'_>, style: Style) -> String {
    let name = accepted.name_id();
    let until = accepted.not_on_or_after().map(|at| at.to_string());
    let facts = rows(
        2,
        [
            ("NameID", name.value.as_str().into()),
            (
                "format",
                name.format.as_deref().unwrap_or("unspecified").into(),
            ),
            ("issuer", accepted.issuer().into()),
            (
                "session index",
                accepted.session_index().unwrap_or("none").into(),
            ),
            ("good until", until.unwrap_or_default().into()),
        ],
    );
    let mut text = format!("{} {}\n{facts}", style.pass(), style.good("accepted"));
    if !accepted.attributes().is_empty() {
        text.push_str("\nAttributes\n");
    }
    for attribute in accepted.attributes().iter() {
        text.push_str(&format!("  {}\n", printable(&attribute.name)));
        for value in &attribute.values {
            text.push_str(&format!("      {}\n", printable(value)));
        }
    }
    text
}

fn refused_text(refusal: &Refusal, style: Style) -> String {
    let facts = comparison(2, refusal.expected(), refusal.found(), refusal.remedy());
    let heading = style.bad(&format!("refused: {}", refusal.code()));
    format!("{} {heading}\n{facts}", style.fail())
}

/// Both values; quoted and spelled out where a reader would not see in what they differ.
pub(super) fn told_apart<'a>(expected: &'a str, found: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
    let seen = |text: &str| -> String {
        text.chars()
            .filter(|&c| !text::is_hidden(c) && !c.is_whitespace())
            .collect()
    };
    match expected != found && seen(expected) == seen(found) {
        true => (text::quoted(expected).into(), text::quoted(found).into()),
        false => (expected.into(), found.into()),
    }
}

/// The likely reasons behind the verdict, one paragraph for each.
fn hints_text(hints: &[Hint], style: Style) -> String {
    let mut text = String::new();
    for hint in hints {
        let label = style.bold("hint:");
        let message = printable(&hint.message);
        text.push_str(&format!("\n{label} {message} [{}]\n", hint.code));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_look_alike_are_quoted_and_spelled_out() {
        for (found, shown) in [
            ("urn:a\u{200b}", "\"urn:a\\u{200b}\""),
            ("urn:a ", "\"urn:a \""),
            ("urn:a\u{a0}", "\"urn:a\\u{a0}\""),
            ("\turn:a", "\"\\turn:a\""),
        ] {
            let (expected, found) = told_apart("urn:a", found);
            assert_eq!((&*expected, &*found), ("\"urn:a\"", shown));
        }
        assert_eq!(
            told_apart("urn:a", "urn:b"),
            ("urn:a".into(), "urn:b".into())
        );
    }
}
