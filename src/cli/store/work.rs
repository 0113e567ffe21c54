//! The help of the commands about the store, and their work.

use super::super::error::CliError;
use super::super::input;
use crate::admin::Done;

pub(super) const HELP: &str = "\
Examples:
  entrada store info
  entrada store backup /var/backups/entrada-$(date +%F).db
  entrada store restore /var/backups/entrada-2026-11-30.db
  entrada store copy sqlite:entrada.db postgres://entrada@db.example/entrada
  entrada store migrate

Exit codes:
  0  done
  1  refused: somebody has the store open, the database is not empty, or you
     said no
  2  wrong usage, or a file that is no backup
  4  the store does not answer, or a file cannot be written";

pub(super) fn run<T>(work: impl Future<Output = Done<T>>) -> Result<T, CliError> {
    Ok(input::runtime()?.block_on(work)?)
}
