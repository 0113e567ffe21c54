//! Consent to what a command takes away: shown by its numbers, asked for on a terminal, and wanted as `--yes` elsewhere.

use std::io;
use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;

use serde_json::Value;
use serde_json::json;

use super::error::CliError;
use super::error::Exit;
use super::output::Report;
use super::output::counted;
use crate::admin::effects::Effects;

/// The consent of whoever runs a command.
#[derive(clap::Args)]
pub(super) struct Consent {
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Show what would be done, and do nothing
    #[arg(long, conflicts_with = "yes")]
    pub(super) dry_run: bool,
}

impl Consent {
    /// True if nobody has to be asked, nor told in advance.
    pub(super) fn is_given(&self) -> bool {
        self.yes
    }

    /// Asks for consent to a command, such as "connection remove acme", where it takes anything away. The command ends with the report, if there is
    /// one. Fails where nobody can be asked.
    pub(super) fn ask(&self, command: &str, effects: &Effects) -> Result<Option<Report>, CliError> {
        let takes = format!("{command} takes away {}", numbers(effects));
        self.ask_beside(&takes, effects, !effects.is_nothing(), json!({}))
    }

    /// Asks in these words, if it `asks`; `json` is printed beside the numbers.
    pub(super) fn ask_beside(
        &self,
        takes: &str,
        effects: &Effects,
        asks: bool,
        mut json: Value,
    ) -> Result<Option<Report>, CliError> {
        json["dry_run"] = self.dry_run.into();
        json["would"] = json!(effects);
        let nothing_done = |text: String| Report::new(text, &json);
        if self.dry_run {
            return Ok(Some(nothing_done(format!("{takes}; nothing was done."))));
        }
        if self.yes || !asks {
            return Ok(None);
        }
        match confirmed(&format!("{takes}. Go on?"))? {
            Some(true) => Ok(None),
            Some(false) => {
                let report = nothing_done("Nothing was done.".to_owned());
                Ok(Some(report.exit(Exit::Refused)))
            }
            None => Err(CliError::Unagreed {
                message: format!("{takes}: --yes does it, --dry-run shows it; nothing was done"),
                would: json!(effects),
            }),
        }
    }
}

/// Asks a question on the terminal; `None` where there is none. Fails where the terminal does.
pub(super) fn confirmed(question: &str) -> Result<Option<bool>, CliError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    let failed = |error: io::Error| CliError::Io(format!("cannot ask: {error}"));
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ").map_err(failed)?;
    stderr.flush().map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(Some(matches!(answer.trim(), "y" | "Y" | "yes")))
}

/// Says numbers in words: "700 users, 2 tokens and 31 live sessions".
pub(super) fn numbers(effects: &Effects) -> String {
    let parts = [
        (effects.connections, "connection"),
        (effects.users, "user"),
        (effects.groups, "group"),
        (effects.tokens, "token"),
        (effects.sessions, "live session"),
        (effects.keys, "key"),
        (effects.copies, "kept connection"),
        (effects.settings, "setting"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = parts.map(|(count, noun)| counted(count, noun)).collect();
    if effects.shut_out > 0 {
        parts.push(format!(
            "the way in of {}",
            counted(effects.shut_out, "user")
        ));
    }
    if effects.locked_out > 0 {
        let connections = counted(effects.locked_out, "connection");
        parts.push(format!("every sign-on over {connections}"));
    }
    match parts.pop() {
        None => "nothing".to_owned(),
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} and {last}", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_in_words_and_zeros_are_not() {
        let one = Effects {
            users: 1,
            ..Effects::default()
        };
        let many = Effects {
            users: 700,
            tokens: 2,
            sessions: 31,
            ..Effects::default()
        };
        for (effects, expected) in [
            (Effects::default(), "nothing"),
            (one, "1 user"),
            (many, "700 users, 2 tokens and 31 live sessions"),
        ] {
            assert_eq!(numbers(&effects), expected);
        }
    }
}
