//! Moments on pages: written in UTC, and turned into the reader's time zone where the page brings [`LOCAL_TIMES`] and scripts run.

use jiff::Timestamp;
use maud::Markup;
use maud::html;

/// A moment to the minute.
pub(crate) fn minute(at: Timestamp) -> Markup {
    time(at, "%Y-%m-%d %H:%M UTC")
}

/// A moment to the second.
pub(crate) fn second(at: Timestamp) -> Markup {
    time(at, "%Y-%m-%d %H:%M:%S UTC")
}

fn time(at: Timestamp, format: &str) -> Markup {
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (at.strftime(format)) } }
}

/// The script of a page with moments: it writes each as precisely as it stands there, in the same form (which is the Swedish one), and
/// keeps UTC as the title.
pub(crate) const LOCAL_TIMES: &str = "\
for (const time of document.querySelectorAll('time')) {
  const utc = time.textContent, at = new Date(time.dateTime);
  const zone = at.toLocaleTimeString('en', { timeZoneName: 'short' }).split(' ').pop();
  time.textContent = at.toLocaleString('sv').slice(0, utc.length - ' UTC'.length) + ' ' + zone;
  time.title = utc;
}";
