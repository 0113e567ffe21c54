//! A notes board for the people of one organisation, with everything that Entrada brings: sign-in, a part for one group
//! only, a fresh proof for what is dangerous, people's own sessions, and notes that leave with their authors.
//!
//! `cargo run --example notes` starts it with the practice identity provider, which provisions it, in a folder that goes
//! with the program. With a real tenant it keeps what it knows:
//!
//! | variable | what |
//! |---|---|
//! | `NOTES_METADATA_URL` | the App Federation Metadata Url; without it, the practice identity provider |
//! | `NOTES_BASE_URL` | the address that people reach it at, such as `https://notes.example.com` |
//! | `NOTES_LISTEN` | where it listens; `127.0.0.1:3000` by default |
//! | `NOTES_FOLDER` | where `notes.db` and `entrada.db` are; the present folder by default |
//! | `NOTES_ADMIN_GROUP` | the group of those who keep the board, by name or object id; `Admins` by default |
//! | `RUST_LOG` | what is logged; `warn` by default |

mod site;
#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;

use entrada::web;
use tracing_subscriber::EnvFilter;

use self::site::Provider;
use self::site::Settings;
use self::site::Site;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let scratch = tempfile::tempdir()?;
    let listen = variable("NOTES_LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let provider = match variable("NOTES_METADATA_URL") {
        Some(metadata_url) => Provider::Tenant { metadata_url },
        None => Provider::Practice,
    };
    let folder = match provider {
        Provider::Tenant { .. } => variable("NOTES_FOLDER").unwrap_or_else(|| ".".to_owned()),
        Provider::Practice => scratch.path().display().to_string(),
    };
    let site = Site::start(Settings {
        listen: listen.parse()?,
        base_url: variable("NOTES_BASE_URL"),
        folder: folder.into(),
        provider,
        admin_group: variable("NOTES_ADMIN_GROUP").unwrap_or_else(|| "Admins".to_owned()),
    })
    .await?;
    println!("The notes board      {}", site.url());
    if let Some(portal) = site.portal_url() {
        println!("Identity provider    {portal} (everybody can sign in as anybody)");
    }
    web::stop_signal()?.await;
    site.stop().await;
    Ok(())
}

/// An environment variable that is set to something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
