//! Packages, as far as they are seen without making one: `.ci/release` makes and tries them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::child;

#[test]
fn the_files_of_the_debian_package_are_here_or_made() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets = deb["assets"].as_array().unwrap().iter();
    let mut sources: Vec<&str> = assets.map(|asset| asset[0].as_str().unwrap()).collect();
    sources.extend(["license-file", "maintainer-scripts"].map(|key| deb[key].as_str().unwrap()));
    let kept = sources
        .iter()
        .filter(|source| !source.starts_with("target/release/"));
    let missing: Vec<_> = kept
        .filter(|source| !root().join(source.trim_end_matches("*.md")).exists())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(sources.len() > 10, "{sources:?}");
    let version = manifest["package"]["version"].as_str().unwrap();
    let named = format!(" ./entrada_{version}-1_amd64.deb\n");
    assert!(read("docs/install.md").contains(&named), "{named}");
}

#[test]
fn the_container_is_built_by_the_toolchain_that_was_tested_and_runs_as_nobody() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let rust = manifest["package"]["rust-version"].as_str().unwrap();
    let container = read("packaging/Containerfile");
    let builder = format!("FROM rust:{rust}-bookworm AS build\n");
    assert!(container.contains(&builder), "{container}");
    assert!(container.contains("cargo build --locked "), "{container}");
    // Cargo looks for a target without a path, although it builds another one.
    for (kind, folder) in [
        ("example", "examples"),
        ("bench", "benches"),
        ("test", "tests"),
    ] {
        let targets = manifest[kind].as_array().unwrap();
        let is_looked_for = targets.iter().any(|target| target.get("path").is_none());
        let copied = format!("\nCOPY {folder} {folder}\n");
        assert!(!is_looked_for || container.contains(&copied), "{folder}");
    }
    let user = container.lines().rfind(|line| line.starts_with("USER "));
    let id = user.and_then(|user| user["USER ".len()..].split(':').next()?.parse::<u32>().ok());
    assert!(id.is_some_and(|id| id > 0), "{user:?}");
}

/// All scripts: those of packages run as root on other people's machines.
#[test]
fn scripts_pass_shellcheck() {
    let program = child::unpacked("shellcheck").join("usr/bin/shellcheck");
    if !program.exists() {
        eprintln!("NOT RUN: shellcheck is missing: run .ci/setup test");
        return;
    }
    let mut scripts = vec![root().join("packaging/test")];
    for folder in [".ci", "packaging/debian"] {
        let files = fs::read_dir(root().join(folder)).unwrap();
        scripts.extend(files.map(|file| file.unwrap().path()));
    }
    scripts.retain(|script| fs::read_to_string(script).is_ok_and(|text| text.starts_with("#!")));
    assert!(scripts.len() >= 9, "{scripts:?}");
    let ran = Command::new(program).args(scripts).output().unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stdout)
    );
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
