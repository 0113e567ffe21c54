//! The frame of every page.

use maud::Markup;
use maud::html;

use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::token::Token;
use crate::ui;

/// A random number that joins a page to its log line.
pub(in crate::web) fn correlation() -> String {
    Token::random().map_or_else(
        |_| "-".to_owned(),
        |token| token.reveal().chars().take(CORRELATION).collect(),
    )
}

/// The path of the start page.
pub(super) fn start(base_url: &BaseUrl) -> String {
    base_url.local(&ReturnPath::root()).as_str().to_owned()
}

/// A page: its title, which is its heading too, and what it says.
pub(super) fn layout(title: &str, body: Markup) -> Markup {
    let body = html! { main { h1 { (title) } (body) } };
    ui::document("site", title, body)
}

/// Characters of a correlation number: 72 random bits.
const CORRELATION: usize = 12;
