//! Pages at addresses where nothing is, or where nothing is for people.

use maud::Markup;
use maud::html;

use super::layout::layout;
use super::layout::start;
use crate::connection::BaseUrl;
use crate::site::reasons::ADDRESS_UNKNOWN;
use crate::site::reasons::remedy;

/// Says that nothing has an address, and which one may have been meant.
pub(in crate::web) fn no_such_address(
    base_url: &BaseUrl,
    meant: Option<&str>,
    correlation: &str,
) -> Markup {
    let leads_on = meant.filter(|address| address.ends_with("/login"));
    layout(
        "There is no such page",
        html! {
            @match (leads_on, meant) {
                (Some(address), _) => p { "Did you mean " a href=(address) { (address) } "?" },
                (None, Some(address)) => p { "This address is nearly " code { (address) } ", which is for the sign-in page of your organisation. To sign in, begin at the start." },
                (None, None) => p { "Nothing here has this address." },
            }
            dl {
                dt { "Code" } dd { code { (ADDRESS_UNKNOWN) } }
                dt { "Number" } dd { code { (correlation) } }
            }
            details {
                summary { "For administrators" }
                p { (remedy(ADDRESS_UNKNOWN)) }
            }
            p { a href=(start(base_url)) { "Back to the start" } }
        },
    )
}

/// Says that an address does not take such a request, and which one may have been meant.
pub(in crate::web) fn wrong_method(
    base_url: &BaseUrl,
    meant: Option<&str>,
    correlation: &str,
) -> Markup {
    layout(
        "This address takes no such request",
        html! {
            @match meant {
                Some(meant) => p { "Your organisation's sign-in page sent its answer here. The address for it is " code { (meant) } ". To sign in, begin at the start." },
                None => p { "There is something at this address, but not for what was sent to it." },
            }
            dl {
                dt { "Code" } dd { code { (ADDRESS_UNKNOWN) } }
                dt { "Number" } dd { code { (correlation) } }
            }
            details {
                summary { "For administrators" }
                p { (remedy(ADDRESS_UNKNOWN)) }
            }
            p { a href=(start(base_url)) { "Back to the start" } }
        },
    )
}

/// Somebody looked at an address that is for machines.
pub(in crate::web) fn nothing_here(base_url: &BaseUrl) -> Markup {
    layout(
        "Nothing to see here",
        html! {
            p { "This is where your organisation's sign-in page sends its answer. To sign in, begin at the start." }
            p { a href=(start(base_url)) { "To the start" } }
        },
    )
}
