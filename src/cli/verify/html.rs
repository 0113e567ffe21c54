//! `entrada verify --format html`: one page that needs nothing else, no script, no picture, no font, so that an admin can
//! attach it to a ticket. What is said of the person is left out unless it is asked for.

use jiff::Timestamp;
use maud::DOCTYPE;
use maud::Markup;
use maud::PreEscaped;
use maud::html;

use super::super::output::printable;
use super::report::EITHER;
use super::report::Failure;
use super::report::Findings;
use super::report::Line;
use super::report::told_apart;
use crate::saml::Accepted;
use crate::saml::Hint;
use crate::saml::MessageId;
use crate::saml::Refusal;
use crate::saml::ServiceProvider;

/// The content of the page.
pub(super) struct Page<'a> {
    pub(super) findings: &'a Findings<'a>,
    pub(super) sp: &'a ServiceProvider,
    pub(super) idp_entity_id: &'a str,
    pub(super) request: Option<&'a MessageId>,
    pub(super) at: Timestamp,
    /// The things that the report does not cover, in the words of the notes on stderr.
    pub(super) notes: &'a [String],
    pub(super) show_values: bool,
}

impl Page<'_> {
    pub(super) fn text(&self) -> String {
        let diagnosis = self.findings.diagnosis;
        let body = html! {
            @match (diagnosis.accepted(), diagnosis.refusal()) {
                (Some(_), _) => (accepted_banner()),
                (None, refusal) => (refused_banner(refusal.expect(EITHER))),
            }
            @for note in self.notes { p.warning { (printable(note)) } }
            (hints(&self.findings.hints))
            (self.question())
            @if let Some(accepted) = diagnosis.accepted() { (self.person(accepted)) }
            (self.checks())
            footer {
                p { "Made by entrada " (env!("CARGO_PKG_VERSION")) ". Nobody was signed in by this, and the replay cache was not asked." }
            }
        };
        layout(body).into_string()
    }

    /// The facts that the response was checked against.
    fn question(&self) -> Markup {
        let request = self
            .request
            .map_or("none: nothing was asked", MessageId::as_str);
        let facts = [
            ("As of", self.at.to_string()),
            ("Identity provider", self.idp_entity_id.to_owned()),
            ("Our Entity ID", self.sp.entity_id.clone()),
            ("Our ACS", self.sp.acs_url.clone()),
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
                    p.note { "Values are left out. " code { "--show-values" } " shows them." }
                }
                dl {
                    dt { "NameID" } dd { (self.value(&name.value)) }
                    dt { "Format" } dd { code { (name.format.as_deref().unwrap_or("unspecified")) } }
                    dt { "Session index" } dd { (self.value(accepted.session_index().unwrap_or("none"))) }
                    dt { "Good until" } dd { code { (until.map(|at| at.to_string()).unwrap_or_default()) } }
                }
                @if !accepted.attributes().is_empty() {
                    table {
                        thead { tr { th scope="col" { "Attribute" } th scope="col" { "Values" } } }
                        tbody {
                            @for attribute in accepted.attributes().iter() {
                                tr {
                                    td { code { (printable(&attribute.name)) } }
                                    td { @for value in &attribute.values { div { (self.value(value)) } } }
                                }
                            }
                        }
                    }
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
        let findings = self.findings;
        html! {
            section {
                h2 { (findings.checks.len()) " checks" }
                p.note {
                    (findings.count("pass")) " passed, " (findings.count("fail")) " failed, "
                    (findings.count("skipped")) " not made"
                }
                ol.checks { @for line in &findings.checks { (check(line)) } }
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

fn check(line: &Line<'_>) -> Markup {
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
                @if let Some(failure) = &line.failure { (failed(failure)) }
            }
        }
    }
}

fn failed(failure: &Failure<'_>) -> Markup {
    comparison(failure.expected, failure.found, failure.remedy)
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

fn layout(body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "SAML response: report of entrada verify" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { "Report on a SAML response" } (body) } }
        }
    }
}

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --pass: #1a7f37; --fail: #c4291c; --warn: #bf8700; --dim: #656d76 }
@media (prefers-color-scheme: dark) { :root { --pass: #56d364; --fail: #ff7b72; --dim: #9198a1 } }
* { box-sizing: border-box }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 52rem; margin: 2.5rem auto; padding: 0 1.5rem }
h1 { font-size: 1.1rem; font-weight: 600; color: var(--dim); margin: 0 0 1rem }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: 0 }
code { font: .875em/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
header { border: 1px solid var(--line); border-left: .35rem solid; border-radius: .5rem; padding: 1rem 1.25rem }
header.pass { border-left-color: var(--pass) }
header.fail { border-left-color: var(--fail) }
.verdict { font-size: 1.4rem; font-weight: 600; line-height: 1.3 }
.verdict code { font-size: .9em }
.pass .verdict, .pass .sign { color: var(--pass) }
.fail .verdict, .fail .sign, .reason { color: var(--fail) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .5rem 0 0 }
dt { color: var(--dim) }
dd { margin: 0; overflow-wrap: anywhere }
.hint { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1.25rem; margin-bottom: .5rem; overflow-wrap: anywhere }
.warning { border: 1px solid var(--warn); border-radius: .5rem; padding: .75rem 1.25rem; margin-top: 1rem }
.hint .code, .note, .detail, .masked { color: var(--dim); font-size: .9rem }
.masked { border: 1px dashed var(--line); border-radius: .25rem; padding: 0 .4rem }
table { border-collapse: collapse; width: 100%; margin-top: 1rem }
th { text-align: left; color: var(--dim); font-weight: normal; font-size: .9rem }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .75rem .35rem 0; vertical-align: top }
ol.checks { list-style: none; padding: 0; margin: .5rem 0 0; border-top: 1px solid var(--line) }
ol.checks li { display: grid; grid-template-columns: 1.25rem 1fr; gap: .5rem; padding: .4rem 0; border-bottom: 1px solid var(--line); break-inside: avoid }
ol.checks li.fail { background: var(--soft) }
.sign { font-weight: 700; text-align: center }
.skipped .sign, .skipped .name { color: var(--dim) }
.name { font-weight: 600; margin-right: .75rem }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
footer { color: var(--dim); font-size: .85rem; margin-top: 2rem }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
";
