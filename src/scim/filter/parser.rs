//! The grammar of filters (RFC 7644 §3.4.2.2, figure 1). A recursive descent whose depth
//! is counted: nesting ends in an error, never at the end of the stack.

use serde_json::Value;

use super::Comparison;
use super::Literal;
use super::Node;
use super::Operator;
use super::evaluate::compares;
use super::expected::Expected;
use super::expected::expected_at;
use super::expected::unknown;
use super::token::in_json;
use super::token::is_bare;
use super::token::text_length;
use crate::scim::limits::FILTER_DEPTH;
use crate::scim::limits::FILTER_LENGTH;
use crate::scim::limits::FILTER_TERMS;
use crate::scim::path::AttributePath;
use crate::scim::path::Resolved;
use crate::scim::path::is_of_a_name;
use crate::scim::path::resolve;
use crate::scim::schema::Attribute;
use crate::scim::schema::AttributeType;
use crate::scim::schema::ResourceType;

/// Reads a filter, or the path of a PATCH operation.
pub(in crate::scim) struct Parser<'a> {
    pub(super) text: &'a str,
    position: usize,
    depth: usize,
    terms: usize,
    pub(super) of: &'a ResourceType,
    /// Other types that the same filter is asked of: what they have is no mistake.
    others: &'a [&'a ResourceType],
    /// True after a text without quotation marks.
    unquoted: bool,
    /// The attribute between whose brackets the parser is.
    within: Option<AttributePath>,
}

impl<'a> Parser<'a> {
    pub(in crate::scim) fn new(text: &'a str, of: &'a ResourceType) -> Parser<'a> {
        Parser {
            text,
            position: 0,
            depth: 0,
            terms: 0,
            of,
            others: &[],
            unquoted: false,
            within: None,
        }
    }

    /// The same for a filter that is asked of other types too.
    pub(in crate::scim) fn among(self, others: &'a [&'a ResourceType]) -> Parser<'a> {
        Parser { others, ..self }
    }

    pub(in crate::scim) fn terms(&self) -> usize {
        self.terms
    }

    pub(in crate::scim) fn filter(&mut self) -> Result<Node, Expected> {
        self.check_length()?;
        let node = self.or()?;
        self.end()?;
        Ok(node)
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

    /// Parses up to a closing bracket, one level deeper.
    fn nested(&mut self, close: char) -> Result<Node, Expected> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH {
            return Err(self.expected("at most 32 levels"));
        }
        let node = self.or()?;
        self.skip_space();
        if !self.eat(close) {
            return Err(self.expected(self.unless_unquoted("a closing bracket")));
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
        let (path, is_own) = self.resolve(at, name)?;
        let node = match self.eat('[') {
            true => self.values(path, at)?,
            false => self.comparison(path)?,
        };
        Ok(match is_own {
            true => node,
            false => without_value(node),
        })
    }

    /// An attribute with a filter on its values.
    fn values(&mut self, path: AttributePath, at: usize) -> Result<Node, Expected> {
        let inner = self.element(&path, at)?;
        if !self.eat('.') {
            return Ok(Node::Element(path, Box::new(inner)));
        }
        // `emails[type eq "work"].value eq "x"`: one value meets both.
        let part = self.sub_attribute(&path)?;
        let outer = self.comparison(part)?;
        let both = Node::And(vec![inner, outer]);
        Ok(Node::Element(path, Box::new(both)))
    }

    /// Parses the filter between the brackets after an attribute.
    pub(super) fn element(&mut self, path: &AttributePath, at: usize) -> Result<Node, Expected> {
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

    pub(super) fn sub_attribute(
        &mut self,
        path: &AttributePath,
    ) -> Result<AttributePath, Expected> {
        let (at, name) = self.name()?;
        path.sub(name)
            .ok_or_else(|| unknown(at, &format!("{path}.{name}")))
    }

    /// The attribute that a name stands for, within brackets a sub-attribute; and whether it is one of this type of
    /// resource, and not of another that the filter is asked of too.
    fn resolve(&self, at: usize, name: &str) -> Result<(AttributePath, bool), Expected> {
        if let Some(path) = &self.within {
            let part = path.sub(name).map(|part| (part, true));
            return part.ok_or_else(|| unknown(at, &format!("{path}.{name}")));
        }
        match resolve(name, self.of) {
            Resolved::Attribute(path) => Ok((path, true)),
            Resolved::Malformed => Err(expected_at(at, "the name of an attribute")),
            _ => {
                let of_another = |of: &&ResourceType| AttributePath::parse(name, of);
                let found = self.others.iter().find_map(of_another);
                let found = found.map(|path| (path, false));
                found.ok_or_else(|| match self.unquoted {
                    true => expected_at(at, QUOTES),
                    false => unknown(at, name),
                })
            }
        }
    }

    fn comparison(&mut self, path: AttributePath) -> Result<Node, Expected> {
        self.skip_space();
        let at = self.position;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Node::Present(path));
        }
        let mut operators = Operator::ALL.into_iter();
        let operator = operators.find(|(name, _)| word.eq_ignore_ascii_case(name));
        let Some((_, operator)) = operator else {
            return Err(expected_at(at, self.unless_unquoted("an operator")));
        };
        self.skip_space();
        let at = self.position;
        let token = self.token();
        let value = in_json(token);
        let path = match &value {
            Some(Value::Null) => path,
            _ => {
                let compared = path.compared();
                compared.ok_or_else(|| expected_at(at, "a sub-attribute to compare"))?
            }
        };
        let value = self.literal(path.leaf(), token, value);
        let literal = value.and_then(|value| Literal::of(path.leaf(), operator, value));
        let literal = literal.map_err(|expected| expected_at(at, expected))?;
        Ok(Node::Compare(Comparison {
            path,
            operator,
            literal,
        }))
    }

    /// The meaning of a token for an attribute. Where the attribute has texts and the token can be nothing else, quotation
    /// marks may be missing: Microsoft's own examples have `externalId eq jyoung`.
    fn literal(
        &mut self,
        attribute: &Attribute,
        token: &str,
        value: Option<Value>,
    ) -> Result<Value, &'static str> {
        let has_texts = !matches!(
            attribute.kind,
            AttributeType::Boolean
                | AttributeType::Integer
                | AttributeType::Decimal
                | AttributeType::Complex
        );
        match value {
            None | Some(Value::Number(_)) if has_texts && is_bare(token) => {
                self.unquoted = true;
                Ok(Value::String(token.to_owned()))
            }
            Some(value) => Ok(value),
            None if token.starts_with(['{', '[']) => Err("a simple value"),
            None if token.len() > 1 && token.starts_with('"') && token.ends_with('"') => {
                Err("a text with the escapes of JSON")
            }
            None if has_texts => Err(QUOTES),
            None => Err("a value as in JSON"),
        }
    }

    /// A value as it was written: a text up to its closing quotation mark, or what stands before a space or a bracket.
    fn token(&mut self) -> &'a str {
        let rest = self.rest();
        let length = match rest.starts_with('"') {
            true => text_length(rest),
            false => rest.find([' ', ')', ']']),
        };
        let token = &rest[..length.unwrap_or(rest.len())];
        self.position += token.len();
        token
    }

    /// A name as it was written, with where it began.
    pub(super) fn name(&mut self) -> Result<(usize, &'a str), Expected> {
        let at = self.position;
        let name = self.word();
        match name.is_empty() {
            true => Err(expected_at(at, "the name of an attribute")),
            false => Ok((at, name)),
        }
    }

    /// A name as it was written, or nothing before a character that no name has.
    pub(super) fn any_name(&mut self) -> (usize, &'a str) {
        (self.position, self.word())
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

    pub(super) fn eat(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.position += usize::from(found);
        found
    }

    pub(super) fn skip_space(&mut self) {
        self.position += self.rest().bytes().take_while(|c| *c == b' ').count();
    }

    pub(super) fn end(&mut self) -> Result<(), Expected> {
        self.skip_space();
        match self.rest().is_empty() {
            true => Ok(()),
            false => Err(self.expected(self.unless_unquoted("the end"))),
        }
    }

    /// Behind a text without quotation marks, what does not fit is most likely the rest of it.
    fn unless_unquoted(&self, expected: &'static str) -> &'static str {
        match self.unquoted {
            true => QUOTES,
            false => expected,
        }
    }

    pub(super) fn check_length(&self) -> Result<(), Expected> {
        match self.text.len() <= FILTER_LENGTH {
            true => Ok(()),
            false => Err(expected_at(FILTER_LENGTH, "at most 4096 bytes")),
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn expected(&self, expected: &'static str) -> Expected {
        expected_at(self.position, expected)
    }
}

const QUOTES: &str = "a text in double quotes, as in userName eq \"ada\"";

/// The meaning of a part of a filter for a resource that cannot have the attribute: it has no value.
fn without_value(node: Node) -> Node {
    match node {
        Node::Compare(comparison) if compares(&comparison, &[]) => Node::And(Vec::new()),
        _ => Node::Or(Vec::new()),
    }
}

fn single(mut nodes: Vec<Node>, several: fn(Vec<Node>) -> Node) -> Node {
    match nodes.len() {
        1 => nodes.remove(0),
        _ => several(nodes),
    }
}
