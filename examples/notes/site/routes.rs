//! The addresses of the site, and who gets in where.

use axum::Form;
use axum::Router;
use axum::extract::FromRef;
use axum::extract::Path;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use entrada::ports::StoreError;
use entrada::saml::claim;
use entrada::session::Rule;
use entrada::web::CurrentUser;
use entrada::web::Entrada;
use entrada::web::GuardError;
use entrada::web::NotSignedOn;
use entrada::web::RecentUser;
use maud::Markup;
use serde::Deserialize;

use super::CONNECTION;
use super::board::Author;
use super::board::Board;
use super::board::Failure;
use super::guards;
use super::pages;

/// The things that the handlers work with.
#[derive(Clone)]
struct App {
    entrada: Entrada,
    board: Board,
}

impl FromRef<App> for Entrada {
    fn from_ref(app: &App) -> Entrada {
        app.entrada.clone()
    }
}

/// All routes: the board's own and those of Entrada, which bring their own headers and limits.
pub(super) async fn router(
    entrada: Entrada,
    board: Board,
    admin_group: &str,
) -> Result<Router, GuardError> {
    // Those in the group get in, whatever becomes of its name; everybody else who is signed in sees why they do not. A group of
    // the same name of another connection, should the board ever get one, opens nothing.
    let admins = Rule::connection(CONNECTION).and(Rule::group(admin_group));
    let admins = entrada.require(admins).await?;
    let keeping = Router::new()
        .route("/archive", get(archive))
        .route("/delete-all", get(ask_to_delete_all).post(delete_all))
        .route_layer(admins);
    let origin = entrada.base_url().to_string();
    let pages = Router::new()
        .route("/", get(home))
        .route("/notes", post(write))
        .route("/notes/{id}/remove", post(remove))
        .route("/account", get(account))
        .route("/style.css", get(style))
        .merge(keeping)
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(
            origin,
            guards::own_forms_only,
        ))
        .layer(middleware::from_fn(guards::headers));
    Ok(pages
        .merge(entrada.routes())
        .with_state(App { entrada, board }))
}

/// The board for those who are signed in, and a way in for everybody else.
async fn home(State(app): State<App>, user: Option<CurrentUser>) -> Result<Markup, Problem> {
    match user {
        Some(user) => {
            let author = Author::of(&user, name_of(&user));
            let notes = app.board.notes(false).await?;
            Ok(pages::board(name_of(&user), &notes, author.id()))
        }
        None => Ok(pages::welcome()),
    }
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

/// Whoever is signed out meanwhile finds the way in on the start page, where a program would get 401.
async fn write(
    State(app): State<App>,
    user: Result<CurrentUser, NotSignedOn>,
    Form(note): Form<NewNote>,
) -> Result<Response, Problem> {
    let Ok(user) = user else {
        return Ok(Redirect::to("/").into_response());
    };
    let text = note.text.trim();
    if text.is_empty() || text.chars().count() > pages::LONGEST {
        return Ok((StatusCode::BAD_REQUEST, pages::unfit()).into_response());
    }
    let author = Author::of(&user, name_of(&user));
    app.board.write(author, text.to_owned()).await?;
    Ok(Redirect::to("/").into_response())
}

/// Takes one's own note off the board; somebody else's stays.
async fn remove(
    State(app): State<App>,
    user: CurrentUser,
    Path(id): Path<i64>,
) -> Result<Redirect, Problem> {
    let author = Author::of(&user, name_of(&user));
    app.board.remove(id, &author).await?;
    Ok(Redirect::to("/"))
}

/// The page about oneself: one's name here, one's groups, and the places where one is signed in.
async fn account(State(app): State<App>, user: CurrentUser) -> Result<Markup, Problem> {
    let groups = user.groups().await?;
    let sessions = app.entrada.sessions_of(&user).await?;
    Ok(pages::account(&user, name_of(&user), &groups, &sessions))
}

/// The notes of those who are gone.
async fn archive(State(app): State<App>, user: CurrentUser) -> Result<Markup, Problem> {
    let notes = app.board.notes(true).await?;
    Ok(pages::archive(name_of(&user), &notes))
}

/// Whoever signed in more than five minutes ago proves anew who they are before they see this.
async fn ask_to_delete_all(user: RecentUser<5>) -> Markup {
    pages::ask_to_delete_all(name_of(&user))
}

/// A person whose proof has become too old meanwhile is told so: a form cannot come back from the sign-in.
async fn delete_all(
    State(app): State<App>,
    user: Result<RecentUser<5>, NotSignedOn>,
) -> Result<Response, Problem> {
    let Ok(user) = user else {
        return Ok((StatusCode::FORBIDDEN, pages::too_late()).into_response());
    };
    let removed = app.board.remove_all().await?;
    tracing::warn!(session = %user.record().id, removed, "all notes were deleted");
    Ok(Redirect::to("/").into_response())
}

async fn nowhere() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, pages::nowhere())
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css")], pages::STYLE)
}

/// The display name, or else the name that was signed.
fn name_of(user: &CurrentUser) -> &str {
    let display_name = user.attributes().first(claim::DISPLAY_NAME);
    display_name.unwrap_or(&user.name_id().value)
}

/// A database that does not answer. The log has the reason, and the person a page.
struct Problem(Failure);

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem(failure)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "a page could not be shown");
        (StatusCode::SERVICE_UNAVAILABLE, pages::problem()).into_response()
    }
}
