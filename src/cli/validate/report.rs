//! The report of a validation: a line for each case, Microsoft's and ours apart, in text, JSON or HTML.

use serde_json::Value;
use serde_json::json;

use super::super::error::Exit;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::super::output::rows;
use super::super::verify::Format;
use super::html;
use super::validated::HOSTED;
use super::validated::LEFT;
use super::validated::SECTIONS;
use super::validated::Validated;
use super::validated::outcome;
use crate::practice::CaseResult;
use crate::practice::Need;
use crate::practice::Origin;
use crate::practice::Outcome;

/// The report in a form; exit 1 where a case failed.
pub(super) fn report(validated: &Validated<'_>, format: Option<Format>, style: Style) -> Report {
    let report = Report::new(text(validated, style), &json(validated));
    let report = match format {
        Some(Format::Html) => report.with_text(html::page(validated)),
        _ => report,
    };
    report.exit(Exit::refused_if(validated.has_failed()))
}

fn text(validated: &Validated<'_>, style: Style) -> String {
    let heading = format!("{}: {}", validated.subject, printable(validated.target));
    let mut text = format!("{}\n", style.bold(&heading));
    for (origin, title) in SECTIONS {
        let results: Vec<&CaseResult> = validated.of(origin).collect();
        if !results.is_empty() {
            text += &format!("\n{}\n", style.bold(title));
            text.extend(results.into_iter().map(|result| line(result, style)));
        }
    }
    text += &format!("\n{}\n", validated.totals());
    text.extend(validated.remarks.iter().map(|remark| format!("{remark}\n")));
    if !validated.left.is_empty() {
        text += &format!("\n{}\n", style.bold(LEFT));
        let left = validated.left.iter();
        text.extend(left.map(|what| format!("  {}\n", printable(what))));
    }
    text += &format!("\n{}\n", style.bold(HOSTED));
    text.extend(validated.hosted.iter().map(|what| format!("  - {what}\n")));
    text
}

fn json(validated: &Validated<'_>) -> Value {
    let tests: Vec<Value> = validated.results.iter().map(case_json).collect();
    json!({
        "target": validated.target,
        "passed": validated.count(Outcome::Passed),
        "failed": validated.count(Outcome::Failed),
        "warnings": validated.count(Outcome::Warning),
        "not_applicable": validated.count(Outcome::NotApplicable),
        "tests": tests,
        "remarks": validated.remarks,
        "left": validated.left,
        "hosted_only": validated.hosted,
    })
}

fn case_json(result: &CaseResult) -> Value {
    json!({
        "number": result.number,
        "name": result.name,
        "by": match result.origin {
            Origin::Microsoft => "microsoft",
            Origin::Entrada => "entrada",
        },
        "optional": result.need == Need::Optional,
        "outcome": outcome(result.outcome).replace(' ', "-"),
        "clause": result.clause,
        "expected": result.expected,
        "found": result.found,
    })
}

fn line(result: &CaseResult, style: Style) -> String {
    let mark = match result.outcome {
        Outcome::Passed => style.pass(),
        Outcome::Failed => style.fail(),
        Outcome::Warning => style.warn(),
        Outcome::NotApplicable => style.skip(),
    };
    let number = result.number.map(|number| number.to_string());
    let number = number.unwrap_or_default();
    let name = format!("{number:>2} {}", result.name);
    match result.outcome {
        Outcome::Passed => format!("  {mark} {name}\n"),
        Outcome::NotApplicable => {
            let reason = printable(&result.found);
            format!("  {mark} {name}: not applicable: {reason}\n")
        }
        failed => {
            let facts = [
                ("expected", result.expected.as_str().into()),
                ("found", result.found.as_str().into()),
                ("clause", result.clause.into()),
            ];
            format!("  {mark} {name}: {}\n{}", outcome(failed), rows(9, facts))
        }
    }
}
