//! A site below a path, such as `https://example.com/wiki`, and the proxy in front of it.

use axum::Router;
use axum::extract::OriginalUri;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::request::Parts;
use tower::ServiceExt;

use super::Entrada;
use crate::saml::ReturnPath;

/// What the proxy in front of a site does with the path of its base URL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PathPrefix {
    /// It takes the path away: what people reach as `/wiki/private` arrives as `/private`.
    #[default]
    Stripped,
    /// It leaves the path: `/wiki/private` arrives as it is. An app has its routes below the path then (`Router::nest`).
    Kept,
}

impl Entrada {
    /// The path of a request as the browser knows it, with the query.
    pub(super) fn path_in_browser(&self, parts: &Parts) -> ReturnPath {
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |original| &original.0);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let base = match self.inner.path_prefix {
            PathPrefix::Stripped => self.base_url().path(),
            PathPrefix::Kept => "",
        };
        ReturnPath::parse(&format!("{base}{path}"))
            .unwrap_or_else(|| self.base_url().local(&ReturnPath::root()))
    }

    /// Serves routes below the path of the base URL, if the proxy keeps it. Whatever comes without it is answered too: probes
    /// come past the proxy.
    pub(super) fn below_path(&self, routes: Router) -> Router {
        let base = self.base_url().path().to_owned();
        match self.inner.path_prefix {
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
    let rest = path_and_query.strip_prefix(base)?;
    let rest = match rest.as_bytes().first() {
        Some(b'/') => rest.to_owned(),
        None | Some(b'?') => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
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
}
