//! A site in PostgreSQL: the cost of a sign-on, a session check and a SCIM create, as ratios in one run; a large customer; and
//! three nodes beside their database. `cargo bench --bench postgres`, or with `-- sign-on`, `numbering`, `check`, `cost`,
//! `statements`, `customer` or `nodes` one part of it. It needs what `.ci/setup test` brings.
//!
//! The server is a cluster of its own in the target directory, which must be on the disk that is to be measured, with the
//! settings of a site: `fsync` and `synchronous_commit` are on. Nodes run in the process of the benchmark, but for the large
//! customer, and share the machine with the server.

mod check;
mod cost;
mod durable;
mod load;
mod nodes;
mod numbering;
mod sign_on;
mod site;
mod statements;

#[path = "../../tests/it"]
#[allow(dead_code, unused_imports, clippy::unwrap_used)]
mod it {
    pub(crate) mod child;
    pub(crate) mod postgres;
}

#[path = "../../examples/scim_load"]
#[allow(dead_code)]
mod scim_load {
    pub(crate) mod client;
    pub(crate) mod customer;
    pub(crate) mod fill;
    pub(crate) mod server;
    pub(crate) mod tokens;
}

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use durable::Durable;
use it::child;
use it::postgres;
use scim_load::client;
use scim_load::customer;
use scim_load::fill;
use scim_load::server;
use scim_load::server::Place;
use scim_load::tokens;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The thoroughness of a measurement.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// What is compared takes so many turns, since a machine is not always as fast.
    pub(crate) turns: usize,
    /// The time of a turn.
    pub(crate) turn: Duration,
    /// Sign-ons, and creates, of a turn.
    pub(crate) requests: usize,
}

/// The effort of `cargo bench`.
const FULL: Effort = Effort {
    turns: 5,
    turn: Duration::from_secs(2),
    requests: 3_000,
};

/// Everything once: the effort of `cargo test --benches`.
const TRIAL: Effort = Effort {
    turns: 1,
    turn: Duration::from_secs(1),
    requests: 50,
};

/// Clients at once: as many as a node has connections, by default.
pub(crate) const CLIENTS: usize = 16;

fn main() -> Outcome<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    if env::temp_dir() != folder {
        return again_in(folder);
    }
    if !Durable::is_installed() {
        return Ok(());
    }
    let (options, parts): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let is_measured = options.iter().any(|option| option == "--bench");
    let effort = if is_measured { FULL } else { TRIAL };
    let wants = |part| (parts.is_empty() && is_measured) || parts.iter().any(|one| one == part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let durable = Durable::start();
    runtime.block_on(async {
        if wants("statements") || !is_measured {
            statements::print(&durable).await?;
        }
        if wants("sign-on") {
            sign_on::print(&durable, effort).await?;
        }
        if wants("numbering") {
            numbering::print(&durable, effort)?;
        }
        if wants("check") {
            check::print(&durable, effort).await?;
        }
        if wants("cost") {
            cost::print(&durable, effort).await?;
        }
        if wants("nodes") {
            nodes::print(&durable, effort).await?;
        }
        if wants("customer") {
            let folder = tempfile::tempdir()?;
            let place = |name| Place::new(folder.path().join(name), durable.database());
            customer::measure(&place("small"), &place("large")).await?;
        }
        Ok(())
    })
}

/// Runs this program anew with its temporary files in a folder: the ones of the system are in memory on many machines.
fn again_in(folder: &Path) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    let mut again = Command::new(env::current_exe()?);
    again.args(env::args_os().skip(1)).env("TMPDIR", folder);
    match again.status()?.success() {
        true => Ok(()),
        false => Err("the benchmark failed".into()),
    }
}
