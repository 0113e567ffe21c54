//! The pages of a site. A handler answers with a [`Page`]; the last layer before the network draws it, by the app's own drawing or
//! else by ours, in the language of the reader and with the brand of the site.

mod accepted;
mod brand;
mod drawing;
mod page;
mod phrase;
mod reader;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use maud::html;

pub use self::brand::Brand;
pub use self::brand::BrandError;
use self::brand::CheckedBrand;
pub use self::page::Choice;
pub use self::page::Page;
pub use self::page::Reference;
pub use self::phrase::English;
pub use self::phrase::German;
pub use self::phrase::Phrase;
pub use self::phrase::Translation;
pub use self::reader::Reader;
use super::headers;
use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::ui;
use crate::ui::Look;

/// Draws pages of an app's own design.
type OwnPages = Box<dyn Fn(&Page, &Reader<'_>) -> Option<String> + Send + Sync>;

/// The look of a site's pages, as an app wants it.
#[derive(Default)]
pub(super) struct Design {
    pub(super) brand: Option<Brand>,
    pub(super) own: Option<OwnPages>,
    pub(super) languages: Vec<Arc<dyn Translation>>,
}

/// The same, ready to draw.
pub(super) struct Pages {
    start: ReturnPath,
    brand: Option<CheckedBrand>,
    own: Option<OwnPages>,
    languages: Vec<Arc<dyn Translation>>,
    style: String,
    /// The rest of the policy of a page, behind its style and its script.
    policy: String,
}

impl Page {
    /// The answer with this page, which [`layer`] draws.
    pub(super) fn answer(self, status: StatusCode) -> Response {
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }

    /// The answer with this page, which goes on by itself.
    pub(super) fn going_on(self, status: StatusCode, to: &str) -> Response {
        let mut response = self.answer(status);
        if let Ok(refresh) = HeaderValue::try_from(format!("0; url={to}")) {
            response.headers_mut().insert(header::REFRESH, refresh);
        }
        response
    }

    fn script(&self) -> Option<&'static str> {
        match self {
            Page::Sessions { .. } => Some(ui::LOCAL_TIMES),
            Page::Post(_) => Some(ui::SUBMIT),
            _ => None,
        }
    }
}

/// Draws the page of an answer, and sets the headers that every answer has. For `middleware::from_fn_with_state`.
pub(super) async fn layer(
    State(pages): State<Arc<Pages>>,
    request: Request,
    next: Next,
) -> Response {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let response = next.run(request).await;
    headers::set(pages.drawn(response, accepted.as_ref()))
}

impl Pages {
    pub(super) fn new(base_url: &BaseUrl, design: Design) -> Result<Pages, BrandError> {
        let Design {
            brand,
            own,
            mut languages,
        } = design;
        if languages.is_empty() {
            languages = vec![Arc::new(English), Arc::new(German)];
        }
        let brand = brand.as_ref().map(Brand::checked).transpose()?;
        let mut style = Look::Site.style().to_owned();
        let mut policy = String::new();
        if let Some(brand) = &brand {
            style.push_str(&brand.style);
            if brand.logo.is_some() {
                policy.push_str("img-src data:; ");
            }
        }
        policy.push_str(headers::REST);
        Ok(Pages {
            start: base_url.local(&ReturnPath::root()),
            brand,
            own,
            languages,
            style,
            policy,
        })
    }

    /// An answer whose page is drawn, if it has one, for a reader who accepts these languages.
    pub(super) fn drawn(&self, mut response: Response, accepted: Option<&HeaderValue>) -> Response {
        let Some(page) = response.extensions_mut().remove::<Page>() else {
            return response;
        };
        let translation = accepted::preferred(accepted, &self.languages);
        let reader = Reader {
            translation: translation.unwrap_or(&English),
            start: self.start.as_str(),
        };
        let own = match (&page, &self.own) {
            (Page::Post(_), _) | (_, None) => None,
            (_, Some(draw)) => draw(&page, &reader),
        };
        let (html, policy) = match own {
            Some(html) => (html, OWN_DESIGN_POLICY.to_owned()),
            None => (self.draw(&page, &reader), self.policy(&page)),
        };
        let (mut parts, _) = response.into_parts();
        let headers = &mut parts.headers;
        headers.remove(header::CONTENT_LENGTH);
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::VARY, header::ACCEPT_LANGUAGE.as_str()),
            (header::CONTENT_LANGUAGE, reader.language()),
            (header::CONTENT_SECURITY_POLICY, &policy),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        Response::from_parts(parts, Body::from(html))
    }

    fn draw(&self, page: &Page, reader: &Reader<'_>) -> String {
        let brand = self.brand.as_ref();
        let title = match (page, brand) {
            (Page::Home { .. }, Some(brand)) => brand.name.clone(),
            _ => reader.say(page.title()),
        };
        let of_site = brand.filter(|brand| brand.name != title);
        let head = of_site.map_or(title.clone(), |brand| format!("{title} · {}", brand.name));
        let body = html! {
            main {
                @if let Some(brand) = brand {
                    p.brand {
                        @if let Some(logo) = &brand.logo { img src=(logo) alt=""; }
                        (brand.name)
                    }
                }
                h1 { (title) }
                (drawing::content(page, reader))
            }
            @if let Some(script) = page.script() { (ui::script(script)) }
        };
        ui::site_document(reader.language(), &self.style, &head, body).into_string()
    }

    fn policy(&self, page: &Page) -> String {
        let rest = match page {
            // It does not name the receiver: Chromium would hold the receiver's own redirects to that.
            Page::Post(_) => self.policy.replace("form-action 'self'; ", ""),
            _ => self.policy.clone(),
        };
        ui::content_security_policy(&self.style, page.script(), &rest)
    }
}

/// The policy of a page of somebody else's design: no scripts, styles in the page, images, fonts and style sheets of the site itself.
const OWN_DESIGN_POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
