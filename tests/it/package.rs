//! The package as others get it: how many crates an app with it builds, and which files a registry would have.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn an_app_builds_no_more_crates_than_the_architecture_allows() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, after) = page.split_once(CRATES).expect("the page says how many");
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let allowed: usize = digits.parse().unwrap();

    let tree = cargo(&[
        "tree",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--no-default-features",
        "--features",
        "server",
    ]);
    let crates: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    let total = crates.len();
    assert!(
        total <= allowed,
        "{total} crates, not {allowed}: {crates:#?}"
    );
    assert!(total > 100, "the crates were not found: {crates:#?}");
}

/// All sources, and what README and the documentation in them point at; no test, no fixture, and no picture.
#[test]
fn the_package_is_small_and_whole() {
    let listed = cargo(&["package", "--list", "--allow-dirty"]);
    let files: BTreeSet<&str> = listed.lines().collect();
    let mut wanted: BTreeSet<String> = sources(&root().join("src"));
    wanted.extend(["CHANGELOG.md", "LICENSE", "Cargo.lock", "Cargo.toml"].map(String::from));
    for page in ["README.md", "SECURITY.md", "CHANGELOG.md"] {
        wanted.insert(page.to_owned());
        wanted.extend(links(&fs::read_to_string(root().join(page)).unwrap()));
    }
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|file| !files.contains(file.as_str()))
        .collect();
    assert!(missing.is_empty(), "the package lacks {missing:#?}");

    let beside = |file: &&&str| !PARTS.iter().any(|part| file.starts_with(part));
    let more: Vec<&&str> = files.iter().filter(beside).collect();
    assert!(more.is_empty(), "the package has {more:#?}");
    let on_disk = files
        .iter()
        .filter_map(|file| fs::metadata(root().join(file)).ok());
    let size: u64 = on_disk.map(|file| file.len()).sum();
    assert!(size < MOST_BYTES, "the package has {size} bytes");
}

/// The files that a page links to, from the root, but for pictures and what is about fixtures.
fn links(page: &str) -> impl Iterator<Item = String> {
    let targets = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next());
    let files = targets.filter(|target| !target.is_empty() && !target.contains("://"));
    files
        .filter(|file| !file.ends_with(".png") && !file.starts_with("fixtures/"))
        .map(str::to_owned)
}

fn sources(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            let path = path.strip_prefix(root()).unwrap();
            found.insert(path.to_str().unwrap().to_owned());
        }
    }
    found
}

/// The output of Cargo, which is not to look for anything on the network.
fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).args(["--locked", "--offline"]);
    let output = command.current_dir(root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const CRATES: &str = "An app with `server` builds at most ";

/// The parts of the package; Cargo adds its own files.
const PARTS: [&str; 10] = [
    "src/",
    "examples/notes/",
    "docs/",
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "Cargo.",
    ".cargo_vcs_info.json",
    "Cargo.toml.orig",
];

/// A quarter more than the sources had when this was written.
const MOST_BYTES: u64 = 6_000_000;
