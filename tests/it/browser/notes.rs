//! The notes board of `examples/notes`, as its people use it.

#[path = "../../../examples/notes/site/mod.rs"]
mod site;

use std::path::Path;
use std::time::Duration;

use entrada::connection::TrustSource;
use entrada::store;
use reqwest::StatusCode;
use rusqlite::Connection as Database;
use tempfile::TempDir;
use thirtyfour::By;
use thirtyfour::WebDriver;
use thirtyfour::prelude::ElementQueryable;
use thirtyfour::prelude::WebDriverResult;

use self::site::Provider;
use self::site::Settings;
use self::site::Site;
use super::click;
use super::click_on;
use super::desk::Desk;
use super::harness::browse;
use super::text;
use crate::command_line::Ran;
use crate::command_line::entrada;

/// The site, in a folder of the test's own.
struct Notes {
    site: Site,
    folder: TempDir,
}

impl Notes {
    async fn start() -> Notes {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::start(settings(&folder, Provider::Practice)).await;
        Notes {
            site: site.unwrap(),
            folder,
        }
    }

    async fn browse<F>(&self, story: impl FnOnce(Desk) -> F + Send + 'static)
    where
        F: Future<Output = WebDriverResult<()>> + Send,
    {
        let app = format!("{}/", self.site.url());
        let portal = self.site.portal_url().unwrap();
        browse(|browser| async move {
            story(Desk::open(browser, &app, &portal, "Notes").await?).await
        })
        .await;
    }
}

fn settings(folder: &TempDir, provider: Provider) -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        base_url: None,
        folder: folder.path().to_owned(),
        provider,
        admin_group: "Admins".to_owned(),
    }
}

async fn write(browser: &WebDriver, note: &str) -> WebDriverResult<()> {
    let field = browser.query(By::Id("text")).first().await?;
    field.send_keys(note).await?;
    click_on(browser, "Put it on the board").await?;
    shows(browser, note).await
}

/// The page has this text. What follows from an event takes a moment: the page is loaded again until it is there.
async fn comes_to_show(browser: &WebDriver, wanted: &str) -> WebDriverResult<()> {
    while !text(browser, By::Tag("main")).await?.contains(wanted) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        browser.refresh().await?;
    }
    Ok(())
}

async fn shows(browser: &WebDriver, wanted: &str) -> WebDriverResult<()> {
    let main = By::XPath(format!("//main[contains(., '{wanted}')]"));
    browser.query(main).first().await.map(drop)
}

/// Lets time pass since everybody proved who they are.
fn age_proofs(folder: &Path) {
    let database = Database::open(folder.join("entrada.db")).unwrap();
    let age =
        "UPDATE sessions SET record = json_set(record, '$.authn_instant', '2026-01-01T00:00:00Z')";
    assert!(database.execute(age, []).unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_written_kept_and_leave_with_their_authors() {
    let notes = Notes::start().await;
    let folder = notes.folder.path().to_owned();
    notes
        .browse(|desk| async move {
            let browser = desk.sign_in_as("Chidi Cole").await?;
            write(browser, "The printer <b>works</b> again").await?;
            click(browser, By::LinkText("Archive")).await?;
            shows(browser, "This page is not for you").await?;
            desk.open_page("").await?;

            let browser = desk.sign_in_as("Alice Arden").await?;
            shows(browser, "The printer <b>works</b> again").await?;
            let others = browser.query(By::XPath("//button[contains(., 'Remove')]"));
            assert_eq!(others.nowait().any().await?.len(), 0);
            write(browser, "Lunch at noon").await?;
            click(browser, By::Id("who")).await?;
            let groups = text(browser, By::Id("groups")).await?;
            assert_eq!(groups, "Admins\nEngineering");
            let sessions = text(browser, By::Id("sessions")).await?;
            assert!(
                sessions.starts_with("Chrome on Linux at 127.0.0.1"),
                "{sessions}"
            );
            assert!(sessions.ends_with("(here)"), "{sessions}");

            // Chidi leaves, and after a month is deleted for good.
            desk.press("Chidi Cole", "Delete").await?;
            desk.provision("1 disabled").await?;
            let browser = desk.open_page("").await?;
            comes_to_show(browser, "Chidi Cole (has left)").await?;
            let browser = desk.admin().await?;
            click(browser, By::LinkText("People and groups")).await?;
            click_on(browser, "Delete Chidi for good").await?;
            desk.provision("1 deleted").await?;
            let browser = desk.open_page("archive").await?;
            comes_to_show(browser, "The printer").await?;
            let browser = desk.open_page("").await?;
            assert!(!text(browser, By::Tag("main")).await?.contains("printer"));

            // A dangerous action asks for a fresh proof.
            age_proofs(&folder);
            let browser = desk.open_page("archive").await?;
            click(browser, By::PartialLinkText("Delete all notes")).await?;
            assert_eq!(text(browser, By::Tag("h1")).await?, "Pick an account");
            click_on(browser, "Alice Arden").await?;
            shows(browser, "Delete all notes?").await?;
            // A person who hesitates for too long proves it once more.
            age_proofs(&folder);
            click_on(browser, "Delete all notes").await?;
            shows(browser, "Nothing was deleted").await?;
            click(browser, By::LinkText("Prove it again")).await?;
            assert_eq!(text(browser, By::Tag("h1")).await?, "Pick an account");
            click_on(browser, "Alice Arden").await?;
            shows(browser, "Delete all notes?").await?;
            click_on(browser, "Delete all notes").await?;
            shows(browser, "Nobody has written anything yet.").await
        })
        .await;
    notes.site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_are_refused_and_pages_carry_their_headers() {
    let notes = Notes::start().await;
    let client = reqwest::Client::builder().no_proxy();
    let client = client.redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    let post = || {
        let form = [("text", "hello")];
        client
            .post(format!("{}/notes", notes.site.url()))
            .form(&form)
    };
    for (name, value, expected) in [
        ("x-none", "", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        ("origin", "http://127.0.0.1:1", StatusCode::FORBIDDEN),
        // Nothing is wrong with these but that nobody is signed in.
        ("origin", notes.site.url(), StatusCode::SEE_OTHER),
        ("sec-fetch-site", "same-origin", StatusCode::SEE_OTHER),
    ] {
        let answer = post().header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{name}: {value}");
    }
    for path in ["", "style.css", "archive", "nothing-here"] {
        let page = client.get(format!("{}/{path}", notes.site.url()));
        let page = page.send().await.unwrap();
        let policy = page.headers().get("content-security-policy");
        let policy = policy.unwrap_or_else(|| panic!("{path}"));
        assert!(policy.to_str().unwrap().contains("default-src 'none'"));
        assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    }
    notes.site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_the_site_was_down_is_dealt_with_at_the_next_start() {
    let notes = Notes::start().await;
    notes
        .browse(|desk| async move {
            let browser = desk.sign_in_as("Bruno Berg").await?;
            write(browser, "I shall be away").await
        })
        .await;
    let Notes { site, folder } = notes;
    site.stop().await;

    let url = format!("sqlite:{}", folder.path().join("entrada.db").display());
    let connection = {
        let store = store::open(&url).await.unwrap();
        let id = "notes".parse().unwrap();
        store.connection(&id).await.unwrap().unwrap()
    };
    let deactivate = ["user", "deactivate", "bruno@contoso.example", "--yes"];
    let deactivated = entrada()
        .args(deactivate)
        .args(["--database", &url])
        .output();
    let deactivated = Ran::from(deactivated.unwrap()).exits(0);
    assert!(deactivated.stdout.contains("bruno"), "{deactivated:?}");
    assert_eq!(standing(&folder), "here");

    // The identity provider is gone; the site starts with the copy of its metadata.
    let TrustSource::MetadataUrl { url, .. } = connection.trust() else {
        panic!("{:?}", connection.trust());
    };
    let tenant = Provider::Tenant {
        metadata_url: url.to_string(),
    };
    let site = Site::start(settings(&folder, tenant)).await.unwrap();
    let followed = async {
        while standing(&folder) != "away" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), followed)
        .await
        .unwrap();
    site.stop().await;
}

/// The standing of the only author, as the board remembers it.
fn standing(folder: &TempDir) -> String {
    let database = Database::open(folder.path().join("notes.db")).unwrap();
    let standing = database.query_row("SELECT standing FROM authors", [], |row| row.get(0));
    standing.unwrap()
}

/// Writes the picture in the README: `cargo test notes_board_in_pictures -- --ignored`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/images/notes.png"]
async fn notes_board_in_pictures() {
    let notes = Notes::start().await;
    notes
        .browse(|desk| async move {
            let browser = desk.sign_in_as("Chidi Cole").await?;
            browser.set_window_rect(0, 0, 1000, 820).await?;
            write(browser, "The printer on the second floor works again.").await?;
            write(browser, "Lunch at noon? I have a table for four.").await?;
            let everything = std::env::var_os("ENTRADA_ALL_SCREENSHOTS").is_some();
            if everything {
                desk.open_page("archive").await?;
                save(browser, "not-permitted").await?;
                desk.open_page("saml/sessions").await?;
                save(browser, "sessions").await?;
                desk.admin().await?;
                save(browser, "portal").await?;
            }
            desk.press("Chidi Cole", "Delete").await?;
            desk.provision("1 disabled").await?;
            let browser = desk.sign_in_as("Alice Arden").await?;
            comes_to_show(browser, "Chidi Cole (has left)").await?;
            write(browser, "Demo on Friday: bring what you have.").await?;
            save(browser, "notes").await?;
            if everything {
                desk.open_page("account").await?;
                save(browser, "account").await?;
                desk.open_page("saml/sessions").await?;
                save(browser, "sessions-alice").await?;
                desk.open_page("archive").await?;
                save(browser, "archive").await?;
                desk.open_page("delete-all").await?;
                save(browser, "delete-all").await?;
                click_on(desk.admin().await?, "Require no assignment").await?;
                desk.sign_in_as("Farah Fox").await?;
                shows(browser, "The sign-in did not succeed").await?;
                save(browser, "not-provisioned").await?;
            }
            Ok(())
        })
        .await;
    notes.site.stop().await;
}

async fn save(browser: &WebDriver, name: &str) -> WebDriverResult<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/images");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let picture = browser.screenshot_as_png().await?;
    std::fs::write(format!("{folder}/{name}.png"), picture)?;
    Ok(())
}
