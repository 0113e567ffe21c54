//! The reasons for which the edge turns somebody away, beside those of responses and of logout messages, and the remedy
//! for each of them. The documentation, the error page and the log print these sentences.

use crate::saml::CHECKS;
use crate::saml::Reason;
use crate::saml::logout;
use crate::saml::reason;

const BROWSER: &str = "Begin the sign-in at this app, and finish it in the same browser, with cookies on. In Entra: Single sign-on > Basic SAML Configuration > Reply URL must have the host that people begin at, since cookies belong to a host.";

/// Somebody is signed on and lacks what a guard asks for.
pub(crate) const NOT_PERMITTED: &str = "not-permitted";

pub(crate) const ADDRESS_UNKNOWN: &str = "address-unknown";

/// The reasons, by their code.
pub const REASONS: &[Reason] = &[
    reason(
        "connection-unknown",
        "No connection has the name in the address. In Entra: Single sign-on > Basic SAML Configuration: compare Reply URL, Sign on URL and Logout Url with those that `entrada connection list` and `show` print.",
    ),
    reason(
        ADDRESS_UNKNOWN,
        "No page has the address that was asked for; the log line with the number of the page says which address may have been meant. In Entra: Single sign-on > Basic SAML Configuration: compare Reply URL, Sign on URL and Logout Url, to the letter and the last slash, with those that `entrada connection show` prints.",
    ),
    reason(
        "trust-unavailable",
        "Nobody is trusted yet. In Entra: Single sign-on > SAML Certificates: copy the App Federation Metadata Url, and make sure that a certificate is active. Then `entrada connection refresh` fetches it at once; `entrada check` says what is wrong with it.",
    ),
    reason(
        "binding-unavailable",
        "The identity provider's metadata has no sign-on endpoint over the binding that --request-binding asks for. Entra offers both: compare the metadata, or take the setting away.",
    ),
    reason(
        "form-malformed",
        "What was posted is no form with one SAMLResponse (or, at the Logout Url, one message) and at most one RelayState. In Entra: Single sign-on > Basic SAML Configuration > Reply URL must be the ACS.",
    ),
    reason(
        "relay-state-too-long",
        "In Entra: Single sign-on > Basic SAML Configuration > Relay State: leave it empty, or make it at most 2048 bytes long.",
    ),
    reason(
        "request-unknown",
        "The response answers no request of ours that is still open: the page was loaded twice, or the answer came to another site. In Entra: Single sign-on > Basic SAML Configuration > Reply URL must be of this site.",
    ),
    reason(
        "request-expired",
        "The person took longer than an hour. Sign in anew; no setting of Entra leads to this.",
    ),
    reason("browser-mismatch", BROWSER),
    reason("relay-state-mismatch", BROWSER),
    reason(
        "unsolicited",
        "The sign-on began at Entra (a tile in My Apps). Allow it by --allow-idp-initiated; or, in Entra, fill in Single sign-on > Basic SAML Configuration > Sign on URL, so that tiles begin at the app.",
    ),
    reason(
        "form-from-elsewhere",
        "A page of another site, or of another host of the same domain, posted the form that ends sessions. Nothing was ended; no setting of Entra leads to this. Pages of yours that post to /saml/logout or /saml/sessions must have the address of the site.",
    ),
    reason(
        "return-path",
        "The address of the sign-in names a page to return to that is no local path such as /home. Correct the link that led here.",
    ),
    reason(
        "parameters-malformed",
        "The address has a parameter twice, or `max_age` is no whole number of minutes. Correct the link that led here; no setting of Entra leads to this.",
    ),
    reason(
        "too-many-sign-ons",
        "One client address began more than 20 sign-ons a second, after 500 at once. Behind a reverse proxy all people have the proxy's address: name it by `entrada serve --trusted-proxy CIDR`, so that X-Forwarded-For counts. No setting of Entra leads to this.",
    ),
    reason(
        "user-claim-missing",
        "The response lacks what ties a person to their user. In Entra: Single sign-on > Attributes & Claims: the claims `name`, `emailaddress` and `objectidentifier` must be sent, as they are by default; or choose another rule by `entrada connection update --link-rule`.",
    ),
    reason(
        "user-not-provisioned",
        "Nobody is provisioned who matches the person. In Entra: Users and groups: assign the person (or set Properties > Assignment required to Yes, so that others cannot come this far), then Provisioning > Provision on demand. With the rule object-id, Provisioning > Mappings must map objectId to externalId: the default maps mailNickname. With user-principal-name or name-id, userName must be what the person signs on with. To let people in without provisioning: `entrada connection update --sign-on just-in-time`. `entrada user explain` compares both sides.",
    ),
    reason(
        "user-ambiguous",
        "Several provisioned users match the person. In Entra: Provisioning > Mappings: the attribute that --link-rule compares must be unique: map objectId to externalId.",
    ),
    reason(
        "user-linked-to-another",
        "The name belongs to a user who signed on as another person of the identity provider. If the name was given to a new person, delete the old user first (`entrada user delete`); if it is the same person with a new account or a new kind of NameID, `entrada user unlink` lets them in once more. In Entra: Users and groups shows who is assigned.",
    ),
    reason(
        "user-inactive",
        "The user was deactivated by provisioning or by `entrada user deactivate`. In Entra: Users and groups: assign the person again, and make sure that the account is enabled; Provisioning > Provision on demand brings it here.",
    ),
    reason(
        "seats-taken",
        "As many users are active as --seats allows. In Entra: Users and groups: remove those who no longer need the app; they are deactivated by the next provisioning.",
    ),
    reason(
        "user-name-taken",
        "The sign-on would make a user whose userName another user has. In Entra: Provisioning > Mappings: map objectId to externalId, so that the person is found; or delete the other user (`entrada user delete`).",
    ),
    reason(
        "user-claims-unfit",
        "The claims make no user: a name is empty or too long. In Entra: Single sign-on > Attributes & Claims: look at name and emailaddress.",
    ),
    reason(
        NOT_PERMITTED,
        "The person is signed in, and the page asks for a group, a role or a connection that they do not have; the log line with the number of the page says which. In Entra: Users and groups: assign the person to the app, by a group or with a role; Entra sends no groups until Single sign-on > Attributes & Claims > Add a group claim, or until groups are provisioned; what provisioning changes counts with the next click, a role with the next sign-in. A guard that names a group follows the one that bore the name when the app started: see docs/directory.md.",
    ),
    reason(
        "internal",
        "A message of ours could not be written, or random numbers are unavailable. The log has the reason; `entrada check` looks at keys and store.",
    ),
];

/// The remedy for the reason of this code, whichever table has it; empty for a code of none.
pub(crate) fn remedy(code: &str) -> &'static str {
    let checks = CHECKS.iter().flat_map(|check| check.reasons);
    REASONS
        .iter()
        .chain(checks)
        .chain(logout::REASONS)
        .find(|reason| reason.code == code)
        .map_or("", |reason| reason.remedy)
}
