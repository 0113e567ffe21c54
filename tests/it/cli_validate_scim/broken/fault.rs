//! The faults of a server, each of which is one line of a table.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Fault {
    None,
    /// `active` is a text in answers.
    ActiveIsText,
    /// A filter is overlooked: everybody is found.
    NoFilters,
    /// A list without matches is 404.
    NobodyIsMissing,
    /// There is no schema of groups.
    NoGroupSchema,
    /// `/Schemas` lists no `externalId`.
    NoExternalIdInSchemas,
    /// A DELETE does nothing, and says that it did.
    DeleteDoesNothing,
    /// A user who is disabled cannot be enabled.
    NobodyComesBack,
    /// A group that is renamed loses its members.
    RenamedGroupsAreEmpty,
    /// Removing one member removes all.
    RemoveEmpties,
    /// The empty text does not clear.
    EmptyTextIsKept,
    /// `null` does not clear.
    NullIsKept,
    /// The second page begins one too early.
    PagesOverlap,
    /// Everybody may come in.
    NoToken,
    /// JSON by its common name.
    PlainJson,
    /// Members are shown to those who do not want them.
    MembersAreShown,
    /// `userName eq` compares with case.
    FilterHasCase,
    /// The status of an error is a number.
    StatusIsNumber,
    /// A duplicate is a bad request.
    DuplicateIs400,
    /// The answer to a POST of a user is somebody else.
    PostAnswersAnother,
    /// The answer to a POST has the name that was sent, and the id of somebody else.
    PostAnswersIdOfAnother,
    /// The answer to a POST has an id that leads to the list of all.
    PostAnswersDots,
    /// A GET by id shows somebody else.
    GetShowsAnother,
    /// `Operations: []` is refused.
    EmptyOperationsAreRefused,
    /// Texts are no booleans: `"False"` is overlooked.
    TextIsNoBoolean,
    /// `externalId` cannot be looked for.
    NoExternalIdFilter,
    /// Errors have markup and a terminal's commands in them.
    MarkupInErrors,
    /// POST answers with a page.
    PostAnswersHtml,
    /// Lists have the wrong types.
    ListsAreWrong,
    /// A GET by id is sent elsewhere.
    Redirects,
    /// A PATCH fails.
    PatchFails,
    /// A list by `startIndex` gets no answer.
    PagesHang,
    /// Nothing but discovery gets an answer.
    EverythingHangs,
    /// An answer without an end.
    PostIsEndless,
    /// Access tokens end too early.
    TokenIsShort,
    /// Access tokens say nothing of their end.
    TokenHasNoEnd,
    /// The first access token opens the server, and no later one.
    TokenOpensNothing,
    /// Every secret is right.
    AnySecret,
    /// Every assertion is right.
    AnyAssertion,
    /// Errors repeat the token or the assertion that was sent.
    RepeatsSecrets,
}
