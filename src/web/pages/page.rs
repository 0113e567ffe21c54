//! The pages that a person can meet, as data.

use super::phrase::Phrase;
use crate::saml::post::PostForm;
use crate::site::OwnSession;
use crate::web::request_id;

/// A page that a person can meet, without markup. Whatever a stranger may have written is marked as such: escape it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Page {
    /// The choice of a connection to sign in over.
    #[non_exhaustive]
    SignIn {
        /// The connections that are listed, one chosen before first.
        choices: Vec<Choice>,
        /// True if a connection can be found by an e-mail address: the page then has a form that sends the field `email` by
        /// GET to `action`.
        by_email: bool,
        /// The address that the form is sent to.
        action: String,
        /// The hidden field `return` of the form, if there is a page to return to. A stranger may have written it.
        return_path: Option<String>,
        /// An address that was entered and belongs to no connection. A stranger may have written it.
        unknown_email: Option<String>,
    },
    /// A page that goes on to the sign-in page of the person's organisation by itself.
    #[non_exhaustive]
    Onward {
        /// The address that it goes on to.
        to: String,
    },
    /// A page that was loaded a second time, and goes on by itself to where the first time led.
    #[non_exhaustive]
    CameAgain {
        /// The address that it goes on to.
        to: String,
        /// The reason that it opens nothing, where nobody is signed in.
        reference: Reference,
    },
    /// A page that was loaded a second time where somebody is signed in already, perhaps as another person.
    #[non_exhaustive]
    SomebodyElse {
        /// The page to go on to as whoever is signed in. A stranger may have written it.
        to: String,
        /// The page on which they can sign out.
        sign_out: String,
    },
    /// A sign-in, a sign-out or something else that did not succeed.
    #[non_exhaustive]
    Refused {
        /// The thing that did not succeed, such as [`Phrase::SignInFailed`].
        title: Phrase<'static>,
        /// The advice to the person.
        advice: Phrase<'static>,
        /// The address to sign in at, where that is all that helps.
        sign_in: Option<String>,
        /// The reference that finds the reason.
        reference: Reference,
    },
    /// A person whom their organisation knows, and who may not come in.
    #[non_exhaustive]
    Denied {
        /// The advice to the person.
        advice: Phrase<'static>,
        /// The reference that finds the reason.
        reference: Reference,
    },
    /// A person whom their organisation knows, and has not set up for this app yet.
    #[non_exhaustive]
    NotProvisioned {
        /// The reference that finds the reason.
        reference: Reference,
    },
    /// A person who is signed in, and lacks what a guard asks for.
    #[non_exhaustive]
    NotPermitted {
        /// The reference that finds the reason.
        reference: Reference,
    },
    /// The question whether to sign out: a form that is posted to `action`, with the field `everywhere` and the value `yes` to
    /// sign out at the identity provider as well.
    #[non_exhaustive]
    SignOut {
        /// The address that the form is posted to.
        action: String,
    },
    /// The end of a sign-out.
    #[non_exhaustive]
    SignedOut {
        /// The title, such as [`Phrase::YouAreSignedOut`].
        title: Phrase<'static>,
        /// The extent of it, such as [`Phrase::SignedOutHere`].
        said: Phrase<'static>,
    },
    /// A person's own sessions, with a form that is posted to `action`: its field `end` is the `id` of a session, or `others`.
    #[non_exhaustive]
    Sessions {
        /// The name by which the identity provider knows the person.
        name: String,
        /// The live sessions, the newest first. What a browser calls itself, a stranger may have written.
        sessions: Vec<OwnSession>,
        /// The address that the form is posted to.
        action: String,
    },
    /// The page at `/` of `entrada serve`, which tells who is signed in.
    #[non_exhaustive]
    Home {
        /// The name of the person, and the connection that they signed in over; none for somebody who is not signed in.
        signed_in: Option<(String, String)>,
        /// The page to sign in at.
        sign_in: String,
        /// The page of the person's sessions.
        sessions: String,
        /// The address that the form for signing out is posted to, as on [`Page::SignOut`].
        sign_out: String,
    },
    /// An address that nothing has.
    #[non_exhaustive]
    NoSuchPage {
        /// The address that may have been meant.
        meant: Option<String>,
        /// True if a person may go on to that; else it is for programs.
        leads_on: bool,
        /// The reference that finds the log line.
        reference: Reference,
    },
    /// An address that does not take what was sent to it.
    #[non_exhaustive]
    NoSuchRequest {
        /// The address that may have been meant.
        meant: Option<String>,
        /// The reference that finds the log line.
        reference: Reference,
    },
    /// An address that is for programs, and that somebody looked at.
    ForMachines,
    /// A form that posts a message to the identity provider by itself. It is always ours.
    #[doc(hidden)]
    Post(PostForm),
}

/// A connection that a person may choose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name for people.
    pub name: String,
    /// The address to which choosing it leads.
    pub address: String,
    /// True if the person chose it before, in this browser.
    pub remembered: bool,
}

/// The facts of a refusal that a person passes on to those who can help: they find its log line, and the remedy in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reference {
    /// The code of the reason; `docs/checks.md` lists them all.
    pub code: &'static str,
    /// The id of the request, as the field `request` of its log lines has it.
    pub number: String,
    /// Entra's own number, as in `AADSTS50105`, where it has one.
    pub entra: Option<u32>,
}

impl Reference {
    /// The reference for a refusal of the request under way.
    pub(in crate::web) fn of(code: &'static str) -> Reference {
        Reference {
            code,
            number: request_id::current(),
            entra: None,
        }
    }
}

impl Page {
    /// The title of the page.
    pub fn title(&self) -> Phrase<'static> {
        match self {
            Page::SignIn { .. } => Phrase::SignIn,
            Page::Onward { .. } | Page::CameAgain { .. } => Phrase::OneMoment,
            Page::SomebodyElse { .. } => Phrase::SomebodyIsSignedIn,
            Page::Refused { title, .. } | Page::SignedOut { title, .. } => *title,
            Page::Denied { .. } | Page::NotProvisioned { .. } => Phrase::SignInFailed,
            Page::NotPermitted { .. } => Phrase::NotForYou,
            Page::SignOut { .. } => Phrase::SignOut,
            Page::Sessions { .. } => Phrase::YourSessions,
            Page::Home { .. } => Phrase::Home,
            Page::NoSuchPage { .. } => Phrase::NoSuchPage,
            Page::NoSuchRequest { .. } => Phrase::NoSuchRequest,
            Page::ForMachines => Phrase::NothingToSee,
            Page::Post(_) => Phrase::SigningIn,
        }
    }
}
