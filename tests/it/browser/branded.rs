//! A site with a brand, for a person whose browser asks for German, and a site that draws a page of its own.

use std::future::IntoFuture;

use entrada::practice::App;
use entrada::practice::PracticeIdp;
use entrada::web;
use entrada::web::Entrada;
use entrada::web::pages::Page;
use entrada::web::pages::Reader;
use thirtyfour::By;
use thirtyfour::WebDriver;
use thirtyfour::prelude::WebDriverResult;

use super::click;
use super::click_on;
use super::harness::browse;
use super::harness::browse_in;
use super::text;
use crate::command_line::Workspace;
use crate::serving::Server;

const ANY: &str = "127.0.0.1:0";
const APP: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>document.title = 'run'</script><circle cx="20" cy="20" r="20" fill="#0a5"/></svg>"##;

async fn heading_is(browser: &WebDriver, expected: &str) -> WebDriverResult<()> {
    assert_eq!(text(browser, By::Tag("h1")).await?, expected);
    Ok(())
}

async fn says(browser: &WebDriver, words: &str) -> WebDriverResult<()> {
    let main = text(browser, By::Tag("main")).await?;
    assert!(main.contains(words), "{main}");
    Ok(())
}

/// The page has the brand: its logo is an image that is shown, and a button has its colour.
async fn is_branded(browser: &WebDriver) -> WebDriverResult<()> {
    assert_eq!(text(browser, By::ClassName("brand")).await?, "Söhne & <Co>");
    let script = "const style = getComputedStyle(document.querySelector('button'));
        return [document.querySelector('img').naturalWidth, style.backgroundColor, style.color, document.documentElement.lang]";
    let seen = browser.execute(script, Vec::new()).await?;
    let seen: (u32, String, String, String) = seen.convert()?;
    let (green, black) = ("rgb(0, 170, 85)", "rgb(0, 0, 0)");
    assert_eq!(seen, (40, green.into(), black.into(), "de".into()));
    let title = browser.title().await?;
    assert!(title.ends_with(" · Söhne & <Co>"), "{title}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_reads_german_meets_a_branded_site_in_german() {
    let place = Workspace::new();
    place.write("logo.svg", LOGO);
    let settings = "brand-name = 'Söhne & <Co>'\nbrand-logo = 'logo.svg'\nbrand-colour = '#0a5'\n";
    let config = place.write("entrada.toml", settings);
    // One host for all: cookies in plain HTTP come along with no post from another.
    let serve = ["serve", "--listen", ANY, "--base-url", "http://127.0.0.1:0"];
    let server = Server::start(&place, &[&serve[..], &["--config", &config]].concat());
    let app = server.started["base_url"].as_str().unwrap().to_owned();
    let route = |name| format!("{app}/saml/acme/{name}");
    let own = App::new(APP, "Expenses", route("metadata"), route("acs"));
    let idp = PracticeIdp::new().app(own).start().await.unwrap();
    let add = ["connection", "add", "acme", "--metadata-url"];
    place
        .run([&add[..], &[&idp.metadata_url(APP)]].concat())
        .exits(0);

    browse_in("de-AT,de,en", |browser| async move {
        browser.goto(&app).await?;
        heading_is(&browser, "Söhne & <Co>").await?;
        says(&browser, "Sie sind nicht angemeldet.").await?;
        click(&browser, By::LinkText("Anmelden")).await?;
        click_on(&browser, "Alice Arden").await?;
        says(
            &browser,
            "Sie sind als alice@contoso.example über acme angemeldet.",
        )
        .await?;

        click(&browser, By::LinkText("Ihre Sitzungen")).await?;
        heading_is(&browser, "Ihre Sitzungen").await?;
        says(&browser, "Chrome auf Linux").await?;
        says(&browser, "Diese Sitzung verwenden Sie gerade.").await?;
        browser.goto(format!("{app}/saml/logout")).await?;
        heading_is(&browser, "Abmelden").await?;
        is_branded(&browser).await?;
        click_on(&browser, "Abmelden").await?;
        heading_is(&browser, "Sie sind abgemeldet").await?;

        // Nobody has provisioned her.
        place.run(["token", "create", "acme"]).exits(0);
        let strict = [
            "connection",
            "update",
            "acme",
            "--sign-on",
            "provisioned-only",
        ];
        place.run(strict.iter().chain(&["--yes"])).exits(0);
        browser.goto(format!("{app}/saml/login")).await?;
        heading_is(&browser, "Die Anmeldung ist fehlgeschlagen").await?;
        says(&browser, "für diese Anwendung aber noch nicht eingerichtet").await?;
        says(&browser, "user-not-provisioned").await?;
        let page = browser.source().await?;
        assert!(
            !page.contains("objectId"),
            "advice for administrators: {page}"
        );
        Ok(())
    })
    .await;
    let (code, log) = tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("map objectId to externalId"), "{log}");
}

/// A refusal in the design of an app.
fn own(page: &Page, reader: &Reader<'_>) -> Option<String> {
    let Page::Refused {
        advice, reference, ..
    } = page
    else {
        return None;
    };
    let html = maud::html! {
        html lang=(reader.language()) {
            head { style { "h1 { color: rgb(10, 20, 30) }" } }
            body {
                h1 { "Sorry from Acme" }
                p { (reader.say(*advice)) }
                p id="number" { (reference.code) " " (reference.number) }
                script { "document.title = 'run'" }
            }
        }
    };
    Some(html.into_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apps_own_refused_page_is_shown_under_our_policy() {
    let listener = tokio::net::TcpListener::bind(ANY).await.unwrap();
    let app = format!("http://{}", listener.local_addr().unwrap());
    let entrada = Entrada::builder(&app).store("memory:").pages(own);
    let entrada = entrada.build().await.unwrap();
    let serving = tokio::spawn(web::serve(listener, entrada.service()).into_future());
    browse(|browser| async move {
        browser.goto(format!("{app}/saml/nobody/login")).await?;
        heading_is(&browser, "Sorry from Acme").await?;
        let number = text(&browser, By::Id("number")).await?;
        assert!(number.starts_with("connection-unknown "), "{number}");
        let heading = browser.find(By::Tag("h1")).await?;
        let colour = heading.css_value("color").await?;
        assert_eq!(colour, "rgba(10, 20, 30, 1)");
        assert_ne!(browser.title().await?, "run", "scripts are off");
        browser.goto(format!("{app}/saml/logout")).await?;
        heading_is(&browser, "Sign out").await
    })
    .await;
    serving.abort();
}
