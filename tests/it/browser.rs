//! A person at a real browser: headless Chromium clicks through the demo as `entrada demo` starts it.

mod branded;
mod desk;
mod harness;
mod life_cycle;
mod notes;
mod pages;

use std::time::Duration;

use thirtyfour::By;
use thirtyfour::WebDriver;
use thirtyfour::WebElement;
use thirtyfour::prelude::ElementQueryable;
use thirtyfour::prelude::ElementWaitable;
use thirtyfour::prelude::WebDriverResult;

use self::harness::Demo;
use self::harness::browse;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_out() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        browser.goto(&app).await?;
        click(&browser, By::LinkText("Sign in")).await?;
        assert_eq!(text(&browser, By::Tag("h1")).await?, "Pick an account");
        click_on(&browser, "Alice Arden").await?;
        assert_eq!(text(&browser, By::Id("who")).await?, "Alice Arden");
        assert_eq!(browser.current_url().await?.as_str(), format!("{app}me"));
        assert!(
            text(&browser, By::Tag("main"))
                .await?
                .contains("alice@contoso.example")
        );

        click(&browser, By::Id("sign-out")).await?;
        browser.query(By::LinkText("Sign in")).first().await?;
        assert_eq!(browser.current_url().await?.as_str(), app);

        // The identity provider still knows her, as Entra would; once signed out there, it asks again.
        browser.goto(format!("{app}me")).await?;
        assert_eq!(text(&browser, By::Id("who")).await?, "Alice Arden");
        click(&browser, By::Id("sign-out")).await?;
        browser.query(By::LinkText("Sign in")).first().await?;
        browser.goto(&portal).await?;
        click_on(&browser, "Sign out").await?;
        assert_eq!(
            text(&browser, By::XPath("//h1[contains(., 'Who are you')]")).await?,
            "Who are you today?"
        );
        browser.goto(format!("{app}me")).await?;
        assert_eq!(text(&browser, By::Tag("h1")).await?, "Pick an account");
        Ok(())
    })
    .await;
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_on_the_portal_signs_a_person_in() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        browser.goto(&portal).await?;
        click_on(&browser, "Dana Doyle").await?;
        click(&browser, By::ClassName("tile")).await?;
        assert_eq!(text(&browser, By::Id("who")).await?, "Dana Doyle");
        assert_eq!(browser.current_url().await?.as_str(), format!("{app}me"));
        assert!(
            text(&browser, By::Tag("main"))
                .await?
                .contains("graph.windows.net")
        );
        Ok(())
    })
    .await;
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_the_identity_providers_session_too() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        browser.goto(&app).await?;
        click(&browser, By::LinkText("Sign in")).await?;
        click_on(&browser, "Alice Arden").await?;
        assert_eq!(text(&browser, By::Id("who")).await?, "Alice Arden");
        click(&browser, By::Id("sign-out-everywhere")).await?;
        let over = By::XPath("//h1[. = 'You are signed out']/following-sibling::p[1]");
        assert_eq!(
            text(&browser, over).await?,
            "You are signed out of this app and of your organisation's sign-in."
        );
        assert!(browser.current_url().await?.as_str().starts_with(&app));

        browser.goto(format!("{app}me")).await?;
        assert_eq!(text(&browser, By::Tag("h1")).await?, "Pick an account");
        browser.goto(&portal).await?;
        browser
            .query(By::XPath("//h1[contains(., 'Who are you')]"))
            .first()
            .await?;
        Ok(())
    })
    .await;
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_on_the_portal_ends_the_apps_session_too() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        browser.goto(&portal).await?;
        click_on(&browser, "Chidi Cole").await?;
        click(&browser, By::ClassName("tile")).await?;
        assert_eq!(text(&browser, By::Id("who")).await?, "Chidi Cole");
        browser.goto(&portal).await?;
        click_on(&browser, "Sign out").await?;
        // The page goes on by itself once the app has answered in its frame.
        browser
            .query(By::XPath("//h1[contains(., 'Who are you')]"))
            .first()
            .await?;
        browser.goto(&app).await?;
        browser.query(By::LinkText("Sign in")).first().await?;
        Ok(())
    })
    .await;
    let log = demo.end();
    assert!(
        log.contains("sessions ended by the identity provider"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_response_shows_a_code_and_no_claims() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        browser.goto(&portal).await?;
        click_on(&browser, "Bruno Berg").await?;
        for (fault, code) in [
            ("Signed by a stranger", "signature-invalid"),
            ("For another app", "audience-mismatch"),
            ("Two hours old", "confirmation-expired"),
            ("Changed after signing", "signature-digest"),
        ] {
            browser.goto(&portal).await?;
            click_on(&browser, fault).await?;
            browser.query(By::ClassName("alert")).first().await?;
            click(&browser, By::ClassName("tile")).await?;
            let refusal = text(
                &browser,
                By::XPath(format!("//main[contains(., '{code}')]")),
            )
            .await?;
            assert_correlation(&browser).await?;
            for claim in ["Bruno", "Berg", "Mallory", "contoso"] {
                assert!(!refusal.contains(claim), "{refusal}");
            }
            browser.goto(&app).await?;
            browser.query(By::LinkText("Sign in")).first().await?;
        }
        // The fault applied once.
        click(&browser, By::LinkText("Sign in")).await?;
        assert_eq!(text(&browser, By::Id("who")).await?, "Bruno Berg");
        Ok(())
    })
    .await;
    let log = demo.end();
    assert!(log.contains("audience-mismatch"), "{log}");
    for claim in ["Bruno", "Berg", "Mallory", "bruno@"] {
        assert!(!log.contains(claim), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_disabled_on_the_portal_is_inactive_in_the_app() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        let bruno = By::XPath("//table[@id='people']//tr[contains(., 'Bruno Berg')]/td[3]");
        browser.goto(format!("{app}people")).await?;
        assert_eq!(text(&browser, bruno.clone()).await?, "active");
        let finance = By::XPath("//dt[. = 'Finance']/following-sibling::dd[1]");
        assert_eq!(text(&browser, finance).await?, "Bruno Berg, Emil Ek");

        browser.goto(&portal).await?;
        click(&browser, By::LinkText("People and groups")).await?;
        click(&browser, By::LinkText("Bruno Berg")).await?;
        click_on(&browser, "Disable").await?;
        browser.goto(&portal).await?;
        click(&browser, By::LinkText("Provisioning of Sample app")).await?;
        click_on(&browser, "Provision now").await?;
        let summary = By::XPath("//p[@id='summary'][contains(., '1 disabled')]");
        assert!(text(&browser, summary).await?.contains("0 failed"));

        browser.goto(format!("{app}people")).await?;
        assert_eq!(text(&browser, bruno).await?, "inactive");
        Ok(())
    })
    .await;
    demo.end();
}

/// Writes the picture in the README: `cargo test screenshot -- --ignored`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/images/demo.png"]
async fn screenshot_for_the_readme() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/images");
        std::fs::create_dir_all(folder)?;
        let save = async |name: &str| {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let picture = browser.screenshot_as_png().await?;
            std::fs::write(format!("{folder}/{name}.png"), picture)?;
            WebDriverResult::Ok(())
        };
        browser.set_window_rect(0, 0, 1000, 1200).await?;
        browser.goto(&portal).await?;
        click_on(&browser, "Alice Arden").await?;
        browser.query(By::ClassName("tile")).first().await?;
        if std::env::var_os("ENTRADA_ALL_SCREENSHOTS").is_some() {
            save("portal").await?;
            click_on(&browser, "For another app").await?;
            click(&browser, By::ClassName("tile")).await?;
            assert_correlation(&browser).await?;
            save("refusal").await?;
            browser.goto(&app).await?;
            save("start").await?;
            browser.goto(&portal).await?;
        }
        click(&browser, By::ClassName("tile")).await?;
        assert_eq!(text(&browser, By::Id("who")).await?, "Alice Arden");
        save("demo").await
    })
    .await;
    demo.end();
}

/// The page has a number that finds the line in the log.
async fn assert_correlation(browser: &WebDriver) -> WebDriverResult<()> {
    let number = text(
        browser,
        By::XPath("//dt[. = 'Number']/following-sibling::dd[1]"),
    )
    .await?;
    assert_eq!(number.len(), 12, "{number}");
    Ok(())
}

/// Presses the button with this label.
async fn click_on(browser: &WebDriver, label: &str) -> WebDriverResult<()> {
    let button = By::XPath(format!("//button[contains(., '{label}')]"));
    click(browser, button).await
}

/// Follows a link or presses a button, and waits until the page is gone: whatever the browser is told next is about the
/// page that follows.
async fn click(browser: &WebDriver, what: By) -> WebDriverResult<()> {
    let element = click_within(browser, what).await?;
    element.wait_until().stale().await
}

/// Clicks on what leads nowhere else.
async fn click_within(browser: &WebDriver, what: By) -> WebDriverResult<WebElement> {
    let element = browser.query(what).first().await?;
    element.wait_until().clickable().await?;
    element.click().await?;
    Ok(element)
}

/// The text of an element, as soon as there is one.
async fn text(browser: &WebDriver, what: By) -> WebDriverResult<String> {
    browser.query(what).first().await?.text().await
}
