//! Documents of 5 MB that are made to cost much. Each is refused, as a message and as metadata; printed are the time of
//! the best of a few tries and how much the peak of the resident memory grew.

use std::time::Duration;
use std::time::Instant;

use entrada::metadata::IdpMetadata;
use entrada::saml::UnverifiedResponse;
use entrada::xml::Budget;
use entrada::xml::Document;

use crate::contest::Effort;

/// Prints a line for each document.
pub(crate) fn print(effort: Effort) {
    let size = if effort.is_trial() { SIZE / 100 } else { SIZE };
    println!(
        "\nHostile XML of {:.1} MB, refused as metadata and as a message",
        size as f64 / 1e6
    );
    println!(
        "{:<44}{:>10}{:>10}{:>10}  refused as metadata since",
        "", "ms", "MB", "ms (msg)"
    );
    for (name, document) in documents(size) {
        let (took, memory, code) = as_metadata(&document, effort);
        let message = as_message(document, effort);
        println!(
            "{name:<44}{:>10.2}{memory:>10}{:>10.2}  {code}",
            took.as_secs_f64() * 1e3,
            message.as_secs_f64() * 1e3,
        );
    }
}

fn as_metadata(document: &str, effort: Effort) -> (Duration, String, String) {
    let mut code = String::new();
    let before = reset_peak();
    let mut took = Duration::MAX;
    for _ in 0..tries(effort) {
        let start = Instant::now();
        let refused = IdpMetadata::read(document.as_bytes(), None);
        took = took.min(start.elapsed());
        let refused = refused.expect_err("it is refused").to_string();
        code = refused.chars().take(64).collect();
    }
    let memory = before.and_then(|before| Some(peak()?.saturating_sub(before)));
    let memory = memory.map_or("?".to_owned(), |kib| format!("{:.1}", kib as f64 / 1024.0));
    (took, memory, code)
}

/// The response's own limit of 2 MiB comes first, so the document is also read as if there were none.
fn as_message(document: String, effort: Effort) -> Duration {
    let budget = Budget {
        bytes: usize::MAX,
        ..Budget::MESSAGE
    };
    let mut took = Duration::MAX;
    for _ in 0..tries(effort) {
        let start = Instant::now();
        let _ = Document::parse(&document, &budget);
        took = took.min(start.elapsed());
    }
    if document.len() > UnverifiedResponse::MAX_BYTES {
        let refusal = UnverifiedResponse::from_xml(document.into_bytes());
        let refusal = refusal.expect_err("it is too large");
        assert_eq!(refusal.code(), "response-too-large");
    }
    took
}

fn tries(effort: Effort) -> usize {
    effort.rounds.min(7)
}

/// Names, and documents of about `size` bytes. Where a budget would end the reading early, a second document stays
/// just inside of it for as long as it can.
fn documents(size: usize) -> Vec<(&'static str, String)> {
    let fill = |before: &str, piece: &str, after: &str| {
        let room = size - before.len() - after.len();
        format!("{before}{}{after}", piece.repeat(room / piece.len()))
    };
    let numbered = |before: &str, piece: &dyn Fn(usize) -> String, after: &str| {
        let mut document = before.to_owned();
        let mut number = 0;
        while document.len() < size {
            document.push_str(&piece(number));
            number += 1;
        }
        document + after
    };
    let scope: String = (0..63).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    let attributes = |n: usize| -> String {
        let all: String = (0..64)
            .map(|a| format!(" a{a:02}x{:06}=''", n % 1_000_000))
            .collect();
        format!("<b{all}/>")
    };
    let namespaces = |n: usize| -> String {
        let all: String = (0..60)
            .map(|a| format!(" xmlns:n{a:02}='urn:{n}'"))
            .collect();
        format!("<b{all}/>")
    };
    vec![
        ("deep: elements within elements", fill("", "<a>", "")),
        ("many nodes: empty elements", fill("<r>", "<a/>", "</r>")),
        (
            "many nodes: line feeds between",
            fill("<r>", "<abcdef/>\n", "</r>"),
        ),
        (
            "many attributes on one element",
            numbered("<r", &|n| format!(" a{n}=''"), "/>"),
        ),
        (
            "many attributes, 64 on each element",
            numbered("<r>", &attributes, "</r>"),
        ),
        (
            "many namespaces on one element",
            numbered("<r", &|n| format!(" xmlns:a{n}='urn:a'"), "/>"),
        ),
        (
            "many namespaces, 60 on each element",
            numbered("<r>", &namespaces, "</r>"),
        ),
        (
            "far prefixes: 63 namespaces to look through",
            fill(&format!("<r{scope}>"), "<p0:a/>", "</r>"),
        ),
        (
            "far prefixes on attributes",
            fill(
                &format!("<r{scope}>"),
                "<a p0:a='' p1:a='' p2:a='' p3:a=''/>",
                "</r>",
            ),
        ),
        ("one long text", fill("<r>", "abcdefghij", "</r>")),
        ("one long text of references", fill("<r>", "&amp;", "</r>")),
        ("one long text of brackets", fill("<r>", "]]&gt;", "</r>")),
        (
            "one long attribute of references",
            fill("<r a='", "&#38;", "'/>"),
        ),
        ("comments", fill("<r>", "<!---->a", "</r>")),
        ("CDATA sections", fill("<r>", "<![CDATA[a]]>", "</r>")),
        ("carriage returns", fill("<r>", "\r\n", "</r>")),
        (
            "ampersands without an end",
            fill("<r>", "&&&&&&&&&&", "</r>"),
        ),
        ("opening brackets", fill("<r>", "<<<<<<<<<<", "</r>")),
        (
            "a declared bomb of entities",
            fill(
                "<!DOCTYPE r [<!ENTITY a 'a'>",
                "<!ENTITY b '&a;&a;'>",
                "]><r>&b;</r>",
            ),
        ),
        (
            "unique identifiers",
            numbered("<r>", &|n| format!("<a ID='{n}'/>"), "</r>"),
        ),
        ("a tag that never ends", fill("<r ", "a='' ", "")),
        ("a long name", fill("<", "abcdefghij", "/>")),
        ("a name of wide characters", fill("<", "äöüäöüäöü", "/>")),
    ]
}

/// The size that the figures promise.
const SIZE: usize = 5_000_000;

/// Sets the peak of the resident memory back to what is resident now, and returns that, in KiB.
pub(crate) fn reset_peak() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    peak()
}

/// The peak of the resident memory in KiB, where the system tells.
pub(crate) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}
