//! `docs/settings.md` is the table of settings, printed: this test prints it and compares. With
//! `UPDATE_DOCS=1 cargo test --test it settings_page` it writes the page instead.

use std::fmt::Write;

use entrada::connection::Kind;
use entrada::connection::Role;
use entrada::connection::SETTINGS;

use crate::printed_page;

#[test]
fn the_page_of_settings_is_the_table() {
    printed_page::assert_is("docs/settings.md", "settings_page", &page());
}

fn page() -> String {
    let mut page = String::from(
        "# The settings of a connection\n\nEach is a flag of `entrada connection add`, such as `--seats 50`, and a key of a `[[connection]]` in the file of\n\
         `entrada connection apply` and `entrada serve --config`, such as `seats = 50`. A setting that may be repeated takes a list in\n\
         the file, one without a value is `true`, and an extension schema is a table. The table in the code is the source of this page.\n",
    );
    for (role, title) in [
        (
            Role::Trust,
            "Whom to trust: `entrada connection update` gives it anew, as a whole",
        ),
        (
            Role::Rule,
            "Rules: `entrada connection update` changes each by itself",
        ),
        (Role::Other, "All others"),
    ] {
        write!(
            page,
            "\n## {title}\n\n| setting | value | default | meaning |\n|---|---|---|---|\n"
        )
        .unwrap();
        for setting in SETTINGS.iter().filter(|setting| setting.role == role) {
            let value = match setting.kind {
                Kind::Listed(names) => names.join(" or "),
                _ => setting.value_name.replace('|', " or "),
            };
            writeln!(
                page,
                "| `{}` | {value} | {} | {} |",
                setting.name,
                setting.default.unwrap_or_default(),
                setting.help
            )
            .unwrap();
        }
    }
    page
}
