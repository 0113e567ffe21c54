//! The reasons for which a logout message is refused, with the remedy for each in Entra, beside those of signatures and of XML
//! that have the same remedy as at a sign-on.

use crate::saml::Reason;
use crate::saml::reason;

const QUERY: &str = "No setting of Entra leads to this. The address was cut, doubled or altered on its way, perhaps by a proxy: sign out anew, and look at the address in the browser's developer tools.";
const LOGOUT_URL: &str = "In Entra: Single sign-on > Basic SAML Configuration > Logout Url: make it the expected address, to the letter.";
const CLOCK: &str = "Compare this machine's clock with true time (timedatectl), and sign out anew: a logout message is good for five minutes.";

const KEYS: &str = "If people sign on, the keys are right, and the message was altered on its way: look for a gateway or proxy between Entra and /slo that takes the address apart and encodes its query anew, and let it pass the query on as it came. If nobody signs on either, this connection does not trust the certificate that Entra signs with: set the App Federation Metadata Url (Single sign-on > SAML Certificates; it ends in ?appid=…) as --metadata-url.";
/// Of a query whose signature holds over another spelling of it.
pub(super) const ENCODED_ANEW: &str = "A gateway or proxy on the way took the query of the logout message apart and encoded it anew, so that it is no longer what was signed. The keys are right, and no setting of Entra helps: let the gateway pass the query of /slo on as it came, without rewriting and without normalising escapes (in nginx: proxy_pass without a path, or with $request_uri).";
const PINNED: &str = "A logout message over HTTP-Redirect brings no certificate, so a pinned one must be known before: sign on once after a start of the server, or trust by metadata in place of the fingerprint. If another certificate is pinned than Entra signs with, add its SHA-256 (`entrada fingerprint FILE`).";

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
    reason("signature-invalid", KEYS),
    reason(
        "signature-missing",
        "The logout message is not signed, so anybody may have sent it. Entra signs its logout messages. Set another identity provider to sign its own; over HTTP-Redirect a gateway must not take SigAlg and Signature out of the query.",
    ),
    reason("signature-certificate-missing", PINNED),
    reason("signature-certificate-not-pinned", PINNED),
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
