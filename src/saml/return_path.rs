//! The address that a person goes to after sign-on: a path on our own site, and nothing else.

use serde::Deserialize;
use serde::Serialize;

/// A path, with perhaps a query, on our own site.
///
/// An address elsewhere would make the sign-on an open redirect (mod_auth_mellon's CVE-2019-3877,
/// CVE-2019-13038 and CVE-2021-3639 are three ways to smuggle one past a filter), so this is an allow-list:
/// one leading slash, visible ASCII, no backslash.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnPath(String);

impl ReturnPath {
    /// Bytes in a return path at most: what common servers admit in a request line is 8 kB, and the path has
    /// to fit in there escaped.
    pub const MAX_LENGTH: usize = 2048;

    /// The site's root.
    pub fn root() -> ReturnPath {
        ReturnPath("/".to_owned())
    }

    /// Takes a local path; `None` for anything that a browser could read as an address elsewhere.
    pub fn parse(text: &str) -> Option<ReturnPath> {
        (is_local(text) && text.len() <= ReturnPath::MAX_LENGTH)
            .then(|| ReturnPath(text.to_owned()))
    }

    /// The same path below `base`, a path without a slash at its end; as it is, if it is below it already. Of a base that
    /// would lead elsewhere it is the site's root.
    pub(crate) fn below(&self, base: &str) -> ReturnPath {
        let rest = self.0.strip_prefix(base);
        let is_below =
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        if is_below {
            return self.clone();
        }
        let path = format!("{base}{}", self.0);
        match is_local(&path) {
            true => ReturnPath(path),
            false => ReturnPath::root(),
        }
    }

    /// The path as it goes into a `Location` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// True for a text that no browser could read as an address elsewhere.
fn is_local(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    text.starts_with('/') && !text.starts_with("//") && text.bytes().all(plain)
}

impl TryFrom<String> for ReturnPath {
    type Error = &'static str;

    fn try_from(text: String) -> Result<ReturnPath, &'static str> {
        ReturnPath::parse(&text).ok_or("not a local path")
    }
}

impl From<ReturnPath> for String {
    fn from(path: ReturnPath) -> String {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_base_leads_a_path_elsewhere() {
        for (path, base, expected) in [
            ("/x", "", "/x"),
            ("/x", "/wiki", "/wiki/x"),
            ("/x", "//evil.example", "/"),
            ("/x", "/\\evil.example", "/"),
            ("/x", "/", "/"),
            ("/x", "wiki", "/"),
        ] {
            let below = ReturnPath::parse(path).map(|path| path.below(base));
            assert_eq!(below.unwrap().as_str(), expected, "{base}");
        }
    }

    #[test]
    fn only_local_paths_are_taken() {
        for good in ["/", "/a", "/a/b?c=d&e=%2F#f", "/a//b"] {
            assert!(ReturnPath::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            " /a",
            "/a b",
            "/é",
            "javascript:alert(1)",
            &format!("/{}", "a".repeat(2048)),
        ] {
            assert!(ReturnPath::parse(bad).is_none(), "{bad:?}");
        }
    }
}
