//! The frame of every page of ours, with the one style sheet: pages of a site, of the practice identity provider and the
//! sample app, and the saved report of `entrada verify`. A page has no foreign parts: its style sheet and its script stand in
//! it, and its policy admits them by their hashes.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::DOCTYPE;
use maud::Markup;
use maud::PreEscaped;
use maud::html;

use crate::crypto::sha256;
use crate::saml::post::PostForm;

/// A page as a document. Its class in the style sheet says whose page it is.
pub(crate) fn document(class: &str, title: &str, body: Markup) -> Markup {
    with_head(class, title, html! {}, body)
}

/// A page that is opened from a file, and brings its policy along.
pub(crate) fn saved_document(class: &str, title: &str, body: Markup) -> Markup {
    let policy = content_security_policy(None, "form-action 'none'");
    let head = html! { meta http-equiv="Content-Security-Policy" content=(policy); };
    with_head(class, title, head, body)
}

fn with_head(class: &str, title: &str, head: Markup, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                (head)
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body class=(class) { (body) }
        }
    }
}

/// A form that brings a SAML message to its receiver: by [`SUBMIT`], or by a click where scripts are off.
pub(crate) fn message_form(form: &PostForm) -> Markup {
    html! {
        form method="post" action=(form.action) {
            input type="hidden" name=(form.field) value=(form.message);
            @if let Some(relay_state) = &form.relay_state {
                input type="hidden" name="RelayState" value=(relay_state);
            }
            button.primary { "Continue" }
        }
    }
}

pub(crate) const SUBMIT: &str = "document.forms[0].submit()";

/// A script of a page, to stand at the end of its body.
pub(crate) fn script(text: &'static str) -> Markup {
    html! { script { (PreEscaped(text)) } }
}

/// The content security policy of a page: its style sheet, its script if it has one, and the rest of its directives.
pub(crate) fn content_security_policy(script: Option<&str>, rest: &str) -> String {
    let script = script.map(|text| format!("script-src {}; ", source(text)));
    let script = script.unwrap_or_default();
    let style = &*STYLE_SOURCE;
    format!("default-src 'none'; style-src {style}; {script}base-uri 'none'; {rest}")
}

/// The source of a policy that admits one text (Content Security Policy 3 §2.3.1).
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(sha256(text.as_bytes())))
}

static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| source(STYLE));

const STYLE: &str = include_str!("style.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_admits_what_stands_in_the_page_and_nothing_else() {
        let page = document("site", "Title", script(SUBMIT)).into_string();
        let between = |start: &str, end: &str| {
            let (_, rest) = page.split_once(start).unwrap();
            source(rest.split_once(end).unwrap().0)
        };
        let (style, script) = (
            between("<style>", "</style>"),
            between("<script>", "</script>"),
        );
        let expected = format!(
            "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(
            content_security_policy(Some(SUBMIT), "frame-ancestors 'none'"),
            expected
        );
        assert!(!content_security_policy(None, "").contains("script-src"));
    }
}
