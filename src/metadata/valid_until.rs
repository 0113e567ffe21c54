//! The attributes `validUntil` and `cacheDuration` (Metadata §2.3.1, §2.3.2, §2.4.1): those of an element count with those
//! of the elements around it.

use std::iter::successors;
use std::slice;
use std::time::Duration;

use jiff::Timestamp;

use super::MetadataError;
use super::duration;
use crate::saml::time;
use crate::xml::Element;

/// The earliest `validUntil` of elements and those around them.
pub(super) fn valid_until(roles: &[Element<'_>]) -> Result<Option<Timestamp>, MetadataError> {
    let mut all = around(roles).filter_map(|element| own_end(element).transpose());
    all.try_fold(None, |earliest: Option<Timestamp>, until| {
        let until = until?;
        Ok(Some(earliest.map_or(until, |known| known.min(until))))
    })
}

pub(super) fn own_end(element: Element<'_>) -> Result<Option<Timestamp>, MetadataError> {
    let unreadable = || MetadataError::Time {
        position: element.position(),
    };
    let text = element.attribute("validUntil");
    text.map(|text| time::parse(text).ok_or_else(unreadable))
        .transpose()
}

/// The latest end of a role, each with those around it; `None` where one has no end.
pub(super) fn last_end(roles: &[Element<'_>]) -> Result<Option<Timestamp>, MetadataError> {
    let ends = roles.iter().map(|role| valid_until(slice::from_ref(role)));
    let ends: Vec<Option<Timestamp>> = ends.collect::<Result<_, _>>()?;
    let ends: Option<Vec<Timestamp>> = ends.into_iter().collect();
    Ok(ends.and_then(|ends| ends.into_iter().max()))
}

/// The shortest `cacheDuration` of elements and those around them.
pub(super) fn cache_duration(roles: &[Element<'_>]) -> Option<Duration> {
    around(roles)
        .filter_map(|element| duration::parse(element.attribute("cacheDuration")?))
        .min()
}

/// Elements, each with those around it up to the root.
fn around<'d>(roles: &[Element<'d>]) -> impl Iterator<Item = Element<'d>> {
    let outwards = |role: &Element<'d>| successors(Some(*role), |element| element.parent());
    roles.iter().flat_map(outwards)
}
