//! Our own drawing of each page. The pages need no script and work with a keyboard, a screen reader and in the dark.

use maud::Markup;
use maud::html;

use super::page::Choice;
use super::page::Page;
use super::page::Reference;
use super::phrase::Phrase;
use super::reader::Reader;
use crate::session::Device;
use crate::site::OwnSession;
use crate::ui::message_form;
use crate::ui::minute;

/// The content of a page below its title.
pub(super) fn content(page: &Page, reader: &Reader<'_>) -> Markup {
    let say = |phrase: Phrase<'_>| reader.say(phrase);
    let refused = |advice, reference| refused(reader, advice, reference);
    match page {
        Page::SignIn {
            choices,
            by_email: false,
            ..
        } if choices.is_empty() => html! { p { (say(Phrase::NothingToChoose)) } },
        Page::SignIn {
            choices,
            by_email,
            action,
            return_path,
            unknown_email,
        } => html! {
            @if let Some(email) = unknown_email { p role="alert" { (say(Phrase::UnknownEmail { email })) } }
            @if *by_email { (email_form(reader, action, return_path.as_deref())) }
            @if !choices.is_empty() { (list(reader, choices)) }
        },
        Page::Onward { to } => html! {
            p { (say(Phrase::OnTheWay)) }
            (link(reader, to, Phrase::Continue))
        },
        Page::CameAgain { to, reference } => html! {
            (advised(reader, Phrase::CameAgain, reference))
            (link(reader, to, Phrase::Continue))
        },
        Page::SomebodyElse { to, sign_out } => html! {
            p { (say(Phrase::SomebodyElse)) }
            (link(reader, to, Phrase::GoOnAsSignedIn))
            (link(reader, sign_out, Phrase::SignOut))
        },
        Page::Refused {
            advice,
            sign_in,
            reference,
            ..
        } => match sign_in {
            Some(address) => html! {
                (advised(reader, *advice, reference))
                (link(reader, address, Phrase::SignIn))
            },
            None => refused(*advice, reference),
        },
        Page::Denied { advice, reference } => refused(*advice, reference),
        Page::NotProvisioned { reference } => refused(Phrase::NotProvisioned, reference),
        Page::NotPermitted { reference } => refused(Phrase::AsksForMore, reference),
        Page::SignOut { action } => sign_out_form(reader, action),
        Page::SignedOut { said, .. } => html! {
            p { (say(*said)) }
            (way_back(reader))
        },
        Page::Sessions {
            name,
            sessions,
            action,
        } => html! {
            p { (say(Phrase::SignedInFrom { name })) }
            (sessions_form(reader, sessions, action))
            (way_back(reader))
        },
        Page::Home {
            signed_in,
            sign_in,
            sessions,
            sign_out,
        } => html! {
            @if let Some((name, connection)) = signed_in {
                p { (say(Phrase::SignedInAs { name, connection })) }
                (sign_out_form(reader, sign_out))
                (link(reader, sessions, Phrase::YourSessions))
            } @else {
                p { (say(Phrase::NotSignedIn)) " " a href=(sign_in) { (say(Phrase::SignIn)) } }
            }
        },
        Page::NoSuchPage {
            meant: Some(address),
            leads_on: true,
            reference,
        } => html! {
            p { (say(Phrase::DidYouMean)) " " a href=(address) { (address) } }
            (facts(reader, reference))
            (way_back(reader))
        },
        Page::NoSuchPage {
            meant, reference, ..
        } => match meant {
            Some(address) => refused(Phrase::NearlyAddress { address }, reference),
            None => refused(Phrase::NothingHere, reference),
        },
        Page::NoSuchRequest { meant, reference } => match meant {
            Some(address) => refused(Phrase::SentToAnother { address }, reference),
            None => refused(Phrase::NotForThis, reference),
        },
        Page::ForMachines => html! {
            p { (say(Phrase::ForMachines)) }
            (link(reader, reader.start(), Phrase::ToStart))
        },
        Page::Post(form) => html! {
            p { (say(Phrase::OnTheWay)) }
            (message_form(form, &say(Phrase::Continue)))
        },
    }
}

fn email_form(reader: &Reader<'_>, action: &str, return_path: Option<&str>) -> Markup {
    html! {
        form action=(action) {
            @if let Some(path) = return_path { input type="hidden" name="return" value=(path); }
            label for="email" { (reader.say(Phrase::WorkEmail)) }
            input id="email" name="email" type="email" autocomplete="username" required;
            button { (reader.say(Phrase::Continue)) }
        }
    }
}

fn list(reader: &Reader<'_>, choices: &[Choice]) -> Markup {
    html! {
        h2 { (reader.say(Phrase::ChooseOrganisation)) }
        ul.choices {
            @for choice in choices {
                li {
                    a href=(choice.address) {
                        (choice.name) @if choice.remembered { " (" (reader.say(Phrase::LastTime)) ")" }
                    }
                }
            }
        }
    }
}

fn link(reader: &Reader<'_>, address: &str, words: Phrase<'_>) -> Markup {
    html! { p { a href=(address) { (reader.say(words)) } } }
}

fn way_back(reader: &Reader<'_>) -> Markup {
    link(reader, reader.start(), Phrase::BackToStart)
}

fn refused(reader: &Reader<'_>, advice: Phrase<'_>, reference: &Reference) -> Markup {
    html! {
        (advised(reader, advice, reference))
        (way_back(reader))
    }
}

fn advised(reader: &Reader<'_>, advice: Phrase<'_>, reference: &Reference) -> Markup {
    html! {
        p { (reader.say(advice)) }
        (facts(reader, reference))
    }
}

fn facts(reader: &Reader<'_>, reference: &Reference) -> Markup {
    html! {
        dl {
            dt { (reader.say(Phrase::Code)) } dd { code { (reference.code) } }
            @if let Some(number) = reference.entra { dt { "Entra" } dd { code { "AADSTS" (number) } } }
            dt { (reader.say(Phrase::Number)) } dd { code { (reference.number) } }
        }
    }
}

/// Two ways out: of this app alone, or of the organisation's sign-in and its other apps too.
fn sign_out_form(reader: &Reader<'_>, action: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            button { (reader.say(Phrase::SignOut)) } " "
            button name="everywhere" value="yes" { (reader.say(Phrase::SignOutEverywhere)) }
        }
    }
}

fn sessions_form(reader: &Reader<'_>, sessions: &[OwnSession], action: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            ul.sessions { @for session in sessions { li { (own_session(reader, session)) } } }
            @if sessions.len() > 1 {
                button name="end" value="others" { (reader.say(Phrase::SignOutOthers)) }
            }
        }
    }
}

fn own_session(reader: &Reader<'_>, session: &OwnSession) -> Markup {
    html! {
        strong title=[&session.device.agent] { (browser(reader, &session.device)) }
        @if let Some(address) = &session.device.address { " " (reader.say(Phrase::AtAddress { address })) }
        br;
        (reader.say(Phrase::Since)) " " (minute(session.opened)) ", "
        (reader.say(Phrase::LastUsed)) " " (minute(session.seen)) ". "
        @if session.is_this {
            (reader.say(Phrase::ThisSession))
        } @else {
            button name="end" value=(session.id) {
                (reader.say(Phrase::SignOut))
                span.hidden { " " (reader.say(Phrase::TheOneSince)) " " (minute(session.opened)) }
            }
        }
    }
}

/// The browser as people call it, or else as it calls itself.
fn browser(reader: &Reader<'_>, device: &Device) -> String {
    match (device.browser_and_system(), &device.agent) {
        ((Some(browser), Some(system)), _) => reader.say(Phrase::BrowserOn { browser, system }),
        ((Some(found), None) | (None, Some(found)), _) => found.to_owned(),
        ((None, None), Some(agent)) if !agent.is_empty() => agent.clone(),
        _ => reader.say(Phrase::UnknownBrowser),
    }
}
