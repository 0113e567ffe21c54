//! The strategy for a list: by the columns of the store alone, or with an evaluation of rows.

use super::RowOrder;
use crate::directory::Listed;
use crate::directory::PAGE;
use crate::scim::Indexed;
use crate::scim::ListQuery;
use crate::scim::Page;
use crate::scim::PageEnd;

/// A part of a list by number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub(super) offset: u64,
    /// Resources in it at most.
    pub(super) count: usize,
}

impl Part {
    /// The length of the list, if a part of so many resources tells it: a first part that is not full is all.
    pub(super) fn counts(self, found: usize) -> Option<u64> {
        (self.offset == 0 && found < self.count).then_some(found as u64)
    }

    /// The part, of what was read from its place on, one more than its resources at most. The list is as long as it was counted, or
    /// as long as the part shows: it may have become shorter before the place, and a client that reads on by its length must miss nobody.
    pub(super) fn numbered<T>(self, mut read: Vec<T>, counted: u64) -> Listed<T> {
        let shown = self.offset.saturating_add(read.len() as u64);
        let total = match read.is_empty() {
            true => counted,
            false => counted.max(shown),
        };
        read.truncate(self.count);
        Listed {
            resources: read,
            total: Some(total),
            behind: None,
        }
    }

    /// The part of a list that is at hand.
    pub(super) fn of<T>(self, all: Vec<T>) -> impl Iterator<Item = T> {
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        all.into_iter().skip(offset).take(self.count)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Strategy<'a> {
    /// Rows behind an id; all that the store finds belong to the list.
    Walk {
        after: Option<&'a str>,
        count: usize,
    },
    /// Rows behind an id, each evaluated.
    WalkEvaluated {
        after: Option<&'a str>,
        count: usize,
    },
    /// A part that the store finds and orders.
    Part(Part, Option<RowOrder>),
    /// A part behind the end of the page before it.
    Behind(Part, &'a PageEnd),
    /// A part behind the end of the page before it, each row evaluated.
    BehindEvaluated(Part, &'a PageEnd),
    /// A part of all rows, each evaluated, in an order that no column has.
    PartEvaluated(Part),
}

impl<'a> Strategy<'a> {
    /// The strategy for what a query asks for; `evaluated` says that columns do not answer all of its filter.
    pub(super) fn of(list: &'a ListQuery, evaluated: bool) -> Strategy<'a> {
        match &list.page {
            Page::Cursor { after, count } => {
                let (after, count) = (after.as_deref(), (*count).min(PAGE));
                match evaluated {
                    false => Strategy::Walk { after, count },
                    true => Strategy::WalkEvaluated { after, count },
                }
            }
            Page::Index {
                start_index,
                count,
                behind,
            } => {
                let part = Part {
                    offset: start_index.saturating_sub(1),
                    count: (*count).min(PAGE),
                };
                match (behind, &list.sort, evaluated) {
                    (Some(end), None, false) => Strategy::Behind(part, end),
                    (Some(end), None, true) => Strategy::BehindEvaluated(part, end),
                    _ => Strategy::by_number(list, part, evaluated),
                }
            }
        }
    }

    fn by_number(list: &ListQuery, part: Part, evaluated: bool) -> Strategy<'a> {
        let order = list.sort.as_ref().map(|sort| {
            let descending = sort.is_descending();
            let column = Indexed::of(sort.path()).filter(|column| !column.has_several());
            column.map(|column| RowOrder { column, descending })
        });
        match (evaluated, order) {
            (false, None) => Strategy::Part(part, None),
            (false, Some(Some(order))) => Strategy::Part(part, Some(order)),
            (true, _) | (false, Some(None)) => Strategy::PartEvaluated(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::PageLimits;
    use crate::scim::Parameters;
    use crate::scim::ResourceKind;
    use crate::scim::Schemas;

    const LIMITS: PageLimits = PageLimits {
        most: 5000,
        default: 100,
    };

    fn query(text: &str) -> ListQuery {
        let schemas = Schemas::standard();
        let parameters = Parameters::from_query(text).unwrap();
        let query = parameters.resolve(schemas.resource_type(ResourceKind::User), LIMITS);
        query.unwrap()
    }

    #[test]
    fn columns_answer_what_they_can_and_the_rest_is_evaluated() {
        let part = Part {
            offset: 0,
            count: 100,
        };
        let by = |column, descending| Some(RowOrder { column, descending });
        for (text, evaluated, expected) in [
            ("", false, Strategy::Part(part, None)),
            ("", true, Strategy::PartEvaluated(part)),
            (
                "sortBy=userName",
                false,
                Strategy::Part(part, by(Indexed::UserName, false)),
            ),
            (
                "sortBy=meta.created&sortOrder=descending",
                false,
                Strategy::Part(part, by(Indexed::Created, true)),
            ),
            ("sortBy=userName", true, Strategy::PartEvaluated(part)),
            ("sortBy=title", false, Strategy::PartEvaluated(part)),
        ] {
            let query = query(text);
            assert_eq!(Strategy::of(&query, evaluated), expected, "{text}");
        }
    }

    #[test]
    fn a_walk_goes_by_ids() {
        let (start, count) = (query("cursor="), 100);
        let after = None;
        let walk = Strategy::of(&start, false);
        assert_eq!(walk, Strategy::Walk { after, count });
        let evaluated = Strategy::of(&start, true);
        assert_eq!(evaluated, Strategy::WalkEvaluated { after, count });
    }

    #[test]
    fn no_part_is_larger_than_a_page() {
        for (text, offset) in [("count=5000", 0), ("count=5000&startIndex=11", 10)] {
            let query = query(text);
            let count = PAGE;
            let expected = Strategy::Part(Part { offset, count }, None);
            assert_eq!(Strategy::of(&query, false), expected);
        }
        let query = query("count=5000&cursor=");
        let walk = Strategy::of(&query, false);
        assert!(matches!(walk, Strategy::Walk { count: PAGE, .. }));
    }

    #[test]
    fn a_page_begins_behind_the_one_before_where_that_is_remembered() {
        let end = PageEnd {
            id: "a".to_owned(),
            total: None,
        };
        let part = Part {
            offset: 4,
            count: 5,
        };
        for (text, evaluated, expected) in [
            ("", false, Strategy::Behind(part, &end)),
            ("", true, Strategy::BehindEvaluated(part, &end)),
            ("sortBy=title", false, Strategy::PartEvaluated(part)),
        ] {
            let mut query = query(text);
            query.page = Page::Index {
                start_index: 5,
                count: 5,
                behind: Some(end.clone()),
            };
            assert_eq!(Strategy::of(&query, evaluated), expected, "{text}");
        }
    }

    #[test]
    fn a_list_is_as_long_as_a_part_of_it_shows() {
        let part = Part {
            offset: 10,
            count: 2,
        };
        for (read, counted, total) in [
            (vec![1, 2, 3], 20, 20),
            (vec![1, 2, 3], 9, 13),
            (vec![1, 2], 9, 12),
            (vec![1], 11, 11),
            (vec![], 9, 9),
        ] {
            let page = part.numbered(read.clone(), counted);
            let shown = &read[..read.len().min(2)];
            assert_eq!((&page.resources[..], page.total), (shown, Some(total)));
        }
    }

    #[test]
    fn a_first_part_that_is_not_full_tells_the_length_of_the_list() {
        let part = |offset, count| Part { offset, count };
        assert_eq!(part(0, 3).counts(2), Some(2));
        assert_eq!(part(0, 3).counts(3), None);
        assert_eq!(part(1, 3).counts(0), None);
        assert_eq!(part(0, 0).counts(0), None);
        let all = vec![1, 2, 3, 4];
        let middle: Vec<u8> = part(1, 2).of(all.clone()).collect();
        assert_eq!(middle, [2, 3]);
        assert_eq!(part(u64::MAX, 2).of(all).count(), 0);
    }
}
