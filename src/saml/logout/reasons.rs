//! The reasons for which a logout message is refused, beside those of signatures and of XML, and what mends each of them in
//! Entra. The documentation and the error page print these sentences.

use crate::saml::Reason;

const fn reason(code: &'static str, mend: &'static str) -> Reason {
    Reason { code, mend }
}

const QUERY: &str = "No setting of Entra leads to this. The address was cut, doubled or altered on its way, perhaps by a proxy: sign out anew, and look at the address in the browser's developer tools.";
const LOGOUT_URL: &str = "In Entra: Single sign-on > Basic SAML Configuration > Logout Url: make it the expected address, to the letter.";
const CLOCK: &str = "Compare this machine's clock with true time (timedatectl), and sign out anew: a logout message is good for five minutes.";

/// The reasons, by their code.
pub const REASONS: &[Reason] = &[
    reason("redirect-too-long", QUERY),
    reason(
        "redirect-no-message",
        "The Logout URL was opened without a message. In Entra: Single sign-on > Basic SAML Configuration > Logout Url takes messages alone; people sign out at the app.",
    ),
    reason("redirect-repeated-parameter", QUERY),
    reason("redirect-encoding", QUERY),
    reason("redirect-not-base64", QUERY),
    reason("redirect-not-deflate", QUERY),
    reason("redirect-inflated-too-large", QUERY),
    reason("redirect-not-text", QUERY),
    reason(
        "logout-form",
        "No setting of Entra leads to this, which sends logout messages by redirect alone. The message was damaged or altered on its way.",
    ),
    reason(
        "logout-malformed",
        "What arrived is no logout message. In Entra: Single sign-on > Basic SAML Configuration: the Logout Url ends in /slo, the Reply URL in /acs.",
    ),
    reason(
        "logout-parameter-mismatch",
        "No setting of Entra leads to this. Whoever sent the message put a request in the parameter of a response, or the reverse.",
    ),
    reason(
        "logout-issuer-mismatch",
        "The message comes from another tenant or identity provider than the connection's. In Entra, compare the Microsoft Entra Identifier in Single sign-on > Set up with the entity ID that `entrada connection show` prints.",
    ),
    reason("logout-destination-mismatch", LOGOUT_URL),
    reason("logout-expired", CLOCK),
    reason(
        "logout-replayed",
        "The same request came twice, by a reload of the page or by an attacker. The sessions ended the first time.",
    ),
    reason(
        "logout-in-response-to-mismatch",
        "The answer is to another request, or came to another browser than asked. The session here is over: nothing needs to be changed.",
    ),
];
