//! The look of texts on a terminal.

use std::io;
use std::io::IsTerminal;

#[derive(Clone, Copy)]
pub(super) struct Style {
    colour: bool,
    unicode: bool,
}

impl Style {
    /// The style for stdout: colour on a terminal unless `NO_COLOR` is set (<https://no-color.org>), signs beyond
    /// ASCII where the locale says UTF-8.
    pub(super) fn of_stdout() -> Style {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL")
            .or_else(|| set("LC_CTYPE"))
            .or_else(|| set("LANG"));
        Style {
            colour: io::stdout().is_terminal()
                && set("NO_COLOR").is_none()
                && set("TERM").is_none_or(|terminal| terminal != "dumb"),
            unicode: locale.is_some_and(|locale| {
                let locale = locale.to_ascii_uppercase();
                locale.contains("UTF-8") || locale.contains("UTF8")
            }),
        }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint("31;1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn pass(self) -> String {
        self.good(if self.unicode { "✓" } else { "ok  " })
    }

    pub(super) fn fail(self) -> String {
        self.bad(if self.unicode { "✗" } else { "FAIL" })
    }

    pub(super) fn warn(self) -> String {
        self.bold(if self.unicode { "!" } else { "warn" })
    }

    pub(super) fn skip(self) -> String {
        self.dim(if self.unicode { "–" } else { "-   " })
    }

    /// The share of something that is over: a bar and a number.
    pub(super) fn bar(self, share: f64) -> String {
        let share = share.clamp(0.0, 1.0);
        let (over, left) = if self.unicode {
            ("█", "░")
        } else {
            ("#", ".")
        };
        // Between 0 and the number of cells, by the clamp.
        let cells = (share * BAR_CELLS as f64).round() as usize;
        let bar = over.repeat(cells) + &left.repeat(BAR_CELLS - cells);
        format!("{bar} {:.0} % over", share * 100.0)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Cells of a bar: one for each two months of a certificate of three years, about.
const BAR_CELLS: usize = 20;

/// The sequences behind the escape character with which [`Style`] paints.
pub(super) const COLOURS: [&str; 5] = ["[0m", "[1m", "[2m", "[32m", "[31;1m"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_how_much_is_over() {
        let style = Style {
            colour: false,
            unicode: false,
        };
        assert_eq!(style.bar(0.5), "##########.......... 50 % over");
        assert_eq!(style.bar(-1.0), ".................... 0 % over");
        assert_eq!(style.bar(7.0), "#################### 100 % over");
    }
}
