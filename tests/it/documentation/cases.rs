//! The tables of cases on the page of `entrada validate`, held against what a run reports.

use std::fs;

use serde_json::Value;

use super::root;

/// Asserts that the tables below these headings have the cases of a report, no more and no less, and that the page has the report's list
/// of what only Microsoft can tell.
#[track_caller]
pub(crate) fn assert_page_has_cases(report: &Value, headings: [&str; 2]) {
    let page = fs::read_to_string(root().join("docs/validate.md")).unwrap();
    for (heading, by) in headings.into_iter().zip(["microsoft", "entrada"]) {
        let tests = report["tests"].as_array().unwrap().iter();
        let tests = tests.filter(|test| test["by"] == by);
        let mut reported: Vec<&str> = tests.map(|test| test["name"].as_str().unwrap()).collect();
        let mut documented = documented(&page, heading);
        reported.sort_unstable();
        documented.sort_unstable();
        assert!(!documented.is_empty(), "{heading}");
        assert_eq!(documented, reported, "docs/validate.md: {heading}");
    }
    for one in report["hosted_only"].as_array().unwrap() {
        let one = one.as_str().unwrap();
        let (first, rest) = one.split_at(1);
        let line = format!("\n- {}{rest}.\n", first.to_uppercase());
        assert!(page.contains(&line), "docs/validate.md: {one}");
    }
}

/// The names in the table below a heading: those in code in the first cell, or in the second one behind a number.
fn documented<'p>(page: &'p str, heading: &str) -> Vec<&'p str> {
    let (_, after) = page.split_once(&format!("\n### {heading}\n")).unwrap();
    let section = after.split("\n#").next().unwrap();
    let mut names = Vec::new();
    for row in section.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let is_number = cells[0].parse::<u8>().is_ok();
        let cell = cells[usize::from(is_number)];
        names.extend(cell.split('`').skip(1).step_by(2));
    }
    names
}
