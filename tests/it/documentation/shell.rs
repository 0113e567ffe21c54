//! Runs blocks for the shell: in a folder of their own, against the binary, on a store with the connection `acme`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::child;
use crate::child::free_address;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::serving::Server;

/// Runs a block as somebody would who has followed the page so far.
pub(super) fn run(block: &str) -> Result<(), String> {
    let place = Workspace::new();
    if !block.contains("connection add acme") {
        place.add("acme");
    }
    for (name, recorded) in RECORDED {
        place.write(name, fs::read(recording(recorded)).unwrap());
    }
    if block.contains("fullchain.pem") {
        certificate(&place);
    }
    if block.contains("key activate") {
        place.run(["key", "new", "acme"]).exits(0);
    }
    let mut block = block.to_owned();
    let practice = block.contains(ENTRA).then(|| {
        let app = ["--app", "http://127.0.0.1:9/metadata"];
        let listen = ["practice", "--listen", "127.0.0.1:0"];
        Server::start(&place, &[&listen[..], &app].concat())
    });
    if let Some(practice) = &practice {
        let address = practice.started["apps"][0]["metadata_url"].as_str();
        block = block.replace(ENTRA, address.unwrap());
    }
    let is_served = block.contains(SERVED) || block.contains("entrada validate ");
    let server = is_served.then(|| {
        let listen = ["serve", "--listen", "127.0.0.1:0"];
        Server::start(&place, &listen)
    });
    if let Some(server) = &server {
        let listening = server.started["listening"].as_str().unwrap();
        let served = format!("{}/entrada/oauth/", listening.trim_end_matches('/'));
        block = block.replace(SERVED, &served);
        block = block.replace("http://127.0.0.1:8080", listening.trim_end_matches('/'));
    }
    let app = format!("http://{}", free_address());
    block = block.replace("http://127.0.0.1:3000", &app);
    for (said, instead) in INSTEAD {
        block = block.replace(said, instead);
    }
    let ran = sh(&place, &block);
    (ran.code == 0)
        .then_some(())
        .ok_or(format!("{block}\n{ran:?}"))
}

/// Runs it in the folder of a workspace, with `entrada` on the path. A server ends once it has said where it listens; findings and
/// refusals are answers as good as others.
pub(crate) fn sh(place: &Workspace, block: &str) -> Ran {
    let entrada = place.path("bin/entrada");
    if fs::metadata(&entrada).is_err() {
        fs::create_dir(place.path("bin")).unwrap();
        let wrapper = WRAPPER.replace("BINARY", env!("CARGO_BIN_EXE_entrada"));
        fs::write(&entrada, wrapper).unwrap();
        fs::set_permissions(&entrada, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut shell = child::command("sh");
    let block = format!("{ID_OF}{block}");
    let shell = shell.args(["-euc", &block]).current_dir(place.path(""));
    shell.env_clear().envs(child::mark());
    shell.env("PATH", format!("{}:/usr/bin:/bin", place.path("bin")));
    shell.output().unwrap().into()
}

fn certificate(place: &Workspace) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "90"]);
    openssl.args(["-pkeyopt", "ec_paramgen_curve:P-256"]);
    openssl.args(["-subj", "/CN=app.example.com"]);
    openssl.args(["-addext", "subjectAltName=DNS:app.example.com"]);
    openssl.args(["-keyout", "privkey.pem", "-out", "fullchain.pem"]);
    let made = openssl.current_dir(place.path("")).output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

const ENTRA: &str = "https://login.microsoftonline.com/TENANT/federationmetadata/2007-06/federationmetadata.xml?appid=APP";

/// The address of a token endpoint that a block asks: a server runs for it, as for a validation.
const SERVED: &str = "http://127.0.0.1:8080/entrada/oauth/";

/// Files that pages name as downloaded or captured.
const RECORDED: [(&str, &str); 3] = [
    ("acme.xml", "metadata.xml"),
    ("acme.cer", "certificate.pem"),
    ("response.txt", "assertion-signed.xml"),
];

/// Replacements for what a page leaves to its reader, consent included, and for ports that somebody else may have.
const INSTEAD: [(&str, &str); 7] = [
    ("--listen 127.0.0.1:8080", "--listen 127.0.0.1:0"),
    (
        "--admin-listen 127.0.0.1:9090",
        "--admin-listen 127.0.0.1:0",
    ),
    ("--listen 0.0.0.0:443", "--listen 127.0.0.1:0"),
    (
        "entrada practice ",
        "entrada practice --listen 127.0.0.1:0 ",
    ),
    (
        "AB:CD:…",
        "ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789",
    ),
    ("key activate acme ID", "key activate acme $(id_of next)"),
    ("key retire acme ID", "key retire acme $(id_of old) --yes"),
];

/// The id of the key in a state.
const ID_OF: &str = "id_of() { entrada key list acme --json | jq -r \".keys[] | select(.state == \\\"$1\\\").id\"; }\n";

const WRAPPER: &str = r#"#!/bin/sh
guard=
[ -x /usr/bin/setpriv ] && guard="/usr/bin/setpriv --pdeathsig KILL --"
case "$1" in
serve | practice)
    mkfifo "said.$$"
    $guard BINARY "$@" >"said.$$" &
    exec 3<"said.$$"
    rm "said.$$"
    read -r said <&3 || { wait $!; exit; }
    echo "$said"
    kill -TERM $!
    wait $!
    ;;
check | verify) BINARY "$@" || [ $? -eq 1 ] ;;
*) exec BINARY "$@" ;;
esac
"#;
