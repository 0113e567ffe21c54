//! The pages on a phone and far away: 390 pixels wide, under a finger, and in another time zone.

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::tz::Offset;
use reqwest::StatusCode;
use serde_json::json;
use thirtyfour::By;
use thirtyfour::WebDriver;
use thirtyfour::prelude::WebDriverResult;

use super::click;
use super::click_on;
use super::harness::Demo;
use super::harness::browse;
use super::text;
use crate::user_agent::Form;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

/// Signs Dana in, who is in 160 groups, opens every page of the app, the site and the portal, and returns what a script finds
/// there: texts with the page in front of them.
async fn found_on_each_page(
    browser: &WebDriver,
    app: &str,
    portal: &str,
    script: &str,
) -> WebDriverResult<Vec<String>> {
    let mut found = Vec::new();
    browser.goto(app).await?;
    look(browser, script, &mut found).await?;
    click(browser, By::LinkText("Sign in")).await?;
    look(browser, script, &mut found).await?;
    click_on(browser, "Dana Doyle").await?;
    let of_app = [
        "me",
        "people",
        "saml/sessions",
        "engineering",
        "nowhere",
        "saml/nowhere",
        "saml/logout",
    ];
    let of_portal = [
        "",
        "directory",
        "directory?group=1",
        "nowhere",
        "signed/in/nowhere",
    ];
    let of_app = of_app.map(|path| format!("{app}{path}"));
    let of_portal = of_portal.map(|path| format!("{portal}{path}"));
    for address in of_app.iter().chain(&of_portal) {
        browser.goto(address).await?;
        look(browser, script, &mut found).await?;
    }
    for link in ["Dana Doyle", "Engineering"] {
        browser.goto(format!("{portal}directory")).await?;
        click(browser, By::LinkText(link)).await?;
        look(browser, script, &mut found).await?;
    }
    browser.goto(portal).await?;
    click(browser, By::LinkText("Provisioning of Sample app")).await?;
    text(browser, By::Id("log")).await?;
    look(browser, script, &mut found).await?;
    Ok(found)
}

async fn look(browser: &WebDriver, script: &str, found: &mut Vec<String>) -> WebDriverResult<()> {
    let page = browser.current_url().await?;
    let here: Vec<String> = browser.execute(script, Vec::new()).await?.convert()?;
    found.extend(here.iter().map(|one| format!("{page}: {one}")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_no_page_scrolls_sideways_and_links_are_high_enough_for_fingers() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        resize(&browser, 390).await?;
        let faults = found_on_each_page(&browser, &app, &portal, FAULTS).await?;
        assert!(faults.is_empty(), "{faults:#?}");
        Ok(())
    })
    .await;
    demo.end();
}

/// Opens what is folded, and lists what is too wide or too low. A link within a sentence is as high as its line.
const FAULTS: &str = "
for (const details of document.querySelectorAll('details')) details.open = true;
const faults = [];
const whole = document.documentElement;
if (whole.clientWidth !== 390) faults.push('the page is ' + whole.clientWidth + ' wide');
for (const one of [whole, ...document.querySelectorAll('.wide')])
  if (one.scrollWidth > one.clientWidth) faults.push(one.tagName + ' is ' + one.scrollWidth + ' wide');
for (const one of document.querySelectorAll('a, button, summary, label:has(input), input:not([type=hidden])')) {
  const words = [...one.parentNode.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const { height } = one.getBoundingClientRect();
  const isWithin = one.matches('a') && words || one.matches('label > input');
  if (height && height < 44 && !isWithin) faults.push(one.outerHTML + ' is ' + height + ' high');
}
return faults;";

#[tokio::test(flavor = "multi_thread")]
async fn the_four_steps_stand_two_by_two() {
    let demo = Demo::start().await;
    let app = demo.app.clone();
    browse(|browser| async move {
        for (width, columns) in [(1000, 2), (390, 1)] {
            resize(&browser, width).await?;
            browser.goto(&app).await?;
            let seen = browser.execute(PLACES, Vec::new()).await?;
            let places: Vec<(f64, f64)> = seen.convert()?;
            assert_eq!(places.len(), 4);
            let beside = places.iter().filter(|(_, top)| *top == places[0].1);
            assert_eq!(beside.count(), columns, "{places:?}");
            let below = places.iter().filter(|(left, _)| *left == places[0].0);
            assert_eq!(below.count(), 4 / columns, "{places:?}");
        }
        Ok(())
    })
    .await;
    demo.end();
}

const PLACES: &str = "
const boxes = [...document.querySelectorAll('.steps li')].map(one => one.getBoundingClientRect());
return boxes.map(({ left, top }) => [left, top]);";

#[tokio::test(flavor = "multi_thread")]
async fn times_are_in_the_readers_zone() {
    let demo = Demo::start().await;
    let (app, portal) = (demo.app.clone(), demo.portal.clone());
    browse(|browser| async move {
        let zone = json!({ "timezoneId": "Asia/Kolkata" });
        browser
            .cdp()
            .send_raw("Emulation.setTimezoneOverride", zone)
            .await?;
        let times = found_on_each_page(&browser, &app, &portal, TIMES).await?;
        // When the session ends, when it began and was used, and the lines of the log.
        assert!(times.len() > 6, "{times:#?}");
        for time in &times {
            let (told, shown) = time.split_once(" is ").unwrap();
            let (_, at) = told.rsplit_once(' ').unwrap();
            let at: Timestamp = at.parse().unwrap();
            let here = Offset::constant(5).to_datetime(at + SignedDuration::from_mins(30));
            let here = here.strftime("%Y-%m-%d %H:%M:%S").to_string();
            let shown = shown.strip_suffix(" GMT+5:30").expect(time);
            assert!(here.starts_with(shown) && shown.len() >= 16, "{time}");
        }
        Ok(())
    })
    .await;
    demo.end();
}

const TIMES: &str = "
const times = [...document.querySelectorAll('time')].filter(time => time.title.endsWith(' UTC'));
return times.map(time => time.dateTime + ' is ' + time.textContent);";

#[tokio::test(flavor = "multi_thread")]
async fn people_and_groups_are_sorted_and_times_are_utc_without_scripts() {
    let demo = Demo::start().await;
    let (browser, portal) = (UserAgent::new(), demo.portal.trim_end_matches('/'));
    let directory = browser.open(format!("{portal}/directory")).await;
    let alice = browser
        .open(format!("{portal}{}", link_to(&directory, "Alice Arden")))
        .await;
    let edit = form(&alice, alice.url.path());
    browser
        .submit(&edit.fill("display_name", "zoe Arden"))
        .await;

    let directory = browser.open(format!("{portal}/directory")).await;
    assert!(
        is_before(&directory, "Farah Fox", "zoe Arden"),
        "{directory:?}"
    );
    let group = browser
        .open(format!("{portal}{}", link_to(&directory, "Engineering")))
        .await;
    assert!(is_before(&group, "Farah Fox", "zoe Arden"), "{group:?}");
    let start = browser.open(portal).await;
    let provisioning = browser
        .open(format!(
            "{portal}{}",
            link_to(&start, "Provisioning of Sample app")
        ))
        .await;
    let now = form(&provisioning, &format!("{}/now", provisioning.url.path()));
    let log = browser.submit(&now).await;
    assert!(log.html.contains("1 updated"), "{log:?}");
    let (_, moment) = log.html.split_once("<time datetime=\"").unwrap();
    let (moment, shown) = moment.split_once("\">").unwrap();
    let utc = moment.replace('T', " ").replace('Z', " UTC");
    assert!(
        shown.starts_with(&format!("{utc}</time>")),
        "{moment}: {shown}"
    );

    let people = browser.open(format!("{}people", demo.app)).await;
    assert!(is_before(&people, "Emil Ek", "zoe Arden"), "{people:?}");
    assert!(people.html.contains("Chidi Cole, zoe Arden"), "{people:?}");
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_groups_are_found_and_not_listed() {
    let demo = Demo::start().await;
    let (browser, portal) = (UserAgent::new(), demo.portal.trim_end_matches('/'));
    let directory = browser.open(format!("{portal}/directory")).await;
    let dana = browser
        .open(format!("{portal}{}", link_to(&directory, "Dana Doyle")))
        .await;
    for page in [directory, dana] {
        let links = page.html.matches("href=\"/directory/groups/").count();
        assert_eq!(links, 12, "{page:?}");
        let search = |text| {
            let mut forms = page.forms().into_iter();
            let search = forms.find(|form| form.field("group").is_some());
            search.unwrap().fill("group", text)
        };
        let found = browser.submit(&search("project 12")).await;
        // 12 and 120 to 129.
        assert_eq!(
            found.html.matches("href=\"/directory/groups/").count(),
            11,
            "{found:?}"
        );
        link_to(&found, "Project 129");
        let none = browser.submit(&search("choir")).await;
        assert!(none.html.contains("There are none."), "{none:?}");
    }
    demo.end();
}

fn is_before(page: &Page, first: &str, second: &str) -> bool {
    page.html.find(first).unwrap() < page.html.find(second).unwrap()
}

/// The address that a link with this text leads to.
fn link_to(page: &Page, words: &str) -> String {
    let (before, _) = page.html.split_once(&format!("\">{words}</a>")).unwrap();
    before.rsplit_once("href=\"").unwrap().1.to_owned()
}

fn form(page: &Page, path: &str) -> Form {
    let mut forms = page.forms().into_iter();
    forms.find(|form| form.action.path() == path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere_has_a_page() {
    let demo = Demo::start().await;
    let browser = UserAgent::new();
    for (site, home) in [(&demo.app, "Start page"), (&demo.portal, "To the portal")] {
        let page = browser.open(format!("{site}nowhere-at-all")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(
            page.html.contains("There is no such page here."),
            "{page:?}"
        );
        assert!(
            page.html.contains(home) && !page.html.contains("at-all"),
            "{page:?}"
        );
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for address in [
        format!("{}people", demo.app),
        format!("{}directory", demo.portal),
    ] {
        let answer = client.put(&address).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{address}");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(answer.text().await.unwrap().contains("href=\"/\""));
    }
    demo.end();
}

async fn resize(browser: &WebDriver, width: u32) -> WebDriverResult<()> {
    let screen =
        json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600 });
    let resize = "Emulation.setDeviceMetricsOverride";
    browser.cdp().send_raw(resize, screen).await.map(drop)
}
