//! Two addresses that a person takes for one, and what tells them apart. A difference is named only where the two are equal
//! but for it.

use percent_encoding::percent_decode_str;

use crate::text::is_invisible;

/// In what two texts differ, in words, where it is so little that a person overlooks it; `None` where they are equal, or
/// differ in more.
pub(super) fn difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    // The fewest differences that explain it all.
    (1..=MOST).find_map(|count| {
        let sets = (0_u32..1 << KINDS.len()).filter(|set| set.count_ones() == count);
        let mut chosen = sets.map(|set| {
            let of_set = move |at: &usize| set & (1 << at) != 0;
            (0..KINDS.len()).filter(of_set).map(|at| &KINDS[at])
        });
        let kinds = chosen.find(|kinds| {
            let plain = |text: &str| {
                let all = kinds.clone();
                all.fold(text.to_owned(), |text, kind| (kind.without)(&text))
            };
            plain(expected) == plain(found)
        })?;
        let names: Vec<&str> = kinds.map(|kind| kind.name).collect();
        Some(match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        })
    })
}

struct Kind {
    name: &'static str,
    /// A text without what makes the difference.
    without: fn(&str) -> String,
}

/// The name of the difference that Entra makes.
pub(super) const SPN: &str = "`spn:` in front";

/// Differences in one pair at most: of more, nobody would say that the two look alike.
const MOST: u32 = 3;

/// In the order in which they are taken away: what is around an address before its parts, the port while its scheme is known.
const KINDS: [Kind; 9] = [
    Kind {
        name: "characters that do not show",
        without: |text| text.chars().filter(|c| !is_invisible(*c)).collect(),
    },
    Kind {
        name: "spaces at the ends",
        without: |text| text.trim_matches(' ').to_owned(),
    },
    Kind {
        name: SPN,
        without: |text| text.strip_prefix("spn:").unwrap_or(text).to_owned(),
    },
    Kind {
        name: "the port that is meant without one",
        without: without_port,
    },
    Kind {
        name: "http and https",
        without: |text| match scheme_and_rest(text) {
            Some((_, rest)) => format!("//{rest}"),
            None => text.to_owned(),
        },
    },
    Kind {
        name: "`www.`",
        without: |text| text.replacen("//www.", "//", 1),
    },
    Kind {
        name: "percent-encoding",
        without: |text| percent_decode_str(text).decode_utf8_lossy().into_owned(),
    },
    Kind {
        name: "a slash at the end",
        without: |text| text.strip_suffix('/').unwrap_or(text).to_owned(),
    },
    Kind {
        name: "capital and small letters",
        without: |text| text.to_lowercase(),
    },
];

fn scheme_and_rest(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    matches!(scheme, "http" | "https").then_some((scheme, rest))
}

/// An address without the port that its scheme has anyway.
fn without_port(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("//") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let usual = match scheme {
        "https:" => host.strip_suffix(":443"),
        "http:" => host.strip_suffix(":80"),
        _ => None,
    };
    format!("{scheme}//{}{path}", usual.unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_is_named_for_what_it_is() {
        let ours = "https://a.example/m%2Fn";
        for (found, expected) in [
            ("https://a.example/m%2Fn/", "a slash at the end"),
            ("https://A.example/m%2Fn", "capital and small letters"),
            ("https://a.example/M%2fn", "capital and small letters"),
            ("http://a.example/m%2Fn", "http and https"),
            (
                "https://a.example:443/m%2Fn",
                "the port that is meant without one",
            ),
            ("https://a.example/m%2Fn ", "spaces at the ends"),
            ("  https://a.example/m%2Fn", "spaces at the ends"),
            ("https://a.example/m/n", "percent-encoding"),
            ("https://a.example/%6D%2Fn", "percent-encoding"),
            ("https://www.a.example/m%2Fn", "`www.`"),
            ("spn:https://a.example/m%2Fn", "`spn:` in front"),
            (
                "https://a.example/m%2Fn\u{a0}",
                "characters that do not show",
            ),
            (
                "https://a.ex\u{200b}ample/m%2Fn",
                "characters that do not show",
            ),
            (
                "http://A.example/m%2Fn",
                "http and https and capital and small letters",
            ),
            (
                "spn:http://a.example/m%2Fn/",
                "`spn:` in front, http and https and a slash at the end",
            ),
            (
                "http://a.example:80/m%2Fn",
                "the port that is meant without one and http and https",
            ),
        ] {
            assert_eq!(
                difference(ours, found).as_deref(),
                Some(expected),
                "{found}"
            );
            assert_eq!(
                difference(found, ours).as_deref(),
                Some(expected),
                "{found}"
            );
        }
    }

    #[test]
    fn no_difference_is_named_that_is_not_the_whole_difference() {
        for (ours, found) in [
            ("https://a.example/m", "https://a.example/m"),
            ("https://a.example/m", "https://b.example/m"),
            ("https://a.example/m", "https://a.example/n/"),
            ("https://a.example/m", "ftp://a.example/m"),
            ("https://a.example/m", "https://a.example:8443/m"),
            ("https://a.example/m", "https://a.example:80/m"),
            ("http://a.example/m", "http://a.example:443/m"),
            ("https://a.example/m", "https://a.example/m?"),
            ("https://a.example/m", "https://a.example/m//"),
            ("https://a.example/m", "spn:ftp://a.example/m"),
            ("urn:a:443", "urn:a"),
            ("acme", "globex"),
            ("acme", ""),
            ("https://a.example/m", "spn:http://A.example/m/"),
        ] {
            assert_eq!(difference(ours, found), None, "{ours} {found}");
        }
    }
}
