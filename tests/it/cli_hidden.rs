//! Characters that act on a terminal, or that nobody sees: spelled out wherever a terminal may read.

use std::ffi::OsStr;
use std::fs::File;

use serde_json::Value;
use serde_json::json;

use crate::child::Child;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::run_with_input;

/// One of each kind: C0, DEL, C1, separators, directions, without width.
const HIDDEN: &str =
    "a\u{1b}[2J\u{7}\u{7f}\u{85}\u{9b}\u{2028}\u{2029}\u{202e}\u{2066}\u{61c}\u{200b}\u{feff}z";

fn is_plain(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        let found = text.chars().find(|&c| {
            let kept = matches!(c, '\n' | '\t');
            (c.is_control() && !kept) || HIDDEN.contains(c) && !c.is_ascii_graphic()
        });
        assert_eq!(found, None, "{ran:?}");
    }
}

/// A user whose names hold all of them. A table of an import may hold anything.
fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    let user =
        json!({ "userName": "ada", "displayName": HIDDEN, "title": format!("{HIDDEN}\r\nline") });
    let file = place.write("users.jsonl", user.to_string());
    place.run(["user", "import", "acme", &file]).exits(0);
    place
}

fn user(place: &Workspace) -> Value {
    let shown = place.run(["user", "show", "ada", "--json"]).exits(0).json();
    let text = shown.to_string();
    assert!(text.contains(&Value::from(HIDDEN).to_string()), "{text}");
    shown
}

#[test]
fn users_are_printed_without_them_and_json_stays_the_same_document() {
    let place = place();
    user(&place);
    for arguments in [
        &["user", "show", "ada"][..],
        &["user", "list"],
        &["user", "explain", "ada"],
        &["log"],
        &["log", "--subject", HIDDEN],
    ] {
        is_plain(&place.run(arguments));
        is_plain(&place.run(arguments.iter().chain(&["--json"])));
    }
}

#[test]
fn a_file_holds_every_value_as_it_is_and_stdout_spells_it_out() {
    let place = place();
    let file = place.path("out.csv");
    place.run(["user", "export", "acme", &file]).exits(0);
    assert!(std::fs::read_to_string(&file).unwrap().contains(HIDDEN));
    let stdout = File::create(place.path("stdout.csv")).unwrap();
    let csv = ["user", "export", "acme", "-", "--format", "csv"];
    let status = place.entrada().args(csv).stdout(stdout).status();
    assert!(status.unwrap().success());
    let redirected = std::fs::read_to_string(place.path("stdout.csv")).unwrap();
    assert!(redirected.contains(HIDDEN));

    let piped = place.run(csv).exits(0);
    is_plain(&Ran {
        stdout: piped.stdout.replace("\r\n", "\n"),
        ..piped
    });
    let piped = place.run(csv).exits(0);
    assert!(piped.stdout.contains("a\\u{1b}[2J"), "{piped:?}");
    assert!(
        piped.stderr.contains("2 cells held characters"),
        "{piped:?}"
    );

    let piped = place
        .run(["user", "export", "acme", "-", "--format", "jsonl"])
        .exits(0);
    is_plain(&piped);
    assert_eq!(piped.json()["displayName"], HIDDEN);
    place.add("globex");
    let import = ["user", "import", "globex", "-", "--format", "jsonl"];
    let mut command = place.entrada();
    let command = command.args(import).stdin(std::process::Stdio::piped());
    let mut child = Child::start(command.stdout(std::process::Stdio::piped()));
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), piped.stdout.as_bytes()).unwrap();
    assert!(child.output().status.success());
    let listed = place
        .run(["user", "export", "globex", "-", "--format", "jsonl"])
        .exits(0);
    assert_eq!(listed.json()["displayName"], HIDDEN);
}

#[test]
fn errors_spell_out_arguments_and_names_of_files() {
    let place = Workspace::new();
    place.add("acme");
    let odd = place.write("a\u{1b}[2J\nerror: b\u{202e}.pem", "no certificate");
    let gone = place.path(&format!("{}\n", HIDDEN.replace('/', "")));
    let config = ["check", "--config", &gone];
    let unknown = format!("--{HIDDEN}");
    for arguments in [
        &["fingerprint", &odd][..],
        &["fingerprint", &gone],
        &["decode", &gone],
        &["metadata", "show", &gone],
        &["metadata", "lint", &odd],
        &["connection", "add", HIDDEN, "--metadata-file", &odd],
        &["connection", "add", "b", "--metadata-file", &gone],
        &["connection", "apply", &gone],
        &["user", "import", "acme", &format!("{gone}.csv")],
        &[
            "user",
            "export",
            "acme",
            &format!("{}/{HIDDEN}/x.csv", place.path("none")),
        ],
        &["user", "list", "--filter", HIDDEN],
        &["user", "show", HIDDEN],
        &config,
        &[HIDDEN],
        &["check", &unknown],
        &["token", "create", HIDDEN],
        &["serve", "--listen", HIDDEN],
    ] {
        for json in [&[][..], &["--json"]] {
            let ran = place.run(arguments.iter().chain(json));
            assert_ne!(ran.code, 0, "{ran:?}");
            is_plain(&ran);
            let faked = ran.stderr.lines().any(|line| line.starts_with("error: b"));
            assert!(!faked, "{ran:?}");
        }
    }
    let not_utf8 = std::os::unix::ffi::OsStrExt::from_bytes(b"--\x9b\xff");
    let not_utf8: &OsStr = not_utf8;
    is_plain(&place.run([OsStr::new("check"), not_utf8]).exits(2));
}

#[test]
fn messages_of_others_are_spelled_out() {
    let c1 = "\u{9b}\u{2028}\u{202e}\u{200b}\u{85}";
    let xml = format!(
        "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='{c1}'><p:Status a='{c1}'>{c1}</p:Status></p:Response>"
    );
    for json in [&[][..], &["--json"]] {
        let decode = ["decode", "-"];
        let ran = run_with_input(decode.iter().chain(json), xml.as_bytes()).exits(0);
        is_plain(&ran);
        let body = format!("SAMLResponse={}&RelayState={c1}%1B%9B", base64(&xml));
        is_plain(&run_with_input(decode.iter().chain(json), body.as_bytes()).exits(0));
        let verify = [
            "verify",
            "-",
            "--fingerprint",
            &"AB".repeat(32),
            "--idp-entity-id",
            "urn:idp",
            "--sp-entity-id",
            "urn:sp",
            "--acs-url",
            "https://a.example/",
        ];
        is_plain(&run_with_input(verify.iter().chain(json), xml.as_bytes()).exits(1));
    }
    let ran = run_with_input(["decode", "-", "--json"], xml.as_bytes()).exits(0);
    assert!(
        ran.json()["messages"][0]["xml"]
            .as_str()
            .unwrap()
            .contains("&#x9B;")
    );
}

fn base64(text: &str) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(text);
    text.replace('+', "%2B")
}
