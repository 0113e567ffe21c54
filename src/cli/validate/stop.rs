//! The stop of a validation, which removes first what it has made.

use std::process;

use super::super::error::CliError;
use super::super::error::Exit;
use super::super::output;
use super::super::serve;

/// Waits for Ctrl-C, SIGTERM, or the end of the terminal; the one after it ends the program at once.
pub(super) fn stop() -> Result<impl Future<Output = ()>, CliError> {
    let (first, hang_up) = (serve::stop_signal()?, serve::hang_up()?);
    Ok(async {
        tokio::select! {
            () = first => {}
            () = hang_up => {}
        }
        output::to_stderr("Stopping: what was made is removed first; once more stops at once.");
        if let Ok(second) = serve::stop_signal() {
            tokio::spawn(async {
                second.await;
                process::exit(Exit::Stopped as i32);
            });
        }
    })
}
