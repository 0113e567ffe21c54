//! The names that the documentation of the library shows, counted at the fronts of its modules. What is marked as hidden, or does
//! not leave the crate, is plumbing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

#[test]
fn the_documentation_shows_no_more_names_than_the_architecture_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let (_, after) = page.split_once(SENTENCE).expect("the page says how many");
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let allowed: usize = digits.parse().unwrap();

    let mut shown = BTreeMap::new();
    for module in front(&root.join("src/lib.rs")).modules {
        let names = names_below(&root.join("src").join(&module));
        shown.insert(module, names);
    }
    let total: usize = shown.values().sum();
    assert!(total <= allowed, "{total} names, not {allowed}: {shown:#?}");
    assert!(total > 100, "the fronts were not found: {shown:#?}");
}

/// The names at the front of a module, and at those of the public modules in it.
fn names_below(module: &Path) -> usize {
    let files = [module.join("mod.rs"), module.with_extension("rs")];
    let file: &PathBuf = files.iter().find(|file| file.exists()).unwrap();
    let front = front(file);
    let inner = front.modules.iter();
    front.names
        + inner
            .map(|one| names_below(&module.join(one)))
            .sum::<usize>()
}

#[derive(Default)]
struct Front {
    names: usize,
    modules: Vec<String>,
}

/// The names and modules that a file shows to other crates.
fn front(file: &Path) -> Front {
    let mut front = Front::default();
    let mut hidden = false;
    for line in fs::read_to_string(file).unwrap().lines() {
        if line.starts_with("#[") {
            hidden |= line.contains("doc(hidden)");
        } else if line.starts_with(char::is_alphabetic) {
            match line
                .strip_prefix("pub mod ")
                .map(|rest| rest.strip_suffix(';'))
            {
                _ if hidden => {}
                Some(Some(module)) => front.modules.push(module.to_owned()),
                Some(None) => {}
                None => front.names += usize::from(line.starts_with("pub ")),
            }
            hidden = false;
        }
    }
    front
}

const SENTENCE: &str = "The documentation shows at most ";
