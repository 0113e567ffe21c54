//! The table of our own cases.

use super::answers;
use super::dialect;
use super::duplicates;
use super::filters;
use super::members;
use crate::practice::validate::result::Need;
use crate::practice::validate::result::Need::Optional;
use crate::practice::validate::result::Need::Required;
use crate::practice::validate::scim::case::Case;
use crate::practice::validate::scim::case::Steps;
use crate::practice::validate::scim::credentials;
use crate::practice::validate::scim::discovery;

/// Our own cases, which a failure of Microsoft's tests may come down to.
pub(in crate::practice::validate::scim) const FURTHER: [Case; 34] = [
    case(
        "test-connection",
        Required,
        "Microsoft: Test Connection",
        "a value that nobody has is answered with 200 and an empty list",
        |server| Box::pin(answers::test_connection(server)),
    ),
    case(
        "test-connection-groups",
        Required,
        "Microsoft: Test Connection",
        "the same of /Groups",
        |server| Box::pin(answers::test_connection_of_groups(server)),
    ),
    case(
        "list-response",
        Required,
        "RFC 7644 §3.4.2",
        "a ListResponse with totalResults and Resources",
        |server| Box::pin(answers::list_response(server)),
    ),
    case(
        "missing-resource",
        Required,
        "RFC 7644 §3.12",
        "status 404 for an id that nobody has",
        |server| Box::pin(answers::missing_resource(server)),
    ),
    case(
        "error-body",
        Required,
        "RFC 7644 §3.12",
        "an error with its schema and the status as a text",
        |server| Box::pin(answers::error_body(server)),
    ),
    case(
        "wrong-token",
        Required,
        "RFC 7644 §2, §3.12",
        "status 401",
        |server| Box::pin(answers::wrong_token(server)),
    ),
    case(
        "wrong-client-secret",
        Required,
        "RFC 6749 §5.2",
        "invalid_client for a secret that nobody has",
        |server| Box::pin(credentials::wrong_secret(server)),
    ),
    case(
        "changed-assertion",
        Required,
        "RFC 7523 §3, §3.2",
        "invalid_client for an assertion with another signature",
        |server| Box::pin(credentials::changed_assertion(server)),
    ),
    case(
        "token-endpoint-place",
        Required,
        "Microsoft: outside the SCIM prefix",
        "a token endpoint outside the Tenant URL",
        |server| Box::pin(credentials::place(server)),
    ),
    case(
        "content-type",
        Optional,
        "RFC 7644 §3.1, §8.1",
        "application/scim+json",
        |server| Box::pin(answers::content_type(server)),
    ),
    case(
        "entity-tag",
        Optional,
        "RFC 7644 §3.14",
        "the header ETag is meta.version",
        |server| Box::pin(answers::entity_tag(server)),
    ),
    case(
        "service-provider-config",
        Optional,
        "RFC 7643 §5",
        "PATCH and filters are supported",
        |server| Box::pin(discovery::configuration(server)),
    ),
    case(
        "filter-user-name",
        Required,
        "RFC 7644 §3.4.2.2",
        "the one user of this userName",
        |server| Box::pin(filters::user_name(server)),
    ),
    case(
        "filter-user-name-case",
        Required,
        "RFC 7643 §4.1.1",
        "the one user of this userName, written in capitals",
        |server| Box::pin(filters::user_name_in_another_case(server)),
    ),
    case(
        "filter-external-id",
        Required,
        "RFC 7644 §3.4.2.2",
        "the one user of this externalId",
        |server| Box::pin(filters::user_external_id(server)),
    ),
    case(
        "filter-and",
        Optional,
        "RFC 7644 §3.4.2.2",
        "the one user of this userName who is active",
        |server| Box::pin(filters::and(server)),
    ),
    case(
        "filter-group-name",
        Required,
        "RFC 7644 §3.4.2.2",
        "the one group of this displayName",
        |server| Box::pin(filters::group_name(server)),
    ),
    case(
        "filter-group-external-id",
        Required,
        "RFC 7644 §3.4.2.2",
        "the one group of this externalId",
        |server| Box::pin(filters::group_external_id(server)),
    ),
    case(
        "duplicate-user",
        Required,
        "RFC 7644 §3.3",
        "status 409",
        |server| Box::pin(duplicates::user(server)),
    ),
    case(
        "duplicate-user-case",
        Optional,
        "RFC 7643 §4.1.1",
        "status 409 for the same userName in capitals",
        |server| Box::pin(duplicates::user_in_another_case(server)),
    ),
    case(
        "duplicate-group",
        Optional,
        "Microsoft's SCIM validator site",
        "status 409 for the same group again",
        |server| Box::pin(duplicates::group(server)),
    ),
    case(
        "capitalised-operations",
        Required,
        "Microsoft: op is Add, Replace, Remove",
        "the change of an operation with a capital",
        |server| Box::pin(dialect::capitals(server)),
    ),
    case(
        "booleans-as-texts",
        Required,
        "Microsoft: active is \"True\" or \"False\"",
        "active is false, as a boolean",
        |server| Box::pin(dialect::booleans(server)),
    ),
    case(
        "dotted-path",
        Required,
        "RFC 7644 §3.5.2",
        "the change of name.givenName",
        |server| Box::pin(dialect::dotted_path(server)),
    ),
    case(
        "path-with-filter",
        Required,
        "RFC 7644 §3.5.2",
        "the change of emails[type eq \"work\"].value",
        |server| Box::pin(dialect::path_with_filter(server)),
    ),
    case(
        "path-with-filter-adds",
        Required,
        "Microsoft: the first value comes so",
        "a work address where there was none",
        |server| Box::pin(dialect::path_with_filter_that_meets_none(server)),
    ),
    case(
        "extension-path",
        Required,
        "RFC 7644 §3.10",
        "the change of an attribute behind its URN",
        |server| Box::pin(dialect::extension_path(server)),
    ),
    case(
        "without-path",
        Required,
        "RFC 7644 §3.5.2",
        "the changes of an object",
        |server| Box::pin(dialect::without_path(server)),
    ),
    case(
        "paths-as-keys",
        Optional,
        "Microsoft: aadOptscim062020",
        "the change of name.givenName as a key",
        |server| Box::pin(dialect::paths_as_keys(server)),
    ),
    case(
        "empty-operations",
        Optional,
        "Microsoft's SCIM validator site",
        "a PATCH without operations changes nothing",
        |server| Box::pin(dialect::no_operations(server)),
    ),
    case(
        "remove-members-by-value",
        Required,
        "Microsoft: members are removed by value",
        "the one member is removed",
        |server| Box::pin(members::removed_by_value(server)),
    ),
    case(
        "remove-members-by-filter",
        Required,
        "RFC 7644 §3.5.2.2",
        "the one member is removed",
        |server| Box::pin(members::removed_by_filter(server)),
    ),
    case(
        "member-added-twice",
        Required,
        "RFC 7644 §3.5.2.1",
        "success, and a member once",
        |server| Box::pin(members::added_twice(server)),
    ),
    case(
        "excluded-members",
        Required,
        "RFC 7644 §3.9",
        "the group without its members",
        |server| Box::pin(members::excluded(server)),
    ),
];

const fn case(
    name: &'static str,
    need: Need,
    clause: &'static str,
    expected: &'static str,
    steps: Steps,
) -> Case {
    Case {
        number: None,
        name,
        need,
        clause,
        expected,
        steps,
    }
}
