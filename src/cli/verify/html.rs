//! `entrada verify --format html`: one page that needs nothing else, no script, no picture, no font, so that an admin can
//! attach it to a ticket. What is said of the person is left out unless it is asked for.

use jiff::Timestamp;
use maud::Markup;
use maud::html;

use super::super::output::printable;
use super::report::count;
use super::report::told_apart;
use crate::admin::verify::CheckLine;
use crate::admin::verify::Sides;
use crate::admin::verify::Verification;
use crate::saml::Accepted;
use crate::saml::Hint;
use crate::saml::MessageId;
use crate::saml::Refusal;
use crate::ui;

pub(super) struct Page<'a> {
    pub(super) verification: &'a Verification,
    pub(super) sides: &'a Sides,
    pub(super) at: Timestamp,
    /// The things that the report does not cover, in the words of the notes on stderr.
    pub(super) notes: &'a [String],
    pub(super) show_values: bool,
}

impl Page<'_> {
    pub(super) fn text(&self) -> String {
        let verdict = self.verification.verdict();
        let body = html! {
            main {
                h1 { "Report on a SAML response" }
                @match verdict {
                    Ok(_) => (accepted_banner()),
                    Err(refusal) => (refused_banner(refusal)),
                }
                @for note in self.notes { p.warning { (printable(note)) } }
                (hints(&self.verification.hints))
                (self.question())
                @if let Ok(accepted) = verdict { (self.person(accepted)) }
                (self.checks())
                footer {
                    p { "Made by entrada " (env!("CARGO_PKG_VERSION")) ". Nobody was signed in by this, and the replay cache was not asked." }
                }
            }
        };
        let title = "SAML response: report of entrada verify";
        ui::saved_document(ui::Look::Report, title, body).into_string()
    }

    fn question(&self) -> Markup {
        let request = self.verification.request.as_ref();
        let request = request.map_or("none: nothing was asked", MessageId::as_str);
        let Sides { sp, trust, .. } = self.sides;
        let facts = [
            ("As of", self.at.to_string()),
            ("Identity provider", trust.entity_id().to_owned()),
            ("Our Entity ID", sp.entity_id.clone()),
            ("Our ACS", sp.acs_url.clone()),
            ("Request", request.to_owned()),
        ];
        html! {
            section {
                h2 { "Held against" }
                dl { @for (name, value) in &facts { dt { (name) } dd { code { (value) } } } }
            }
        }
    }

    /// The content of an accepted response.
    fn person(&self, accepted: Accepted<'_>) -> Markup {
        let name = accepted.name_id();
        let until = accepted.not_on_or_after();
        html! {
            section {
                h2 { "Who" }
                @if !self.show_values {
                    p.remark { "Values are left out. " code { "--show-values" } " shows them." }
                }
                dl {
                    dt { "NameID" } dd { (self.value(&name.value)) }
                    dt { "Format" } dd { code { (name.format.as_deref().unwrap_or("unspecified")) } }
                    dt { "Session index" } dd { (self.value(accepted.session_index().unwrap_or("none"))) }
                    dt { "Good until" } dd { code { (until.map(|at| at.to_string()).unwrap_or_default()) } }
                }
                @if !accepted.attributes().is_empty() {
                    (ui::table("attributes", ["Attribute", "Values"], accepted.attributes().iter().map(|attribute| [
                        html! { code { (printable(&attribute.name)) } },
                        html! { @for value in &attribute.values { div { (self.value(value)) } } },
                    ])))
                }
            }
        }
    }

    /// A value of the person's, or its length in its place.
    fn value(&self, value: &str) -> Markup {
        let length = value.chars().count();
        let plural = if length == 1 { "" } else { "s" };
        match self.show_values {
            true => html! { code { (printable(value)) } },
            false => html! { span.masked { (length) " character" (plural) } },
        }
    }

    fn checks(&self) -> Markup {
        let checks = self.verification.checks();
        html! {
            section {
                h2 { (checks.len()) " checks" }
                p.remark {
                    (count(&checks, "pass")) " passed, " (count(&checks, "fail")) " failed, "
                    (count(&checks, "skipped")) " not made"
                }
                ol.checks { @for line in &checks { (check(line)) } }
            }
        }
    }
}

fn accepted_banner() -> Markup {
    html! {
        header.pass {
            p.verdict { "✓ Accepted" }
            p { "The response passes every check that was made." }
        }
    }
}

fn refused_banner(refusal: &Refusal) -> Markup {
    html! {
        header.fail {
            p.verdict { "✗ Refused: " code { (refusal.code()) } }
            (comparison(refusal.expected(), refusal.found(), refusal.remedy()))
        }
    }
}

fn hints(hints: &[Hint]) -> Markup {
    html! {
        @if !hints.is_empty() {
            section {
                h2 { "Likely cause" }
                @for hint in hints {
                    div.hint { p { (printable(&sentence(&hint.message))) } p.code { code { (hint.code) } } }
                }
            }
        }
    }
}

fn check(line: &CheckLine<'_>) -> Markup {
    let (sign, word) = match line.outcome {
        "pass" => ("✓", "passed"),
        "fail" => ("✗", "failed"),
        _ => ("–", "not made"),
    };
    html! {
        li class=(line.outcome) {
            span.sign aria-hidden="true" { (sign) }
            div {
                p {
                    code.name { (line.check) }
                    span.hidden { ": " (word) ". " }
                    @match &line.failure {
                        None => span.detail { (line.detail) },
                        Some(failure) => code.reason { (failure.reason) },
                    }
                }
                @if let Some(failed) = &line.failure {
                    (comparison(failed.expected, failed.found, failed.remedy))
                }
            }
        }
    }
}

fn comparison(expected: &str, found: &str, remedy: &str) -> Markup {
    let (expected, found) = told_apart(expected, found);
    html! {
        dl {
            dt { "Expected" } dd { code { (printable(&expected)) } }
            dt { "Found" } dd { code { (printable(&found)) } }
            dt { "Remedy" } dd { (remedy) }
        }
    }
}

/// A message that follows a label elsewhere, standing by itself.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string());
    let stop = if message.ends_with('.') { "" } else { "." };
    format!("{}{}{stop}", first.unwrap_or_default(), characters.as_str())
}
