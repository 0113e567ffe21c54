//! The numbers of Entra's own errors (`AADSTS…`) with their meaning and their remedy. The table explains a `Status`
//! that Entra sends, is printed in the documentation, and drives the errors of the practice identity provider. Entra's
//! own words are never read: they change, and they name people.

/// One error of Entra.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntraError {
    /// Its number, as in `AADSTS50105`.
    pub code: u32,
    /// Its meaning, in one sentence.
    pub meaning: &'static str,
    /// The remedy: what to change, and where.
    pub remedy: &'static str,
}

impl EntraError {
    /// The error with this number, if it is one that admins of SAML apps meet.
    ///
    /// ```
    /// use entrada::saml::EntraError;
    ///
    /// let error = EntraError::of(50105).unwrap();
    /// assert!(error.meaning.contains("not assigned"));
    /// assert_eq!(EntraError::of(1), None);
    /// ```
    pub fn of(code: u32) -> Option<&'static EntraError> {
        ENTRA_ERRORS.iter().find(|error| error.code == code)
    }

    /// The error whose number stands first in the words of a status, if it is one of these. Nothing else in the words counts.
    ///
    /// ```
    /// use entrada::saml::EntraError;
    ///
    /// let words = "AADSTS50105: The signed in user is not assigned";
    /// assert_eq!(EntraError::named_in(words), EntraError::of(50105));
    /// assert_eq!(EntraError::named_in("AADSTS: none"), None);
    /// ```
    pub fn named_in(words: &str) -> Option<&'static EntraError> {
        EntraError::of(code_in(words)?[PREFIX.len()..].parse().ok()?)
    }
}

/// The first code of the form `AADSTS50105` in a text.
pub(super) fn code_in(text: &str) -> Option<&str> {
    let code = &text[text.find(PREFIX)?..];
    let digits = code[PREFIX.len()..].bytes().take_while(u8::is_ascii_digit);
    let digits = digits.count();
    (digits > 0).then(|| &code[..PREFIX.len() + digits])
}

const PREFIX: &str = "AADSTS";

/// The errors that admins of SAML apps meet, by their number.
pub const ENTRA_ERRORS: &[EntraError] = &[
    error(
        50011,
        "The address that the answer was to be sent to is not registered with the app.",
        "In Entra: Single sign-on > Basic SAML Configuration > Reply URL: add the ACS that the app sends, to the letter.",
    ),
    error(
        50020,
        "The person's account is of another tenant and no guest of this one.",
        "Invite the person as a guest in Entra (Users > Invite external user), or let them sign in with an account of this tenant.",
    ),
    error(
        50034,
        "There is no such account in this tenant.",
        "Compare the sign-in name with the one under Users in Entra, and check that the app is in the person's tenant.",
    ),
    error(
        50057,
        "The person's account is disabled.",
        "In Entra: Users > the person > Account status: enable the account, if the person is to have access.",
    ),
    error(
        50058,
        "The person was not to be asked (IsPassive), and is not signed in.",
        "This is a normal answer to a passive request: send one without IsPassive, or let the person sign in at the portal first.",
    ),
    error(
        50105,
        "The person is not assigned to the app.",
        "In Entra: Enterprise applications > your app > Users and groups: add the person or one of their groups, or set Properties > Assignment required to No.",
    ),
    error(
        50146,
        "The app has no signing certificate of its own, or it has expired.",
        "In Entra: Single sign-on > SAML Certificates > Edit: make a new certificate, and make it active.",
    ),
    error(
        53003,
        "A Conditional Access policy blocks the sign-in.",
        "In Entra: Sign-in logs > the attempt > Conditional Access names the policy: change it, or meet its conditions.",
    ),
    error(
        75005,
        "What arrived is no SAML request that Entra can read.",
        "Begin the sign-on at the app's own sign-on URL, not by opening Entra's address.",
    ),
    error(
        75011,
        "The person signed in by another way than the request asked for.",
        "Let the app ask for none: take --authn-context (RequestedAuthnContext) away. Asking for passwords breaks second factors and certificates.",
    ),
    error(
        75016,
        "The request asks for a NameID format that Entra does not offer.",
        "Let the app ask for persistent, emailAddress, unspecified or transient (--name-id-format), or for nothing.",
    ),
    error(
        76021,
        "The app takes signed requests alone, and this one was not signed.",
        "Sign the requests (--sign-requests) and upload our certificate in Entra under Single sign-on > SAML Certificates > Verification certificates; or take Require verification certificates off there.",
    ),
    error(
        90002,
        "There is no such tenant.",
        "Check the tenant's id in the address that the request was sent to: it comes from the metadata.",
    ),
    error(
        650_056,
        "The app is misconfigured: often its Entity ID does not match, or nobody has consented to it.",
        "In Entra, compare Single sign-on > Basic SAML Configuration > Identifier (Entity ID) with ours, and grant consent under Permissions.",
    ),
    error(
        700_016,
        "No app in this tenant has the Entity ID of the request.",
        "In Entra: Single sign-on > Basic SAML Configuration > Identifier (Entity ID): make it ours, to the letter, and make sure that this is the right tenant.",
    ),
    error(
        750_054,
        "The address was opened without a SAML request.",
        "Begin the sign-on at the app's own sign-on URL. A proxy that strips queries leads to this, too.",
    ),
    error(
        900_236,
        "The request has a Subject, which Entra does not take.",
        "Let the app send no Subject: the parameter login_hint does the same.",
    ),
    error(
        501_241,
        "The attribute that the NameID is made of is empty for this person.",
        "In Entra: Single sign-on > Attributes & Claims > Unique User Identifier (Name ID): choose an attribute that everybody has, or fill it in for this person.",
    ),
    error(
        7_000_112,
        "The app is disabled in this tenant.",
        "In Entra: Enterprise applications > your app > Properties > Enabled for users to sign-in: Yes.",
    ),
    error(
        7_500_529,
        "The ID of the request begins with a digit.",
        "Let the app begin its IDs with a letter or an underscore, as XML asks for. Ours do.",
    ),
    error(
        7_500_530,
        "The logout request names nobody.",
        "Let the app send the NameID of the session with its LogoutRequest. Ours does.",
    ),
];

const fn error(code: u32, meaning: &'static str, remedy: &'static str) -> EntraError {
    EntraError {
        code,
        meaning,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_status_message_only_entras_code_is_kept() {
        for (message, code) in [
            (
                "AADSTS50105: The signed in user 'adele@contoso.example' is not assigned",
                Some("AADSTS50105"),
            ),
            ("Error AADSTS75011.", Some("AADSTS75011")),
            ("AADSTS: adele", None),
            ("adele@contoso.example is not welcome", None),
        ] {
            assert_eq!(code_in(message), code, "{message}");
        }
    }

    #[test]
    fn each_number_stands_once_and_says_what_it_means_and_its_remedy() {
        for (index, error) in ENTRA_ERRORS.iter().enumerate() {
            let same = |other: &EntraError| other.code == error.code;
            assert_eq!(ENTRA_ERRORS.iter().position(same), Some(index));
            for sentence in [error.meaning, error.remedy] {
                assert!(sentence.len() > 20 && sentence.ends_with('.'), "{error:?}");
            }
        }
    }
}
