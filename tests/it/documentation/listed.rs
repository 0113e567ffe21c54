//! The blocks that the test of all blocks does not run itself.

/// Blocks that no test can run: the page, the beginning of the block, and the reason. An entry whose block has gone fails the test.
pub(super) const NOT_RUN: &[(&str, &str, &str)] = &[
    (
        "README.md",
        ".ci/demo ",
        "they build everything, and run this test",
    ),
    (
        "docs/architecture.md",
        " foundation   address ",
        "a drawing",
    ),
    (
        "docs/benchmarks.md",
        "cargo bench ",
        "it takes half an hour",
    ),
    (
        "docs/fuzzing.md",
        "cargo install --locked cargo-fuzz",
        "it builds the core anew, and runs until it is stopped",
    ),
    (
        "docs/fuzzing.md",
        "RUSTC_BOOTSTRAP=1 cargo fuzz tmin ",
        "it needs a find",
    ),
    ("docs/install.md", "sha256sum --check ", ROOT),
    (
        "docs/install.md",
        "sudo -u entrada entrada --config /etc/entrada/entrada.toml config check\n",
        ROOT,
    ),
    (
        "docs/install.md",
        "sudo -u entrada entrada --config /etc/entrada/entrada.toml store backup ",
        ROOT,
    ),
    ("docs/install.md", "sudo apt remove ", ROOT),
    ("docs/install.md", "sudo install ", ROOT),
    (
        "docs/install.md",
        "podman build ",
        "it needs images that are not here",
    ),
    (
        "docs/logs.md",
        "2026-11-30T08:15:02.114873Z",
        "lines of a log: what a server wrote on that day",
    ),
    (
        "docs/logs.md",
        "journalctl ",
        "it needs a machine that systemd runs",
    ),
    (
        "docs/validate.md",
        "entrada validate scim https://app.example.com",
        "it needs a server; cli_validate_scim.rs validates several",
    ),
    (
        "docs/validate.md",
        "entrada validate scim https://app.example.com/scim/acme/v2 --assertion-file",
        "it needs an assertion; cli_validate_scim/federated.rs has some",
    ),
    (
        "docs/validate.md",
        "entrada validate saml acme",
        "it needs a server; cli_validate_saml.rs validates several",
    ),
];

const ROOT: &str =
    "it installs on the machine; packaging/test tries the package in a root of its own";

/// Pages whose blocks belong together: the page, the language, and the file of the test that runs them in their order.
pub(super) const RUN_BY_TESTS_OF_THEIR_OWN: &[(&str, &str, &str)] = &[
    ("docs/backup.md", "sh", "backup_page.rs"),
    ("docs/backup.md", "text", "backup_page.rs"),
];
