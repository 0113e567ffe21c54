//! One message as it was captured.

use super::root::root;
use super::value::Binding;
use super::value::Content;

/// One message as it was captured. Nothing of it is verified.
pub(in crate::cli) struct Captured {
    pub(in crate::cli) content: Content,
    binding: Option<Binding>,
    pub(in crate::cli) relay_state: Option<String>,
    /// The name of its root element, and where that says that the message goes; `None` if it does not parse.
    root: Option<(String, Option<String>)>,
}

impl Captured {
    pub(super) fn of(
        content: Content,
        binding: Option<Binding>,
        relay_state: Option<String>,
    ) -> Captured {
        let root = match &content {
            Content::Xml(xml) => root(xml),
            Content::Field(_) => None,
        };
        Captured {
            content,
            binding,
            relay_state,
            root,
        }
    }

    /// The binding over which it travelled, in the standard's words; `None` for bare XML.
    pub(in crate::cli) fn binding(&self) -> Option<&'static str> {
        self.binding.map(|binding| match binding {
            Binding::Post => "HTTP-POST",
            Binding::Redirect => "HTTP-Redirect",
        })
    }

    /// The name of its root element.
    pub(in crate::cli) fn kind(&self) -> &str {
        self.root
            .as_ref()
            .map_or("a message that does not parse", |(name, _)| name)
    }

    pub(super) fn destination(&self) -> Option<&str> {
        self.root.as_ref()?.1.as_deref()
    }
}
