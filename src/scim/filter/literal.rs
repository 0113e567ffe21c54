//! The values of comparisons, of the type that the attribute has.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Number;
use serde_json::Value;

use super::Operator;
use super::fold;
use crate::scim::date_time;
use crate::scim::dialect::boolean;
use crate::scim::schema::Attribute;
use crate::scim::schema::AttributeType;
use crate::scim::user_name_key;

#[derive(Clone, PartialEq, Debug)]
pub(in crate::scim) enum Literal {
    Null,
    /// A text, compared byte by byte.
    Exact(String),
    /// A text without regard to case, or by another key.
    Folded {
        written: String,
        folded: String,
        key: TextKey,
    },
    Boolean(bool),
    Number(Number),
    Instant(Timestamp),
}

impl Literal {
    /// The value of a comparison with an attribute. The error says what was expected.
    pub(super) fn of(
        attribute: &Attribute,
        operator: Operator,
        value: Value,
    ) -> Result<Literal, &'static str> {
        use AttributeType as Type;
        if value.is_null() {
            return match operator {
                Operator::Eq | Operator::Ne => Ok(Literal::Null),
                _ => Err("eq or ne before null"),
            };
        }
        match (attribute.kind, boolean(attribute, value)) {
            (Type::Boolean, Value::Bool(value)) => match operator {
                Operator::Eq | Operator::Ne => Ok(Literal::Boolean(value)),
                _ => Err("eq or ne before a boolean"),
            },
            (Type::Integer | Type::Decimal, Value::Number(value)) => match operator.is_of_texts() {
                false => Ok(Literal::Number(value)),
                true => Err("an operator of numbers"),
            },
            (Type::DateTime, Value::String(text)) if !operator.is_of_texts() => {
                let instant = date_time::parse(&text).ok_or("a date with time and zone")?;
                Ok(Literal::Instant(instant))
            }
            (Type::Binary, _) if operator.is_of_order() => Err("no order of bytes"),
            (
                Type::String | Type::Reference | Type::Binary | Type::DateTime,
                Value::String(text),
            ) => match attribute.case_exact {
                true => Ok(Literal::Exact(text)),
                false => {
                    let key = TextKey::of(attribute);
                    Ok(Literal::Folded {
                        folded: key.make(&text),
                        written: text,
                        key,
                    })
                }
            },
            (Type::Boolean, _) => Err("true or false"),
            (Type::Integer | Type::Decimal, _) => Err("a number"),
            (Type::Complex, _) => Err("a sub-attribute"),
            _ => Err("a text in double quotes"),
        }
    }

    /// True if a value of a resource stands in the relation to this one.
    pub(super) fn compares(&self, operator: Operator, value: &Value) -> bool {
        match (self, value) {
            (Literal::Exact(wanted), Value::String(found)) => {
                of_texts(operator, found.as_str(), wanted)
            }
            (Literal::Folded { folded, key, .. }, Value::String(found)) => {
                of_texts(operator, &key.make(found), folded)
            }
            (Literal::Boolean(wanted), Value::Bool(found)) => of_order(operator, found.cmp(wanted)),
            (Literal::Number(wanted), Value::Number(found)) => {
                order(found, wanted).is_some_and(|ordering| of_order(operator, ordering))
            }
            (Literal::Instant(wanted), Value::String(found)) => {
                date_time::parse(found).is_some_and(|found| of_order(operator, found.cmp(wanted)))
            }
            // A value, whatever it is, is not null, and not one of another type.
            _ => operator == Operator::Ne,
        }
    }
}

/// The way in which texts are compared that do not distinguish case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scim) enum TextKey {
    /// In lower case.
    Folded,
    /// By the key of names of users.
    UserName,
}

impl TextKey {
    pub(in crate::scim) fn of(attribute: &Attribute) -> TextKey {
        match attribute.name == "userName" {
            true => TextKey::UserName,
            false => TextKey::Folded,
        }
    }

    pub(in crate::scim) fn make(self, text: &str) -> String {
        match self {
            TextKey::Folded => fold(text),
            TextKey::UserName => user_name_key(text),
        }
    }
}

impl Operator {
    fn is_of_texts(self) -> bool {
        matches!(self, Operator::Co | Operator::Sw | Operator::Ew)
    }

    fn is_of_order(self) -> bool {
        matches!(
            self,
            Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le
        )
    }
}

fn of_texts(operator: Operator, found: &str, wanted: &str) -> bool {
    match operator {
        Operator::Co => found.contains(wanted),
        Operator::Sw => found.starts_with(wanted),
        Operator::Ew => found.ends_with(wanted),
        _ => of_order(operator, found.cmp(wanted)),
    }
}

fn of_order(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Eq => ordering.is_eq(),
        Operator::Ne => ordering.is_ne(),
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Le => ordering.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

/// Integers exactly, anything else as floating point.
pub(in crate::scim) fn order(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
