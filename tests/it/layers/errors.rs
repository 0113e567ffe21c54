//! The `Debug` of every error that the library shows is its sentence: whoever returns one from `main` reads that.

use crate::layers::sources;
use crate::layers::without_tests;

#[test]
fn no_public_error_has_its_fields_dumped() {
    let mut found = 0;
    let mut dumped = Vec::new();
    for (_, file) in sources().iter().filter(|(module, _)| module != "cli") {
        let text = without_tests(file);
        for name in errors(&text) {
            found += 1;
            if !text.contains(&format!("debug_as_sentence!({name});")) {
                dumped.push(format!("{name} in {}", file.display()));
            }
        }
    }
    assert!(dumped.is_empty(), "{dumped:#?}");
    assert!(found > 60, "only {found} errors were found");
}

/// The public types of a file that are errors, by `thiserror` or by hand.
fn errors(text: &str) -> impl Iterator<Item = &str> {
    let by_hand = text.split("Error for ").skip(1);
    let derived = text.split("thiserror::Error").skip(1);
    let derived = derived.filter_map(|rest| {
        let lines = rest.lines().map(str::trim_start);
        let item = lines
            .filter_map(|line| line.split_once(' '))
            .find(|(first, _)| first.starts_with("pub") || ITEMS.contains(first));
        let (_, item) = item.filter(|(first, _)| *first == "pub")?;
        ITEMS
            .iter()
            .find_map(|kind| item.strip_prefix(kind)?.strip_prefix(' '))
    });
    by_hand
        .chain(derived)
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next())
}

const ITEMS: [&str; 2] = ["enum", "struct"];
