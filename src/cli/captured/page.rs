//! Messages in the source of a page that posts itself: the hidden fields of its form.

use super::copied;
use super::parameter::ENTRIES_MAX;
use super::parameter::Parameter;
use super::parameter::known_name;
use super::parameter::receiver;
use super::references::without_references;

/// The messages in the forms of a page, also of one that was copied with its markup escaped; none in any other text.
pub(super) fn find(text: &str) -> Vec<Parameter> {
    if !text.to_ascii_lowercase().contains("samlre") {
        return Vec::new();
    }
    let found = in_markup(text);
    match found.is_empty() && text.contains("&lt;") {
        true => in_markup(&without_references(text)),
        false => found,
    }
}

fn in_markup(page: &str) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    let mut action = None;
    let mut rest = page;
    while found.len() < ENTRIES_MAX
        && let Some((_, tag)) = rest.split_once('<')
    {
        rest = tag;
        let tag = whole_tag(tag);
        let (name, behind) = split_name(tag);
        if name.eq_ignore_ascii_case("form") {
            action = attribute(behind, "action").map(|url| receiver(&url));
        }
        let has_content = name.eq_ignore_ascii_case("textarea");
        let is_field = has_content || name.eq_ignore_ascii_case("input");
        let Some(field) = is_field.then(|| attribute(behind, "name")).flatten() else {
            continue;
        };
        let value = attribute(behind, "value").or_else(|| {
            let content = has_content.then(|| content(rest, tag)).flatten()?;
            Some(without_references(content).into_owned())
        });
        match (known_name(&field), field.as_str(), value) {
            (name @ Some(_), _, Some(value)) => {
                let mut parameter = Parameter::new(name, value);
                parameter.sent.to.clone_from(&action);
                found.push(parameter);
            }
            (None, "RelayState", value) => {
                if let Some(message) = found.last_mut() {
                    message.relay_state = value.filter(|value| !value.is_empty());
                }
            }
            _ => {}
        }
    }
    // A link or a redirect to the other side.
    if found.is_empty() && (page.contains("<a ") || page.contains("<meta ")) {
        found.extend(copied::find(&without_references(page)));
    }
    found
}

/// A tag up to its end. A bracket within quotes is part of it, and so are a few others that open. Their number is bounded, so
/// that no page is read again from each of its brackets.
fn whole_tag(text: &str) -> &str {
    let mut quote = None;
    let mut stray = 0;
    let end = text.find(|c| match (quote, c) {
        (Some(open), c) if open == c => {
            quote = None;
            false
        }
        (None, '"' | '\'') => {
            quote = Some(c);
            false
        }
        (None, '<') => {
            stray += 1;
            stray > STRAY_MAX
        }
        (None, '>') => true,
        _ => false,
    });
    match end {
        Some(end) if text[end..].starts_with('>') => &text[..=end],
        _ => text.split('<').next().unwrap_or_default(),
    }
}

/// Brackets outside quotes that a tag may hold, as in `title=a<b`.
const STRAY_MAX: usize = 4;

/// The text behind a tag, up to the next one.
fn content<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let (tag, behind) = text.split_at(tag.len());
    let behind = match tag.ends_with('>') {
        true => behind,
        // A quote in it was never closed.
        false => tag.split_once('>')?.1,
    };
    behind.split('<').next()
}

/// The name of a tag, and its attributes with all that follows.
fn split_name(tag: &str) -> (&str, &str) {
    let end = tag
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(tag.len());
    tag.split_at(end)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag.trim_start();
    while !rest.is_empty() && !rest.starts_with(['>', '/']) {
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))?;
        let (found, behind) = rest.split_at(end);
        let behind = behind.trim_start();
        let (value, behind) = match behind.strip_prefix('=') {
            None => ("", behind),
            Some(behind) => {
                let behind = behind.trim_start();
                match behind.chars().next()? {
                    quote @ ('"' | '\'') => behind[1..].split_once(quote)?,
                    _ => behind.split_at(behind.find(|c: char| c.is_whitespace() || c == '>')?),
                }
            }
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(without_references(value).into_owned());
        }
        rest = behind.trim_start();
        if found.is_empty() {
            return None;
        }
    }
    None
}
