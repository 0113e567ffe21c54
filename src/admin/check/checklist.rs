//! The steps in Entra's portal in their order, each with its trap and the findings that follow it: `docs/entra.md` is this table, printed.

/// One step.
pub struct Step {
    /// The part of the portal, and the place in it.
    pub place: (Part, &'static str),
    /// The action.
    pub to_do: &'static str,
    /// The trap: it is what goes wrong otherwise.
    pub trap: &'static str,
    /// The findings of `entrada check` that show it.
    pub codes: &'static [&'static str],
    /// Other signs of it; of a step without findings, the signs in their place.
    pub besides: &'static str,
}

/// A part of the portal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The enterprise application.
    Application,
    /// Sign-on.
    SignOn,
    /// Provisioning.
    Provisioning,
}

/// The steps.
pub const STEPS: &[Step] = &[
    Step {
        place: (Part::Application, "New application"),
        to_do: "Create your own application > Integrate any other application you don't find in the gallery (Non-gallery)",
        trap: "An app that begins with an app registration (OpenID Connect) has neither the page for SAML nor the one for provisioning.",
        codes: &[],
        besides: "Not seen from here.",
    },
    Step {
        place: (Part::Application, "Properties > Assignment required"),
        to_do: "Yes",
        trap: "With No, everybody of the tenant gets as far as this site: they are turned away here (`user-not-provisioned`), or are let in where sign-on is just in time.",
        codes: &[],
        besides: "Not seen from here.",
    },
    Step {
        place: (Part::Application, "Users and groups"),
        to_do: "Assign people, best by groups.",
        trap: "Who is not assigned reads AADSTS50105. Of an assigned group, Entra takes direct members alone: groups within it are not followed.",
        codes: &["nobody-can-come-in", "seats-nearly-taken", "seats-taken"],
        besides: "Who was forgotten: `entrada user explain`.",
    },
    Step {
        place: (Part::SignOn, "Basic SAML Configuration > Identifier"),
        to_do: "Our Entity ID, to the letter",
        trap: "Another one is refused by Entra (AADSTS700016) or here (`audience-mismatch`); one that is no URI comes back with `spn:` before it. A tenant takes each Entity ID once: a second app for one site needs another one (`--sp-entity-id`).",
        codes: &["base-url-differs"],
        besides: "The first sign-on shows it: `entrada verify`.",
    },
    Step {
        place: (Part::SignOn, "Basic SAML Configuration > Reply URL"),
        to_do: "Our ACS, to the letter and without a slash behind it",
        trap: "AADSTS50011, or a page of ours that no route has.",
        codes: &["acs-without-route", "acs-on-another-host"],
        besides: "The log names an address that is nearly right.",
    },
    Step {
        place: (Part::SignOn, "Basic SAML Configuration > Sign on URL"),
        to_do: "Our sign-on address, which ends in /login",
        trap: "If it is empty, a tile in My Apps and the button Test send a response that nobody asked for (`unsolicited`).",
        codes: &[],
        besides: "Only such a sign-on shows it.",
    },
    Step {
        place: (Part::SignOn, "Basic SAML Configuration > Relay State"),
        to_do: "Empty",
        trap: "What stands there counts only if `--relay-state-target` lists it.",
        codes: &[],
        besides: "The log says why one was overlooked.",
    },
    Step {
        place: (Part::SignOn, "Basic SAML Configuration > Logout Url"),
        to_do: "Our address that ends in /slo",
        trap: "If it is empty, people who sign out elsewhere stay signed in here.",
        codes: &[],
        besides: "Not seen from here.",
    },
    Step {
        place: (
            Part::SignOn,
            "Attributes & Claims > Unique User Identifier (Name ID)",
        ),
        to_do: "An attribute that everybody has; user.userprincipalname is the default",
        trap: "AADSTS501241 where it is empty. A transient one is another name each time, which the rule `name-id` does not take.",
        codes: &[],
        besides: "`entrada user explain` shows the NameID of the last sign-on.",
    },
    Step {
        place: (Part::SignOn, "Attributes & Claims > Additional claims"),
        to_do: "Leave name, emailaddress and objectidentifier as they are.",
        trap: "If one is renamed or taken away, or gets another namespace, nobody is found by it (`user-claim-missing`).",
        codes: &["user-claim-not-sent", "object-id-from-elsewhere"],
        besides: "",
    },
    Step {
        place: (Part::SignOn, "Attributes & Claims > Add a group claim"),
        to_do: "Groups assigned to the application",
        trap: "**Entra sends no groups until a group claim is added.** With All groups or Security groups, Entra sends none for people who have more than 150. Groups that are provisioned need no claim.",
        codes: &["groups-not-sent", "groups-too-many-to-claim"],
        besides: "Without `--group-change`, `check` does not know that an app asks for groups: look at `groups` in the log line `not-permitted`.",
    },
    Step {
        place: (
            Part::SignOn,
            "Attributes & Claims > Group claims > Source attribute",
        ),
        to_do: "Group ID",
        trap: "Names are ambiguous, change, and are sent for groups of some kinds alone: cloud-only groups have no sAMAccountName.",
        codes: &["groups-sent-by-name"],
        besides: "",
    },
    Step {
        place: (
            Part::SignOn,
            "SAML Certificates > App Federation Metadata Url",
        ),
        to_do: "Copy it whole, with ?appid=…",
        trap: "Without `appid` it lists keys of the tenant, which do not sign for the app: every response is refused (`signature-invalid`).",
        codes: &[
            "entra-address-without-appid",
            "entra-many-keys",
            "entra-common-document",
            "entra-app-id-unknown",
            "nobody-to-trust",
            "metadata-unreachable",
            "metadata-unusable",
            "metadata-not-refreshed",
            "metadata-stale",
            "metadata-changed",
        ],
        besides: "",
    },
    Step {
        place: (
            Part::SignOn,
            "Set up > Login URL, Microsoft Entra Identifier",
        ),
        to_do: "Only without a metadata address or file: copy each into its own setting.",
        trap: "One in the place of the other, or one of another tenant, lets nobody in.",
        codes: &[
            "login-url-and-identifier-swapped",
            "own-name-as-identity-provider",
            "entra-value-misplaced",
            "entra-id-mistyped",
            "entra-tenants-differ",
        ],
        besides: "",
    },
    Step {
        place: (Part::SignOn, "SAML Certificates > Signing Option"),
        to_do: "Sign SAML assertion, or with the response; SHA-256",
        trap: "SHA-1 is refused (`signature-algorithm-weak`).",
        codes: &["weak-document-signature", "weak-key", "no-signing-key"],
        besides: "The first response shows which it is: `entrada verify`.",
    },
    Step {
        place: (
            Part::SignOn,
            "SAML Certificates > Expiration and notification mail",
        ),
        to_do: "A mailbox that somebody reads",
        trap: "Certificates last three years. With a metadata address the next one is taken up by itself; a pinned one must be pinned before the switch.",
        codes: &[
            "certificate-expires-soon",
            "certificate-expired",
            "certificate-not-yet-valid",
        ],
        besides: "",
    },
    Step {
        place: (
            Part::SignOn,
            "SAML Certificates > Verification certificates",
        ),
        to_do: "Only with `--sign-requests`: upload our certificate.",
        trap: "Once Entra insists on it (AADSTS76021), tiles in My Apps cannot begin a sign-on, and our next certificate must be there before it signs.",
        codes: &[
            "own-certificate-expires-soon",
            "own-certificate-expired",
            "own-key-unusable",
        ],
        besides: "",
    },
    Step {
        place: (Part::SignOn, "Token encryption"),
        to_do: "Import our certificate, then Activate it.",
        trap: "Imported alone it encrypts nothing. After a rollover, Entra encrypts for the old key until the new one is active there: retire it later.",
        codes: &[],
        besides: "The first response shows it: `entrada verify`.",
    },
    Step {
        place: (Part::SignOn, "Test"),
        to_do: "Sign in as somebody who is assigned.",
        trap: "Where our clock is off, every response has expired (`expired`) or is not valid yet (`not-yet-valid`).",
        codes: &["clock-behind"],
        besides: "`entrada verify` says by how much a clock is off.",
    },
    Step {
        place: (Part::Provisioning, "Admin Credentials > Tenant URL"),
        to_do: "As `entrada connection show` prints it, with `?aadOptscim062020` or without",
        trap: "The address of another connection answers 401 to its token.",
        codes: &[],
        besides: "Test Connection says it at once; the log of the server has the reason.",
    },
    Step {
        place: (Part::Provisioning, "Admin Credentials > Secret Token"),
        to_do: "From `entrada token create`; in place of it an OAuth client from `entrada client create`",
        trap: "It is shown once and holds for a year, the secret of a client for two: provisioning stops on that day. With the first one, the directory decides who comes in.",
        codes: &[
            "token-expires-soon",
            "token-expired",
            "client-secret-expires-soon",
            "client-secret-expired",
        ],
        besides: "",
    },
    Step {
        place: (
            Part::Provisioning,
            "Mappings > Provision Microsoft Entra ID Users",
        ),
        to_do: "**Map objectId to externalId.** Match by externalId or userName.",
        trap: "The default maps mailNickname, by which no sign-on finds its user.",
        codes: &[
            "external-id-is-mail-nickname",
            "external-id-missing",
            "user-names-collide",
            "user-names-refused",
        ],
        besides: "",
    },
    Step {
        place: (Part::Provisioning, "Mappings > other attributes"),
        to_do: "Take out what nobody here reads, or declare it (`--scim-extension`).",
        trap: "What no schema has is overlooked.",
        codes: &["attributes-overlooked"],
        besides: "",
    },
    Step {
        place: (
            Part::Provisioning,
            "Mappings > Provision Microsoft Entra ID Groups",
        ),
        to_do: "Map objectId to externalId, and members.",
        trap: "Without members nobody is in a group; without externalId a claimed group is not the provisioned one.",
        codes: &["groups-without-members", "groups-collide"],
        besides: "",
    },
    Step {
        place: (Part::Provisioning, "Settings > Scope, and scoping filters"),
        to_do: "Sync only assigned users and groups.",
        trap: "A filter leaves people out without a word, also from the groups that they are in.",
        codes: &["nobody-can-come-in", "groups-without-members"],
        besides: "Who was left out: `entrada user explain`.",
    },
    Step {
        place: (Part::Provisioning, "Provision on demand"),
        to_do: "One person, then `entrada user explain` for them.",
        trap: "A cycle passes over most faults without a word; this shows them at once.",
        codes: &[],
        besides: "`entrada log --connection` shows each request.",
    },
    Step {
        place: (Part::Provisioning, "Overview > Start provisioning"),
        to_do: "Let one cycle end: 40 minutes, the first one longer.",
        trap: "Saving the settings starts nothing. After many failures Entra puts the app in quarantine, tries once a day, and gives up after four weeks.",
        codes: &["provisioning-silent", "provisioning-refused"],
        besides: "",
    },
    Step {
        place: (Part::Provisioning, "Afterwards, here"),
        to_do: "`entrada connection update ID --sign-on provisioned-only`, once a cycle has ended",
        trap: "Where people had signed on before the first token, the door stays open until you close it.",
        codes: &["door-still-open"],
        besides: "",
    },
];
