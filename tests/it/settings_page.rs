//! `docs/settings.md` is the tables of settings, printed: this test prints it and compares. With
//! `UPDATE_DOCS=1 cargo test --test it settings_page` it writes the page instead.

use std::fmt::Write;

use entrada::cli::ADDRESSES;
use entrada::cli::APPLY;
use entrada::cli::EVERY;
use entrada::cli::LOG;
use entrada::cli::SERVE;
use entrada::cli::SITE_SETTINGS;
use entrada::cli::SiteSetting;
use entrada::connection::Kind;
use entrada::connection::Role;
use entrada::connection::SETTINGS;
use entrada::connection::Setting;

use crate::printed_page;

#[test]
fn the_page_of_settings_is_the_table() {
    printed_page::assert_is("docs/settings.md", "settings_page", &page());
}

fn page() -> String {
    let mut page = String::from(
        "# Settings\n\nThe tables in the code are the source of this page.\n\n## The site\n\n\
         Each is a flag of the commands that it belongs to, a variable of the environment, and a key of one file in TOML, which every\n\
         command takes by `--config FILE` or `ENTRADA_CONFIG`; no file is read that was not named. The command line counts first, then\n\
         the environment, credentials of systemd, the file, what the store keeps (`base-url`), and the default. `entrada config show`\n\
         prints each value and where it comes from, `entrada config check` everything that is wrong, `entrada config show --template` a\n\
         file with all of them. Underscores in keys are hyphens, a list in a variable has commas, an empty variable counts as none, and\n\
         a file that the file names is looked for beside it. The path of the store in `database` begins where a command runs, in the file too: write it from the root, as\n\
         `entrada config check` asks for.\n\n\
         A secret comes from a file of its own by the setting that ends in `-file`, or from the file with its name in the folder of\n\
         credentials (`LoadCredential=database:/etc/entrada/database` in a unit of systemd); a line break at its end does not count.\n\n\
         | setting | flag of | variable | value | default | meaning |\n|---|---|---|---|---|---|\n",
    );
    for row in SITE_SETTINGS {
        let SiteSetting { setting, uses, .. } = row;
        let commands = [
            (EVERY, "every command"),
            (SERVE, "`serve`"),
            (LOG, "`serve`, `demo`, `practice`"),
            (ADDRESSES, "commands that print addresses"),
            (APPLY, "`connection apply`"),
        ];
        let commands = commands.iter().filter(|(of, _)| uses & of != 0);
        let commands: Vec<&str> = commands.map(|(_, command)| *command).collect();
        let variables: Vec<String> = row.variables_of().map(|name| format!("`{name}`")).collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            setting.name,
            commands.join(", "),
            variables.join(", "),
            value(setting),
            setting.default.unwrap_or_default(),
            setting.help
        )
        .unwrap();
    }
    page.push_str(
        "\n## A connection\n\nEach is a flag of `entrada connection add`, such as `--seats 50`, and a key of a `[[connection]]` in the file of\n\
         settings, such as `seats = 50`, which `entrada serve` and `entrada connection apply` take up. A setting that may be repeated takes\n\
         a list in the file, one without a value is `true`, and an extension schema is a table.\n",
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
            "\n### {title}\n\n| setting | value | default | meaning |\n|---|---|---|---|\n"
        )
        .unwrap();
        for setting in SETTINGS.iter().filter(|setting| setting.role == role) {
            writeln!(
                page,
                "| `{}` | {} | {} | {} |",
                setting.name,
                value(setting),
                setting.default.unwrap_or_default(),
                setting.help
            )
            .unwrap();
        }
    }
    page
}

fn value(setting: &Setting) -> String {
    match setting.kind {
        Kind::Listed(names) => names.join(" or "),
        _ => setting.value_name.replace('|', " or "),
    }
}
