//! The page about Entra's habits names tests; each is there.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn sources() -> String {
    let folders = ["tests/it", "src/scim/dialect"];
    let files = folders.map(|path| fs::read_dir(folder(path)).unwrap());
    let files = files.into_iter().flatten();
    let files = files.map(|file| file.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|of| of == "rs"));
    files
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

#[test]
fn each_habit_has_tests_that_are_there() {
    let page = fs::read_to_string(folder("docs/scim-entra.md")).unwrap();
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| habit"))
        .collect();
    assert!(rows.len() > 25, "{}", rows.len());
    let sources = sources();
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
