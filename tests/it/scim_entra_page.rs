//! The pages about Entra's habits and about other programs name tests; each is there.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files of Rust below the folders, in one text.
fn sources(folders: &[&str]) -> String {
    let mut folders: Vec<PathBuf> = folders.iter().map(|path| root().join(path)).collect();
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|of| of == "rs") {
                all += &fs::read_to_string(path).unwrap();
            }
        }
    }
    all
}

#[test]
fn each_habit_has_tests_that_are_there() {
    each_row_has_tests("docs/scim-entra.md", 25);
}

#[test]
fn each_foreign_program_and_shape_has_tests_that_are_there() {
    each_row_has_tests("docs/providers.md", 12);
}

/// Looks for the tests in the last column of the tables of a page, more than `least` rows.
fn each_row_has_tests(page: &str, least: usize) {
    let page = fs::read_to_string(root().join(page)).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<&str> = rows.filter(|line| !line.ends_with("| tests |")).collect();
    assert!(rows.len() > least, "{}", rows.len());
    let sources = sources(&["tests", "src/scim/dialect"]);
    for row in rows {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let mut tests = tests
            .trim()
            .split(", ")
            .map(|test| test.trim_matches('`'))
            .peekable();
        assert!(tests.peek().is_some_and(|test| !test.is_empty()), "{row}");
        for test in tests {
            let found = sources.contains(&format!("fn {test}() {{"));
            assert!(found, "no test {test:?}: {row}");
        }
    }
}
