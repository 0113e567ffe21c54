//! Types of other crates in our signatures: an app has them from us, so that it needs no version of its own to match.

use std::fs;

use crate::layers::sources;
use crate::layers::without_tests;

#[test]
fn what_signatures_name_of_other_crates_is_exported() {
    let front = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let front = fs::read_to_string(front).unwrap();
    let mut missing = Vec::new();
    let mut found = 0;
    for (_, file) in sources().iter().filter(|(module, _)| module != "cli") {
        let text = without_tests(file);
        for path in text.lines().filter_map(imported) {
            let (of, _) = path.split_once("::").unwrap_or((path, ""));
            let name = path.rsplit("::").next().unwrap_or(path);
            let is_shown = |line: &str| {
                let line = line.trim_start();
                let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                line.starts_with("pub ")
                    && !line.starts_with("pub use")
                    && words.skip(2).any(|word| word == name)
            };
            if OWN.contains(&of) || !text.lines().any(is_shown) {
                continue;
            }
            found += 1;
            let whole = format!("pub use {of};");
            let alone = format!("pub use {path};");
            if !front.contains(&whole)
                && !front.contains(&alone)
                && !HAD.iter().any(|had| path.starts_with(had))
            {
                missing.push(format!("{path} in {}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 50, "only {found} were found");
}

/// The path of a line that imports.
fn imported(line: &str) -> Option<&str> {
    line.strip_prefix("use ")?.strip_suffix(';')
}

const OWN: [&str; 4] = ["crate", "self", "super", "std"];

/// Those that an app has already: its runtime, and the crate whose types the feature `samael` converts.
const HAD: [&str; 2] = ["tokio::", "samael::"];
