//! Progress of long work, on stderr and for people alone: none where stderr is no terminal, or JSON is asked for.

use indicatif::ProgressBar;
use indicatif::ProgressDrawTarget;
use indicatif::ProgressStyle;

use super::output::printable;

/// Progress over a number of things. It is cleared away when it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn over(total: usize, json: bool) -> Progress {
        let template = "{wide_bar} {pos}/{len} {msg}";
        Progress::new(Some(total as u64), json || total < WORTH_SHOWING, template)
    }

    /// Progress through bytes of an input, whose length may be unknown.
    pub(super) fn through(bytes: Option<u64>, json: bool) -> Progress {
        let template = match bytes {
            Some(_) => "{wide_bar} {percent} % {msg}",
            None => "{spinner} {msg}",
        };
        Progress::new(bytes, json, template)
    }

    /// Progress through rows, whose number is told with each step.
    pub(super) fn of_rows(json: bool) -> Progress {
        Progress::new(None, json, "{wide_bar} {pos}/{len} {msg}")
    }

    pub(super) fn reached_of(&self, done: u64, total: u64, name: &str) {
        self.0.set_length(total);
        self.reached(done, name.to_owned());
    }

    fn new(length: Option<u64>, is_hidden: bool, template: &str) -> Progress {
        let target = match is_hidden {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(length, target);
        let style = ProgressStyle::with_template(template);
        Progress(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    pub(super) fn reached(&self, position: u64, message: String) {
        self.0.set_position(position);
        self.0.set_message(message);
    }

    /// Does what writes to a terminal too, with the bar out of its way.
    pub(super) fn beside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.suspend(work)
    }

    pub(super) fn next(&self, name: &str) {
        self.0.set_message(printable(name).into_owned());
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Fewer files than this are done before anybody could read a bar.
const WORTH_SHOWING: usize = 10;
