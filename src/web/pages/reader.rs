//! The person who reads a page: their language, and the start of the site.

use super::phrase::English;
use super::phrase::Phrase;
use super::phrase::Translation;

/// The person who reads a page.
pub struct Reader<'a> {
    pub(super) translation: &'a dyn Translation,
    pub(super) start: &'a str,
}

impl Reader<'_> {
    /// The tag of the language that the page is in, such as `de`: for the attribute `lang`.
    pub fn language(&self) -> &str {
        self.translation.tag()
    }

    /// A text in their language, or in English where that does not have it. It is plain text: escape it.
    pub fn say(&self, phrase: Phrase<'_>) -> String {
        let said = self.translation.say(&phrase);
        let said = said.or_else(|| English.say(&phrase));
        said.unwrap_or_default()
    }

    /// The path of the site's first page.
    pub fn start(&self) -> &str {
        self.start
    }
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({})", self.language())
    }
}
