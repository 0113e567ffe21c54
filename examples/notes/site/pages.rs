//! The pages. maud writes everything that people have entered as text; there are no scripts.

use entrada::Timestamp;
use entrada::session::Group;
use entrada::session::MembershipKind as Membership;
use entrada::web::CurrentUser;
use entrada::web::OwnSession;
use maud::DOCTYPE;
use maud::Markup;
use maud::html;

use super::board::Note;
use super::board::Standing;

/// The page that everybody sees.
pub(super) fn welcome() -> Markup {
    let body = html! {
        h1 { "Notes" }
        p { "A board for the people of your organisation. It knows who you are once you have signed in." }
        p { a.button href="/saml/login?return=/" { "Sign in" } }
    };
    page("Welcome", None, body)
}

/// The board.
pub(super) fn board(who: &str, notes: &[Note], author: &str) -> Markup {
    let body = html! {
        h1 { "Notes" }
        form.write method="post" action="/notes" {
            label for="text" { "A new note" }
            textarea id="text" name="text" rows="3" maxlength=(LONGEST) required {}
            button { "Put it on the board" }
        }
        @if notes.is_empty() { p.soft { "Nobody has written anything yet." } }
        ul.notes {
            @for note in notes {
                li {
                    (written(note))
                    @if note.author == author {
                        form method="post" action={ "/notes/" (note.id) "/remove" } {
                            button.quiet { "Remove" span.hidden { " the note “" (note.text) "”" } }
                        }
                    }
                }
            }
        }
    };
    page("Board", Some(who), body)
}

/// The notes of those who are gone.
pub(super) fn archive(who: &str, notes: &[Note]) -> Markup {
    let body = html! {
        h1 { "Archive" }
        p.soft { "Notes of people who were deleted from the organisation’s directory. Only those who keep the board see this page." }
        @if notes.is_empty() { p.soft { "There are none." } }
        ul.notes { @for note in notes { li { (written(note)) } } }
        p { a.button.danger href="/delete-all" { "Delete all notes …" } }
    };
    page("Archive", Some(who), body)
}

fn written(note: &Note) -> Markup {
    html! {
        p.text { (note.text) }
        p.soft {
            (note.name)
            @if note.standing == Standing::Away { " (has left)" }
            " · " (minute(note.written))
        }
    }
}

/// Before everything goes.
pub(super) fn ask_to_delete_all(who: &str) -> Markup {
    let body = html! {
        h1 { "Delete all notes?" }
        p { "This deletes every note on the board and in the archive. It cannot be undone. A few minutes from now, you will be asked again to prove who you are." }
        form.row method="post" action="/delete-all" {
            button.danger { "Delete all notes" }
            a href="/" { "Keep them" }
        }
    };
    page("Delete all notes", Some(who), body)
}

/// The proof has become too old.
pub(super) fn too_late() -> Markup {
    let body = html! {
        h1 { "Nothing was deleted" }
        p { "It has been a while since you proved who you are." }
        p { a.button href="/delete-all" { "Prove it again" } }
    };
    page("Nothing was deleted", None, body)
}

/// The page about one's own account.
pub(super) fn account(
    user: &CurrentUser,
    who: &str,
    groups: &[Group],
    sessions: &[OwnSession],
) -> Markup {
    let body = html! {
        h1 { "Your account" }
        dl {
            dt { "Name" } dd { (who) }
            dt { "Signed in as" } dd { (user.name_id()) }
            dt { "Until" } dd { (minute(user.expires())) }
        }
        h2 { "Your groups" }
        @if groups.is_empty() { p.soft { "You are in none." } }
        ul id="groups" {
            @for group in groups {
                li {
                    (group.label())
                    @match group.standing {
                        Membership::Direct => {}
                        Membership::Nested => { span.soft { " (by another group)" } }
                        Membership::Claimed => { span.soft { " (said at sign-in; not provisioned)" } }
                    }
                }
            }
        }
        h2 { "Where you are signed in" }
        ul id="sessions" {
            @for session in sessions {
                li {
                    (session.device.browser().unwrap_or_else(|| "An unknown browser".to_owned()))
                    @if let Some(address) = &session.device.address { " at " (address) }
                    ", since " (minute(session.opened))
                    @if session.is_this { strong { " (here)" } }
                }
            }
        }
        p { a href="/saml/sessions" { "Look closer, or sign out elsewhere" } }
        form.row method="post" action="/saml/logout" {
            button { "Sign out" }
            button.quiet name="everywhere" value="yes" { "Sign out everywhere" }
        }
    };
    page("Your account", Some(who), body)
}

/// A note that cannot be taken.
pub(super) fn unfit() -> Markup {
    let body = html! {
        h1 { "This note does not fit" }
        p { "A note has between one and " (LONGEST) " characters." }
        p { a href="/" { "Back to the board" } }
    };
    page("This note does not fit", None, body)
}

/// A form that came from elsewhere.
pub(super) fn foreign_form() -> Markup {
    let body = html! {
        h1 { "This form is not ours" }
        p { "It was sent by another site, so nothing was done. Begin on the board itself." }
        p { a href="/" { "To the board" } }
    };
    page("This form is not ours", None, body)
}

/// An address that leads nowhere.
pub(super) fn nowhere() -> Markup {
    let body = html! {
        h1 { "There is no such page here" }
        p { a href="/" { "To the board" } }
    };
    page("There is no such page here", None, body)
}

/// Something of ours does not work.
pub(super) fn problem() -> Markup {
    let body = html! {
        h1 { "This does not work right now" }
        p { "Nothing was changed. Please try again in a moment." }
        p { a href="/" { "Back to the board" } }
    };
    page("This does not work right now", None, body)
}

fn page(title: &str, who: Option<&str>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Notes" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                @if let Some(who) = who {
                    nav aria-label="Pages" {
                        a href="/" { "Board" }
                        a href="/archive" { "Archive" }
                        a.who id="who" href="/account" { (who) }
                    }
                }
                main { (body) }
            }
        }
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Characters of a note.
pub(super) const LONGEST: usize = 1000;

/// The style sheet of all pages.
pub(super) const STYLE: &str = "
:root { color-scheme: light dark; --line: #8886; --soft: #667; --accent: #0b5cad; --danger: #b3261e; --paper: #f6f7f9; }
@media (prefers-color-scheme: dark) { :root { --soft: #a9afb8; --accent: #7ab8ff; --danger: #ff8a80; --paper: #1d2126; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
nav { display: flex; gap: 1.25rem; padding: .75rem 1.5rem; border-bottom: 1px solid var(--line); }
nav .who { margin-left: auto; }
main { max-width: 42rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
a { color: var(--accent); }
.soft { color: var(--soft); }
li .soft { margin: 0; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
textarea { width: 100%; font: inherit; padding: .6rem; border: 1px solid var(--line); border-radius: .5rem; resize: vertical; }
button, .button { display: inline-block; font: inherit; padding: .5rem 1.1rem; border-radius: .5rem; border: 1px solid transparent; background: var(--accent); color: Canvas; cursor: pointer; text-decoration: none; }
button.danger, .button.danger { background: var(--danger); }
button.quiet { background: none; color: var(--accent); border-color: var(--line); }
.write button { margin: .5rem 0 1.5rem; }
.row { display: flex; gap: 1rem; align-items: center; flex-wrap: wrap; margin-top: 1.25rem; }
ul.notes { list-style: none; padding: 0; margin: 1rem 0; display: grid; gap: .75rem; }
ul.notes li { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
ul.notes form { margin-top: .5rem; }
ul.notes button { padding: .15rem .7rem; }
.text { margin: 0 0 .35rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
";
