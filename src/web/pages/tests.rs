//! Every phrase and every page, in each language that is shipped.

use super::*;
use crate::saml::post::PostForm;
use crate::session::Device;
use crate::site::OwnSession;

fn languages() -> [Arc<dyn Translation>; 2] {
    [Arc::new(English), Arc::new(German)]
}

fn design() -> Design {
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let brand = Brand::new("\"><b>Söhne & Co").logo(svg).colour("#0a5");
    Design {
        brand: Some(brand),
        ..Design::default()
    }
}

fn pages(design: Design) -> Pages {
    let base_url = "https://app.example.com/wiki".parse().unwrap();
    Pages::new(&base_url, design).unwrap()
}

fn own_session(is_this: bool, agent: &str) -> OwnSession {
    let at = "2026-11-22T10:00:00Z".parse().unwrap();
    OwnSession {
        id: "0".repeat(16).parse().unwrap(),
        device: Device::new(Some("192.0.2.7".to_owned()), Some(agent)),
        opened: at,
        seen: at,
        expires: at,
        is_this,
    }
}

/// Every page, with what strangers may have written in place of it.
fn every_page() -> Vec<Page> {
    let text = || HOSTILE.to_owned();
    let reference = || Reference {
        code: "audience-mismatch",
        number: text(),
        entra: Some(50105),
    };
    let choice = Choice {
        name: text(),
        address: text(),
        remembered: true,
    };
    let sign_in = |choices: Vec<Choice>, by_email| Page::SignIn {
        choices,
        by_email,
        action: text(),
        return_path: Some(text()),
        unknown_email: Some(text()),
    };
    let refused = |sign_in| Page::Refused {
        title: Phrase::SignOutFailed,
        advice: Phrase::SignInAgain,
        sign_in,
        reference: reference(),
    };
    let no_such_page = |meant, leads_on| Page::NoSuchPage {
        meant,
        leads_on,
        reference: reference(),
    };
    let no_such_request = |meant| Page::NoSuchRequest {
        meant,
        reference: reference(),
    };
    let home = |signed_in| Page::Home {
        signed_in,
        sign_in: text(),
        sessions: text(),
        sign_out: text(),
    };
    vec![
        sign_in(vec![choice], true),
        sign_in(Vec::new(), false),
        Page::Onward { to: text() },
        Page::CameAgain {
            to: text(),
            reference: reference(),
        },
        Page::SomebodyElse {
            to: text(),
            sign_out: text(),
        },
        refused(None),
        refused(Some(text())),
        Page::Denied {
            advice: Phrase::SeatsTaken,
            reference: reference(),
        },
        Page::NotProvisioned {
            reference: reference(),
        },
        Page::NotPermitted {
            reference: reference(),
        },
        Page::SignOut { action: text() },
        Page::SignedOut {
            title: Phrase::YouAreSignedOut,
            said: Phrase::SignedOutPartly,
        },
        Page::Sessions {
            name: text(),
            sessions: vec![
                own_session(true, "Firefox/1 Windows"),
                own_session(false, HOSTILE),
                own_session(false, ""),
            ],
            action: text(),
        },
        home(None),
        home(Some((text(), text()))),
        no_such_page(None, false),
        no_such_page(Some(text()), false),
        no_such_page(Some(text()), true),
        no_such_request(None),
        no_such_request(Some(text())),
        Page::ForMachines,
        Page::Post(PostForm::request(
            "https://login.example/",
            "<a/>",
            Some(HOSTILE),
        )),
    ]
}

async fn drawn(pages: &Pages, page: Page, accepted: &str) -> (Response, String) {
    let accepted = HeaderValue::from_str(accepted).unwrap();
    let response = pages.drawn(page.answer(StatusCode::OK), Some(&accepted));
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    (Response::from_parts(parts, Body::empty()), body)
}

#[test]
fn every_phrase_is_said_in_every_language_with_what_is_put_into_it() {
    for (phrase, arguments) in Phrase::ALL {
        let said = languages().map(|language| language.say(phrase).unwrap());
        for text in &said {
            assert_eq!(text.trim(), text, "{phrase:?}");
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
            let used = |argument: &&str| text.matches(argument).count() == 1;
            assert!(arguments.iter().all(used), "{text}");
        }
        let same = matches!(phrase, Phrase::Code | Phrase::Home);
        assert_eq!(said[0] == said[1], same, "{phrase:?}");
    }
}

#[test]
fn no_two_phrases_of_a_language_are_one_by_accident() {
    for language in languages() {
        let texts = Phrase::ALL.iter().map(|(phrase, _)| language.say(phrase));
        let texts: Vec<_> = texts.collect();
        let twice = |text: &&Option<String>| texts.iter().filter(|one| one == text).count() > 1;
        let twice: Vec<_> = texts.iter().filter(twice).flatten().collect();
        let expected: &[&str] = match language.tag() {
            // Of an organisation, and of a session.
            "de" => &["zuletzt verwendet", "zuletzt verwendet"],
            _ => &[],
        };
        assert_eq!(twice, expected, "{}", language.tag());
    }
}

#[tokio::test]
async fn every_page_is_in_one_language_and_escapes_what_strangers_wrote() {
    let pages = pages(design());
    for (language, other) in [(0, 1), (1, 0)] {
        let [language, other] = [language, other].map(|index| languages()[index].clone());
        let reader = Reader {
            translation: &*language,
            start: "/wiki",
        };
        for page in every_page() {
            let title = reader.say(page.title());
            let (response, html) = drawn(&pages, page.clone(), language.tag()).await;
            let lang = format!("<html lang=\"{}\">", language.tag());
            assert!(html.contains(&lang), "{html}");
            assert_eq!(response.headers()[header::CONTENT_LANGUAGE], language.tag());
            assert_eq!(response.headers()[header::VARY], "accept-language");
            assert!(html.contains(&title) || matches!(page, Page::Home { .. }));
            assert!(!html.contains("<b>"), "{html}");
            assert_eq!(
                html.matches("<script>").count(),
                usize::from(page.script().is_some())
            );
            assert_eq!(html.matches("<img ").count(), 1, "{html}");
            let text = html.split_once("</style>").unwrap().1;
            for (phrase, _) in Phrase::ALL {
                let (own, foreign) = (reader.say(*phrase), other.say(phrase).unwrap());
                let foreign = maud::html! { (foreign) }.into_string();
                let whole = [format!(">{foreign}<"), format!(">{foreign} ")];
                let is_there = whole.iter().any(|whole| text.contains(whole));
                assert!(own == foreign || !is_there, "{foreign}: {html}");
            }
        }
    }
}

#[tokio::test]
async fn a_policy_admits_the_style_of_the_brand_and_its_logo() {
    let page = || Page::ForMachines;
    let policy = |response: &Response| {
        let policy = &response.headers()[header::CONTENT_SECURITY_POLICY];
        policy.to_str().unwrap().to_owned()
    };
    let (branded, html) = drawn(&pages(design()), page(), "en").await;
    assert!(policy(&branded).contains("img-src data:;"), "{branded:?}");
    assert!(html.contains("background: #00aa55; color: #000;"), "{html}");
    let style = html.split_once("<style>").unwrap().1;
    let style = style.split_once("</style>").unwrap().0;
    let expected = ui::content_security_policy(style, None, "");
    let (admitted, _) = expected.split_once("base-uri").unwrap();
    assert!(policy(&branded).starts_with(admitted), "{branded:?}");
    let (plain, html) = drawn(&pages(Design::default()), page(), "en").await;
    assert!(!policy(&plain).contains("img-src") && !html.contains("<img"));
    let other = headers::set(Response::new(Body::empty()));
    assert_eq!(policy(&plain), policy(&other));
}

#[tokio::test]
async fn an_own_page_stands_in_for_ours_but_never_for_one_that_carries_a_message() {
    let draw = |page: &Page, reader: &Reader<'_>| {
        Some(format!("<p lang={}>{:?}", reader.language(), page.title()))
    };
    let own = Design {
        own: Some(Box::new(draw)),
        ..Design::default()
    };
    let pages = pages(own);
    let (response, html) = drawn(&pages, Page::ForMachines, "de").await;
    assert_eq!(html, "<p lang=de>NothingToSee");
    let policy = &response.headers()[header::CONTENT_SECURITY_POLICY];
    let policy = policy.to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"));
    let form = PostForm::request("https://login.example/", "<a/>", None);
    let (response, html) = drawn(&pages, Page::Post(form), "de").await;
    assert!(
        html.contains("SAMLRequest") && html.contains("Weiter"),
        "{html}"
    );
    let policy = &response.headers()[header::CONTENT_SECURITY_POLICY];
    let policy = policy.to_str().unwrap();
    assert!(
        !policy.contains("form-action"),
        "the receiver may send the browser on"
    );
    assert!(policy.contains("script-src"), "{policy}");
}

#[test]
fn what_a_translation_lacks_is_said_in_english() {
    struct Dutch;

    impl Translation for Dutch {
        fn tag(&self) -> &str {
            "nl"
        }

        fn say(&self, phrase: &Phrase<'_>) -> Option<String> {
            (*phrase == Phrase::SignIn).then(|| "Aanmelden".to_owned())
        }
    }
    let reader = Reader {
        translation: &Dutch,
        start: "/",
    };
    assert_eq!(reader.say(Phrase::SignIn), "Aanmelden");
    assert_eq!(reader.say(Phrase::SignOut), "Sign out");
}

const HOSTILE: &str = "\"'><b>&<script>";
