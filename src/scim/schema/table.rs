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

/// One attribute. What the table does not say of it is as RFC 7643 §2.2 has it by default: optional, one value, any case,
/// readable and writable, returned unless asked otherwise, not unique.
fn row(name: &str, kind: AttributeType, description: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind,
        description: description.to_owned(),
        ..Attribute::default()
    }
}

fn text(name: &str, description: &str) -> Attribute {
    row(name, Text, description)
}

fn complex<const N: usize>(name: &str, description: &str, parts: [Attribute; N]) -> Attribute {
    Attribute {
        sub_attributes: attributes(parts),
        ..row(name, Complex, description)
    }
}

fn several<const N: usize>(name: &str, description: &str, parts: [Attribute; N]) -> Attribute {
    complex(name, description, parts).many()
}

fn reference(name: &str, description: &str, to: &[&str]) -> Attribute {
    Attribute {
        reference_types: owned(to),
        ..row(name, Reference, description).exact()
    }
}

impl Attribute {
    fn many(mut self) -> Attribute {
        self.multi_valued = true;
        self
    }

    fn required(mut self) -> Attribute {
        self.required = true;
        self
    }

    fn exact(mut self) -> Attribute {
        self.case_exact = true;
        self
    }

    fn unique(mut self) -> Attribute {
        self.uniqueness = Uniqueness::Server;
        self
    }

    fn mutable(mut self, mutability: Mutability) -> Attribute {
        self.mutability = mutability;
        self
    }

    fn read_only(self) -> Attribute {
        self.mutable(Mutability::ReadOnly)
    }

    fn returned(mut self, returned: Returned) -> Attribute {
        self.returned = returned;
        self
    }

    fn canonical(mut self, values: &[&str]) -> Attribute {
        self.canonical_values = owned(values);
        self
    }
}

fn attributes<const N: usize>(attributes: [Attribute; N]) -> Vec<Arc<Attribute>> {
    attributes.into_iter().map(Arc::new).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn display() -> Attribute {
    text("display", "A name for people to read.")
}

fn primary() -> Attribute {
    row(
        "primary",
        Boolean,
        "Whether this is the preferred value; at most one is.",
    )
}

fn usage() -> Attribute {
    text("type", "What the value is used for.")
}

fn work_or_home() -> Attribute {
    usage().canonical(&["work", "home", "other"])
}

/// The attributes that each resource has (RFC 7643 §3.1); no schema lists them.
pub(super) fn common() -> Vec<Arc<Attribute>> {
    attributes([
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
            [
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
    ])
}

/// RFC 7643 §4.1.
pub(super) fn user() -> Vec<Arc<Attribute>> {
    attributes([
        text(
            "userName",
            "The name by which the user signs on, unique without regard to case.",
        )
        .required()
        .unique(),
        complex(
            "name",
            "The parts of the user's name.",
            [
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
        Attribute {
            has_default: true,
            ..row(
                "active",
                Boolean,
                "Whether the user may sign on. A user created without it may; one whose value was removed may not, and has false.",
            )
        },
        text(
            "password",
            "Ignored and never kept: users sign on over SAML.",
        )
        .exact()
        .mutable(Mutability::WriteOnly)
        .returned(Returned::Never),
        several(
            "emails",
            "E-mail addresses.",
            [
                text("value", "An e-mail address."),
                display(),
                work_or_home(),
                primary(),
            ],
        ),
        several(
            "phoneNumbers",
            "Telephone numbers.",
            [
                text("value", "A telephone number."),
                display(),
                usage().canonical(&["work", "home", "mobile", "fax", "pager", "other"]),
                primary(),
            ],
        ),
        several(
            "ims",
            "Addresses for instant messages.",
            [
                text("value", "An address for instant messages."),
                display(),
                usage().canonical(&["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
                primary(),
            ],
        ),
        several(
            "photos",
            "Addresses of pictures of the user.",
            [
                reference("value", "The address of a picture.", &["external"]),
                display(),
                usage().canonical(&["photo", "thumbnail"]),
                primary(),
            ],
        ),
        several(
            "addresses",
            "Postal addresses.",
            [
                text("formatted", "The whole address, ready to be shown."),
                text("streetAddress", "Street, number and the like."),
                text("locality", "The town."),
                text("region", "The state or region."),
                text("postalCode", "The postal code."),
                text("country", "The country, by its ISO 3166-1 alpha-2 code."),
                work_or_home(),
                primary(),
            ],
        ),
        several(
            "groups",
            "The groups that the user belongs to, directly or through another group.",
            [
                text("value", "The id of the group.").exact().read_only(),
                reference("$ref", "The address of the group.", &["Group"]).read_only(),
                display().read_only(),
                usage().canonical(&["direct", "indirect"]).read_only(),
            ],
        )
        .read_only(),
        several(
            "entitlements",
            "What the user is entitled to.",
            [
                text("value", "An entitlement."),
                display(),
                usage(),
                primary(),
            ],
        ),
        several(
            "roles",
            "The user's roles.",
            [text("value", "A role."), display(), usage(), primary()],
        ),
        several(
            "x509Certificates",
            "Certificates that were issued to the user.",
            [
                row("value", Binary, "A certificate in DER.").exact(),
                display(),
                usage(),
                primary(),
            ],
        ),
    ])
}

/// RFC 7643 §4.2.
pub(super) fn group() -> Vec<Arc<Attribute>> {
    attributes([
        text("displayName", "The name of the group.").required(),
        several(
            "members",
            "The members of the group: users and groups.",
            [
                text("value", "The id of the member.")
                    .exact()
                    .mutable(Mutability::Immutable),
                reference("$ref", "The address of the member.", &["User", "Group"])
                    .mutable(Mutability::Immutable),
                display().read_only(),
                usage()
                    .canonical(&["User", "Group"])
                    .mutable(Mutability::Immutable),
            ],
        ),
    ])
}

/// RFC 7643 §4.3.
pub(super) fn enterprise_user() -> Vec<Arc<Attribute>> {
    attributes([
        text("employeeNumber", "The organisation's number for the user."),
        text("costCenter", "The cost centre."),
        text("organization", "The organisation."),
        text("division", "The division."),
        text("department", "The department."),
        complex(
            "manager",
            "The user's manager.",
            [
                text("value", "The id of the manager.").exact(),
                reference("$ref", "The address of the manager.", &["User"]),
                text("displayName", "The manager's name.").read_only(),
            ],
        ),
    ])
}
