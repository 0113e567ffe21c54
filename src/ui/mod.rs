//! The frame of every page of ours: pages of a site, of the practice identity provider and the sample app, and the saved report
//! of `entrada verify`. A page has no foreign parts: its style sheet and its script stand in it, and its policy admits them by
//! their hashes.

mod table;
mod time;

pub(crate) use self::table::table;
pub(crate) use self::time::LOCAL_TIMES;
pub(crate) use self::time::minute;
pub(crate) use self::time::second;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::DOCTYPE;
use maud::Markup;
use maud::PreEscaped;
use maud::html;

use crate::crypto::sha256;
use crate::saml::post::PostForm;

/// The look of a page, by the owner of it.
#[derive(Clone, Copy)]
pub(crate) enum Look {
    Site,
    Report,
    IdentityProvider,
    SampleApp,
}

impl Look {
    /// The class of the body in the style sheet.
    fn class(self) -> &'static str {
        match self {
            Look::Site => "site",
            Look::Report => "report",
            Look::IdentityProvider => "idp",
            Look::SampleApp => "app",
        }
    }

    /// The style sheet, with no more than these pages use.
    pub(crate) fn style(self) -> &'static str {
        match self {
            Look::Site => concat!(include_str!("base.css"), include_str!("site.css")),
            Look::Report => concat!(
                include_str!("base.css"),
                include_str!("table.css"),
                include_str!("report.css")
            ),
            Look::IdentityProvider | Look::SampleApp => concat!(
                include_str!("base.css"),
                include_str!("table.css"),
                include_str!("practice.css")
            ),
        }
    }
}

/// A page as a document.
pub(crate) fn document(look: Look, title: &str, body: Markup) -> Markup {
    with_head(look, "en", look.style(), title, html! {}, body)
}

/// A page of a site, in a language and with the style sheet of that site.
pub(crate) fn site_document(language: &str, style: &str, title: &str, body: Markup) -> Markup {
    with_head(Look::Site, language, style, title, html! {}, body)
}

/// A page that is opened from a file, and brings its policy along.
pub(crate) fn saved_document(look: Look, title: &str, body: Markup) -> Markup {
    let policy = content_security_policy(look.style(), None, "form-action 'none'");
    let head = html! { meta http-equiv="Content-Security-Policy" content=(policy); };
    with_head(look, "en", look.style(), title, head, body)
}

fn with_head(
    look: Look,
    language: &str,
    style: &str,
    title: &str,
    head: Markup,
    body: Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                (head)
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body class=(look.class()) { (body) }
        }
    }
}

/// A form that brings a SAML message to its receiver: by [`SUBMIT`], or by a click where scripts are off.
pub(crate) fn message_form(form: &PostForm, go_on: &str) -> Markup {
    html! {
        form method="post" action=(form.action) {
            input type="hidden" name=(form.field) value=(form.message);
            @if let Some(relay_state) = &form.relay_state {
                input type="hidden" name="RelayState" value=(relay_state);
            }
            button.primary { (go_on) }
        }
    }
}

pub(crate) const SUBMIT: &str = "document.forms[0].submit()";

/// A script of a page, to stand at the end of its body.
pub(crate) fn script(text: &'static str) -> Markup {
    html! { script { (PreEscaped(text)) } }
}

/// A list, which is folded behind its number where it is long.
pub(crate) fn folded(count: usize, words: &str, list: Markup) -> Markup {
    html! {
        @if count <= FEW { (list) } @else { details { summary { (count) " " (words) } (list) } }
    }
}

/// Items of a list that are shown without being asked for.
pub(crate) const FEW: usize = 12;

/// The content security policy of a page: its style sheet, its script if it has one, and the rest of its directives.
pub(crate) fn content_security_policy(style: &str, script: Option<&str>, rest: &str) -> String {
    let script = script.map(|text| format!("script-src {}; ", source(text)));
    let script = script.unwrap_or_default();
    let style = source(style);
    format!("default-src 'none'; style-src {style}; {script}base-uri 'none'; {rest}")
}

/// The source of a policy that admits one text (Content Security Policy 3 §2.3.1).
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(sha256(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_admits_what_stands_in_the_page_and_nothing_else() {
        for look in LOOKS {
            let page = document(look, "Title", script(SUBMIT)).into_string();
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
                content_security_policy(look.style(), Some(SUBMIT), "frame-ancestors 'none'"),
                expected
            );
            assert!(!content_security_policy(look.style(), None, "").contains("script-src"));
        }
    }

    #[test]
    fn a_page_carries_no_style_of_others() {
        for look in LOOKS {
            for other in LOOKS {
                let class = format!(".{} ", other.class());
                let own = look.class() == other.class() || !look.style().contains(&class);
                let beside = matches!(look, Look::IdentityProvider | Look::SampleApp);
                assert!(own || beside, "{} has {class}", look.class());
            }
        }
        assert!(Look::Site.style().len() < 4096);
    }

    const LOOKS: [Look; 4] = [
        Look::Site,
        Look::Report,
        Look::IdentityProvider,
        Look::SampleApp,
    ];
}
