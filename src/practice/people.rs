//! The people to choose from.

use maud::Markup;
use maud::html;

use super::directory::Person;
use super::page;
use super::state::State;

/// A button for each person; the one that a `login_hint` names comes first.
pub(super) fn people(state: &State, hint: Option<&str>) -> Markup {
    let hinted = |person: &Person| {
        hint.is_some_and(|hint| hint.eq_ignore_ascii_case(&person.user_principal_name))
    };
    let directory = state.directory();
    let mut people: Vec<(usize, &Person)> = directory.people.iter().enumerate().collect();
    people.sort_by_key(|(_, person)| !hinted(person));
    html! {
        ul.people {
            @for (index, person) in people {
                li {
                    button.hinted[hinted(person)] name="person" value=(person.object_id) autofocus[hinted(person)] {
                        (page::avatar(person, index))
                        span.who {
                            strong { (person.display_name) }
                            small { (person.user_principal_name) }
                            small { (person.remark) }
                        }
                    }
                }
            }
        }
    }
}
