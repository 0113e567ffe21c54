//! The layers of the design, as data: which module may import which. A module that is not in the table fails
//! the test, and so does an import that the table does not have.

mod circles;
mod errors;
mod foreign;
mod fronts;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use self::table::CORE;
use self::table::HTTP;
use self::table::LAYERS;
use self::table::LIBRARIES;
use self::table::OF_AN_INTERFACE;
use self::table::ONLY;
use self::table::OUTSIDE;

#[test]
fn every_module_imports_only_from_the_layers_above_it() {
    let mut wrong = Vec::new();
    for (module, file) in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{} belongs to no layer", file.display()));
            continue;
        };
        for import in imports(&code(&file)) {
            if import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports {import}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_names_nothing_of_the_world_outside() {
    let core: BTreeSet<&str> = LAYERS[..CORE].iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for (module, file) in sources() {
        let code = code(&file);
        for name in OUTSIDE.iter().filter(|_| core.contains(module.as_str())) {
            if code.contains(name) {
                wrong.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn admin_names_nothing_of_an_interface() {
    let mut wrong = Vec::new();
    for (_, file) in sources().iter().filter(|(module, _)| module == "admin") {
        let code = code(file);
        for name in OF_AN_INTERFACE.iter().filter(|name| code.contains(**name)) {
            wrong.push(format!("{} names {name}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_application_names_nothing_of_http() {
    let named = |file: &PathBuf| {
        let code = code(file);
        HTTP.iter().find(|name| code.contains(**name)).copied()
    };
    let site = sources().into_iter().filter(|(module, _)| module == "site");
    let wrong: Vec<String> = site
        .filter_map(|(_, file)| Some(format!("{} names {}", file.display(), named(&file)?)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_library_is_named_where_it_may_be() {
    let mut wrong = Vec::new();
    for (module, file) in sources() {
        let code = code(&file);
        let named = LIBRARIES.iter().filter(|(name, _)| {
            let before = |at: usize| code[..at].chars().next_back();
            let mut places = code.match_indices(name).map(|(at, _)| before(at));
            places
                .any(|before| before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':')))
        });
        for (name, may) in named {
            if !may.contains(&module.as_str()) {
                wrong.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_command_line_imports_what_it_starts_only_where_it_starts_it() {
    let mut wrong = Vec::new();
    for (module, file) in sources() {
        let imports = imports(&code(&file));
        for (of, import, files) in ONLY.iter().filter(|(of, ..)| *of == module) {
            if imports.contains(*import) && !files.iter().any(|name| file.ends_with(name)) {
                wrong.push(format!("{} of {of} imports {import}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_has_no_module_that_is_gone() {
    let present: BTreeSet<String> = sources().into_iter().map(|(module, _)| module).collect();
    for (module, _) in LAYERS {
        assert!(present.contains(*module), "{module} has no source");
    }
}

/// All source files with the top-level module that each belongs to.
pub(crate) fn sources() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((module_of(&path), path));
            }
        }
    }
    found.retain(|(module, _)| module != "lib" && module != "main");
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn module_of(file: &Path) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = file
        .strip_prefix(root)
        .unwrap()
        .components()
        .next()
        .unwrap();
    first
        .as_os_str()
        .to_str()
        .unwrap()
        .trim_end_matches(".rs")
        .to_owned()
}

/// The code of a file without comments and without its unit tests.
fn code(file: &Path) -> String {
    let text = without_tests(file);
    text.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The text of a file without its unit tests, which stand at its end or in files of their own.
pub(crate) fn without_tests(file: &Path) -> String {
    let tests = file.components().any(|part| part.as_os_str() == "tests")
        || file.ends_with("tests.rs")
        || file.to_str().unwrap().ends_with("_tests.rs");
    if tests {
        return String::new();
    }
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.to_owned()
}

/// The top-level modules that a text names by `crate::`.
fn imports(code: &str) -> BTreeSet<String> {
    let name = |rest: &str| {
        rest.chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_')
            .collect::<String>()
    };
    code.split("crate::")
        .skip(1)
        .map(name)
        .filter(|name| !name.is_empty())
        .collect()
}
