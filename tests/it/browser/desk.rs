//! One browser with two tabs: a person in the app, and the admin of the identity provider on its portal.

use thirtyfour::By;
use thirtyfour::WebDriver;
use thirtyfour::WindowHandle;
use thirtyfour::prelude::ElementQueryable;
use thirtyfour::prelude::WebDriverResult;

use super::click;
use super::click_on;
use super::click_within;
use super::text;

pub(super) struct Desk {
    browser: WebDriver,
    app: String,
    portal: String,
    app_name: &'static str,
    person: WindowHandle,
    admin: WindowHandle,
}

impl Desk {
    /// `app` ends with a slash; `app_name` is what the portal calls it.
    pub(super) async fn open(
        browser: WebDriver,
        app: &str,
        portal: &str,
        app_name: &'static str,
    ) -> WebDriverResult<Desk> {
        Ok(Desk {
            app: app.to_owned(),
            app_name,
            portal: portal.to_owned(),
            person: browser.window().await?,
            admin: browser.new_tab().await?,
            browser,
        })
    }

    /// The person looks at their tab, as they left it.
    pub(super) async fn person(&self) -> WebDriverResult<&WebDriver> {
        self.browser.switch_to_window(self.person.clone()).await?;
        Ok(&self.browser)
    }

    /// The person opens a page of the app.
    pub(super) async fn open_page(&self, path: &str) -> WebDriverResult<&WebDriver> {
        let browser = self.person().await?;
        browser.goto(format!("{}{path}", self.app)).await?;
        Ok(browser)
    }

    /// The person goes from the start page to the identity provider, which knows who they are.
    pub(super) async fn sign_in(&self) -> WebDriverResult<&WebDriver> {
        let browser = self.open_page("").await?;
        click(browser, By::LinkText("Sign in")).await?;
        Ok(browser)
    }

    /// The same for somebody who comes with a fresh browser.
    pub(super) async fn sign_in_as(&self, name: &str) -> WebDriverResult<&WebDriver> {
        // Of this host: those of the app and of the identity provider.
        self.open_page("").await?.delete_all_cookies().await?;
        let browser = self.sign_in().await?;
        assert_eq!(text(browser, By::Tag("h1")).await?, "Pick an account");
        click_on(browser, name).await?;
        Ok(browser)
    }

    /// The id of the user in the app's directory as whom this person is signed in.
    pub(super) async fn signed_in_as(&self, name: &str) -> WebDriverResult<String> {
        let browser = self.person().await?;
        assert_eq!(text(browser, By::Id("who")).await?, name);
        let id = text(browser, By::Id("user")).await?;
        assert_eq!(id.len(), 36, "{id}");
        Ok(id)
    }

    /// The person's next click in the page that is open finds them signed out.
    pub(super) async fn is_signed_out(&self) -> WebDriverResult<()> {
        let browser = self.person().await?;
        click(browser, By::LinkText("Start page")).await?;
        browser.query(By::LinkText("Sign in")).first().await?;
        assert!(
            !text(browser, By::Tag("main"))
                .await?
                .contains("You are signed in")
        );
        Ok(())
    }

    /// The admin's start page.
    pub(super) async fn admin(&self) -> WebDriverResult<&WebDriver> {
        self.browser.switch_to_window(self.admin.clone()).await?;
        self.browser.goto(&self.portal).await?;
        Ok(&self.browser)
    }

    /// The admin's page of a person or a group.
    pub(super) async fn page_of(&self, name: &str) -> WebDriverResult<&WebDriver> {
        let browser = self.admin().await?;
        click(browser, By::LinkText("People and groups")).await?;
        click(browser, By::LinkText(name)).await?;
        assert_eq!(text(browser, By::Tag("h1")).await?, name);
        Ok(browser)
    }

    /// Presses a button on the page of a person or a group.
    pub(super) async fn press(&self, name: &str, button: &str) -> WebDriverResult<()> {
        click_on(self.page_of(name).await?, button).await
    }

    /// Makes somebody a member of a group who is none, or the other way round.
    pub(super) async fn change_membership(&self, group: &str, name: &str) -> WebDriverResult<()> {
        let browser = self.page_of(group).await?;
        let tick = format!("//label[contains(., '{name}')]/input");
        click_within(browser, By::XPath(tick)).await?;
        click_on(browser, "Save members").await
    }

    /// Has the app provisioned, and compares what that came to.
    pub(super) async fn provision(&self, expected: &str) -> WebDriverResult<()> {
        let browser = self.admin().await?;
        let page = format!("Provisioning of {}", self.app_name);
        click(browser, By::LinkText(page)).await?;
        click_on(browser, "Provision now").await?;
        while text(browser, By::Tag("main"))
            .await?
            .contains("A cycle is under way")
        {
            browser.refresh().await?;
        }
        let summary = text(browser, By::Id("summary")).await?;
        assert!(summary.contains(expected), "expected {expected}: {summary}");
        assert!(summary.contains(" 0 failed"), "{summary}");
        Ok(())
    }

    /// Types into a field of the page that the admin looks at.
    pub(super) async fn fill(&self, field: &str, value: &str) -> WebDriverResult<()> {
        let field = self.browser.query(By::Name(field)).first().await?;
        field.clear().await?;
        field.send_keys(value).await
    }
}
