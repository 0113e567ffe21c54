//! Addresses that are nearly ours: a slash too many, another case, a connection left out. Whoever configures an identity
//! provider sees such a page, and whoever watches the log sees the address that was meant.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::RawForm;
use axum::extract::State;
use axum::extract::rejection::RawFormRejection;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::response::Response;
use percent_encoding::percent_decode_str;

use super::choose;
use crate::site::LoadedConnection;
use crate::site::Snapshot;
use crate::site::reasons::ADDRESS_UNKNOWN;
use crate::site::reasons::remedy;
use crate::web::Entrada;
use crate::web::pages::Page;
use crate::web::pages::Reference;
use crate::web::request_id::shown;

pub(in crate::web) async fn show(
    State(entrada): State<Entrada>,
    method: Method,
    uri: Uri,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    let segments = segments(uri.path());
    let known = ListedConnections::at(&entrada).await;
    let reference = Reference::of(ADDRESS_UNKNOWN);
    let request = &reference.number;
    let meant = match meant(&segments, &known) {
        Some(meant) if meant.ends_with("/acs") || meant.ends_with("/slo") => Some(meant),
        _ if brings_response(&method, form) => Some(acs(&segments, &known)),
        other => other,
    };
    let meant = meant.map(|meant| format!("{}{meant}", entrada.base_url()));
    match &meant {
        Some(meant) => {
            let asked = shown(uri.path());
            tracing::warn!(event = "address-mistaken", %method, request, code = ADDRESS_UNKNOWN, asked, meant, remedy = remedy(ADDRESS_UNKNOWN), "an address is nearly one of ours: correct what leads there");
        }
        None => {
            tracing::info!(event = "address-unknown", %method, request, code = ADDRESS_UNKNOWN, "nothing has the address that was asked for");
        }
    }
    let page = Page::NoSuchPage {
        leads_on: meant.as_deref().is_some_and(|one| one.ends_with("/login")),
        meant,
        reference,
    };
    page.answer(StatusCode::NOT_FOUND)
}

/// An address of ours that does not take the method of a request. A response of an identity provider meant the ACS.
pub(in crate::web) async fn wrong_method(
    State(entrada): State<Entrada>,
    method: Method,
    uri: Uri,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    let reference = Reference::of(ADDRESS_UNKNOWN);
    let request = &reference.number;
    let asked = shown(uri.path());
    let meant = match brings_response(&method, form) {
        true => {
            let known = ListedConnections::at(&entrada).await;
            let acs = acs(&segments(uri.path()), &known);
            Some(format!("{}{acs}", entrada.base_url()))
        }
        false => None,
    };
    match &meant {
        Some(meant) => {
            tracing::warn!(event = "response-misdirected", %method, request, code = ADDRESS_UNKNOWN, asked, meant, remedy = remedy(ADDRESS_UNKNOWN), "a response was posted to another address of ours: correct what leads there");
        }
        None => {
            tracing::info!(event = "method-refused", %method, request, code = ADDRESS_UNKNOWN, asked, "an address of ours does not take the method");
        }
    }
    Page::NoSuchRequest { meant, reference }.answer(StatusCode::METHOD_NOT_ALLOWED)
}

/// True for a form that is the response of an identity provider.
fn brings_response(method: &Method, form: Result<RawForm, RawFormRejection>) -> bool {
    let has = |RawForm(form): RawForm| {
        url::form_urlencoded::parse(&form).any(|(name, _)| name == "SAMLResponse")
    };
    method == Method::POST && form.is_ok_and(has)
}

#[derive(Default)]
struct ListedConnections {
    /// Those that it may name.
    ids: Vec<String>,
    /// The one that it means if it names none: never one that is unlisted, which strangers are not told of.
    only: Option<String>,
}

impl ListedConnections {
    async fn at(entrada: &Entrada) -> ListedConnections {
        let known = entrada.registry().current().await;
        known.map_or_else(
            |_| ListedConnections::default(),
            |all| ListedConnections::of(&all),
        )
    }

    fn of(all: &Snapshot) -> ListedConnections {
        let id = |loaded: &Arc<LoadedConnection>| loaded.connection.id().to_string();
        ListedConnections {
            ids: all.iter().map(id).collect(),
            only: choose::only(all).as_ref().map(id),
        }
    }
}

/// The parts of a path without what a hand or a clipboard adds: slashes, spaces, case.
fn segments(path: &str) -> Vec<String> {
    let decoded = |part| -> Cow<'_, str> { percent_decode_str(part).decode_utf8_lossy() };
    let parts = path
        .split('/')
        .map(|part| decoded(part).trim().to_lowercase());
    parts
        .filter(|part| !part.is_empty())
        .take(MAX_PARTS)
        .collect()
}

/// The path that was meant, as far as it can be told. One that names no connection means the only one of the site.
fn meant(segments: &[String], connections: &ListedConnections) -> Option<String> {
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    // Whatever stands before it may be a path that a proxy adds.
    let start = parts.iter().position(|part| *part == "saml");
    let parts = &parts[start.map_or(0, |at| at + 1)..];
    let known = |id: &str| connections.ids.iter().any(|known| known == id);
    match (start, parts) {
        (Some(_), [route]) if OF_SITE.contains(route) => Some(format!("/saml/{route}")),
        (Some(_), [id, route, ..]) if OF_CONNECTION.contains(route) && known(id) => {
            Some(format!("/saml/{id}/{route}"))
        }
        (_, [.., route]) if OF_CONNECTION.contains(route) => {
            let only = connections.only.as_deref().unwrap_or("CONNECTION");
            Some(format!("/saml/{only}/{route}"))
        }
        (None, [route]) if OF_SITE.contains(route) => Some(format!("/saml/{route}")),
        _ => None,
    }
}

/// The ACS that somebody meant who posted a response elsewhere.
fn acs(segments: &[String], connections: &ListedConnections) -> String {
    let named = segments.iter().find(|part| connections.ids.contains(part));
    let id = named.or(connections.only.as_ref());
    format!("/saml/{}/acs", id.map_or("CONNECTION", String::as_str))
}

const OF_CONNECTION: [&str; 4] = ["acs", "login", "slo", "metadata"];
const OF_SITE: [&str; 3] = ["login", "logout", "sessions"];
const MAX_PARTS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn known(ids: &[&str], only: Option<&str>) -> ListedConnections {
        ListedConnections {
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            only: only.map(str::to_owned),
        }
    }

    #[test]
    fn one_that_is_unlisted_is_named_to_those_alone_who_name_it() {
        let unlisted = known(&["acme"], None);
        for (path, expected) in [
            ("/saml/ACME/acs/", "/saml/acme/acs"),
            ("/login", "/saml/CONNECTION/login"),
            ("/saml/acs", "/saml/CONNECTION/acs"),
            ("/acm/login", "/saml/CONNECTION/login"),
            ("/saml/other/metadata/", "/saml/CONNECTION/metadata"),
        ] {
            let found = meant(&segments(path), &unlisted);
            assert_eq!(found.as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_was_meant_is_told() {
        let one = known(&["acme"], Some("acme"));
        let two = known(&["acme", "bolt"], None);
        for (path, of_one, of_two) in [
            (
                "/saml/acme/acs/",
                Some("/saml/acme/acs"),
                Some("/saml/acme/acs"),
            ),
            (
                "/saml/acme//acs",
                Some("/saml/acme/acs"),
                Some("/saml/acme/acs"),
            ),
            (
                "//saml/acme/acs",
                Some("/saml/acme/acs"),
                Some("/saml/acme/acs"),
            ),
            (
                "/SAML/Acme/ACS",
                Some("/saml/acme/acs"),
                Some("/saml/acme/acs"),
            ),
            (
                "/saml/acme/acs%20",
                Some("/saml/acme/acs"),
                Some("/saml/acme/acs"),
            ),
            (
                "/wiki/saml/bolt/slo",
                Some("/saml/acme/slo"),
                Some("/saml/bolt/slo"),
            ),
            (
                "/saml/acme/login/x",
                Some("/saml/acme/login"),
                Some("/saml/acme/login"),
            ),
            (
                "/saml/acs",
                Some("/saml/acme/acs"),
                Some("/saml/CONNECTION/acs"),
            ),
            ("/acs", Some("/saml/acme/acs"), Some("/saml/CONNECTION/acs")),
            (
                "/acme/acs",
                Some("/saml/acme/acs"),
                Some("/saml/CONNECTION/acs"),
            ),
            ("/saml/login/", Some("/saml/login"), Some("/saml/login")),
            ("/saml/LOGOUT", Some("/saml/logout"), Some("/saml/logout")),
            ("/sessions/", Some("/saml/sessions"), Some("/saml/sessions")),
            ("/saml", None, None),
            ("/saml/acme", None, None),
            ("/wp-login.php", None, None),
            ("/", None, None),
        ] {
            let segments = segments(path);
            assert_eq!(meant(&segments, &one).as_deref(), of_one, "{path}");
            assert_eq!(meant(&segments, &two).as_deref(), of_two, "{path}");
        }
    }
}
