//! Names by which people sign on: what they may hold, and when two are one. A name is stored as it was sent; two users may not
//! have names of one key, and filters compare keys, so that nobody passes for somebody else by another spelling.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::Profile;
use precis_profiles::precis_core::profile::Rules;
use serde_json::Map;
use serde_json::Value;

use super::ScimError;
use super::filter::fold;
use super::schema::ResourceKind;
use crate::text::is_hidden;

/// The key of a name: of each part between spaces what RFC 8265 §3.3 (`UsernameCaseMapped`) makes of it. Of a part that the
/// profile refuses, its steps alone: width mapping, lower case, NFC.
///
/// ```
/// use entrada::scim::user_name_key;
///
/// assert_eq!(user_name_key("Jose\u{301}@Example.com"), "jos\u{e9}@example.com");
/// assert_eq!(user_name_key("\u{ff22}\u{ff4f}b"), "bob");
/// ```
pub fn user_name_key(name: &str) -> String {
    let folded = fold(name);
    if folded.is_ascii() {
        return folded;
    }
    let parts = folded.split(' ').map(part_key);
    parts.collect::<Vec<String>>().join(" ")
}

fn part_key(part: &str) -> String {
    let profile = UsernameCaseMapped::new();
    if let Ok(key) = profile.enforce(part) {
        return key.into_owned();
    }
    let mapped = profile.width_mapping_rule(part);
    let mapped = mapped.and_then(|part| profile.case_mapping_rule(part));
    let mapped = mapped.and_then(|part| profile.normalization_rule(part));
    mapped.map_or_else(|_| part.to_owned(), |key| key.into_owned())
}

/// The version of what [`user_name_key`] makes: with another version of Unicode's tables a key may be another one, and a store
/// fills its keys anew.
pub fn user_name_key_version() -> String {
    let (major, minor, update) = char::UNICODE_VERSION;
    format!("1 {major}.{minor}.{update}")
}

/// Holds the name of a user that is new, or has another name than before, against what a name may hold: nothing that acts on a
/// terminal or that nobody sees, and not white space alone. Users who have such a name already keep it.
pub(super) fn check(
    kind: ResourceKind,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), ScimError> {
    let name = match (kind, after.get(USER_NAME)) {
        (ResourceKind::User, Some(Value::String(name))) => name,
        _ => return Ok(()),
    };
    match before.get(USER_NAME).and_then(Value::as_str) == Some(name) {
        true => Ok(()),
        false => check_user_name(name),
    }
}

/// Says why no new user may have this name.
pub(crate) fn check_user_name(name: &str) -> Result<(), ScimError> {
    let refused = |expected: &str, found: String| {
        ScimError::value(USER_NAME, format!("{expected}, found {found}"))
    };
    if let Some((at, found)) = name.chars().enumerate().find(|(_, c)| is_hidden(*c)) {
        let found = format!("{} at character {}", named(found), at + 1);
        return Err(refused("no control and no invisible character", found));
    }
    match name.chars().next() {
        Some(first) if name.chars().all(char::is_whitespace) => {
            Err(refused("a name and not white space alone", named(first)))
        }
        _ => Ok(()),
    }
}

/// A character by its number, which is all that is seen of it, and by its name if it is one of the usual ones.
fn named(c: char) -> String {
    let name = match c {
        '\t' => " (tab)",
        '\n' => " (line feed)",
        '\r' => " (carriage return)",
        ' ' => " (space)",
        '\0' => " (NUL)",
        '\u{a0}' => " (no-break space)",
        '\u{ad}' => " (soft hyphen)",
        '\u{34f}' => " (combining grapheme joiner)",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => " (Hangul filler)",
        '\u{200b}' => " (zero width space)",
        '\u{200c}' => " (zero width non-joiner)",
        '\u{200d}' => " (zero width joiner)",
        '\u{200e}' => " (left-to-right mark)",
        '\u{200f}' => " (right-to-left mark)",
        '\u{202d}' => " (left-to-right override)",
        '\u{202e}' => " (right-to-left override)",
        '\u{2060}' => " (word joiner)",
        '\u{2800}' => " (braille blank)",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => " (variation selector)",
        '\u{feff}' => " (byte order mark)",
        _ => "",
    };
    format!("U+{:04X}{name}", u32::from(c))
}

const USER_NAME: &str = "userName";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_look_alike_have_one_key() {
        for (one, other) in [
            ("ada@example.com", "ADA@Example.com"),
            ("jos\u{e9}", "jose\u{301}"),
            ("JOS\u{c9}", "jose\u{301}"),
            ("kate", "\u{212a}ate"),
            ("\u{e5}sa", "\u{212b}sa"),
            ("bob", "\u{ff42}\u{ff4f}\u{ff42}"),
            ("bob@x", "\u{ff22}OB\u{ff20}x"),
            ("ada lovelace", "Ada Lovelace"),
            ("Jose\u{301} Mar\u{ed}a", "jos\u{e9} mari\u{301}a"),
            // Parts that the profile refuses: a symbol, a compatibility character, a direction that is mixed.
            ("\u{2603}jos\u{e9}", "\u{2603}JOSE\u{301}"),
            ("\u{fb01}\u{e9}", "\u{fb01}e\u{301}"),
            ("\u{5d0}\u{ff21}", "\u{5d0}a"),
            ("\u{ff76}\u{ff9e}", "\u{30ab}\u{3099}"),
        ] {
            assert_eq!(user_name_key(one), user_name_key(other), "{one} {other}");
        }
    }

    #[test]
    fn other_names_have_other_keys() {
        for (one, other) in [
            ("ada", "eve"),
            ("jose", "jos\u{e9}"),
            ("ada lovelace", "adalovelace"),
            ("ada lovelace", "ada  lovelace"),
            ("stra\u{df}e", "strasse"),
            // A letter of another script is another letter.
            ("kate", "k\u{430}te"),
            ("\u{fb01}n", "fin"),
        ] {
            assert_ne!(user_name_key(one), user_name_key(other), "{one} {other}");
        }
        for name in ["", " ", "a b", "\t", "\u{1f600}", "x\u{200b}"] {
            let key = user_name_key(name);
            assert_eq!(user_name_key(&key), key, "{name:?}");
        }
    }

    #[test]
    fn what_shares_the_lower_case_shares_the_key() {
        for name in [
            "\u{391}\u{3a3}",
            "\u{130}stanbul",
            "\u{ff21}\u{3a3} b",
            "\u{1e9e}",
        ] {
            assert_eq!(user_name_key(name), user_name_key(&fold(name)), "{name}");
        }
    }

    #[test]
    fn a_new_name_holds_nothing_that_nobody_sees() {
        let user = |name: &str| -> Map<String, Value> {
            let user = json!({ "userName": name });
            user.as_object().cloned().unwrap_or_default()
        };
        for (name, found) in [
            ("a\tb", "U+0009 (tab) at character 2"),
            ("a\u{0}", "U+0000 (NUL) at character 2"),
            ("\u{1b}[2J", "U+001B at character 1"),
            ("a\u{7f}", "U+007F at character 2"),
            ("a\u{85}", "U+0085 at character 2"),
            (
                "jos\u{e9}\u{202e}",
                "U+202E (right-to-left override) at character 5",
            ),
            ("\u{2066}a", "U+2066 at character 1"),
            (
                "zero\u{200b}width",
                "U+200B (zero width space) at character 5",
            ),
            ("a\u{200d}b", "U+200D (zero width joiner) at character 2"),
            ("\u{feff}a", "U+FEFF (byte order mark) at character 1"),
            ("a\u{ad}b", "U+00AD (soft hyphen) at character 2"),
            ("a\u{2028}b", "U+2028 at character 2"),
            (
                "\u{2764}\u{fe0f}",
                "U+FE0F (variation selector) at character 2",
            ),
            ("a\u{e0100}b", "U+E0100 (variation selector) at character 2"),
            ("a\u{2800}b", "U+2800 (braille blank) at character 2"),
            ("a\u{3164}b", "U+3164 (Hangul filler) at character 2"),
            ("a\u{ffa0}b", "U+FFA0 (Hangul filler) at character 2"),
            ("a\u{115f}b", "U+115F (Hangul filler) at character 2"),
            (
                "a\u{34f}b",
                "U+034F (combining grapheme joiner) at character 2",
            ),
            ("a\u{180b}b", "U+180B at character 2"),
            ("a\u{1bca0}b", "U+1BCA0 at character 2"),
            ("a\u{13430}b", "U+13430 at character 2"),
            ("a\u{ffff}b", "U+FFFF at character 2"),
            ("a\u{fdd0}b", "U+FDD0 at character 2"),
            (" ", "U+0020 (space)"),
            ("\u{a0}\u{3000}", "U+00A0 (no-break space)"),
        ] {
            let error = check(ResourceKind::User, &Map::new(), &user(name)).unwrap_err();
            assert_eq!(
                (error.status(), error.scim_type()),
                (400, Some("invalidValue"))
            );
            let detail = error.to_string();
            assert!(detail.starts_with("userName: expected "), "{detail}");
            assert!(detail.ends_with(&format!("found {found}")), "{detail}");
            // A user who has the name already keeps it, and may get another one.
            assert_eq!(check(ResourceKind::User, &user(name), &user(name)), Ok(()));
            assert_eq!(check(ResourceKind::User, &user(name), &user("a")), Ok(()));
            assert_eq!(check(ResourceKind::Group, &Map::new(), &user(name)), Ok(()));
        }
        for name in [
            "ada",
            "Ada Lovelace",
            "jose\u{301}",
            "\u{5d0}\u{5d1}",
            "\u{1f600}",
            " a ",
        ] {
            assert_eq!(check(ResourceKind::User, &Map::new(), &user(name)), Ok(()));
        }
    }
}
