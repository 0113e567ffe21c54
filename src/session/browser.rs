//! The name that people have for the browser that they signed on with.

use super::record::Device;

impl Device {
    /// The browser and the system as people call them, such as "Firefox on Windows", as far as the browser's own name gives
    /// them away; `None` if it names neither. For people to recognise what is theirs: anybody can send any name.
    ///
    /// ```
    /// use entrada::session::Device;
    ///
    /// let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
    /// let device = Device::new(None, Some(agent));
    /// assert_eq!(device.browser().as_deref(), Some("Firefox on Windows"));
    /// ```
    pub fn browser(&self) -> Option<String> {
        match self.browser_and_system() {
            (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
            (found, other) => found.or(other).map(str::to_owned),
        }
    }

    /// The same, one by one.
    pub(crate) fn browser_and_system(&self) -> (Option<&'static str>, Option<&'static str>) {
        let agent = self.agent.as_deref().unwrap_or_default();
        let known = |table: &[(&str, &'static str)]| {
            let mut marks = table.iter();
            let found = marks.find(|(mark, _)| agent.contains(mark));
            found.map(|(_, name)| *name)
        };
        (known(BROWSERS), known(SYSTEMS))
    }
}

/// The first that fits counts: most browsers name those before them as well.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// In the same way: Android names Linux, and iPhones name Mac OS X.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_as_people_call_them() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                "Safari on Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            ("Firefox/1.0", "Firefox"),
            ("something on Windows", "Windows"),
        ] {
            let device = Device::new(None, Some(agent));
            assert_eq!(device.browser().as_deref(), Some(expected), "{agent}");
        }
        for agent in [None, Some(""), Some("curl/8.5.0")] {
            assert_eq!(Device::new(None, agent).browser(), None, "{agent:?}");
        }
    }
}
