//! Secrets of the configuration: from files, never printed, and given in one place.

use std::fs;
use std::path::Path;

use crate::cli_config::in_folder;
use crate::cli_config::run;
use crate::cli_config::shown;
use crate::command_line::Workspace;
use crate::command_line::recording;

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
