//! The attributes of RFC 7643 as one table: what a client reads at `/Schemas`, and what values are held against.

use std::sync::Arc;

use super::Attribute;
use super::AttributeType;
use super::AttributeType::Binary;
use super::AttributeType::Boolean;
use super::AttributeType::Complex;
use super::AttributeType::DateTime;
use super::AttributeType::Reference;
use super::AttributeType::String as Text;
use super::Mutability;
use super::Returned;
use super::Uniqueness;

/// One line of the table. What it does not say is as RFC 7643 §2.2 has it by default: optional, one value, any case,
/// readable and writable, returned unless asked otherwise, not unique.
#[derive(Clone, Copy)]
pub(super) struct Row {
    name: &'static str,
    kind: AttributeType,
    description: &'static str,
    multi_valued: bool,
    required: bool,
    has_default: bool,
    case_exact: bool,
    mutability: Mutability,
    returned: Returned,
    uniqueness: Uniqueness,
    canonical_values: &'static [&'static str],
    reference_types: &'static [&'static str],
    parts: &'static [Row],
}

const fn row(name: &'static str, kind: AttributeType, description: &'static str) -> Row {
    Row {
        name,
        kind,
        description,
        multi_valued: false,
        required: false,
        has_default: false,
        case_exact: false,
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        uniqueness: Uniqueness::None,
        canonical_values: &[],
        reference_types: &[],
        parts: &[],
    }
}

const fn text(name: &'static str, description: &'static str) -> Row {
    row(name, Text, description)
}

const fn complex(name: &'static str, description: &'static str, parts: &'static [Row]) -> Row {
    Row {
        parts,
        ..row(name, Complex, description)
    }
}

const fn several(name: &'static str, description: &'static str, parts: &'static [Row]) -> Row {
    complex(name, description, parts).many()
}

const fn reference(
    name: &'static str,
    description: &'static str,
    to: &'static [&'static str],
) -> Row {
    Row {
        reference_types: to,
        case_exact: true,
        ..row(name, Reference, description)
    }
}

impl Row {
    const fn many(self) -> Row {
        Row {
            multi_valued: true,
            ..self
        }
    }

    const fn required(self) -> Row {
        Row {
            required: true,
            ..self
        }
    }

    const fn with_default(self) -> Row {
        Row {
            has_default: true,
            ..self
        }
    }

    const fn exact(self) -> Row {
        Row {
            case_exact: true,
            ..self
        }
    }

    const fn read_only(self) -> Row {
        Row {
            mutability: Mutability::ReadOnly,
            ..self
        }
    }

    const fn immutable(self) -> Row {
        Row {
            mutability: Mutability::Immutable,
            ..self
        }
    }

    const fn unique(self) -> Row {
        Row {
            uniqueness: Uniqueness::Server,
            ..self
        }
    }

    const fn returned(self, returned: Returned) -> Row {
        Row { returned, ..self }
    }

    const fn canonical(self, canonical_values: &'static [&'static str]) -> Row {
        Row {
            canonical_values,
            ..self
        }
    }

    fn attribute(&self) -> Attribute {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Attribute {
            name: self.name.to_owned(),
            kind: self.kind,
            multi_valued: self.multi_valued,
            description: self.description.to_owned(),
            required: self.required,
            has_default: self.has_default,
            case_exact: self.case_exact,
            mutability: self.mutability,
            returned: self.returned,
            uniqueness: self.uniqueness,
            canonical_values: owned(self.canonical_values),
            reference_types: owned(self.reference_types),
            sub_attributes: attributes(self.parts),
        }
    }
}

pub(super) fn attributes(rows: &[Row]) -> Vec<Arc<Attribute>> {
    rows.iter().map(|row| Arc::new(row.attribute())).collect()
}

const DISPLAY: Row = text("display", "A name for people to read.");
const PRIMARY: Row = row(
    "primary",
    Boolean,
    "Whether this is the preferred value; at most one is.",
);
const TYPE: Row = text("type", "What the value is used for.");
const WORK_OR_HOME: Row = TYPE.canonical(&["work", "home", "other"]);

/// The attributes that each resource has (RFC 7643 §3.1); no schema lists them.
pub(super) const COMMON: &[Row] = &[
    row("schemas", Reference, "The schemas of the resource.")
        .many()
        .required()
        .exact()
        .read_only()
        .returned(Returned::Always),
    text("id", "The server's name for the resource.")
        .required()
        .exact()
        .read_only()
        .unique()
        .returned(Returned::Always),
    text("externalId", "The client's name for the resource.").exact(),
    complex(
        "meta",
        "What the server knows about the resource.",
        &[
            text("resourceType", "The name of the resource type.")
                .exact()
                .read_only(),
            row("created", DateTime, "When the resource was created.")
                .exact()
                .read_only(),
            row("lastModified", DateTime, "When the resource changed last.")
                .exact()
                .read_only(),
            reference("location", "The address of the resource.", &["uri"]).read_only(),
            text("version", "The version of the resource.")
                .exact()
                .read_only(),
        ],
    )
    .read_only(),
];

/// RFC 7643 §4.1.
pub(super) const USER: &[Row] = &[
    text(
        "userName",
        "The name by which the user signs on, unique without regard to case.",
    )
    .required()
    .unique(),
    complex(
        "name",
        "The parts of the user's name.",
        &[
            text("formatted", "The whole name, ready to be shown."),
            text("familyName", "The family name, or last name."),
            text("givenName", "The given name, or first name."),
            text("middleName", "The middle names."),
            text("honorificPrefix", "What precedes the name, or title."),
            text("honorificSuffix", "What follows the name, or suffix."),
        ],
    ),
    text("displayName", "The name to show for the user."),
    text("nickName", "What the user is called in everyday life."),
    reference(
        "profileUrl",
        "The address of the user's profile.",
        &["external"],
    ),
    text("title", "The user's title, such as Vice President."),
    text(
        "userType",
        "The relation between the organisation and the user.",
    ),
    text(
        "preferredLanguage",
        "The languages that the user prefers, as in Accept-Language.",
    ),
    text("locale", "How numbers and dates are shown to the user."),
    text("timezone", "The user's time zone, such as Europe/Berlin."),
    row(
        "active",
        Boolean,
        "Whether the user may sign on. A user created without it may; one whose value was removed may not, and has false.",
    )
    .with_default(),
    Row {
        mutability: Mutability::WriteOnly,
        ..text(
            "password",
            "Ignored and never kept: users sign on over SAML.",
        )
        .exact()
        .returned(Returned::Never)
    },
    several(
        "emails",
        "E-mail addresses.",
        &[
            text("value", "An e-mail address."),
            DISPLAY,
            WORK_OR_HOME,
            PRIMARY,
        ],
    ),
    several(
        "phoneNumbers",
        "Telephone numbers.",
        &[
            text("value", "A telephone number."),
            DISPLAY,
            TYPE.canonical(&["work", "home", "mobile", "fax", "pager", "other"]),
            PRIMARY,
        ],
    ),
    several(
        "ims",
        "Addresses for instant messages.",
        &[
            text("value", "An address for instant messages."),
            DISPLAY,
            TYPE.canonical(&["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
            PRIMARY,
        ],
    ),
    several(
        "photos",
        "Addresses of pictures of the user.",
        &[
            reference("value", "The address of a picture.", &["external"]),
            DISPLAY,
            TYPE.canonical(&["photo", "thumbnail"]),
            PRIMARY,
        ],
    ),
    several(
        "addresses",
        "Postal addresses.",
        &[
            text("formatted", "The whole address, ready to be shown."),
            text("streetAddress", "Street, number and the like."),
            text("locality", "The town."),
            text("region", "The state or region."),
            text("postalCode", "The postal code."),
            text("country", "The country, by its ISO 3166-1 alpha-2 code."),
            WORK_OR_HOME,
            PRIMARY,
        ],
    ),
    several(
        "groups",
        "The groups that the user belongs to, directly or through another group.",
        &[
            text("value", "The id of the group.").exact().read_only(),
            reference("$ref", "The address of the group.", &["Group"]).read_only(),
            DISPLAY.read_only(),
            TYPE.canonical(&["direct", "indirect"]).read_only(),
        ],
    )
    .read_only(),
    several(
        "entitlements",
        "What the user is entitled to.",
        &[text("value", "An entitlement."), DISPLAY, TYPE, PRIMARY],
    ),
    several(
        "roles",
        "The user's roles.",
        &[text("value", "A role."), DISPLAY, TYPE, PRIMARY],
    ),
    several(
        "x509Certificates",
        "Certificates that were issued to the user.",
        &[
            row("value", Binary, "A certificate in DER.").exact(),
            DISPLAY,
            TYPE,
            PRIMARY,
        ],
    ),
];

/// RFC 7643 §4.2.
pub(super) const GROUP: &[Row] = &[
    text("displayName", "The name of the group.").required(),
    several(
        "members",
        "The members of the group: users and groups.",
        &[
            text("value", "The id of the member.").exact().immutable(),
            reference("$ref", "The address of the member.", &["User", "Group"]).immutable(),
            DISPLAY.read_only(),
            TYPE.canonical(&["User", "Group"]).immutable(),
        ],
    ),
];

/// RFC 7643 §4.3.
pub(super) const ENTERPRISE_USER: &[Row] = &[
    text("employeeNumber", "The organisation's number for the user."),
    text("costCenter", "The cost centre."),
    text("organization", "The organisation."),
    text("division", "The division."),
    text("department", "The department."),
    complex(
        "manager",
        "The user's manager.",
        &[
            text("value", "The id of the manager.").exact(),
            reference("$ref", "The address of the manager.", &["User"]),
            text("displayName", "The manager's name.").read_only(),
        ],
    ),
];
