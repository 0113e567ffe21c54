//! The sign-in page as data, for those who draw one of their own.

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

/// The choices that the sign-in page shows.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The connections that are listed, one chosen before first.
    pub connections: Vec<Choice>,
    /// True if a connection can be found by an e-mail address: the page then has a form that sends the field `email`
    /// by GET to [`Choices::action`].
    pub by_email: bool,
    /// The address that the form is sent to; it keeps the page to return to.
    pub action: String,
    /// The hidden field `return` of the form, if there is a page to return to.
    pub return_path: Option<String>,
    /// An address that was entered and belongs to no connection.
    pub unknown_email: Option<String>,
}

/// Draws the sign-in page of your own design; see [`EntradaBuilder::sign_in_page`](crate::web::EntradaBuilder::sign_in_page).
pub(super) type SignInPage = Box<dyn Fn(&Choices) -> String + Send + Sync>;
