//! The frame around every page of the practice identity provider and of the sample app: one document without
//! foreign parts, under a content security policy that allows no more than that.

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use maud::DOCTYPE;
use maud::Markup;
use maud::PreEscaped;
use maud::html;
use url::Url;

use super::aadsts::Aadsts;
use super::directory::Person;
use super::issue::guid;
use crate::saml::post::PostForm;
use crate::token::Token;

/// A page in the making.
pub(crate) struct Page {
    status: StatusCode,
    look: Look,
    title: String,
    body: Markup,
    /// The address that its forms may go to, redirects included, besides back to where it came from.
    form_target: Option<String>,
    /// The sites whose pages it may hold in frames.
    frame_targets: Vec<String>,
    /// The pages that may hold it in a frame.
    frame_ancestors: &'static str,
    script: Option<&'static str>,
}

/// The owner of the page: nobody should take one for the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Look {
    /// The identity provider's.
    IdentityProvider,
    /// The sample app's.
    SampleApp,
}

impl Page {
    pub(crate) fn new(look: Look, title: impl Into<String>, body: Markup) -> Page {
        Page {
            status: StatusCode::OK,
            look,
            title: title.into(),
            body,
            form_target: None,
            frame_targets: Vec::new(),
            frame_ancestors: "'none'",
            script: None,
        }
    }

    fn status(mut self, status: StatusCode) -> Page {
        self.status = status;
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Ok(nonce) = Token::random().map(|token| token.reveal()) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let target = self.form_target.as_deref().unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
             form-action 'self' {target}; frame-src 'self' {frames}; base-uri 'none'; \
             frame-ancestors {ancestors}",
            frames = self.frame_targets.join(" "),
            ancestors = self.frame_ancestors,
        );
        // The nonce is base64 and the target an origin that the URL parser wrote: both are visible ASCII.
        let Ok(policy) = HeaderValue::try_from(policy) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let headers = [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("same-origin"),
            ),
        ];
        (
            self.status,
            headers,
            Html(document(&self, &nonce).into_string()),
        )
            .into_response()
    }
}

fn document(page: &Page, nonce: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " · " (page.look.name()) }
                style nonce=(nonce) { (PreEscaped(STYLE)) }
            }
            body class=(page.look.class()) {
                header {
                    a.brand href="/" {
                        span.mark aria-hidden="true" { (page.look.mark()) }
                        (page.look.name())
                    }
                    span.chip { (page.look.chip()) }
                }
                main { (page.body) }
                footer { (page.look.footer()) }
                @if let Some(script) = page.script {
                    script nonce=(nonce) { (PreEscaped(script)) }
                }
            }
        }
    }
}

impl Look {
    fn name(self) -> &'static str {
        match self {
            Look::IdentityProvider => "Practice identity provider",
            Look::SampleApp => "Sample app",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Look::IdentityProvider => "idp",
            Look::SampleApp => "app",
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Look::IdentityProvider => "P",
            Look::SampleApp => "S",
        }
    }

    fn chip(self) -> &'static str {
        match self {
            Look::IdentityProvider => "Not Microsoft · for practice only",
            Look::SampleApp => "Signs on with Entrada",
        }
    }

    fn footer(self) -> &'static str {
        match self {
            Look::IdentityProvider => {
                "This is Entrada’s practice identity provider, not Microsoft. It is unsafe for real use: everybody can sign in as anybody."
            }
            Look::SampleApp => "A sample app of Entrada’s demo. Nothing here is real.",
        }
    }
}

/// The page that brings a response to an app: by itself with a script, by a button without.
pub(super) fn post(form: &PostForm, app_name: &str) -> Page {
    let body = html! {
        section.card.narrow {
            h1 { "Signing you in to " (app_name) }
            p { "Your browser is bringing the answer to the app." }
            form method="post" action=(form.action) {
                input type="hidden" name=(form.field) value=(form.message);
                @if let Some(relay_state) = &form.relay_state {
                    input type="hidden" name="RelayState" value=(relay_state);
                }
                button.primary { "Continue" }
            }
        }
    };
    Page {
        form_target: origin(&form.action),
        script: Some("document.forms[0].submit();"),
        ..Page::new(Look::IdentityProvider, "Signing in", body)
    }
}

fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(url.origin().ascii_serialization())
}

/// The page that tells apps of a logout, each in a frame, and then goes on: by itself with a script, by a click without.
pub(super) fn signing_out(requests: &[String], next: Option<&str>) -> Page {
    let mut frame_targets: Vec<String> = requests.iter().filter_map(|url| origin(url)).collect();
    frame_targets.sort();
    frame_targets.dedup();
    let body = html! {
        section.card.narrow {
            h1 { "You signed out" }
            p { "Your apps are being told. On a shared computer, close the browser too." }
            @for request in requests { iframe hidden src=(request) {} }
            @match next {
                Some(next) => p { a.button.primary id="next" href=(next) { "Continue" } },
                None => p { a href="/" { "To the portal" } },
            }
        }
    };
    Page {
        frame_targets,
        script: next.is_some().then_some(GO_ON),
        ..Page::new(Look::IdentityProvider, "You signed out", body)
    }
}

/// Goes on once every frame has loaded, or after three seconds: an app that is down must not hold anybody up.
const GO_ON: &str = "\
const frames = [...document.querySelectorAll('iframe')];
const goOn = () => location.replace(document.getElementById('next').href);
let left = frames.length;
for (const frame of frames) frame.addEventListener('load', () => { if (--left === 0) goOn(); });
setTimeout(goOn, left ? 3000 : 0);";

/// The page that an app's answer to a logout leads to, in a frame of [`signing_out`].
pub(super) fn signed_out() -> Page {
    let body = html! {
        section.card.narrow { h1 { "You signed out" } p { a href="/" { "To the portal" } } }
    };
    Page {
        frame_ancestors: "'self'",
        ..Page::new(Look::IdentityProvider, "You signed out", body)
    }
}

/// The page that Entra shows instead of signing somebody in.
pub(super) fn refusal(error: &Aadsts) -> Page {
    let code = format!("AADSTS{}", error.code());
    let correlation_id = guid().unwrap_or_default();
    tracing::info!(
        code,
        correlation_id,
        "the practice identity provider refused a request"
    );
    let body = html! {
        section.card.narrow {
            p.eyebrow { "Sign in" }
            h1 { "Sorry, but we’re having trouble signing you in." }
            p { strong { (code) } ": " (error.to_string()) }
            p.note { (error.remedy()) }
            h2 { "Troubleshooting details" }
            dl.details {
                dt { "Error code" }
                dd { (error.code()) }
                dt { "Correlation Id" }
                dd { code { (correlation_id) } }
                dt { "Timestamp" }
                dd { (format!("{:.3}", Timestamp::now())) }
            }
            p { a href="/" { "To the portal" } }
        }
    };
    Page::new(Look::IdentityProvider, code, body).status(StatusCode::BAD_REQUEST)
}

/// A page with one sentence.
pub(super) fn plain(status: StatusCode, sentence: &str) -> Page {
    let body = html! {
        section.card.narrow {
            h1 { (sentence) }
            p { a href="/" { "To the portal" } }
        }
    };
    Page::new(Look::IdentityProvider, sentence, body).status(status)
}

/// A person's round picture; `index` chooses its colour.
pub(super) fn avatar(person: &Person, index: usize) -> Markup {
    let colour = format!("avatar hue{}", index % HUES);
    html! { span class=(colour) aria-hidden="true" { (person.initials()) } }
}

/// Colours of pictures in the style sheet.
const HUES: usize = 6;

const STYLE: &str = include_str!("style.css");
