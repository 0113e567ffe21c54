//! The endpoints (RFC 7644 §3.2, table 2).

use percent_encoding::percent_decode_str;

use super::BODY_BYTES;
use super::GROUP_BYTES;
use super::LIMITS;
use super::Method;
use crate::provisioning::LogOperation;
use crate::scim::ResourceKind;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Endpoint {
    /// All resources.
    Root,
    /// `/.search`, of one type or of all.
    Search(Option<ResourceKind>),
    Resources(ResourceKind),
    Resource(ResourceKind, String),
    Bulk,
    /// `/Me`, and whatever stands below.
    Me,
    ServiceProviderConfig,
    ResourceTypes,
    ResourceType(String),
    Schemas,
    Schema(String),
}

impl Endpoint {
    /// The endpoint at a path. Clients join addresses carelessly: slashes too many and the case of the endpoint's name do
    /// no harm. Ids are compared exactly.
    pub(super) fn of(path: &str) -> Option<Endpoint> {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let segments = segments.map(|segment| percent_decode_str(segment).decode_utf8());
        let segments: Vec<_> = segments.collect::<Result<_, _>>().ok()?;
        let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
        match segments.as_slice() {
            [] => Some(Endpoint::Root),
            [name] => Endpoint::named(name),
            [name, ..] if name.eq_ignore_ascii_case("Me") => Some(Endpoint::Me),
            [name, within] => Endpoint::named(name)?.within(within),
            _ => None,
        }
    }

    fn named(name: &str) -> Option<Endpoint> {
        let mut all = NAMED.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, endpoint)| endpoint.clone())
    }

    fn within(self, segment: &str) -> Option<Endpoint> {
        match self {
            Endpoint::Resources(kind) if segment.eq_ignore_ascii_case(".search") => {
                Some(Endpoint::Search(Some(kind)))
            }
            Endpoint::Resources(kind) => Some(Endpoint::Resource(kind, segment.to_owned())),
            Endpoint::ResourceTypes => Some(Endpoint::ResourceType(segment.to_owned())),
            Endpoint::Schemas => Some(Endpoint::Schema(segment.to_owned())),
            _ => None,
        }
    }

    /// The methods that it takes, as `Allow` has them.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Endpoint::Search(_) | Endpoint::Bulk => "POST",
            Endpoint::Resources(_) => "GET, HEAD, POST",
            Endpoint::Resource(..) => "GET, HEAD, PUT, PATCH, DELETE",
            _ => "GET, HEAD",
        }
    }

    pub(super) fn operation(&self, method: Method) -> LogOperation {
        match (self, method) {
            (Endpoint::Resources(_), Method::Post) => LogOperation::Create,
            (Endpoint::Root | Endpoint::Resources(_), Method::Get)
            | (Endpoint::Search(_), Method::Post) => LogOperation::Search,
            (Endpoint::Resource(..), Method::Get) => LogOperation::Read,
            (Endpoint::Resource(..), Method::Put) => LogOperation::Replace,
            (Endpoint::Resource(..), Method::Patch) => LogOperation::Patch,
            (Endpoint::Resource(..), Method::Delete) => LogOperation::Delete,
            _ => LogOperation::Other,
        }
    }

    pub(super) fn kind(&self) -> Option<ResourceKind> {
        match self {
            Endpoint::Search(kind) => *kind,
            Endpoint::Resources(kind) | Endpoint::Resource(kind, _) => Some(*kind),
            _ => None,
        }
    }
}

/// The most bytes that the body of a request to this path may have.
pub fn body_limit(path: &str) -> usize {
    match Endpoint::of(path) {
        Some(Endpoint::Bulk) => LIMITS.bulk_bytes,
        Some(
            Endpoint::Resources(ResourceKind::Group) | Endpoint::Resource(ResourceKind::Group, _),
        ) => GROUP_BYTES,
        _ => BODY_BYTES,
    }
}

const NAMED: [(&str, Endpoint); 8] = [
    ("Users", Endpoint::Resources(ResourceKind::User)),
    ("Groups", Endpoint::Resources(ResourceKind::Group)),
    (".search", Endpoint::Search(None)),
    ("Bulk", Endpoint::Bulk),
    ("Me", Endpoint::Me),
    ("ServiceProviderConfig", Endpoint::ServiceProviderConfig),
    ("ResourceTypes", Endpoint::ResourceTypes),
    ("Schemas", Endpoint::Schemas),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_one_endpoint_or_none() {
        let user = |id: &str| Some(Endpoint::Resource(ResourceKind::User, id.to_owned()));
        for (path, expected) in [
            ("", Some(Endpoint::Root)),
            ("/", Some(Endpoint::Root)),
            ("/Users", Some(Endpoint::Resources(ResourceKind::User))),
            ("//users/", Some(Endpoint::Resources(ResourceKind::User))),
            ("/Users/7", user("7")),
            ("/Users/a%20b", user("a b")),
            ("/Users/a%2Fb", user("a/b")),
            (
                "/Groups/.search",
                Some(Endpoint::Search(Some(ResourceKind::Group))),
            ),
            ("/.search", Some(Endpoint::Search(None))),
            ("/Bulk", Some(Endpoint::Bulk)),
            ("/Me", Some(Endpoint::Me)),
            ("/Me/photos", Some(Endpoint::Me)),
            (
                "/Schemas/urn%3Aa",
                Some(Endpoint::Schema("urn:a".to_owned())),
            ),
            ("/Schemas/urn:a", Some(Endpoint::Schema("urn:a".to_owned()))),
            ("/Users/7/photos", None),
            ("/Users/%ff", None),
            ("/Bulk/7", None),
            ("/User", None),
            ("/../Users", None),
        ] {
            assert_eq!(Endpoint::of(path), expected, "{path}");
        }
    }

    #[test]
    fn a_bulk_request_may_be_larger_than_others() {
        assert_eq!(body_limit("/Bulk"), 4 * BODY_BYTES);
        assert_eq!(body_limit("/Users"), BODY_BYTES);
        for path in [
            "/Groups",
            "/groups/",
            "/Groups/2819c223-7f76-453a-919d-413861904646",
        ] {
            assert_eq!(body_limit(path), GROUP_BYTES, "{path}");
        }
        assert_eq!(body_limit("/Groups/.search"), BODY_BYTES);
        assert_eq!(body_limit("/nowhere"), BODY_BYTES);
    }
}
