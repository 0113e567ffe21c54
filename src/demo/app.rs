//! The sample app of the demo: a start page for everybody, and a page that only those who are signed in see.
//! It uses nothing but the public interface of [`crate::web`].

use axum::Router;
use axum::extract::FromRef;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::Markup;
use maud::html;

use super::people;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::practice::Page;
use crate::saml::claim;
use crate::session::MembershipKind;
use crate::session::Rule;
use crate::ui;
use crate::web::CurrentUser;
use crate::web::Entrada;
use crate::web::Permitted;
use crate::web::Requirement;

pub(super) const PROTECTED: &str = "/me";

#[derive(Clone)]
struct SampleApp {
    entrada: Entrada,
    connection: ConnectionId,
    sign_in: String,
    portal: String,
}

impl FromRef<SampleApp> for Entrada {
    fn from_ref(app: &SampleApp) -> Entrada {
        app.entrada.clone()
    }
}

/// The people who see the page of the engineers.
struct Engineers;

impl Requirement for Engineers {
    fn rule() -> Rule {
        Rule::group("Engineering")
    }
}

/// All routes: the app's own four pages, and those of the service provider.
pub(super) fn router(entrada: Entrada, connection: ConnectionId, portal: &str) -> Router {
    let app = SampleApp {
        // With the host, so that somebody who came by another name of it gets cookies for the right one.
        sign_in: format!(
            "{}/saml/{connection}/login?return={PROTECTED}",
            entrada.base_url()
        ),
        portal: portal.to_owned(),
        connection,
        entrada,
    };
    Router::new()
        .route("/", get(home))
        .route(PROTECTED, get(protected))
        .route("/people", get(people))
        .route("/engineering", get(engineering))
        .merge(app.entrada.routes())
        .merge(app.entrada.oauth_routes())
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app)
}

async fn not_found() -> Page {
    refusal(StatusCode::NOT_FOUND, "There is no such page here.")
}

async fn wrong_method() -> Page {
    let sentence = "This page takes no such request.";
    refusal(StatusCode::METHOD_NOT_ALLOWED, sentence)
}

fn refusal(status: StatusCode, sentence: &str) -> Page {
    let body = html! {
        section.card.narrow {
            h1 { (sentence) }
            p { a href="/" { "Start page" } }
        }
    };
    Page::of_sample_app(sentence, body).with_status(status)
}

async fn home(State(app): State<SampleApp>, user: Option<CurrentUser>) -> Page {
    let body = html! {
        section.card.hero {
            h1 { "Single sign-on, end to end" }
            p {
                "This app knows nobody. It sends you to an identity provider, verifies what comes back, and "
                "then knows who you are."
            }
            div.row {
                @match user {
                    Some(user) => {
                        a.button.primary href=(PROTECTED) { "Open the protected page" }
                        span.soft { "You are signed in as " (name_of(&user)) "." }
                    }
                    None => {
                        a.button.primary href=(app.sign_in) { "Sign in" }
                        a.button href=(PROTECTED) { "Open the protected page" }
                    }
                }
                a href="/people" { "People of this app" }
                a href=(app.portal) { "The identity provider’s portal" }
            }
        }
        ol.steps {
            li.card {
                h2 { "Sign in" }
                p.soft { "The request goes to the identity provider. Pick a person there, and come back as them." }
            }
            li.card {
                h2 { "Start at the portal" }
                p.soft { "Sign out here, sign in on the portal, and open this app from its tile." }
            }
            li.card {
                h2 { "See a refusal" }
                p.soft { "Choose a fault on the portal. The next response is bad, and this app turns it away." }
            }
            li.card {
                h2 { "Hire and dismiss" }
                p.soft { "The portal provisions this app. Disable somebody there, provision, and look at the people here." }
            }
        }
    };
    Page::of_sample_app("Start", body)
}

async fn people(State(app): State<SampleApp>) -> Response {
    people::show(&app.entrada, &app.connection, &app.portal).await
}

/// For the members of one group: whoever leaves it is turned away at the next click.
async fn engineering(user: Permitted<Engineers>) -> Page {
    let body = html! {
        section.card {
            p.eyebrow { "For the group Engineering" }
            h1 { "Engineers’ page" }
            p { "You see this, " (name_of(&user)) ", as long as the identity provider has you in the group." }
        }
        p.row { a href="/" { "Start page" } a href=(PROTECTED) { "Protected page" } }
    };
    Page::of_sample_app("Engineers", body)
}

async fn protected(State(app): State<SampleApp>, user: CurrentUser) -> Result<Page, StoreError> {
    let groups = user.attributes().values(claim::GROUPS);
    let known = user.groups().await?;
    let body = html! {
        section.card.row {
            div.grow {
                p.eyebrow { "Signed in as" }
                h1 id="who" { (name_of(&user)) }
                p.soft { "Until " (ui::minute(user.expires())) ", over the connection " (user.connection()) "." }
                @if let Some(id) = user.user() { p.soft { "In this app’s directory you are " code id="user" { (id) } "." } }
            }
            form method="post" action="/saml/logout" {
                input type="hidden" name="return" value="/";
                button id="sign-out" { "Sign out" } " "
                button id="sign-out-everywhere" name="everywhere" value="yes" { "Sign out everywhere" }
            }
        }
        section.card {
            h2 { "What the identity provider vouches for" }
            dl {
                dt { "NameID" }
                dd { code { (user.name_id()) } }
                @for attribute in user.attributes().iter().filter(|attribute| attribute.name != claim::GROUPS) {
                    dt title=(attribute.name) { (short(&attribute.name)) }
                    dd { (values(&attribute.values)) }
                }
                dt title=(claim::GROUPS) { "groups" }
                dd {
                    @if groups.is_empty() { span.soft { "none in the assertion" } } @else { (ui::folded(groups.len(), "object ids", values(groups))) }
                }
            }
        }
        section.card {
            h2 { "Groups in this app’s directory" }
            @let known: Vec<&str> = known.iter().filter(|group| group.standing != MembershipKind::Claimed).map(|group| group.label()).collect();
            p id="groups" { @if known.is_empty() { "none" } @else { (known.join(", ")) } }
            p.row {
                a href="/engineering" { "Engineers’ page" }
                a href="/saml/sessions" { "Where you are signed in" }
            }
        }
        p.row { a href="/" { "Start page" } a href=(app.portal) { "The identity provider’s portal" } }
    };
    Ok(Page::of_sample_app("Protected page", body).with_local_times())
}

/// The display name, or else the name that was signed.
fn name_of(user: &CurrentUser) -> &str {
    let display_name = user.attributes().first(claim::DISPLAY_NAME);
    display_name.unwrap_or(&user.name_id().value)
}

/// The last part of a claim's name, which is what people call it.
fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn values(values: &[String]) -> Markup {
    html! { ul { @for value in values { li { code { (value) } } } } }
}
