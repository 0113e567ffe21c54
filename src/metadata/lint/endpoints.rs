//! Rules on the endpoints of one identity provider.

use super::finding::Findings;
use super::table;
use super::words::shown;
use crate::address;
use crate::metadata::element::children;
use crate::metadata::element::uri;
use crate::metadata::read::endpoint;
use crate::text;
use crate::xml::Element;

pub(super) fn look(roles: &[Element<'_>], found: &mut Findings) {
    let sso = Services::of(roles, "SingleSignOnService", found);
    if sso.listed > 0 && sso.spoken == 0 {
        let detail = format!("{} sign-on endpoints, none of them usable", sso.listed);
        found.add(&table::NO_USABLE_BINDING, detail);
    } else if sso.usable == 0 {
        let detail = "there is no https sign-on endpoint over HTTP-Redirect or HTTP-POST";
        found.add(&table::NO_SIGN_ON_ENDPOINT, detail);
    }
    if Services::of(roles, "SingleLogoutService", found).usable == 0 {
        let detail = "there is no https logout endpoint over HTTP-Redirect or HTTP-POST";
        found.add(&table::NO_LOGOUT_ENDPOINT, detail);
    }
}

/// The counts of the endpoints of one kind.
#[derive(Default)]
struct Services {
    listed: usize,
    /// Those over a binding that we speak.
    spoken: usize,
    /// Those of these that a browser may be sent to.
    usable: usize,
}

impl Services {
    fn of(roles: &[Element<'_>], service: &'static str, found: &mut Findings) -> Services {
        let mut services = Services::default();
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for element in children(roles, service) {
            services.listed += 1;
            let binding = uri(element, "Binding").unwrap_or_default();
            for name in ["Binding", "Location", "ResponseLocation"] {
                let written = element.attribute(name).unwrap_or_default();
                if text::has_invisible(written) {
                    let written = text::quoted(&shown(&address::shown(written)));
                    let detail = format!("the {name} of {service} is {written}");
                    found.add(&table::ENDPOINT_INVISIBLE, detail);
                }
            }
            let Some(location) = uri(element, "Location") else {
                continue;
            };
            if seen.contains(&(binding, location)) {
                let detail = format!(
                    "{service} at {} is listed twice",
                    shown(&address::shown(location))
                );
                found.add(&table::DUPLICATE_ENDPOINT, detail);
                continue;
            }
            if seen.len() < ENDPOINTS {
                seen.push((binding, location));
            }
            let Some(endpoint) = endpoint(element) else {
                continue;
            };
            services.spoken += 1;
            if endpoint.is_protected() {
                services.usable += 1;
            } else {
                let detail = format!("{service} is at {}", shown(&address::shown(location)));
                found.add(&table::HTTP_ENDPOINT, detail);
            }
        }
        services
    }
}

/// Endpoints of one kind that are compared with each other: real documents have at most five.
const ENDPOINTS: usize = 32;
