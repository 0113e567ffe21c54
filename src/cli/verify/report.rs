//! What `entrada verify` prints: a verdict, then every check with what it said. Of a refused response, it prints
//! protocol data alone, never a name or an attribute.

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
use crate::saml::Outcome;
use crate::saml::Refusal;
use crate::saml::Stage;

/// Whether the caller said what the response must answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// They did.
    Said,
    /// They did not, so the response was taken at its word.
    TakenFromTheResponse,
}

/// The report on one response, in both forms.
pub(super) fn of(diagnosis: &Diagnosis, asked: Asked, style: Style) -> Report {
    // The rules are asked once there is a verified assertion to ask them of.
    let reached = diagnosis
        .outcomes()
        .any(|(check, outcome)| check.name == "assertion" && *outcome == Outcome::Pass);
    let unasked = if reached { NOT_ARISEN } else { NOT_REACHED };
    let checks: Vec<Line<'_>> = diagnosis
        .outcomes()
        .map(|(check, outcome)| Line::of(check, outcome, asked, unasked))
        .collect();
    match (diagnosis.accepted(), diagnosis.refusal()) {
        (Some(accepted), _) => {
            let text = accepted_text(accepted, &checks, style);
            Report::new(text, &accepted_judgement(accepted, checks))
        }
        (None, refusal) => {
            let refusal = refusal.expect("what is not accepted is refused");
            let text = refused_text(refusal, &checks, style);
            let judgement = Judgement::Refused {
                accepted: false,
                reason: refusal.code(),
                message: refusal.to_string(),
                mend: refusal.mend(),
                checks,
            };
            Report::new(text, &judgement).exit(Exit::Refused)
        }
    }
}

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
        checks: Vec<Line<'a>>,
    },
    Refused {
        accepted: bool,
        reason: &'a str,
        message: String,
        mend: &'a str,
        checks: Vec<Line<'a>>,
    },
}

#[derive(Serialize)]
struct Name<'a> {
    value: &'a str,
    format: Option<&'a str>,
}

/// What one check said.
#[derive(Serialize)]
struct Line<'a> {
    check: &'a str,
    outcome: &'static str,
    detail: String,
    #[serde(flatten)]
    failure: Option<Failure<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    reason: &'a str,
    expected: &'a str,
    found: &'a str,
    mend: &'a str,
}

fn accepted_judgement<'a>(accepted: Accepted<'a>, checks: Vec<Line<'a>>) -> Judgement<'a> {
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
        checks,
    }
}

impl<'a> Line<'a> {
    fn of(check: &'static Check, outcome: &'a Outcome, asked: Asked, unasked: &str) -> Line<'a> {
        let untold = asked == Asked::TakenFromTheResponse && ON_THE_REQUEST.contains(&check.name);
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
                    mend: refusal.mend(),
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
        let found = rows(
            6,
            [
                ("expected", failure.expected.into()),
                ("found", failure.found.into()),
                ("mend", failure.mend.into()),
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

fn accepted_text(accepted: Accepted<'_>, checks: &[Line<'_>], style: Style) -> String {
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
    text + &checks_text(checks, style)
}

fn refused_text(refusal: &Refusal, checks: &[Line<'_>], style: Style) -> String {
    let facts = rows(
        2,
        [
            ("expected", refusal.expected().into()),
            ("found", refusal.found().into()),
            ("mend", refusal.mend().into()),
        ],
    );
    let heading = style.bad(&format!("refused: {}", refusal.code()));
    format!("{} {heading}\n{facts}", style.fail()) + &checks_text(checks, style)
}

fn checks_text(checks: &[Line<'_>], style: Style) -> String {
    let count = |outcome| checks.iter().filter(|line| line.outcome == outcome).count();
    let width = checks
        .iter()
        .map(|line| line.check.len())
        .max()
        .unwrap_or(0);
    let mut text = format!(
        "\n{}: {} passed, {} failed, {} not made\n",
        style.bold(&format!("{} checks", checks.len())),
        count("pass"),
        count("fail"),
        count("skipped"),
    );
    for line in checks {
        text.push_str(&line.text(width, style));
    }
    text
}

/// The checks that ask for the request.
const ON_THE_REQUEST: [&str; 2] = ["in-response-to", "response-in-response-to"];
