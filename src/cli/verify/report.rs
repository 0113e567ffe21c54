//! The report of `entrada verify`: a verdict, what is likely behind it, and every check with what it said; as text and
//! as JSON here, as a page in [`html`](super::html). Of a refused response it holds protocol data alone, never a name
//! or an attribute.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::super::error::Exit;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::super::output::rows;
use crate::saml::Accepted;
use crate::saml::Check;
use crate::saml::Diagnosis;
use crate::saml::Hint;
use crate::saml::Outcome;
use crate::saml::Refusal;
use crate::saml::Stage;
use crate::text;

/// The source of the id of the request that the response must answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestIdSource {
    /// The caller named it.
    Given,
    /// The caller named none, so the response was taken at its word.
    FromResponse,
}

/// The findings on one response, ready to be printed.
pub(super) struct Findings<'a> {
    pub(super) diagnosis: &'a Diagnosis,
    pub(super) checks: Vec<Line<'a>>,
    pub(super) hints: Vec<Hint>,
}

impl<'a> Findings<'a> {
    /// Joins what the diagnosis tells with hints on where the trust came from.
    pub(super) fn of(
        diagnosis: &'a Diagnosis,
        asked: RequestIdSource,
        more: Vec<Hint>,
    ) -> Findings<'a> {
        // The rules are asked once there is a verified assertion to ask them of.
        let reached = diagnosis
            .outcomes()
            .any(|(check, outcome)| check.name == "assertion" && *outcome == Outcome::Pass);
        let unasked = if reached { NOT_ARISEN } else { NOT_REACHED };
        Findings {
            diagnosis,
            checks: diagnosis
                .outcomes()
                .map(|(check, outcome)| Line::of(check, outcome, asked, unasked))
                .collect(),
            hints: more
                .into_iter()
                .chain(diagnosis.hints().iter().cloned())
                .collect(),
        }
    }

    /// The verdict as an exit code.
    pub(super) fn exit(&self) -> Exit {
        match self.diagnosis.refusal() {
            None => Exit::Done,
            Some(_) => Exit::Refused,
        }
    }

    /// The number of checks that ended so.
    pub(super) fn count(&self, outcome: &str) -> usize {
        let ended = |line: &&Line<'_>| line.outcome == outcome;
        self.checks.iter().filter(ended).count()
    }

    /// The report in its two common forms.
    pub(super) fn report(&self, style: Style) -> Report {
        let head = match (self.diagnosis.accepted(), self.diagnosis.refusal()) {
            (Some(accepted), _) => accepted_text(accepted, style),
            (None, refusal) => refused_text(refusal.expect(EITHER), style),
        };
        let text = head + &hints_text(&self.hints, style) + &self.checks_text(style);
        Report::new(text, &self.judgement()).exit(self.exit())
    }

    fn judgement(&self) -> Judgement<'_> {
        let hints = self.hints.iter().map(HintLine::of).collect();
        match (self.diagnosis.accepted(), self.diagnosis.refusal()) {
            (Some(accepted), _) => accepted_judgement(accepted, hints, &self.checks),
            (None, refusal) => {
                let refusal = refusal.expect(EITHER);
                Judgement::Refused {
                    accepted: false,
                    reason: refusal.code(),
                    message: refusal.to_string(),
                    remedy: refusal.remedy(),
                    mend: refusal.remedy(),
                    hints,
                    checks: &self.checks,
                }
            }
        }
    }

    fn checks_text(&self, style: Style) -> String {
        let widths = self.checks.iter().map(|line| line.check.len());
        let width = widths.max().unwrap_or(0);
        let mut text = format!(
            "\n{}: {} passed, {} failed, {} not made\n",
            style.bold(&format!("{} checks", self.checks.len())),
            self.count("pass"),
            self.count("fail"),
            self.count("skipped"),
        );
        for line in &self.checks {
            text.push_str(&line.text(width, style));
        }
        text
    }
}

/// A response that is not accepted is refused.
pub(super) const EITHER: &str = "what is not accepted is refused";

#[derive(Serialize)]
#[serde(untagged)]
enum Judgement<'a> {
    Accepted {
        accepted: bool,
        name_id: Name<'a>,
        issuer: &'a str,
        session_index: Option<&'a str>,
        not_on_or_after: Option<Timestamp>,
        attributes: BTreeMap<&'a str, &'a [String]>,
        hints: Vec<HintLine<'a>>,
        checks: &'a [Line<'a>],
    },
    Refused {
        accepted: bool,
        reason: &'a str,
        message: String,
        remedy: &'a str,
        /// The former name of `remedy`, for one version.
        mend: &'a str,
        hints: Vec<HintLine<'a>>,
        checks: &'a [Line<'a>],
    },
}

#[derive(Serialize)]
struct Name<'a> {
    value: &'a str,
    format: Option<&'a str>,
}

/// A hint as JSON has it.
#[derive(Serialize)]
struct HintLine<'a> {
    code: &'a str,
    message: &'a str,
}

impl<'a> HintLine<'a> {
    fn of(hint: &'a Hint) -> HintLine<'a> {
        HintLine {
            code: hint.code,
            message: &hint.message,
        }
    }
}

/// The result of one check.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub(super) check: &'a str,
    /// `pass`, `fail` or `skipped`.
    pub(super) outcome: &'static str,
    pub(super) detail: String,
    #[serde(flatten)]
    pub(super) failure: Option<Failure<'a>>,
}

/// The reason why a check failed, and the remedy.
#[derive(Serialize)]
pub(super) struct Failure<'a> {
    pub(super) reason: &'a str,
    pub(super) expected: &'a str,
    pub(super) found: &'a str,
    pub(super) remedy: &'a str,
    /// The former name of `remedy`, for one version.
    mend: &'a str,
}

fn accepted_judgement<'a>(
    accepted: Accepted<'a>,
    hints: Vec<HintLine<'a>>,
    checks: &'a [Line<'a>],
) -> Judgement<'a> {
    let name = accepted.name_id();
    let attributes = accepted.attributes().iter();
    Judgement::Accepted {
        accepted: true,
        name_id: Name {
            value: &name.value,
            format: name.format.as_deref(),
        },
        issuer: accepted.issuer(),
        session_index: accepted.session_index(),
        not_on_or_after: accepted.not_on_or_after(),
        attributes: attributes
            .map(|attribute| (attribute.name.as_str(), attribute.values.as_slice()))
            .collect(),
        hints,
        checks,
    }
}

impl<'a> Line<'a> {
    fn of(
        check: &'static Check,
        outcome: &'a Outcome,
        asked: RequestIdSource,
        unasked: &str,
    ) -> Line<'a> {
        let untold = asked == RequestIdSource::FromResponse && ON_THE_REQUEST.contains(&check.name);
        let (outcome, detail, failure) = match outcome {
            Outcome::Pass if untold => ("skipped", UNTOLD.to_owned(), None),
            Outcome::Pass => ("pass", check.question.to_owned(), None),
            Outcome::Skipped if check.stage == Stage::Admit => {
                ("skipped", REPLAY_UNASKED.to_owned(), None)
            }
            Outcome::Skipped => ("skipped", unasked.to_owned(), None),
            Outcome::Fail(refusal) => (
                "fail",
                refusal.to_string(),
                Some(Failure {
                    reason: refusal.code(),
                    expected: refusal.expected(),
                    found: refusal.found(),
                    remedy: refusal.remedy(),
                    mend: refusal.remedy(),
                }),
            ),
        };
        Line {
            check: check.name,
            outcome,
            detail,
            failure,
        }
    }

    fn text(&self, width: usize, style: Style) -> String {
        let mark = match self.outcome {
            "pass" => style.pass(),
            "fail" => style.fail(),
            _ => style.skip(),
        };
        let Some(failure) = &self.failure else {
            return format!("  {mark} {:width$}  {}\n", self.check, self.detail);
        };
        let (expected, found) = told_apart(failure.expected, failure.found);
        let found = rows(
            6,
            [
                ("expected", expected),
                ("found", found),
                ("remedy", failure.remedy.into()),
            ],
        );
        format!(
            "  {mark} {:width$}  {}\n{found}",
            self.check,
            style.bad(failure.reason)
        )
    }
}

const UNTOLD: &str = "not checked: neither --request-id nor --unsolicited was given";
const REPLAY_UNASKED: &str = "not asked here: the replay cache is for responses that are posted";
const NOT_REACHED: &str = "not reached";
const NOT_ARISEN: &str = "does not arise in this response";

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
    let (expected, found) = told_apart(refusal.expected(), refusal.found());
    let facts = rows(
        2,
        [
            ("expected", expected),
            ("found", found),
            ("remedy", refusal.remedy().into()),
        ],
    );
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

/// The checks that ask for the request.
const ON_THE_REQUEST: [&str; 2] = ["in-response-to", "response-in-response-to"];

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
