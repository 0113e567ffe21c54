//! Mistakes in a file of configuration: all are answered at once, with their lines.

use crate::cli_config::in_folder;
use crate::cli_config::run;
use crate::command_line::Workspace;

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
