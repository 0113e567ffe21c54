//! A validation with `--format html`: one page that needs nothing else, to attach to a submission or a ticket.

use maud::Markup;
use maud::html;

use super::super::output::printable;
use super::validated::HOSTED;
use super::validated::LEFT;
use super::validated::SECTIONS;
use super::validated::Validated;
use super::validated::outcome;
use crate::practice::CaseResult;
use crate::practice::Need;
use crate::practice::Origin;
use crate::practice::Outcome;
use crate::ui;

pub(super) fn page(validated: &Validated<'_>) -> String {
    let subject = validated.subject;
    let body = html! {
        main {
            h1 { "Validation of " (subject) }
            (banner(validated))
            dl {
                dt { "Validated" } dd { code { (printable(validated.target)) } }
                dt { "On" } dd { (ui::minute(validated.at)) }
            }
            @for remark in validated.remarks { p.warning { (printable(remark)) } }
            @if !validated.left.is_empty() {
                section {
                    h2 { (LEFT) }
                    ul { @for what in validated.left { li { (printable(what)) } } }
                }
            }
            @for (origin, title) in SECTIONS { (section(validated, origin, title)) }
            section {
                h2 { (HOSTED) }
                ul { @for what in validated.hosted { li { (what) } } }
            }
            footer { p { "Made by entrada " (env!("CARGO_PKG_VERSION")) "." } }
        }
    };
    let title = format!("Validation of {subject}: report of entrada validate");
    ui::saved_document(ui::Look::Report, &title, body).into_string()
}

fn banner(validated: &Validated<'_>) -> Markup {
    let failed = validated.has_failed();
    html! {
        header.fail[failed].pass[!failed] {
            p.verdict { @if failed { "✗ Failed" } @else { "✓ Passed" } }
            p { (validated.totals()) }
        }
    }
}

fn section(validated: &Validated<'_>, origin: Origin, title: &str) -> Markup {
    let results: Vec<&CaseResult> = validated.of(origin).collect();
    html! {
        @if !results.is_empty() {
            section {
                h2 { (title) }
                ol.checks { @for result in results { (case(result)) } }
            }
        }
    }
}

fn case(result: &CaseResult) -> Markup {
    let (class, sign) = match result.outcome {
        Outcome::Passed => ("pass", "✓"),
        Outcome::Failed => ("fail", "✗"),
        Outcome::Warning => ("warn", "!"),
        Outcome::NotApplicable => ("skipped", "–"),
    };
    html! {
        li class=(class) {
            span.sign aria-hidden="true" { (sign) }
            div {
                p {
                    code.name {
                        @if let Some(number) = result.number { (number) " " }
                        (result.name)
                    }
                    span.hidden { ": " (outcome(result.outcome)) ". " }
                    span.detail {
                        (result.clause)
                        @if result.need == Need::Optional { ", optional" }
                    }
                }
                @match result.outcome {
                    Outcome::Passed => p.detail { (printable(&result.expected)) },
                    Outcome::NotApplicable => p.detail { "Not applicable: " (printable(&result.found)) },
                    _ => dl {
                        dt { "Expected" } dd { (printable(&result.expected)) }
                        dt { "Found" } dd { code { (printable(&result.found)) } }
                    },
                }
            }
        }
    }
}
