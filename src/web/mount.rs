//! A site below a path, such as `https://example.com/wiki`, and the proxy in front of it.

use axum::Router;
use axum::extract::OriginalUri;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::request::Parts;
use percent_encoding::percent_decode;
use percent_encoding::percent_decode_str;
use tower::ServiceExt;

use crate::connection::BaseUrl;
use crate::saml::ReturnPath;

/// The treatment of the base URL's path by the proxy in front of a site.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PathPrefix {
    /// It takes the path away: what people reach as `/wiki/private` arrives as `/private`.
    #[default]
    Stripped,
    /// It leaves the path: `/wiki/private` arrives as it is. An app has its routes below the path then (`Router::nest`).
    Kept,
}

pub(super) struct Mount {
    base_url: BaseUrl,
    prefix: PathPrefix,
}

impl Mount {
    pub(super) fn of(base_url: BaseUrl, prefix: PathPrefix) -> Mount {
        Mount { base_url, prefix }
    }

    /// The path of a request as the browser knows it, with the query.
    pub(super) fn path_in_browser(&self, parts: &Parts) -> ReturnPath {
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |original| &original.0);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let base = match self.prefix {
            PathPrefix::Stripped => self.base_url.path(),
            PathPrefix::Kept => "",
        };
        ReturnPath::parse(&format!("{base}{path}"))
            .unwrap_or_else(|| self.base_url.local(&ReturnPath::root()))
    }

    /// Serves routes below the path of the base URL, if the proxy keeps it. Whatever comes without it is answered too: probes
    /// come past the proxy.
    pub(super) fn below(&self, routes: Router) -> Router {
        let base = self.base_url.path().to_owned();
        match self.prefix {
            PathPrefix::Kept if !base.is_empty() => {
                let strip = move |request: Request| stripped(request, &base);
                Router::new().fallback_service(routes.map_request(strip))
            }
            _ => routes,
        }
    }
}

fn stripped(mut request: Request, base: &str) -> Request {
    let uri = request.uri().clone();
    if let Some(below) = below(&uri, base) {
        *request.uri_mut() = below;
        request.extensions_mut().insert(OriginalUri(uri));
    }
    request
}

/// An address without the path before it; `None` for one that is not below it.
fn below(uri: &Uri, base: &str) -> Option<Uri> {
    let path_and_query = uri.path_and_query()?.as_str();
    let rest = behind(path_and_query, base)?;
    let rest = match rest.as_bytes().first() {
        Some(b'/') => rest.to_owned(),
        None | Some(b'?') => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// The rest behind a path, however a browser or a proxy has percent-encoded that.
fn behind<'a>(text: &'a str, base: &str) -> Option<&'a str> {
    let mut rest = text;
    for byte in percent_decode_str(base) {
        let length = if rest.starts_with('%') { 3 } else { 1 };
        let mut unit = rest.as_bytes().get(..length).map(percent_decode)?;
        // Text that is no valid escape is a percent sign and the characters after it.
        let found = unit.next()?;
        let used = if unit.next().is_some() { 1 } else { length };
        if found != byte {
            return None;
        }
        rest = rest.get(used..)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_away_where_it_ends() {
        for (uri, expected) in [
            ("/wiki", Some("/")),
            ("/wiki/", Some("/")),
            ("/wiki?a", Some("/?a")),
            ("/wiki/a/b?c=/wiki", Some("/a/b?c=/wiki")),
            ("/wiki//a", Some("//a")),
            ("https://h.example/wiki/a", Some("https://h.example/a")),
            ("/wikipedia", None),
            ("/Wiki/a", None),
            ("/", None),
        ] {
            let found = below(&uri.parse().unwrap(), "/wiki").map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), expected, "{uri}");
        }
    }

    #[test]
    fn a_path_is_the_same_however_it_is_encoded() {
        for (base, uri, expected) in [
            ("/wiki", "/%77iki/a", Some("/a")),
            ("/wiki", "/wik%69?a", Some("/?a")),
            ("/caf%C3%A9", "/caf%c3%a9/a", Some("/a")),
            ("/a~b", "/a%7Eb/c%2Fd", Some("/c%2Fd")),
            ("/a%7eb", "/a~b", Some("/")),
            ("/wiki", "/wiki%2Fa", None),
            ("/wiki", "/wik%6", None),
            ("/wiki", "/wik%zz", None),
            ("/caf%C3%A9", "/caf%C3", None),
        ] {
            let found = below(&uri.parse().unwrap(), base).map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), expected, "{base} {uri}");
        }
    }
}
