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
fn in_folder(place: &Workspace) -> Command {
    let mut command = entrada();
    command.current_dir(place.path(""));
    command
}

fn run(command: &mut Command, arguments: &[&str]) -> Ran {
    command.args(arguments).output().unwrap().into()
}

/// A setting as `config show` prints it.
fn shown(ran: Ran, name: &str) -> Value {
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
            let given = run(command.args([&format!("--{name}"), &text]), &show);
            assert_eq!(
                shown(given, name)["origin"]["kind"],
                "command-line",
                "{name}"
            );
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
fn unknown_keys_are_all_answered_with_their_lines_and_the_nearest_names() {
    let place = Workspace::new();
    let config = place.write(
        "entrada.toml",
        "databse = 'memory:'\n[metadata_refresh]\nintervall = 5\n[unheard]\nof = 1\n",
    );
    for words in [
        &["serve"][..],
        &["log"],
        &["connection", "apply", &config],
        &["config", "show"],
    ] {
        let ran = run(place.entrada().args(["--config", &config]), words).exits(2);
        for line in [
            "unknown key `databse` (line 1); expected `database`?",
            "unknown key `metadata-refresh.intervall` (line 3); expected `metadata-refresh.interval`?",
            "unknown key `unheard` (line 4)",
        ] {
            assert!(ran.stderr.contains(line), "{line}: {ran:?}");
        }
    }
    let config = place.write("entrada.toml", "listen = 8080\n");
    let ran = place.run(["log", "--config", &config]).exits(2);
    assert!(
        ran.stderr.contains("listen: invalid type") && ran.stderr.contains("(line 1)"),
        "{ran:?}"
    );
    let config = place.write(
        "entrada.toml",
        "[[connection]]\nid = 'acme'\nmetadata_fil = 'idp.xml'\nseats = 'many'\n\n[[connection]]\nseat = 1\n",
    );
    for words in [
        &["serve"][..],
        &["connection", "apply", &config],
        &["config", "check"],
    ] {
        let ran = run(place.entrada().args(["--config", &config]), words);
        assert_eq!(
            ran.code,
            if words[0] == "config" { 1 } else { 2 },
            "{ran:?}"
        );
        let said = format!("{}{}", ran.stdout, ran.stderr);
        for part in [
            "unknown key `metadata-fil` (line 3); expected `metadata-file`?",
            "seats: invalid type",
            "(line 4)",
            "unknown key `seat` (line 7); expected `seats`?",
            "missing field `id` (line 6)",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    // What connections are wrong does not stop those who have nothing to do with them.
    place.run(["log", "--config", &config]).exits(0);
}

#[test]
fn wrong_values_are_all_answered_with_their_lines() {
    let place = Workspace::new();
    let config = place.write(
        "entrada.toml",
        "listen = 'here'\ntrusted-proxy = ['10.0.0.0/8', 'proxy']\npath-prefix = 'gone'\nlog-filter = 'entrada=loud'\n\
         metadata-refresh.floor = 300\nmetadata-refresh.interval = 60\ndatabase = 'sqlite:entrada.db'\n",
    );
    let lines = [
        ("listen: expected IP:PORT", 1),
        ("trusted-proxy: expected the network", 2),
        ("path-prefix: expected stripped or kept", 3),
        ("log-filter: expected a filter", 4),
        ("metadata-refresh.floor: expected one that is no longer", 5),
    ];
    let served = place.run(["serve", "--config", &config]).exits(3);
    let checked = place.run(["config", "check", "--config", &config]).exits(1);
    for (text, line) in lines {
        for said in [&served.stderr, &checked.stdout] {
            let found = said.lines().find(|one| one.contains(text));
            let found = found.unwrap_or_else(|| panic!("{text}: {said}"));
            assert!(
                found.contains(&format!("{config}, line {line})")),
                "{found}"
            );
        }
    }
    let ran = run(
        &mut in_folder(&place),
        &["config", "check", "--config", &config, "--json"],
    )
    .exits(1);
    assert!(ran.stdout.contains("database-relative"), "{ran:?}");
    place.run(["log", "--config", &config]).exits(0);
}

#[test]
fn a_secret_comes_from_a_file_and_is_never_printed() {
    let place = Workspace::new();
    let store = format!("sqlite:{}\n", place.path("elsewhere.db"));
    let secret = place.write("secret", &store);
    let add = [
        "connection",
        "add",
        "acme",
        "--metadata-file",
        &recording("metadata.xml"),
    ];
    run(in_folder(&place).args(["--database-file", &secret]), &add).exits(0);
    let config = place.write("entrada.toml", "database-file = 'secret'\n");
    fs::create_dir(place.path("credentials")).unwrap();
    place.write("credentials/database", &store);
    let list = ["connection", "list"];
    for (variable, value) in [
        ("ENTRADA_DATABASE_FILE", secret.clone()),
        ("ENTRADA_CONFIG", config.clone()),
        ("CREDENTIALS_DIRECTORY", place.path("credentials")),
    ] {
        let ran = run(in_folder(&place).env(variable, value), &list).exits(0);
        assert!(ran.stdout.contains("acme"), "{variable}: {ran:?}");
    }
    assert!(!Path::new(&place.path("entrada.db")).exists());
    let key = place.write("credentials/tls-key", "a key");
    let config_with_tls = place.write("tls.toml", "tls-cert = 'site.pem'\n");
    let mut command = in_folder(&place);
    command.env("CREDENTIALS_DIRECTORY", place.path("credentials"));
    let show = ["config", "show", "--json", "--config", &config_with_tls];
    assert_eq!(shown(run(&mut command, &show), "tls-key")["value"], key);
    let absent = run(in_folder(&place).args(["--database-file", "absent"]), &list).exits(2);
    assert!(absent.stderr.contains("cannot read absent"), "{absent:?}");

    for secret in [
        "postgres://ada:sesame@db.example/entrada?password=sesame",
        "sesame",
        "sesame:ada",
        "-----BEGIN PRIVATE KEY-----\nsesame\n-----END PRIVATE KEY-----",
    ] {
        place.write("secret", secret);
        place.write("credentials/database", secret);
        for words in [
            &["config", "show"][..],
            &["config", "show", "--json"],
            &["config", "check"],
            &list,
            &["store", "info"],
            &["check"],
            &["serve", "--listen", "127.0.0.1:0"],
        ] {
            let mut by_credential = in_folder(&place);
            by_credential.env("CREDENTIALS_DIRECTORY", place.path("credentials"));
            let mut by_text = in_folder(&place);
            by_text.env("ENTRADA_DATABASE", secret);
            for command in [
                in_folder(&place).args(["--config", &config]),
                &mut by_credential,
                &mut by_text,
            ] {
                let ran = run(command, words);
                assert!(!format!("{ran:?}").contains("sesame"), "{ran:?}");
            }
        }
        let show = ["config", "show", "--json", "--config", &config];
        let shown = shown(run(&mut in_folder(&place), &show), "database");
        assert_eq!(shown["value"], "***");
    }
    let tls = "tls-cert = 'a'\ntls-key = '''-----BEGIN PRIVATE KEY-----\n7378463'''";
    for (line, words) in [
        ("database = 7378463", &list[..]),
        ("database-file = \"sqlite:\\n7378463\"", &list),
        (tls, &["serve"]),
    ] {
        let config = place.write("entrada.toml", line);
        let ran = run(in_folder(&place).args(["--config", &config]), words);
        assert!(ran.stderr.contains("expected"), "{ran:?}");
        assert!(!format!("{ran:?}").contains("7378463"), "{ran:?}");
    }
}

#[test]
fn both_a_value_and_its_file_are_refused_in_one_place_and_the_first_place_counts() {
    let place = Workspace::new();
    let secret = place.write("secret", place.database());
    let both = place.write(
        "both.toml",
        "database = 'memory:'\ndatabase-file = 'secret'\n",
    );
    let list = ["connection", "list"];
    let ran = run(in_folder(&place).args(["--config", &both]), &list).exits(3);
    assert!(
        ran.stderr
            .contains("database: expected it without database-file"),
        "{ran:?}"
    );
    let mut command = in_folder(&place);
    command
        .env("ENTRADA_DATABASE", "memory:")
        .env("ENTRADA_DATABASE_FILE", &secret);
    run(&mut command, &list).exits(2);
    let flags = ["--database", "memory:", "--database-file", &secret];
    run(in_folder(&place).args(flags), &list).exits(2);
    let mut command = in_folder(&place);
    command
        .env("ENTRADA_DATABASE_FILE", "absent")
        .args(["--database", "memory:"]);
    run(&mut command, &list).exits(0);
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
