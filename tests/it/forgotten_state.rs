//! An app whose state gives no `Entrada`: the compiler names the line that is missing.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

#[test]
fn the_compiler_names_the_line_that_is_missing() {
    for (state, of) in [
        ("AppState", "AppState"),
        ("std::sync::Arc<AppState>", "Arc<AppState>"),
    ] {
        let app = |given: &str| APP.replace("STATE", state).replace("GIVEN", given);
        assert_eq!(errors(&app(GIVEN)), [""; 0], "of {state}");

        let wanted = format!(
            "the state `{of}` of the app gives no `Entrada`: write `impl axum::extract::FromRef<{of}> for entrada::web::Entrada"
        );
        let said = errors(&app(""));
        let named = said.iter().filter(|error| error.contains(&wanted));
        // Once for what `#[debug_handler]` asks of each extractor, and once for the routes of each app.
        assert_eq!(named.count(), 6, "{said:#?}");
    }
}

/// The app, and the check that `#[debug_handler]` writes for each argument of a handler.
const APP: &str = r#"
use entrada::axum::Router;
use entrada::axum::extract::FromRequestParts;
use entrada::axum::extract::State;
use entrada::prelude::*;

#[derive(Clone)]
pub struct AppState { entrada: Entrada }
GIVEN
pub struct Board;
impl Requirement for Board { fn rule() -> Rule { Rule::group("Board") } }
fn check<T: FromRequestParts<STATE>>() {}
pub fn app(state: STATE, entrada: Entrada) -> Router {
    check::<Entrada>();
    check::<CurrentUser>();
    check::<RecentUser<5>>();
    check::<Permitted<Board>>();
    let hello = |user: CurrentUser, _: State<STATE>| async move { user.name_id().to_string() };
    Router::new()
        .merge(entrada.routes())
        .route("/", entrada::axum::routing::get(hello))
        .with_state(state)
}
// Nothing but `with_state` says which state it is.
pub fn another(state: STATE, entrada: Entrada) -> Router {
    Router::new()
        .route("/", entrada::axum::routing::get(|user: CurrentUser| async move { user.name_id().to_string() }))
        .merge(entrada.routes())
        .with_state(state)
}
"#;

const GIVEN: &str = "impl entrada::axum::extract::FromRef<AppState> for Entrada { fn from_ref(state: &AppState) -> Self { state.entrada.clone() } }";

/// The first lines of the errors with which the compiler refuses a library, which it finds this package beside.
fn errors(source: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.rs");
    fs::write(&file, source).unwrap();
    let built = env::current_exe().unwrap().parent().unwrap().to_owned();
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler)
        .args([
            "--edition=2024",
            "--crate-type=lib",
            "--emit=metadata",
            "--error-format=short",
        ])
        .arg("--extern")
        .arg(format!("entrada={}", library(&built).display()))
        .arg("-L")
        .arg(format!("dependency={}", built.display()))
        .arg("--out-dir")
        .args([folder.path(), &file])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let errors = said.lines().filter(|line| line.contains(": error"));
    let errors: Vec<String> = errors.map(str::to_owned).collect();
    assert_eq!(output.status.success(), errors.is_empty(), "{said}");
    errors
}

/// The library that these tests were linked with: the newest.
fn library(folder: &std::path::Path) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("libentrada-") && name.ends_with(".rlib"))
    };
    let newest = files
        .filter(is_ours)
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap());
    newest.expect("the library was built")
}
