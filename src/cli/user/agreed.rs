//! The limit of an import: the effects that the user consented to. An import that would go beyond it ends.

use serde_json::json;

use crate::admin::effects::Effects;
use crate::cli::consent::numbers;
use crate::cli::error::CliError;
use crate::cli::output::counted;

/// The limit of an import: nothing, where nobody could be asked. Rows change between the question and the work, and so do users.
pub(super) struct Agreed<'s> {
    command: &'s str,
    most: Effects,
    taken: Effects,
}

impl Agreed<'_> {
    pub(super) fn new(command: &str, most: Effects) -> Agreed<'_> {
        Agreed {
            command,
            most,
            taken: Effects::default(),
        }
    }

    /// Fails where what comes next would take more away than was agreed to, before any of it is done.
    pub(super) fn takes(&mut self, next: &Effects, rows: u64) -> Result<(), CliError> {
        let mut taken = self.taken;
        taken += *next;
        if taken.is_within(&self.most) {
            self.taken = taken;
            return Ok(());
        }
        let done = match rows {
            0 => "nothing was done".to_owned(),
            rows => format!("the rows before are imported ({})", counted(rows, "row")),
        };
        let (command, takes) = (self.command, numbers(&taken));
        let more = match self.most.is_nothing() {
            true => String::new(),
            false => format!(", more than the {} that you agreed to", numbers(&self.most)),
        };
        Err(CliError::Unagreed {
            message: format!("{command} takes away {takes}{more}: --yes does it; {done}"),
            would: json!(taken),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effects(users: u64, sessions: u64) -> Effects {
        Effects {
            users,
            sessions,
            ..Effects::default()
        }
    }

    #[test]
    fn no_more_is_taken_away_than_was_agreed_to() {
        let mut agreed = Agreed::new("user import acme", effects(2, 1));
        assert!(agreed.takes(&effects(1, 1), 0).is_ok());
        let error = agreed.takes(&effects(1, 1), 0).unwrap_err().to_string();
        let words = "takes away 2 users and 2 live sessions, more than the 2 users and 1 live session that you agreed to";
        assert!(error.contains(words), "{error}");
        assert!(agreed.takes(&effects(1, 0), 0).is_ok(), "as agreed");
        let mut nobody = Agreed::new("user import acme", Effects::default());
        assert!(nobody.takes(&Effects::default(), 0).is_ok());
        assert!(nobody.takes(&effects(0, 1), 0).is_err());
    }
}
