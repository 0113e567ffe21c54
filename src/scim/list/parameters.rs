//! The parameters of a query, before they are resolved against a resource type: a query at the root goes to each.

use openssl::sha;
use serde_json::Value;
use url::form_urlencoded;

use super::ListQuery;
use super::Page;
use super::Sort;
use super::query::place;
use crate::scim::ScimError;
use crate::scim::error::excerpt;
use crate::scim::filter::Filter;
use crate::scim::limits;
use crate::scim::patch::check_schema;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;

pub(crate) const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The numbers of resources that a page may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageLimits {
    /// The most; a larger `count` gets this many.
    pub most: usize,
    /// The number if the client names no `count`.
    pub default: usize,
}

/// The parameters of a query as a client sent them.
#[derive(Clone, PartialEq, Default)]
pub struct Parameters {
    attributes: Vec<String>,
    excluded_attributes: Vec<String>,
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    cursor: Option<String>,
}

impl Parameters {
    /// Reads the part of an address after the question mark. Parameters of other names, such as Entra's
    /// `aadOptscim062020`, say nothing.
    ///
    /// # Errors
    /// `invalidSyntax` for a parameter that is there twice, `invalidValue` or `invalidCount` for a number that is none.
    pub fn from_query(query: &str) -> Result<Parameters, ScimError> {
        let mut parameters = Parameters::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(name) = known(&name) else {
                continue;
            };
            if seen.contains(&name) {
                return Err(ScimError::syntax(format!(
                    "each parameter once, found {name} again"
                )));
            }
            seen.push(name);
            parameters.set(name, Value::String(value.into_owned()))?;
        }
        Ok(parameters)
    }

    /// Reads the body of `POST /.search` (RFC 7644 §3.4.3).
    ///
    /// # Errors
    /// `invalidSyntax` for what is no SearchRequest, `invalidValue` or `invalidCount` for a parameter of another type.
    pub fn from_search(body: Value) -> Result<Parameters, ScimError> {
        limits::check(&body)?;
        let Value::Object(body) = body else {
            return Err(ScimError::syntax("an object"));
        };
        check_schema(&body, SEARCH_REQUEST)?;
        let mut parameters = Parameters::default();
        for (name, value) in body {
            if let Some(name) = known(&name).filter(|_| !value.is_null()) {
                parameters.set(name, value)?;
            }
        }
        Ok(parameters)
    }

    /// The same query by cursor, from its first page on.
    pub fn from_the_start(&self) -> Parameters {
        Parameters {
            cursor: Some(String::new()),
            ..self.clone()
        }
    }

    /// True if the query names an attribute that can sort resources of this type.
    pub fn sorts(&self, of: &ResourceType) -> bool {
        let sort = |name: &String| Sort::new(name, false, of).is_some();
        self.sort_by.as_ref().is_some_and(sort)
    }

    /// The same query without its order.
    pub fn unsorted(&self) -> Parameters {
        Parameters {
            sort_by: None,
            ..self.clone()
        }
    }

    /// The attributes that are asked for, of a resource that is read without a list.
    pub(crate) fn projection(&self, of: &ResourceType) -> Result<Projection, ScimError> {
        Projection::new(&self.attributes, &self.excluded_attributes, of)
    }

    /// The query, for one resource type.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidValue` for a `sortBy` or `sortOrder` that is none, and for one beside a cursor, `invalidCursor`
    /// for one that is not ours or of another query, and as `Parameters::projection`.
    pub fn resolve(&self, of: &ResourceType, limits: PageLimits) -> Result<ListQuery, ScimError> {
        self.resolve_among(of, &[], limits)
    }

    /// As [`Parameters::resolve`], for one of several resource types: an attribute in the filter may be of any of them.
    pub fn resolve_among(
        &self,
        of: &ResourceType,
        others: &[&ResourceType],
        limits: PageLimits,
    ) -> Result<ListQuery, ScimError> {
        let filter = self.filter.as_deref();
        let filter = filter.map(|text| Filter::parse_among(text, of, others));
        let fingerprint = self.fingerprint(of);
        let query = ListQuery {
            filter: filter.transpose()?,
            sort: self.sort(of)?,
            page: self.page(limits, fingerprint)?,
            projection: self.projection(of)?,
            fingerprint,
        };
        match (&query.page, &query.sort) {
            (Page::Cursor { .. }, Some(_)) => Err(ScimError::value(
                "sortBy",
                "no order of its own in a list that is walked by cursor",
            )),
            _ => Ok(query),
        }
    }

    fn sort(&self, of: &ResourceType) -> Result<Option<Sort>, ScimError> {
        let descending = match self
            .sort_order
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            None | Some("ascending") => false,
            Some("descending") => true,
            Some(_) => return Err(ScimError::value("sortOrder", "ascending or descending")),
        };
        let sort = |name: &String| {
            let sort = Sort::new(name, descending, of);
            sort.ok_or_else(|| {
                let found = excerpt(name);
                let expected =
                    format!("an attribute of a schema, with simple values, found {found:?}");
                ScimError::value("sortBy", expected)
            })
        };
        self.sort_by.as_ref().map(sort).transpose()
    }

    /// A cursor, even an empty one, asks for pages by cursor (RFC 9865 §2).
    fn page(&self, limits: PageLimits, fingerprint: u64) -> Result<Page, ScimError> {
        // A negative count is 0, a start before the first is the first (RFC 7644, table 6).
        let count = match self.count {
            Some(count) => usize::try_from(count.max(0)).unwrap_or(usize::MAX),
            None => limits.default,
        };
        let count = count.min(limits.most);
        let Some(cursor) = &self.cursor else {
            let start_index = self.start_index.unwrap_or(1).max(1).unsigned_abs();
            return Ok(Page::Index {
                start_index,
                count,
                behind: None,
            });
        };
        if self.start_index.is_some() {
            return Err(ScimError::value(
                "startIndex",
                "either startIndex or cursor",
            ));
        }
        let after = match cursor.as_str() {
            "" => None,
            text => Some(place(text, fingerprint).ok_or(ScimError::InvalidCursor)?),
        };
        Ok(Page::Cursor { after, count })
    }

    /// Tells one query from another: a cursor means something in its own query alone. The number of resources on a page
    /// and what of each is shown may change from page to page.
    fn fingerprint(&self, of: &ResourceType) -> u64 {
        let parts = [
            Some(of.kind().name()),
            self.filter.as_deref(),
            self.sort_by.as_deref(),
            self.sort_order.as_deref(),
        ];
        let text = format!("{parts:?}");
        let digest = sha::sha256(text.as_bytes());
        digest[..8]
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn set(&mut self, name: &'static str, value: Value) -> Result<(), ScimError> {
        match name {
            "attributes" => self.attributes = names(name, value)?,
            "excludedAttributes" => self.excluded_attributes = names(name, value)?,
            "filter" => self.filter = Some(text(name, value)?),
            "sortBy" => self.sort_by = Some(text(name, value)?),
            "sortOrder" => self.sort_order = Some(text(name, value)?),
            "cursor" => self.cursor = Some(text(name, value)?),
            "count" => self.count = Some(number(&value).ok_or(ScimError::InvalidCount)?),
            _ => {
                let number = number(&value);
                self.start_index = Some(number.ok_or(ScimError::value(name, "a number"))?);
            }
        }
        Ok(())
    }
}

const PARAMETERS: [&str; 8] = [
    "attributes",
    "excludedAttributes",
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
];

fn known(name: &str) -> Option<&'static str> {
    let mut all = PARAMETERS.into_iter();
    all.find(|known| known.eq_ignore_ascii_case(name))
}

fn text(name: &'static str, value: Value) -> Result<String, ScimError> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(ScimError::value(name, "a text")),
    }
}

/// A number as JSON has it, or its digits, as an address has it.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// An array of names, or names with commas between them.
fn names(name: &'static str, value: Value) -> Result<Vec<String>, ScimError> {
    let names: Vec<String> = match value {
        Value::String(text) => text.split(',').map(str::to_owned).collect(),
        Value::Array(names) => {
            let names = names.into_iter().map(|value| text(name, value));
            names.collect::<Result<_, _>>()?
        }
        _ => return Err(ScimError::value(name, "names of attributes")),
    };
    let names = names.into_iter().map(|name| name.trim().to_owned());
    Ok(names.filter(|name| !name.is_empty()).collect())
}
