//! The pages of the practice identity provider and of the sample app: what stands around them, and those that refuse or go on.

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use maud::Markup;
use maud::html;
use url::Url;

use super::aadsts::Aadsts;
use super::directory::Person;
use super::guid::guid;
use crate::saml::post::PostForm;
use crate::ui;
use crate::ui::Look;

pub(crate) struct Page {
    status: StatusCode,
    owner: &'static Owner,
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

/// The owner of a page: nobody should take one for the other.
struct Owner {
    name: &'static str,
    look: Look,
    mark: &'static str,
    chip: &'static str,
    footer: &'static str,
}

const IDENTITY_PROVIDER: Owner = Owner {
    name: "Practice identity provider",
    look: Look::IdentityProvider,
    mark: "P",
    chip: "Not Microsoft · for practice only",
    footer: "This is Entrada’s practice identity provider, not Microsoft. It is unsafe for real use: everybody can sign in as anybody.",
};

const SAMPLE_APP: Owner = Owner {
    name: "Sample app",
    look: Look::SampleApp,
    mark: "S",
    chip: "Signs on with Entrada",
    footer: "A sample app of Entrada’s demo. Nothing here is real.",
};

impl Page {
    pub(super) fn new(title: impl Into<String>, body: Markup) -> Page {
        Page {
            status: StatusCode::OK,
            owner: &IDENTITY_PROVIDER,
            title: title.into(),
            body,
            form_target: None,
            frame_targets: Vec::new(),
            frame_ancestors: "'none'",
            script: None,
        }
    }

    pub(crate) fn of_sample_app(title: &str, body: Markup) -> Page {
        Page {
            owner: &SAMPLE_APP,
            ..Page::new(title, body)
        }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Page {
        Page { status, ..self }
    }

    /// The same with its moments in the reader's time zone.
    pub(crate) fn with_local_times(self) -> Page {
        Page {
            script: Some(ui::LOCAL_TIMES),
            ..self
        }
    }

    fn document(&self) -> Markup {
        let owner = self.owner;
        let body = html! {
            header {
                a.brand href="/" {
                    span.mark aria-hidden="true" { (owner.mark) }
                    (owner.name)
                }
                span.chip { (owner.chip) }
            }
            main { (self.body) }
            footer { (owner.footer) }
            @if let Some(script) = self.script { (ui::script(script)) }
        };
        let title = format!("{} · {}", self.title, owner.name);
        ui::document(owner.look, &title, body)
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let rest = format!(
            "form-action 'self' {}; frame-src 'self' {}; frame-ancestors {}",
            self.form_target.as_deref().unwrap_or_default(),
            self.frame_targets.join(" "),
            self.frame_ancestors,
        );
        // The targets are origins that the URL parser wrote: visible ASCII.
        let Ok(policy) = HeaderValue::try_from(ui::content_security_policy(
            self.owner.look.style(),
            self.script,
            &rest,
        )) else {
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
        (self.status, headers, self.document()).into_response()
    }
}

/// A refusal of Entra's as an answer: the page that shows it.
impl IntoResponse for Aadsts {
    fn into_response(self) -> Response {
        refusal(&self).into_response()
    }
}

/// The page that brings a response to an app: by itself with a script, by a button without.
pub(super) fn post(form: &PostForm, app_name: &str) -> Page {
    let body = html! {
        section.card.narrow {
            h1 { "Signing you in to " (app_name) }
            p { "Your browser is bringing the answer to the app." }
            (ui::message_form(form, "Continue"))
        }
    };
    Page {
        form_target: origin(&form.action),
        script: Some(ui::SUBMIT),
        ..Page::new("Signing in", body)
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
        ..Page::new("You signed out", body)
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
        ..Page::new("You signed out", body)
    }
}

/// The page that Entra shows instead of signing somebody in.
fn refusal(error: &Aadsts) -> Page {
    let code = format!("AADSTS{}", error.code());
    let correlation_id = guid().unwrap_or_default();
    tracing::info!(
        event = "practice-refused",
        code,
        request = correlation_id,
        "the practice identity provider refused a request"
    );
    let body = html! {
        section.card.narrow {
            p.eyebrow { "Sign in" }
            h1 { "Sorry, but we’re having trouble signing you in." }
            p { strong { (code) } ": " (error.to_string()) }
            p.note { (error.remedy()) }
            h2 { "Troubleshooting details" }
            dl {
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
    Page {
        status: StatusCode::BAD_REQUEST,
        ..Page::new(code, body)
    }
}

pub(super) fn plain(status: StatusCode, sentence: &str) -> Page {
    let body = html! {
        section.card.narrow {
            h1 { (sentence) }
            p { a href="/" { "To the portal" } }
        }
    };
    Page {
        status,
        ..Page::new(sentence, body)
    }
}

/// A person's round picture; `index` chooses its colour.
pub(super) fn avatar(person: &Person, index: usize) -> Markup {
    let colour = format!("avatar hue{}", index % HUES);
    html! { span class=(colour) aria-hidden="true" { (person.initials()) } }
}

/// Colours of pictures in the style sheet.
const HUES: usize = 6;
