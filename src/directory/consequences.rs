//! The rules of a change of a user: whether it may be, by names and seats, and what follows from it for sessions, for the tie to
//! a person, for the connection and for those who read events.

use super::Counts;
use super::DirectoryError;
use super::Rules;
use super::UserRecord;
use super::lookup::are_two_objects;
use crate::event::EndReason;
use crate::event::Happened;
use crate::scim::Resource;
use crate::scim::user_name_key;

/// The state that a change of a user is held against, beside the user before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Facts {
    /// The directory before the change.
    pub(super) counts: Counts,
    /// True if another user has the [new name](new_name).
    pub(super) name_is_taken: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Consequences {
    pub(super) told: Happened,
    /// The reason that all sessions of the user end, if they do.
    pub(super) ends: Option<EndReason>,
    /// The person who was tied to the user is forgotten: the user is somebody else now.
    pub(super) unties: bool,
    pub(super) begins_provisioning: bool,
}

/// The name that must be free for a change, if there is one. Users of an earlier version who share a key keep their names.
pub(super) fn new_name<'a>(before: Option<&UserRecord>, after: &'a UserRecord) -> Option<&'a str> {
    let after = after.record().resource.user_name().unwrap_or_default();
    let same = before.is_some_and(|before| {
        let before = before.record().resource.user_name().unwrap_or_default();
        user_name_key(before) == user_name_key(after)
    });
    (!same).then_some(after)
}

pub(super) fn needs_seat(before: Option<&UserRecord>, after: &UserRecord, rules: &Rules) -> bool {
    rules.seats.is_some() && is_active(Some(after)) && !is_active(before)
}

/// Decides what follows from a new user, where there is none before, or from a changed one.
pub(super) fn consequences(
    before: Option<&UserRecord>,
    after: &UserRecord,
    facts: &Facts,
    rules: &Rules,
) -> Result<Consequences, DirectoryError> {
    if facts.name_is_taken {
        return Err(DirectoryError::UserNameTaken);
    }
    if needs_seat(before, after, rules) {
        check_seat_limit(rules, facts.counts.active_users)?;
    }
    let user = after.id().to_string();
    let told = match (before, is_active(before), is_active(Some(after))) {
        (None, ..) => Happened::UserCreated { user },
        (_, true, false) => Happened::UserDeactivated { user },
        (_, false, true) => Happened::UserReactivated { user },
        _ => Happened::UserUpdated { user },
    };
    let another_person = before.is_some_and(|before| {
        is_another_person(&before.record().resource, &after.record().resource)
    });
    let ends = match told {
        Happened::UserDeactivated { .. } => Some(EndReason::UserDeactivated),
        _ => another_person.then_some(EndReason::AnotherPerson),
    };
    Ok(Consequences {
        told,
        ends,
        unties: another_person,
        begins_provisioning: before.is_none() && facts.counts.users == 0,
    })
}

fn check_seat_limit(rules: &Rules, active_users: u64) -> Result<(), DirectoryError> {
    match rules.seats {
        Some(limit) if active_users >= u64::from(limit) => {
            Err(DirectoryError::SeatsTaken { limit })
        }
        _ => Ok(()),
    }
}

/// True if provisioning says that a user is another person of the identity provider than before: who was signed on as the user is
/// not that person, nor is who was tied to it.
pub(crate) fn is_another_person(before: &Resource, after: &Resource) -> bool {
    let pair = before.external_id().zip(after.external_id());
    pair.is_some_and(|(was, is)| are_two_objects(was, is))
}

fn is_active(user: Option<&UserRecord>) -> bool {
    user.is_some_and(|user| user.record().resource.is_active())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Value;
    use serde_json::json;

    use super::*;
    use crate::directory::Origin;
    use crate::directory::UserId;
    use crate::scim::ResourceKind;

    const ADA: &str = "0aaaaaaa-0000-4000-8000-00000000000b";
    const EVE: &str = "0ccccccc-0000-4000-8000-00000000000d";

    fn user(active: bool, external_id: Option<&str>) -> UserRecord {
        named("ada@example.com", active, external_id)
    }

    fn named(name: &str, active: bool, external_id: Option<&str>) -> UserRecord {
        let attributes = json!({"userName": name, "active": active, "externalId": external_id});
        let Value::Object(mut attributes) = attributes else {
            unreachable!()
        };
        attributes.retain(|_, value| !value.is_null());
        UserRecord::new(
            &UserId::from_random([1; 16]),
            "acme".parse().unwrap(),
            Origin::Provisioned,
            Resource::restored(ResourceKind::User, attributes),
            Timestamp::UNIX_EPOCH,
        )
    }

    fn id() -> String {
        UserId::from_random([1; 16]).to_string()
    }

    fn counts(users: u64, active_users: u64) -> Facts {
        let counts = Counts {
            users,
            active_users,
            groups: 0,
        };
        Facts {
            counts,
            name_is_taken: false,
        }
    }

    fn seats(seats: u32) -> Rules {
        Rules {
            seats: Some(seats),
            ..Rules::default()
        }
    }

    fn follows(before: Option<&UserRecord>, after: &UserRecord) -> Consequences {
        consequences(before, after, &counts(1, 1), &Rules::default()).unwrap()
    }

    #[test]
    fn provisioning_begins_with_the_first_user_alone() {
        let rules = Rules::default();
        for (users, begins) in [(0, true), (1, false)] {
            let new = consequences(None, &user(true, None), &counts(users, 0), &rules).unwrap();
            assert_eq!(new.told, Happened::UserCreated { user: id() });
            assert_eq!((new.begins_provisioning, new.ends), (begins, None));
        }
        let (was, is) = (user(true, None), user(false, None));
        let changed = consequences(Some(&was), &is, &counts(0, 0), &rules).unwrap();
        assert!(!changed.begins_provisioning);
    }

    #[test]
    fn who_becomes_active_takes_a_seat_and_nobody_else_does() {
        let (active, inactive) = (user(true, None), user(false, None));
        for (before, after, refused) in [
            (None, &active, true),
            (Some(&inactive), &active, true),
            (None, &inactive, false),
            (Some(&active), &active, false),
            (Some(&active), &inactive, false),
        ] {
            let full = consequences(before, after, &counts(2, 2), &seats(2));
            let is_refused = matches!(full, Err(DirectoryError::SeatsTaken { limit: 2 }));
            assert_eq!(is_refused, refused, "{before:?} {after:?}");
            assert_eq!(needs_seat(before, after, &seats(2)), refused);
            assert!(!needs_seat(before, after, &Rules::default()));
            assert!(consequences(before, after, &counts(2, 1), &seats(2)).is_ok());
            assert!(consequences(before, after, &counts(2, 2), &Rules::default()).is_ok());
        }
    }

    #[test]
    fn a_taken_name_is_refused_before_a_seat_is_asked_for() {
        let facts = Facts {
            name_is_taken: true,
            ..counts(2, 2)
        };
        let refused = consequences(None, &user(true, None), &facts, &seats(2));
        assert!(matches!(refused, Err(DirectoryError::UserNameTaken)));
    }

    #[test]
    fn a_name_must_be_free_unless_it_has_the_key_of_the_name_before() {
        let (ada, loud) = (user(true, None), named("ADA@example.com", true, None));
        let eve = named("eve@example.com", true, None);
        assert_eq!(new_name(None, &ada), Some("ada@example.com"));
        assert_eq!(new_name(Some(&ada), &loud), None);
        assert_eq!(new_name(Some(&ada), &eve), Some("eve@example.com"));
    }

    #[test]
    fn activity_decides_what_is_told_and_whether_sessions_end() {
        let (active, inactive) = (user(true, None), user(false, None));
        for (before, after, told, ends) in [
            (&active, &active, Happened::UserUpdated { user: id() }, None),
            (
                &inactive,
                &inactive,
                Happened::UserUpdated { user: id() },
                None,
            ),
            (
                &inactive,
                &active,
                Happened::UserReactivated { user: id() },
                None,
            ),
            (
                &active,
                &inactive,
                Happened::UserDeactivated { user: id() },
                Some(EndReason::UserDeactivated),
            ),
        ] {
            let found = follows(Some(before), after);
            assert_eq!((found.told, found.ends, found.unties), (told, ends, false));
        }
    }

    #[test]
    fn another_object_of_the_identity_provider_is_another_person() {
        let upper = ADA.to_ascii_uppercase();
        for (was, is, another) in [
            (Some(ADA), Some(EVE), true),
            (Some(ADA), Some(upper.as_str()), false),
            (Some(ADA), None, false),
            (None, Some(EVE), false),
            (Some("ada"), Some("eve"), false),
        ] {
            let found = follows(Some(&user(true, was)), &user(true, is));
            let ends = another.then_some(EndReason::AnotherPerson);
            assert_eq!(
                (found.ends, found.unties),
                (ends, another),
                "{was:?} {is:?}"
            );
        }
        let gone = follows(Some(&user(true, Some(ADA))), &user(false, Some(EVE)));
        let expected = (Some(EndReason::UserDeactivated), true);
        assert_eq!((gone.ends, gone.unties), expected);
    }
}
