//! The grammar of filters and of paths (RFC 7644 §3.4.2.2, figure 1, and §3.5.2, figure 7). A recursive descent whose depth
//! is counted: nesting ends in an error, never at the end of the stack.

use serde_json::Value;

use super::Comparison;
use super::Literal;
use super::Node;
use super::Operator;
use crate::scim::ScimError;
use crate::scim::dialect;
use crate::scim::limits::FILTER_DEPTH;
use crate::scim::limits::FILTER_LENGTH;
use crate::scim::limits::FILTER_TERMS;
use crate::scim::path::AttributePath;
use crate::scim::path::Resolved;
use crate::scim::path::is_of_a_name;
use crate::scim::path::resolve;
use crate::scim::schema::ResourceType;

/// Reads a filter, or the path of a PATCH operation.
pub(in crate::scim) struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
    terms: usize,
    of: &'a ResourceType,
    /// The attribute between whose brackets the parser is.
    within: Option<AttributePath>,
}

/// Where a text does not parse, and what should have stood there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::scim) struct Expected {
    position: usize,
    expected: &'static str,
}

impl Expected {
    pub(in crate::scim) fn in_filter(self) -> ScimError {
        ScimError::InvalidFilter {
            position: self.position,
            expected: self.expected,
        }
    }

    pub(in crate::scim) fn in_path(self) -> ScimError {
        ScimError::InvalidPath {
            position: self.position,
            expected: self.expected,
        }
    }
}

/// The path of a PATCH operation.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::scim) enum PatchPath {
    /// An attribute or sub-attribute, of the values that meet the filter where there is one.
    Attribute(AttributePath, Option<Node>),
    /// What a URN or a name alone leads to.
    Other(Resolved),
}

impl<'a> Parser<'a> {
    pub(in crate::scim) fn new(text: &'a str, of: &'a ResourceType) -> Parser<'a> {
        Parser {
            text,
            position: 0,
            depth: 0,
            terms: 0,
            of,
            within: None,
        }
    }

    /// A whole filter.
    pub(in crate::scim) fn filter(&mut self) -> Result<Node, Expected> {
        self.check_length()?;
        let node = self.or()?;
        self.end()?;
        Ok(node)
    }

    /// A whole path: `name`, `name.sub`, `name[filter]` or `name[filter].sub`.
    pub(in crate::scim) fn path(&mut self) -> Result<PatchPath, Expected> {
        self.check_length()?;
        self.skip_space();
        let (at, name) = self.name()?;
        let resolved = resolve(name, self.of);
        if !self.eat('[') {
            self.end()?;
            return Ok(match resolved {
                Resolved::Attribute(path) => PatchPath::Attribute(path, None),
                Resolved::Malformed => return Err(expected_at(at, "the name of an attribute")),
                other => PatchPath::Other(other),
            });
        }
        let Resolved::Attribute(path) = resolved else {
            // Nobody can read a filter on what is not known; whether that matters is the caller's to decide.
            return Ok(PatchPath::Other(resolved));
        };
        if !path.attribute().multi_valued {
            return Err(expected_at(at, "an attribute with several values"));
        }
        let node = self.element(&path, at)?;
        let path = match self.eat('.') {
            true => self.sub_attribute(&path)?,
            false => path,
        };
        self.end()?;
        Ok(PatchPath::Attribute(path, Some(node)))
    }

    fn or(&mut self) -> Result<Node, Expected> {
        let mut nodes = vec![self.and()?];
        while self.keyword("or") {
            nodes.push(self.and()?);
        }
        Ok(single(nodes, Node::Or))
    }

    fn and(&mut self) -> Result<Node, Expected> {
        let mut nodes = vec![self.factor()?];
        while self.keyword("and") {
            nodes.push(self.factor()?);
        }
        Ok(single(nodes, Node::And))
    }

    fn factor(&mut self) -> Result<Node, Expected> {
        self.skip_space();
        if self.negation() {
            self.eat('(');
            let node = self.nested(')')?;
            return Ok(Node::Not(Box::new(node)));
        }
        match self.eat('(') {
            true => self.nested(')'),
            false => self.term(),
        }
    }

    /// What stands up to a closing bracket, one level deeper.
    fn nested(&mut self, close: char) -> Result<Node, Expected> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH {
            return Err(self.expected("at most 32 levels"));
        }
        let node = self.or()?;
        self.skip_space();
        if !self.eat(close) {
            return Err(self.expected("a closing bracket"));
        }
        self.depth -= 1;
        Ok(node)
    }

    /// An attribute with an operator, or with a filter on its values.
    fn term(&mut self) -> Result<Node, Expected> {
        self.terms += 1;
        if self.terms > FILTER_TERMS {
            return Err(self.expected("at most 128 comparisons"));
        }
        let (at, name) = self.name()?;
        let path = self.resolve(at, name)?;
        if !self.eat('[') {
            return self.comparison(path);
        }
        let Some(path) = path else {
            return Err(expected_at(at, "an attribute that the schemas have"));
        };
        let inner = self.element(&path, at)?;
        if !self.eat('.') {
            return Ok(Node::Element(path, Box::new(inner)));
        }
        // `emails[type eq "work"].value eq "x"`: one value meets both.
        let part = self.sub_attribute(&path)?;
        let outer = self.comparison(Some(part))?;
        let both = Node::And(vec![inner, outer]);
        Ok(Node::Element(path, Box::new(both)))
    }

    /// What stands between the brackets after an attribute.
    fn element(&mut self, path: &AttributePath, at: usize) -> Result<Node, Expected> {
        let attribute = path.attribute();
        let has_elements = attribute.multi_valued || !attribute.sub_attributes.is_empty();
        if self.within.is_some() || path.sub_attribute().is_some() || !has_elements {
            return Err(expected_at(at, "a complex attribute before the bracket"));
        }
        self.within = Some(path.clone());
        let node = self.nested(']')?;
        self.within = None;
        Ok(node)
    }

    fn sub_attribute(&mut self, path: &AttributePath) -> Result<AttributePath, Expected> {
        let (at, name) = self.name()?;
        path.sub(name)
            .ok_or_else(|| expected_at(at, "a sub-attribute of the attribute"))
    }

    /// The attribute that a name stands for; within brackets a sub-attribute.
    fn resolve(&self, at: usize, name: &str) -> Result<Option<AttributePath>, Expected> {
        if let Some(path) = &self.within {
            let simple = path.attribute().sub_attributes.is_empty();
            return match path.sub(name) {
                Some(path) => Ok(Some(path)),
                None if simple && name.eq_ignore_ascii_case("value") => Ok(Some(path.clone())),
                None => Err(expected_at(at, "a sub-attribute of the attribute")),
            };
        }
        match resolve(name, self.of) {
            Resolved::Attribute(path) => Ok(Some(path)),
            Resolved::Unknown => Ok(dialect::without_urn(name, self.of)),
            Resolved::Malformed => Err(expected_at(at, "the name of an attribute")),
            _ => Ok(None),
        }
    }

    fn comparison(&mut self, path: Option<AttributePath>) -> Result<Node, Expected> {
        self.skip_space();
        let at = self.position;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Node::Present(path));
        }
        let mut operators = Operator::ALL.into_iter();
        let operator = operators.find(|(name, _)| word.eq_ignore_ascii_case(name));
        let Some((_, operator)) = operator else {
            return Err(expected_at(at, "an operator"));
        };
        self.skip_space();
        let at = self.position;
        let value = self.value()?;
        let path = match path {
            Some(path) if !value.is_null() => {
                let compared = path.compared();
                Some(compared.ok_or_else(|| expected_at(at, "a sub-attribute to compare"))?)
            }
            path => path,
        };
        let leaf = path.as_ref().map(AttributePath::leaf);
        let literal =
            Literal::of(leaf, operator, value).map_err(|expected| expected_at(at, expected))?;
        Ok(Node::Compare(Comparison {
            path,
            operator,
            literal,
        }))
    }

    /// A value as JSON has it; the words in any case.
    fn value(&mut self) -> Result<Value, Expected> {
        let at = self.position;
        let length = match self.rest().starts_with('"') {
            true => text_length(self.rest()),
            false => self.rest().find([' ', ')', ']']),
        };
        let length = length.unwrap_or(self.rest().len());
        let token = &self.rest()[..length];
        self.position += length;
        let words = [
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
        ];
        let mut words = words.into_iter();
        match words.find(|(word, _)| token.eq_ignore_ascii_case(word)) {
            Some((_, value)) => Ok(value),
            None if token.starts_with(['{', '[']) => Err(expected_at(at, "a simple value")),
            None => serde_json::from_str(token).map_err(|_| expected_at(at, "a value as in JSON")),
        }
    }

    /// A name as it was written, with where it began.
    fn name(&mut self) -> Result<(usize, &'a str), Expected> {
        let at = self.position;
        let name = self.word();
        match name.is_empty() {
            true => Err(expected_at(at, "the name of an attribute")),
            false => Ok((at, name)),
        }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().take_while(|c| is_of_a_name(*c)).count();
        self.position += length;
        &rest[..length]
    }

    /// Eats `and` or `or` between two terms.
    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.position;
        self.skip_space();
        let found = self.word().eq_ignore_ascii_case(keyword);
        if !found {
            self.position = before;
        }
        found
    }

    /// Eats `not` where a bracket follows; elsewhere it is an attribute's name.
    fn negation(&mut self) -> bool {
        let before = self.position;
        let found = self.word().eq_ignore_ascii_case("not");
        self.skip_space();
        let found = found && self.rest().starts_with('(');
        if !found {
            self.position = before;
        }
        found
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.position += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        self.position += self.rest().bytes().take_while(|c| *c == b' ').count();
    }

    fn end(&mut self) -> Result<(), Expected> {
        self.skip_space();
        match self.rest().is_empty() {
            true => Ok(()),
            false => Err(self.expected("the end")),
        }
    }

    fn check_length(&self) -> Result<(), Expected> {
        match self.text.len() <= FILTER_LENGTH {
            true => Ok(()),
            false => Err(expected_at(FILTER_LENGTH, "at most 4096 octets")),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn expected(&self, expected: &'static str) -> Expected {
        expected_at(self.position, expected)
    }
}

fn expected_at(position: usize, expected: &'static str) -> Expected {
    Expected { position, expected }
}

fn single(mut nodes: Vec<Node>, several: fn(Vec<Node>) -> Node) -> Node {
    match nodes.len() {
        1 => nodes.remove(0),
        _ => several(nodes),
    }
}

/// Octets of a JSON text up to its closing quotation mark.
fn text_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut octets = text.bytes().enumerate().skip(1);
    let end = octets.find(|(_, c)| {
        let closes = *c == b'"' && !escaped;
        escaped = *c == b'\\' && !escaped;
        closes
    });
    end.map(|(index, _)| index + 1)
}
