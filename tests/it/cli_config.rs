//! One file of settings for every command, the environment and the command line beside it, and `entrada config`.

use std::fs;
use std::path::Path;
use std::process::Command;

use entrada::cli::APPLY;
use entrada::cli::EVERY;
use entrada::cli::LOG;
use entrada::cli::SERVE;
use entrada::cli::SITE_SETTINGS;
use entrada::connection::Kind;
use serde_json::Value;
use serde_json::json;

use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::entrada;
use crate::command_line::recording;
use crate::serving::Server;

/// The binary in a folder, without a word about its store.
pub(crate) fn in_folder(place: &Workspace) -> Command {
    let mut command = entrada();
    command.current_dir(place.path(""));
    command
}

pub(crate) fn run(command: &mut Command, arguments: &[&str]) -> Ran {
    command.args(arguments).output().unwrap().into()
}

/// A setting as `config show` prints it.
pub(crate) fn shown(ran: Ran, name: &str) -> Value {
    let json = ran.exits(0).json();
    let rows = json["settings"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name);
    row.unwrap().clone()
}

#[test]
fn every_command_takes_one_file() {
    let place = Workspace::new();
    let store = place.path("elsewhere.db");
    let config = place.write("entrada.toml", format!("database = 'sqlite:{store}'\n"));
    let metadata = recording("metadata.xml");
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    run(in_folder(&place).args(["--config", &config]), &add).exits(0);
    for (words, expected) in [
        (&["connection", "list"][..], "acme"),
        (&["connection", "show", "acme"], "acme"),
        (&["metadata", "sp", "acme"], "acme"),
        (&["token", "create", "acme"], "acme"),
        (&["key", "list", "acme"], ""),
        (&["user", "list"], ""),
        (&["group", "list"], ""),
        (&["session", "list"], ""),
        (&["site", "show"], ""),
        (&["log"], ""),
    ] {
        let by_flag = run(in_folder(&place).args(words), &["--config", &config]).exits(0);
        let by_variable = run(in_folder(&place).env("ENTRADA_CONFIG", &config), words).exits(0);
        for ran in [by_flag, by_variable] {
            assert!(ran.stdout.contains(expected), "{words:?}: {ran:?}");
        }
    }
    let checked = run(
        &mut in_folder(&place),
        &["check", "--config", &config, "--offline", "--json"],
    );
    let codes = checked.json()["findings"].to_string();
    assert!(!codes.contains("store-unavailable"), "{codes}");
    assert!(Path::new(&store).exists());
    assert!(!Path::new(&place.path("entrada.db")).exists());
    let absent = run(
        in_folder(&place).env("ENTRADA_CONFIG", "absent.toml"),
        &["log"],
    )
    .exits(2);
    assert!(
        absent.stderr.contains("cannot read absent.toml"),
        "{absent:?}"
    );
}

#[test]
fn the_order_is_command_line_environment_credential_file_store_and_default() {
    let place = Workspace::new();
    fs::create_dir(place.path("credentials")).unwrap();
    let show = ["config", "show", "--json"];
    for row in SITE_SETTINGS.iter().filter(|row| row.uses != APPLY) {
        let name = row.setting.name;
        if name == "database-file" {
            // It gives the value of another.
            continue;
        }
        // The examples are JSON as well as TOML.
        let value: &Value = &serde_json::from_str(row.example).unwrap();
        let text = match value {
            Value::Array(items) => items[0].as_str().unwrap().to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let none = shown(run(&mut in_folder(&place), &show), name);
        assert_eq!(none["origin"], json!({ "kind": "default" }), "{name}");

        let needed = row
            .setting
            .needs
            .iter()
            .map(|other| format!("{other} = 'x'\n"));
        let needed: String = needed.collect();
        let config = format!("\n{name} = {}\n{needed}", row.example);
        let config = place.write("entrada.toml", config);
        let with_file = || {
            let mut command = in_folder(&place);
            command.args(["--config", &config]);
            command
        };
        let of_file = shown(run(&mut with_file(), &show), name);
        let origin = json!({ "kind": "file", "path": config, "line": 2 });
        let beside = match row.setting.kind {
            Kind::File => json!(place.path(&text)),
            _ => value.clone(),
        };
        assert_eq!(
            (&of_file["value"], &of_file["origin"]),
            (&beside, &origin),
            "{name}"
        );

        for variable in row.variables_of() {
            let given = run(with_file().env(&variable, &text), &show);
            let given = shown(given, name);
            let origin = json!({ "kind": "environment", "variable": variable });
            assert_eq!(
                (&given["value"], &given["origin"]),
                (value, &origin),
                "{name}"
            );
            // Containers set variables that are empty.
            let empty = shown(run(with_file().env(&variable, ""), &show), name);
            assert_eq!(empty["origin"]["kind"], "file", "{name}");
        }
        if row.uses == EVERY {
            let mut command = with_file();
            command.env(row.variables_of().next().unwrap(), &text);
            let flag = [&format!("--{name}"), &text];
            let flag = match row.setting.kind {
                Kind::Switch => &flag[..1],
                _ => &flag[..],
            };
            let given = run(command.args(flag), &show);
            assert_eq!(
                shown(given, name)["origin"]["kind"],
                "command-line",
                "{name}"
            );
            // A switch is no secret.
            if row.setting.kind == Kind::Switch {
                continue;
            }
            fs::write(place.path(&format!("credentials/{name}")), &text).unwrap();
            let mut command = with_file();
            command.env("CREDENTIALS_DIRECTORY", place.path("credentials"));
            assert_eq!(
                shown(run(&mut command, &show), name)["origin"]["kind"],
                "credential"
            );
        }
    }
    let store = ["--database", &place.database()];
    let set = ["site", "set", "base-url", "https://kept.example"];
    run(in_folder(&place).args(store), &set).exits(0);
    let kept = shown(run(in_folder(&place).args(store), &show), "base-url");
    assert_eq!(kept["origin"]["kind"], "store");
    assert_eq!(kept["value"], "https://kept.example");
}

#[test]
fn a_server_takes_the_command_line_before_the_environment_before_the_file() {
    let place = Workspace::new();
    let config = place.write(
        "entrada.toml",
        "listen = '192.0.2.1:1'\nbase-url = 'https://file.example'\n",
    );
    let serve = |listen: &str, more: &[&str]| {
        let mut command = place.entrada();
        command
            .env("ENTRADA_LISTEN", listen)
            .env("ENTRADA_CONFIG", &config);
        command.args(["serve"]).args(more);
        Server::start_command(command, &[])
    };
    let server = serve("127.0.0.1:0", &[]);
    assert_eq!(server.started["base_url"], "https://file.example");
    assert_eq!(server.stop().0, Some(0));
    let given = [
        "--listen",
        "127.0.0.1:0",
        "--base-url",
        "https://flag.example",
    ];
    let server = serve("192.0.2.1:1", &given);
    assert_eq!(server.started["base_url"], "https://flag.example");
    assert_eq!(server.stop().0, Some(0));
    for (variable, value, expected) in [
        ("ENTRADA_LISTEN", "here", "expected IP:PORT"),
        (
            "ENTRADA_BASE_URL",
            "http://app.example.com",
            "the base URL is not https",
        ),
        (
            "ENTRADA_DANGER_PLAIN_HTTP",
            "perhaps",
            "expected true or false",
        ),
    ] {
        let expected = format!("error: {variable}: {expected}");
        let mut command = place.entrada();
        let ran = run(command.env(variable, value), &["serve"]).exits(3);
        assert!(ran.stderr.starts_with(&expected), "{ran:?}");
    }
}

#[test]
fn serve_and_apply_alone_take_up_the_connections_of_the_file() {
    let place = Workspace::new();
    let pin = "AB".repeat(32);
    let config = place.write(
        "entrada.toml",
        format!(
            "listen = '127.0.0.1:0'\nbase-url = 'https://app.example.com'\ndatabase = '{}'\nprune = true\n\
             [[connection]]\nid = 'acme'\nfingerprint = '{pin}'\nidp-entity-id = 'urn:x'\nsso-url = 'https://x.example/'\n",
            place.database()
        ),
    );
    let with_file = |words: &[&str]| run(in_folder(&place).args(["--config", &config]), words);
    for words in [
        &["connection", "list"][..],
        &["check"],
        &["config", "check"],
        &["config", "show"],
    ] {
        assert!(!with_file(words).stdout.contains("acme"), "{words:?}");
    }
    with_file(&["connection", "apply"]).exits(0);
    let listed = with_file(&["connection", "list", "--json"]).exits(0).json();
    assert_eq!(
        listed["connections"][0]["acs_url"],
        "https://app.example.com/saml/acme/acs"
    );

    // A file of connections beside that of the site: the store is the site's, and only it says what is removed.
    let more = place.write(
        "more.toml",
        format!("[[connection]]\nid = 'globex'\nfingerprint = '{pin}'\nidp-entity-id = 'urn:y'\nsso-url = 'https://y.example/'\n"),
    );
    let applied = with_file(&["connection", "apply", &more, "--json"])
        .exits(0)
        .json();
    assert_eq!(applied["created"], json!(["globex"]));
    assert_eq!(applied["removed"], json!([]));
    // A file of connections that names its store is enough by itself.
    run(
        &mut in_folder(&place),
        &["connection", "apply", &config, "--json"],
    )
    .exits(0);
    assert!(!Path::new(&place.path("nothing.db")).exists());
    let ran = run(&mut in_folder(&place), &["connection", "apply"]).exits(2);
    assert!(ran.stderr.contains("--config"), "{ran:?}");
}

#[test]
fn the_template_is_valid_and_changes_nothing_until_a_line_is_taken_in() {
    let place = Workspace::new();
    let template = place.run(["config", "show", "--template"]).exits(0).stdout;
    let config = place.write("entrada.toml", &template);
    let show = ["config", "show", "--json"];
    let with = run(in_folder(&place).args(["--config", &config]), &show).exits(0);
    assert_eq!(
        with.stdout,
        run(&mut in_folder(&place), &show).exits(0).stdout
    );
    let is_setting = |line: &&str| {
        let key = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(" = "));
        key.is_some_and(|(key, _)| !key.contains(' ') && key != "database-file")
            || *line == "# [[connection]]"
    };
    let lines = template.lines().filter(is_setting).map(|line| &line[2..]);
    let lines: Vec<&str> = lines.collect();
    for row in SITE_SETTINGS
        .iter()
        .filter(|row| row.setting.name != "database-file")
    {
        let start = format!("{} = ", row.setting.name);
        assert!(lines.iter().any(|line| line.starts_with(&start)), "{start}");
    }
    let config = place.write("whole.toml", lines.join("\n"));
    let check = ["config", "check", "--json"];
    let findings = run(in_folder(&place).args(["--config", &config]), &check).json();
    let findings = findings["findings"].as_array().unwrap();
    // The certificate of the example is not there.
    let codes: Vec<&Value> = findings.iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["tls-files"]);
}

#[test]
fn the_help_of_a_command_names_every_setting_that_it_has_and_its_variable() {
    let help = |words: &[&str]| entrada().args(words).arg("--help").output().unwrap();
    for (words, uses) in [
        (&["serve"][..], EVERY | SERVE | LOG),
        (&["demo"], EVERY | LOG),
        (&["log"], EVERY),
    ] {
        let help = String::from_utf8(help(words).stdout).unwrap();
        let words_of_help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for row in SITE_SETTINGS.iter().filter(|row| row.uses & uses != 0) {
            let flag = format!("--{}", row.setting.name.replace('.', "-"));
            assert!(words_of_help.contains(&flag), "{words:?}: {flag}");
            let variable = row.variables_of().next().unwrap();
            assert!(
                words_of_help.contains(&format!("[env: {variable}")),
                "{words:?}: {variable}"
            );
        }
    }
}
