//! Credentials in the hands of clients that are not ours.

use std::path::Path;
use std::process::Command;

use super::program;
use crate::command_line::Ran;
use crate::scim_serving::ScimSite;

/// A credential as scim-sanity takes it.
pub(super) enum Foreign {
    Bearer(String),
    Basic { username: String, password: String },
}

impl Foreign {
    pub(super) fn flags(&self) -> Vec<&str> {
        match self {
            Foreign::Bearer(token) => vec!["--token", token],
            Foreign::Basic { username, password } => {
                vec!["--username", username, "--password", password]
            }
        }
    }
}

pub(super) fn basic(site: &ScimSite) -> Foreign {
    let made = ["token", "create", "acme", "--basic", "--json"];
    let made = site.place.run(made).exits(0).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    Foreign::Basic {
        username: text("username"),
        password: text("password"),
    }
}

/// An access token that Authlib fetches with the secret of a new client.
pub(super) fn access_token(site: &ScimSite, method: &str) -> String {
    let made = ["client", "create", "acme", "--json"];
    let made = site.place.run(made).exits(0).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let mut client = authlib([method, &text("token_url")]);
    client.env("CLIENT_ID", text("client_id"));
    client.env("CLIENT_SECRET", text("client_secret"));
    printed(client)
}

fn authlib(arguments: [&str; 2]) -> Command {
    let script = "tests/it/scim_conformance/access_token.py";
    let mut client = Command::new(program("python"));
    client.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    client.args(arguments);
    client
}

fn printed(mut client: Command) -> String {
    let ran = Ran::from(client.output().unwrap()).exits(0);
    ran.stdout.trim_end().to_owned()
}
