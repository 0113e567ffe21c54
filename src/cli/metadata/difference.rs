//! The differences between two documents, as four commands of `metadata` and `connection` print them.

use std::borrow::Cow;

use jiff::Timestamp;

use super::super::output::Style;
use super::super::output::printable;
use super::show::address;
pub(in crate::cli) use crate::admin::difference::Difference;
use crate::admin::difference::Lists;
use crate::admin::difference::Value;

impl Difference {
    /// One line for each thing: `+` for what came, `-` for what went, and a blank for what stayed.
    pub(in crate::cli) fn text(&self, style: Style) -> String {
        let mut lines = Lines {
            text: String::new(),
            style,
        };
        lines.value("Entity ID", &self.entity_id, Clone::clone);
        lines.lists("Certificate", &self.certificates, |one| one.line().into());
        lines.lists("Sign-on", &self.sso, address);
        lines.lists("Logout", &self.slo, address);
        lines.lists("NameID format", &self.name_id_formats, |one| one.into());
        let moment =
            |at: &Option<Timestamp>| at.map_or_else(|| "not said".to_owned(), |at| at.to_string());
        lines.value("Valid until", &self.valid_until, moment);
        let yes = |yes: &bool| if *yes { "yes" } else { "no" }.to_owned();
        lines.value("Signed requests alone", &self.wants_signed_requests, yes);
        lines.text
    }
}

struct Lines {
    text: String,
    style: Style,
}

impl Lines {
    fn value<T: PartialEq>(&mut self, label: &str, value: &Value<T>, text: fn(&T) -> String) {
        if value.old == value.new {
            return;
        }
        self.line('-', label, &text(&value.old));
        self.line('+', label, &text(&value.new));
    }

    fn lists<T>(&mut self, label: &str, lists: &Lists<T>, text: fn(&T) -> Cow<'_, str>) {
        for (sign, list) in [
            (' ', &lists.kept),
            ('-', &lists.removed),
            ('+', &lists.added),
        ] {
            for item in list {
                self.line(sign, label, &text(item));
            }
        }
    }

    fn line(&mut self, sign: char, label: &str, value: &str) {
        let line = format!("{sign} {label:LABEL$}  {}", printable(value));
        let line = match sign {
            '+' => self.style.good(&line),
            '-' => self.style.bad(&line),
            _ => line,
        };
        self.text.push_str(&line);
        self.text.push('\n');
    }
}

/// The width of the longest label, `Signed requests alone`.
const LABEL: usize = 21;
