//! The root element of a message.

use crate::text;
use crate::xml::Budget;
use crate::xml::Document;

/// The name of the root element, and the destination that it names; `None` for what does not parse.
pub(super) fn root(xml: &[u8]) -> Option<(String, Option<String>)> {
    let text = text::decode(xml).ok()?;
    let document = Document::parse(&*text, &Budget::METADATA).ok()?;
    let root = document.root();
    let destination = root.attribute("Destination").map(str::to_owned);
    Some((root.local().to_owned(), destination))
}
