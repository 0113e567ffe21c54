//! Every block of README and `docs/` is run, each in the way of its language, and every command in the text between them is one of
//! ours. What no test can run stands in [`NOT_RUN`], with the reason.

mod cases;
mod listed;
mod shell;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) use self::cases::assert_page_has_cases;
use self::listed::NOT_RUN;
use self::listed::RUN_BY_TESTS_OF_THEIR_OWN;
pub(crate) use self::shell::sh;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;
use crate::proxies;
use crate::systemd;

/// A fenced block of a page.
pub(crate) struct Block {
    pub(crate) page: String,
    /// The heading above it.
    pub(crate) heading: String,
    /// Behind the fence: `sh`, or `rust,no_run`.
    pub(crate) language: String,
    pub(crate) text: String,
    /// The line of its fence.
    line: usize,
}

#[test]
fn every_block_is_run_or_listed_with_the_reason() {
    let mut left: Vec<_> = NOT_RUN.iter().collect();
    let mut numbers: BTreeMap<[String; 2], usize> = BTreeMap::new();
    let mut failed = Vec::new();
    for page in pages() {
        for block in blocks(&page) {
            let number = numbers.entry([page.clone(), block.language.clone()]);
            let number = number.and_modify(|number| *number += 1).or_default();
            let is_it = |(page, start, _): &&(&str, &str, &str)| {
                *page == block.page && block.text.starts_with(start)
            };
            if let Some(at) = left.iter().position(is_it) {
                left.remove(at);
            } else if let Err(why) = run_block(&block, *number) {
                let Block { line, language, .. } = block;
                failed.push(format!("{page}:{line} ({language}): {why}"));
            }
        }
    }
    assert!(
        failed.is_empty(),
        "a block does not do what its page says; one that no test can run is listed in tests/it/documentation/listed.rs:\n\n{}",
        failed.join("\n\n")
    );
    assert!(left.is_empty(), "listed, and on no page: {left:#?}");
}

/// Runs a block, the `number`th of its language on the page.
fn run_block(block: &Block, number: usize) -> Result<(), String> {
    let (page, text) = (block.page.as_str(), block.text.as_str());
    let own = |(of, language, _): &&(&str, &str, &str)| *of == page && *language == block.language;
    if let Some((.., test)) = RUN_BY_TESTS_OF_THEIR_OWN.iter().find(own) {
        let source = root().join("tests/it").join(test);
        return fs::read_to_string(source)
            .is_ok_and(|source| source.contains(page))
            .then_some(())
            .ok_or(format!("tests/it/{test} does not read the page"));
    }
    match block.language.split(',').next().unwrap_or_default() {
        "sh" => shell::run(text),
        "rust" if block.language.contains("ignore") => Err("it is not compiled".to_owned()),
        "rust" => is_compiled(page),
        "toml" if text.contains("dependencies]") => as_manifest(text),
        "toml" => as_settings(text),
        "json" => serde_json::Deserializer::from_str(text)
            .into_iter::<serde_json::Value>()
            .try_for_each(|document| document.map(drop).map_err(|error| error.to_string())),
        "csv" => shell::run(&format!(
            "cat >people.csv <<'END'\n{text}END\n{WITH_PEOPLE}"
        )),
        "ini" => systemd::verify_with(text),
        language if proxies::runs(page, language, number) => Ok(()),
        language => Err(format!("no way to run {language:?}")),
    }
}

/// The documentation of the library has the page, so that the tests of the documentation run its Rust.
fn is_compiled(page: &str) -> Result<(), String> {
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let included = format!("#[doc = include_str!(\"../{page}\")]");
    let is_there = library.contains(&included).then_some(());
    is_there.ok_or(format!("src/lib.rs lacks {included}"))
}

/// Lets Cargo resolve it as a part of an app's manifest.
fn as_manifest(text: &str) -> Result<(), String> {
    let place = Workspace::new();
    let ours = format!("path = \"{}\"", root().display());
    let text = text.replace("path = \"../entrada\"", &ours);
    let app = "[package]\nname = \"app\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n";
    let manifest = place.write("Cargo.toml", format!("{app}{text}"));
    fs::create_dir(place.path("src")).unwrap();
    place.write("src/lib.rs", "");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--format-version", "1"]);
    let output = cargo.args(["--manifest-path", &manifest]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or(said)
}

/// Reads it as a file of settings, with a connection before parts of one.
fn as_settings(text: &str) -> Result<(), String> {
    let place = Workspace::new();
    place.write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let trust = recording("metadata.xml");
    let connection = format!("[[connection]]\nid = \"acme\"\nmetadata-file = \"{trust}\"\n");
    let before = match text.contains("[[connection.") {
        true => connection.as_str(),
        false => "",
    };
    let file = place.write("entrada.toml", format!("{before}{text}"));
    let ran = place.run(["config", "check", "--config", &file]);
    (ran.code == 0).then_some(()).ok_or(format!("{ran:?}"))
}

#[test]
fn every_page_stands_once_in_the_index_by_reader() {
    let index = fs::read_to_string(root().join("docs/README.md")).unwrap();
    for page in pages() {
        let Some(name) = page
            .strip_prefix("docs/")
            .filter(|name| *name != "README.md")
        else {
            continue;
        };
        let rows = index.matches(&format!("\n| [{name}]({name}) | ")).count();
        assert_eq!(rows, 1, "docs/README.md: {name}");
    }
}

#[test]
fn every_link_to_a_page_or_a_heading_leads_there() {
    let mut wrong = Vec::new();
    for page in pages() {
        let written = fs::read_to_string(root().join(&page)).unwrap();
        let folder = root().join(&page).parent().unwrap().to_path_buf();
        for target in written
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => root().join(&page),
                file => folder.join(file),
            };
            let is_there = target.contains("://")
                || file.exists()
                    && (heading.is_empty() || headings(&file).contains(&heading.to_owned()));
            if !is_there {
                wrong.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The headings of a page as links name them.
fn headings(page: &Path) -> Vec<String> {
    let written = fs::read_to_string(page).unwrap();
    let headings = written.lines().filter(|line| line.starts_with('#'));
    let is_kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    let link = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        text.chars()
            .filter(is_kept)
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(link).collect()
}

#[test]
fn every_command_in_the_text_is_one_of_ours_and_has_its_flags() {
    let mut helps = BTreeMap::new();
    let mut help = |path: &[&str]| {
        let help = || run(path.iter().chain(&["--help"])).exits(0).stdout;
        helps.entry(path.join(" ")).or_insert_with(help).clone()
    };
    let mut wrong = Vec::new();
    for page in pages() {
        for command in commands(&page) {
            let words: Vec<&str> = command.split_whitespace().skip(1).collect();
            let mut path = Vec::new();
            while help(&path).contains("\nCommands:\n")
                && let Some(word) = words.get(path.len())
                && word.bytes().all(|c| c.is_ascii_lowercase() || c == b'-')
                && !word.starts_with('-')
            {
                if !help(&path).contains(&format!("\n  {word} ")) {
                    wrong.push(format!("{page}: {command}: no command {word}"));
                    break;
                }
                path.push(*word);
            }
            let help = help(&path);
            let flags = words.iter().filter(|word| word.starts_with("--"));
            let flags = flags.map(|flag| flag.trim_end_matches(|c: char| !c.is_alphabetic()));
            let unknown = flags.filter(|flag| !help.contains(*flag));
            wrong.extend(unknown.map(|flag| format!("{page}: {command}: no flag {flag}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(helps.len() > 30, "{helps:#?}");
}

#[test]
fn every_target_of_cargo_in_the_text_is_there() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let fuzz = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    let mut found = 0;
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for (flag, manifest) in [
            ("--bench ", &manifest),
            ("--example ", &manifest),
            ("cargo fuzz run ", &fuzz),
        ] {
            for after in text.split(flag).skip(1) {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                let name = after.split(|c| !is_name(c)).next().unwrap_or_default();
                let target = format!("name = \"{name}\"");
                assert!(manifest.contains(&target), "{page}: {flag}{name}");
                found += 1;
            }
        }
    }
    assert!(found > 5, "{found}");
}

/// README and the pages of `docs/`.
fn pages() -> Vec<String> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let names = docs.map(|file| file.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| name.ends_with(".md"));
    let mut pages: Vec<String> = pages.map(|name| format!("docs/{name}")).collect();
    pages.sort();
    pages.push("README.md".to_owned());
    pages
}

/// The blocks of a page, also those that are indented.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let written = fs::read_to_string(root().join(page)).unwrap();
    let (mut heading, mut blocks, mut indent) = (String::new(), Vec::<Block>::new(), None);
    for (line, text) in (1..).zip(written.lines()) {
        let bare = text.trim_start();
        match (bare.strip_prefix("```"), indent) {
            (Some(language), None) => {
                indent = Some(text.len() - bare.len());
                blocks.push(Block {
                    page: page.to_owned(),
                    heading: heading.clone(),
                    language: language.to_owned(),
                    text: String::new(),
                    line,
                });
            }
            (Some(_), Some(_)) => indent = None,
            (None, Some(indent)) => {
                let inner = text.get(indent..).unwrap_or_default();
                let block = blocks.last_mut().expect("one is open");
                block.text += &format!("{inner}\n");
            }
            (None, None) if text.starts_with('#') => {
                heading = text.trim_start_matches('#').trim().to_owned();
            }
            (None, None) => {}
        }
    }
    assert_eq!(indent, None, "{page}: a block has no end");
    blocks
}

/// The commands of `entrada` in the text of a page, and on the lines of its blocks for the shell.
fn commands(page: &str) -> Vec<String> {
    let written = fs::read_to_string(root().join(page)).unwrap();
    let mut outside = String::new();
    let mut is_open = false;
    for line in written.lines() {
        match line.trim_start().starts_with("```") {
            true => is_open = !is_open,
            false if is_open => {}
            false => outside += &format!("{line}\n"),
        }
    }
    let spans = outside.split('`').skip(1).step_by(2).map(str::to_owned);
    let shells = blocks(page)
        .into_iter()
        .filter(|block| block.language == "sh");
    let lines = shells.flat_map(|block| {
        let joined = block.text.replace("\\\n", " ");
        let line = |line: &str| line.split([';', '|', '#']).next().map(str::to_owned);
        joined.lines().filter_map(line).collect::<Vec<_>>()
    });
    let all = spans.chain(lines);
    all.filter(|command| command.starts_with("entrada "))
        .collect()
}

/// Reads people from a file.
const WITH_PEOPLE: &str =
    "entrada practice --app http://127.0.0.1:3000/saml/acme/metadata --people people.csv";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
