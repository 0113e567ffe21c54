//! The choice among the languages of a site, by what the reader's browser accepts.

use std::sync::Arc;

use axum::http::HeaderValue;

use super::phrase::Translation;

/// The language of the site that the reader likes best (RFC 9110 §12.5.4); the first where they like none.
pub(super) fn preferred<'a>(
    accepted: Option<&HeaderValue>,
    offered: &'a [Arc<dyn Translation>],
) -> Option<&'a dyn Translation> {
    let text = accepted.and_then(|value| value.to_str().ok());
    let text = text.filter(|text| text.len() <= MAX_BYTES);
    let mut ranges: Vec<(f32, &str)> = text
        .unwrap_or_default()
        .split(',')
        .filter_map(range)
        .collect();
    ranges.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let of = |range: &str| offered.iter().find(|language| fits(range, language.tag()));
    let found = ranges.iter().find_map(|(_, range)| of(range));
    found.or(offered.first()).map(|language| &**language)
}

/// A range with its weight; none that is not acceptable.
fn range(text: &str) -> Option<(f32, &str)> {
    let (tag, weight) = match text.split_once(';') {
        Some((tag, weight)) => (tag, weight.trim().strip_prefix("q=")?.parse().ok()?),
        None => (text, 1.0),
    };
    (weight > 0.0).then_some((weight, tag.trim()))
}

/// True if one of both begins with the other: `de-AT` reads `de`, and `pt` reads `pt-BR`.
fn fits(range: &str, tag: &str) -> bool {
    let (mut range, mut tag) = (range.split('-'), tag.split('-'));
    let same = |(one, other): (&str, &str)| one.eq_ignore_ascii_case(other);
    range.clone().eq(["*"]) || range.by_ref().zip(tag.by_ref()).all(same)
}

/// Far more than browsers send.
const MAX_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::super::phrase::English;
    use super::super::phrase::German;
    use super::super::phrase::Phrase;
    use super::*;

    struct Brazilian;

    impl Translation for Brazilian {
        fn tag(&self) -> &str {
            "pt-BR"
        }

        fn say(&self, _: &Phrase<'_>) -> Option<String> {
            None
        }
    }

    #[test]
    fn the_reader_gets_the_language_of_the_site_that_they_like_best() {
        let offered: [Arc<dyn Translation>; 3] =
            [Arc::new(English), Arc::new(German), Arc::new(Brazilian)];
        let long = format!("de{}", ", fr".repeat(200));
        for (accepted, expected) in [
            ("de", "de"),
            ("DE-at", "de"),
            ("de-DE,de;q=0.9,en;q=0.8", "de"),
            ("fr, de;q=0.5, en;q=0.4", "de"),
            ("en;q=0.4, de ; q=0.5", "de"),
            ("de;q=0, en", "en"),
            ("de;q=0", "en"),
            ("pt", "pt-BR"),
            ("pt-BR", "pt-BR"),
            ("pt-PT", "en"),
            ("d", "en"),
            ("dex", "en"),
            ("*", "en"),
            ("fr", "en"),
            ("", "en"),
            (",;q=,de;q=nan;q=x", "en"),
            (&long, "en"),
        ] {
            let value = HeaderValue::from_str(accepted).unwrap();
            let found = preferred(Some(&value), &offered).unwrap();
            assert_eq!(found.tag(), expected, "{accepted}");
        }
        assert_eq!(preferred(None, &offered).unwrap().tag(), "en");
        let bytes = HeaderValue::from_bytes(b"de\xff").unwrap();
        assert_eq!(preferred(Some(&bytes), &offered).unwrap().tag(), "en");
    }
}
