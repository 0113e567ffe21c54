//! The frame of every page.

use maud::DOCTYPE;
use maud::Markup;
use maud::PreEscaped;
use maud::html;

use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::token::Token;

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
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    }
}

/// Characters of a correlation number: 72 random bits.
const CORRELATION: usize = 12;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8886; --accent: #0b5cad }
@media (prefers-color-scheme: dark) { :root { --accent: #7ab8ff } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem }
a { color: var(--accent) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem }
dd { margin: 0; overflow-wrap: anywhere }
button { font: inherit; padding: .5rem 1.25rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--accent); color: Canvas; cursor: pointer }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem }
label { display: block; margin-bottom: .25rem }
input { font: inherit; padding: .5rem; border-radius: .5rem; border: 1px solid var(--line); width: 100%; box-sizing: border-box; margin-bottom: .5rem }
ul.choices { list-style: none; padding: 0 }
ul.sessions { list-style: none; padding: 0 }
ul.sessions li { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin-bottom: .5rem; overflow-wrap: anywhere }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap }
ul.choices a { display: block; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .5rem; text-decoration: none }
ul.choices a:hover, ul.choices a:focus { border-color: var(--accent) }
";
