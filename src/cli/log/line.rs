//! A line of the log, for people, as flat JSON, or for systemd's journal. What others wrote into it cannot steer the terminal
//! on which it is read, nor pass for a line of its own.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use tracing::Level;
use tracing::field::Field;
use tracing::field::Visit;

use super::super::printable::printable;
use crate::text::json_escaped;

/// The look of lines.
#[derive(Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) json: bool,
    pub(super) colour: bool,
    /// Lines begin with their priority (sd-daemon(3)), and the journal knows the time.
    pub(super) journal: bool,
}

/// The fields of an event or a span, each name once.
#[derive(Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Look {
    /// The line of an event. Only lines of libraries say whose they are.
    pub(super) fn line(
        self,
        (level, target): (Level, &str),
        mut fields: Fields,
        now: Timestamp,
    ) -> String {
        if !target.starts_with("entrada") {
            fields.put("target", target.into());
        }
        let (priority, name, colour) = look_of(level);
        let message = fields.take("message");
        let time = format!("{now:.6}");
        let line = match self.json {
            true => {
                let name = name.to_lowercase();
                let own = [("time", time), ("level", name), ("message", message)];
                let own = own.map(|(key, text)| (key, Value::from(text)));
                let pairs = own.iter().chain(&fields.0);
                let pairs = pairs.map(|(key, value)| format!("{}:{value}", Value::from(*key)));
                let pairs: Vec<String> = pairs.collect();
                json_escaped(&format!("{{{}}}", pairs.join(","))).into_owned()
            }
            false => {
                let pairs = fields.0.iter();
                let pairs = pairs.map(|(key, value)| format!(" {key}={}", bare(value)));
                let text = format!("{message}{}", pairs.collect::<String>());
                let text = printable(&text);
                match self {
                    Look { journal: true, .. } => text.into_owned(),
                    Look { colour: true, .. } => {
                        format!("{time} \u{1b}[{colour}m{name:>5}\u{1b}[0m {text}")
                    }
                    _ => format!("{time} {name:>5} {text}"),
                }
            }
        };
        match self.journal {
            true => format!("<{priority}>{line}\n"),
            false => format!("{line}\n"),
        }
    }
}

/// The priority of syslog, the name, and the colour.
fn look_of(level: Level) -> (u8, &'static str, u8) {
    match level {
        Level::ERROR => (3, "ERROR", 31),
        Level::WARN => (4, "WARN", 33),
        Level::INFO => (6, "INFO", 32),
        Level::DEBUG => (7, "DEBUG", 34),
        Level::TRACE => (7, "TRACE", 35),
    }
}

/// A value for people: in quotation marks where it would not be told from what is beside it.
fn bare(value: &Value) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\');
    match value.as_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        _ => value.to_string(),
    }
}

impl Fields {
    /// Adds what has no value yet: what is further in counts.
    pub(super) fn add(&mut self, outer: &Fields) {
        for (name, value) in &outer.0 {
            self.put(name, value.clone());
        }
    }

    fn put(&mut self, name: &'static str, value: Value) {
        if self.0.iter().all(|(known, _)| *known != name) {
            self.0.push((name, value));
        }
    }

    fn take(&mut self, name: &str) -> String {
        let found = self.0.iter().position(|(known, _)| *known == name);
        let value = found.map(|at| self.0.remove(at).1);
        let text = value.as_ref().and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record(field, value.into());
    }
}

impl Fields {
    /// Libraries that use the crate `log` have a target in place of their own, and three fields of no use here.
    fn record(&mut self, field: &Field, value: Value) {
        match field.name() {
            "log.target" => self.put("target", value),
            name if name.starts_with("log.") => {}
            name => self.put(name, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(look: Look, target: &str, pairs: &[(&'static str, Value)]) -> String {
        let fields = Fields(pairs.to_vec());
        look.line((Level::WARN, target), fields, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_line_is_for_people_for_machines_or_for_the_journal() {
        let pairs = [
            ("connection", "acme".into()),
            ("message", "sign-on refused".into()),
            ("found", "none of two".into()),
            ("status", 503.into()),
        ];
        let [json, journal, colour] = [
            (true, false, false),
            (false, true, false),
            (false, false, true),
        ]
        .map(|(json, journal, colour)| Look {
            json,
            journal,
            colour,
        });
        let said = "sign-on refused connection=acme found=\"none of two\" status=503";
        let both = Look {
            json: true,
            journal: true,
            colour: true,
        };
        let object = "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"level\":\"warn\",\"message\":\"sign-on refused\",\
            \"connection\":\"acme\",\"found\":\"none of two\",\"status\":503}";
        for (look, expected) in [
            (
                Look::default(),
                format!("1970-01-01T00:00:00.000000Z  WARN {said}\n"),
            ),
            (
                colour,
                format!("1970-01-01T00:00:00.000000Z \u{1b}[33m WARN\u{1b}[0m {said}\n"),
            ),
            (journal, format!("<4>{said}\n")),
            (json, format!("{object}\n")),
            (both, format!("<4>{object}\n")),
        ] {
            assert_eq!(line(look, "entrada::web", &pairs), expected);
        }
    }

    #[test]
    fn an_entry_is_one_line_and_steers_no_terminal() {
        let hostile = "a\nINFO b\u{9b}\u{2028}\u{202e}\u{1b}[2J";
        let pairs = [("message", hostile.into()), ("found", hostile.into())];
        for look in [false, true] {
            let look = Look {
                json: look,
                ..Look::default()
            };
            let line = line(look, "entrada", &pairs);
            let (text, end) = line.split_at(line.len() - 1);
            assert!(
                !text.contains(crate::text::is_hidden) && end == "\n",
                "{line}"
            );
        }
        let json = Look {
            json: true,
            ..Look::default()
        };
        let json: Value = serde_json::from_str(&line(json, "entrada", &pairs)).unwrap();
        assert_eq!(json["found"], hostile);
    }

    #[test]
    fn the_field_of_an_event_counts_and_a_library_is_named() {
        let mut event = Fields(vec![("request", "inner".into())]);
        event.add(&Fields(vec![
            ("request", "outer".into()),
            ("path", "/".into()),
        ]));
        let text = line(Look::default(), "hyper::proto", &event.0);
        assert!(
            text.ends_with(" request=inner path=/ target=hyper::proto\n"),
            "{text}"
        );
    }
}
