//! The behaviour that all commands share: help, usage errors, completions, manual pages, and readers that go away.

use std::io::Read;
use std::process::Stdio;

use crate::child::Child;
use crate::command_line::entrada;
use crate::command_line::recording;
use crate::command_line::run;

/// Every command, by its words.
const COMMANDS: &[&str] = &[
    "",
    "fingerprint",
    "verify",
    "validate",
    "validate scim",
    "decode",
    "metadata",
    "metadata show",
    "metadata lint",
    "metadata diff",
    "metadata fetch",
    "metadata sp",
    "demo",
    "practice",
    "serve",
    "connection",
    "connection add",
    "connection list",
    "connection show",
    "connection remove",
    "connection restore",
    "connection refresh",
    "connection update",
    "connection apply",
    "key",
    "key new",
    "key list",
    "key activate",
    "key retire",
    "token",
    "token create",
    "token list",
    "token rotate",
    "token extend",
    "token revoke",
    "client",
    "client create",
    "client list",
    "client rotate",
    "client revoke",
    "user",
    "user list",
    "user show",
    "user explain",
    "user unlink",
    "user deactivate",
    "user delete",
    "user export",
    "user import",
    "group",
    "group list",
    "group show",
    "log",
    "session",
    "session list",
    "session revoke",
    "check",
    "config",
    "config check",
    "config show",
    "completions",
    "man",
];

#[test]
fn every_help_ends_with_examples_and_exit_codes() {
    for command in COMMANDS {
        let ran = run(command.split_whitespace().chain(["--help"])).exits(0);
        let examples = ran
            .stdout
            .find("Examples:")
            .unwrap_or_else(|| panic!("{command}: {ran:?}"));
        let codes = ran
            .stdout
            .find("Exit codes:")
            .unwrap_or_else(|| panic!("{command}: {ran:?}"));
        assert!(
            ran.stdout.find("Options:").unwrap() < examples && examples < codes,
            "{command}"
        );
        assert!(ran.stdout[codes..].contains("\n  2  "), "{command}");
    }
}

/// A line that is wrapped cannot be copied into a shell.
#[test]
fn examples_fit_a_terminal_of_80_columns() {
    for command in COMMANDS {
        let ran = run(command.split_whitespace().chain(["--help"])).exits(0);
        let examples = &ran.stdout[ran.stdout.find("Examples:").unwrap()..];
        for line in examples.lines() {
            assert!(line.chars().count() < 80, "{command}: {line}");
        }
    }
}

#[test]
fn usage_errors_are_whole_in_json_too() {
    let ran = run(["verify", "response.txt", "--json"]).exits(2);
    let message = ran.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("--sp-entity-id <URI>"), "{message}");
    assert!(
        !message.starts_with("error") && !message.contains("Usage:"),
        "{message}"
    );
}

#[test]
fn usage_errors_say_what_was_expected_and_exit_2() {
    for (arguments, expected) in [
        (&["nonsense"][..], "unrecognized subcommand"),
        (&["fingerprint"], "<FILE|DIR>..."),
        (&["decode", "--nonsense", "x"], "--nonsense"),
        (&["serve", "--listen", "nonsense"], "expected IP:PORT"),
        (&["verify"], "<RESPONSE>"),
        (&["completions", "nonsense"], "possible values: bash"),
        (&[], "Usage:"),
    ] {
        let ran = run(arguments).exits(2);
        assert!(
            ran.stdout.is_empty() && ran.stderr.contains(expected),
            "{arguments:?}: {ran:?}"
        );
    }
}

#[test]
fn completions_and_manual_pages_are_generated() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(["completions", shell]).exits(0);
        assert!(ran.stdout.contains("fingerprint"), "{shell}");
        assert!(run(["completions", shell, "--json"]).exits(0).json()["script"].is_string());
    }
    assert!(run(["man"]).exits(0).stdout.contains(".TH entrada 1"));
    let directory = tempfile::tempdir().unwrap();
    run(["man", "--directory", directory.path().to_str().unwrap()]).exits(0);
    for page in ["entrada.1", "entrada-verify.1", "entrada-metadata-show.1"] {
        assert!(directory.path().join(page).exists(), "{page}");
    }
    run(["man", "--directory", "/nonexistent/directory"]).exits(4);
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    for arguments in [
        ["completions", "bash"],
        ["decode", &recording("both-signed.xml")],
    ] {
        let mut command = entrada();
        let command = command.args(arguments).stdout(Stdio::piped());
        let mut child = Child::start(command.stderr(Stdio::piped()));
        drop(child.stdout.take());
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
    }
}

#[test]
fn signs_are_ascii_where_the_locale_is_not_utf_8() {
    let arguments = [
        "verify",
        &recording("unsigned.xml"),
        "--metadata",
        &recording("metadata.xml"),
        "--sp-entity-id",
        "a",
        "--acs-url",
        "https://a.example/",
        "--unsolicited",
    ]
    .map(str::to_owned);
    let output = entrada().env("LANG", "C").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("FAIL signature") && !text.contains('✗'),
        "{text}"
    );
}
