//! People who join, move, leave and come back: the admin changes them on the portal and has the app provisioned, and
//! what they see in the app follows.

use thirtyfour::By;
use thirtyfour::WebDriver;
use thirtyfour::prelude::ElementQueryable;
use thirtyfour::prelude::WebDriverResult;

use super::assert_correlation;
use super::click;
use super::click_on;
use super::click_within;
use super::desk::Desk;
use super::harness::Demo;
use super::harness::browse;
use super::text;

/// Runs a story with the demo, and returns the demo's log.
async fn tell<F>(options: &[&str], story: impl FnOnce(Desk) -> F + Send + 'static) -> String
where
    F: Future<Output = WebDriverResult<()>> + Send,
{
    let demo = Demo::start_with(options).await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        story(Desk::open(browser, &app, &portal, "Sample app").await?).await
    })
    .await;
    demo.end()
}

/// Our page that turns somebody away for this reason, and says nothing of them.
async fn is_refused(browser: &WebDriver, code: &str, name: &str) -> WebDriverResult<()> {
    let page = By::XPath(format!("//main[.//code = '{code}']"));
    let page = text(browser, page).await?;
    assert!(page.contains("The sign-in did not succeed"), "{page}");
    assert!(!page.contains(name), "{page}");
    assert_correlation(browser).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joiner_gets_in_once_they_are_assigned_and_provisioned() {
    let log = tell(&[], |desk| async move {
        let browser = desk.sign_in_as("Farah Fox").await?;
        browser
            .query(By::XPath("//main[contains(., 'AADSTS50105')]"))
            .first()
            .await?;

        // If Entra requires no assignment, people come who are not provisioned.
        click_on(desk.admin().await?, "Require no assignment").await?;
        is_refused(desk.sign_in().await?, "user-not-provisioned", "Farah").await?;
        // Nor is it enough to be assigned, before the next cycle.
        desk.press("Farah Fox", "Assign to Sample app").await?;
        click_on(desk.admin().await?, "Require an assignment").await?;
        is_refused(desk.sign_in().await?, "user-not-provisioned", "Farah").await?;

        desk.change_membership("Engineering", "Farah Fox").await?;
        desk.provision("1 created").await?;
        desk.sign_in().await?;
        desk.signed_in_as("Farah Fox").await?;
        sees_engineers_page(desk.open_page("engineering").await?).await
    })
    .await;
    assert!(log.contains("user-not-provisioned"), "{log}");
    assert!(!log.contains("farah@"), "{log}");
}

async fn sees_engineers_page(browser: &WebDriver) -> WebDriverResult<()> {
    let page = By::XPath("//h1[. = 'Engineers’ page']");
    browser.query(page).first().await.map(drop)
}

async fn is_not_permitted(browser: &WebDriver) -> WebDriverResult<()> {
    let page = By::XPath("//main[.//code = 'not-permitted']");
    let page = text(browser, page).await?;
    assert!(page.contains("This page is not for you"), "{page}");
    assert!(!page.contains("Engineering"), "{page}");
    assert_correlation(browser).await
}

/// Chidi opens the engineers' page, and is taken out of the group; his own page is still open.
async fn chidi_moves(desk: &Desk) -> WebDriverResult<String> {
    desk.sign_in_as("Chidi Cole").await?;
    let user = desk.signed_in_as("Chidi Cole").await?;
    sees_engineers_page(desk.open_page("engineering").await?).await?;
    let browser = desk.open_page("me").await?;
    assert_eq!(text(browser, By::Id("groups")).await?, "Engineering");
    assert!(claimed_groups(browser).await?.len() > 1);
    desk.change_membership("Engineering", "Chidi Cole").await?;
    desk.provision("1 updated").await?;
    Ok(user)
}

/// The claims of the identity provider about groups at sign-on, as his page shows them.
async fn claimed_groups(browser: &WebDriver) -> WebDriverResult<String> {
    text(
        browser,
        By::XPath("//dt[. = 'groups']/following-sibling::dd[1]"),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mover_whose_session_is_kept_loses_the_groups_page_with_the_next_click() {
    tell(&["--group-change", "keep"], |desk| async move {
        let user = chidi_moves(&desk).await?;
        let browser = desk.person().await?;
        click(browser, By::LinkText("Engineers’ page")).await?;
        is_not_permitted(browser).await?;
        let browser = desk.open_page("me").await?;
        assert_eq!(desk.signed_in_as("Chidi Cole").await?, user);
        assert_eq!(text(browser, By::Id("groups")).await?, "none");
        // The claim of his sign-on is still there, and opens nothing.
        assert_ne!(claimed_groups(browser).await?, NO_CLAIM);
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mover_whose_session_is_refreshed_loses_the_claim_as_well() {
    tell(&["--group-change", "refresh"], |desk| async move {
        let user = chidi_moves(&desk).await?;
        let browser = desk.person().await?;
        click(browser, By::LinkText("Engineers’ page")).await?;
        is_not_permitted(browser).await?;
        let browser = desk.open_page("me").await?;
        assert_eq!(desk.signed_in_as("Chidi Cole").await?, user);
        assert_eq!(claimed_groups(browser).await?, NO_CLAIM);
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mover_who_must_prove_anew_who_they_are_is_asked_by_the_identity_provider_that_knows_them()
 {
    tell(&["--group-change", "re-authenticate"], |desk| async move {
        let user = chidi_moves(&desk).await?;
        let browser = desk.person().await?;
        click(browser, By::LinkText("Engineers’ page")).await?;
        assert_eq!(text(browser, By::Tag("h1")).await?, "Pick an account");
        click_on(browser, "Chidi Cole").await?;
        is_not_permitted(browser).await?;
        desk.open_page("me").await?;
        assert_eq!(desk.signed_in_as("Chidi Cole").await?, user);
        // Once is enough.
        click(browser, By::Id("sign-out")).await?;
        desk.sign_in().await?;
        desk.signed_in_as("Chidi Cole").await?;
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leavers_open_page_is_signed_out_and_a_rehire_signs_in_anew_as_the_same_user() {
    tell(&[], |desk| async move {
        desk.sign_in_as("Bruno Berg").await?;
        let user = desk.signed_in_as("Bruno Berg").await?;
        desk.press("Bruno Berg", "Disable").await?;
        desk.provision("1 disabled").await?;
        desk.is_signed_out().await?;
        let browser = desk.sign_in().await?;
        browser
            .query(By::XPath("//main[contains(., 'AADSTS50057')]"))
            .first()
            .await?;

        desk.press("Bruno Berg", "Enable").await?;
        // The account works again, and the app has not heard of it.
        is_refused(desk.sign_in().await?, "user-inactive", "Bruno").await?;
        desk.provision("1 enabled").await?;
        // The old session stays over.
        desk.open_page("")
            .await?
            .query(By::LinkText("Sign in"))
            .first()
            .await?;
        desk.sign_in().await?;
        assert_eq!(desk.signed_in_as("Bruno Berg").await?, user);

        // A person who is no longer assigned leaves too.
        desk.press("Bruno Berg", "Unassign from Sample app").await?;
        desk.press("Finance", "Unassign from Sample app").await?;
        desk.provision("disabled").await?;
        desk.is_signed_out().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_an_e_mail_address_signs_in() {
    tell(&[], |desk| async move {
        let browser = desk.sign_in_as("Emil Ek").await?;
        desk.signed_in_as("Emil Ek").await?;
        let page = text(browser, By::Tag("main")).await?;
        assert!(!page.contains("emailaddress"), "{page}");
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_person_is_the_same_user_and_the_next_bearer_of_the_name_is_not() {
    tell(&[], |desk| async move {
        desk.sign_in_as("Chidi Cole").await?;
        let user = desk.signed_in_as("Chidi Cole").await?;
        let browser = desk.page_of("Chidi Cole").await?;
        desk.fill("display_name", "Chidi Anagonye").await?;
        desk.fill("user_principal_name", "chidi.anagonye@contoso.example")
            .await?;
        desk.fill("mail", "chidi.anagonye@contoso.example").await?;
        click_on(browser, "Save").await?;

        // The identity provider knows the new name at once, the app after the next cycle.
        desk.sign_in_as("Chidi Anagonye").await?;
        assert_eq!(desk.signed_in_as("Chidi Anagonye").await?, user);
        desk.provision("1 updated").await?;
        desk.sign_in_as("Chidi Anagonye").await?;
        assert_eq!(desk.signed_in_as("Chidi Anagonye").await?, user);

        let browser = desk.admin().await?;
        click(browser, By::LinkText("People and groups")).await?;
        desk.fill("given_name", "Charlie").await?;
        desk.fill("surname", "Cole").await?;
        desk.fill("user_principal_name", "chidi@contoso.example")
            .await?;
        click_on(browser, "Add person").await?;
        desk.press("Charlie Cole", "Assign to Sample app").await?;
        desk.provision("1 created").await?;
        desk.sign_in_as("Charlie Cole").await?;
        assert_ne!(desk.signed_in_as("Charlie Cole").await?, user);
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_entras_default_mapping_nobody_is_found_by_object_id() {
    let log = tell(&[], |desk| async move {
        for (mapping, lets_in) in [("mail-nickname", false), ("object-id", true)] {
            let browser = desk.admin().await?;
            click(browser, By::LinkText("Provisioning of Sample app")).await?;
            let choice = format!("input[name=external_id][value={mapping}]");
            click_within(browser, By::Css(choice)).await?;
            click_on(browser, "Save").await?;
            desk.provision("5 updated").await?;
            let browser = desk.sign_in_as("Alice Arden").await?;
            if lets_in {
                desk.signed_in_as("Alice Arden").await?;
            } else {
                is_refused(browser, "user-not-provisioned", "Alice").await?;
            }
        }
        Ok(())
    })
    .await;
    assert!(log.contains("must map objectId to externalId"), "{log}");
}

/// The text on a page that knows of no claimed group.
const NO_CLAIM: &str = "none in the assertion";
