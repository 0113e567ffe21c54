//! `entrada completions` and `entrada man`: what is made from the table of commands.

use std::path::PathBuf;

use clap_complete::Shell;
use serde_json::json;

use super::error::CliError;
use super::output::Report;

/// Print the completions of a shell
#[derive(clap::Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

const COMPLETIONS_HELP: &str = "\
Examples:
  entrada completions bash > /etc/bash_completion.d/entrada
  entrada completions fish > ~/.config/fish/completions/entrada.fish

Exit codes:
  0  printed
  2  wrong usage";

impl Completions {
    pub(super) fn run(self, mut command: clap::Command) -> Result<Report, CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "entrada", &mut script);
        let script = String::from_utf8_lossy(&script);
        let json = json!({ "shell": self.shell.to_string(), "script": script });
        Ok(Report::new(script, &json))
    }
}

/// Print the manual page, or write one for each command into a directory
#[derive(clap::Args)]
#[command(after_help = MAN_HELP)]
pub(super) struct Man {
    /// Write entrada.1, entrada-verify.1 and so on here, instead of printing entrada.1
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

const MAN_HELP: &str = "\
Examples:
  entrada man | man -l -
  entrada man --directory /usr/local/share/man/man1

Exit codes:
  0  printed or written
  2  wrong usage
  4  the directory cannot be written to";

impl Man {
    pub(super) fn run(self, mut command: clap::Command) -> Result<Report, CliError> {
        let Some(directory) = self.directory else {
            command.build();
            let page = render(command)?;
            return Ok(Report::new(page.clone(), &json!({ "page": page })));
        };
        let shown = directory.display().to_string();
        clap_mangen::generate_to(command, &directory)
            .map_err(|error| CliError::Io(format!("cannot write to {shown}: {error}")))?;
        let text = format!("written to {shown}");
        Ok(Report::new(text, &json!({ "directory": shown })))
    }
}

fn render(command: clap::Command) -> Result<String, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| CliError::Io(format!("cannot render the manual page: {error}")))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
