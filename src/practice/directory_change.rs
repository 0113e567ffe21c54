//! Changes of people and groups, as an admin makes them.

use super::directory::Directory;
use super::directory::Group;
use super::directory::Person;

impl Directory {
    /// The person with this object id, to be edited.
    pub fn person_mut(&mut self, object_id: &str) -> Option<&mut Person> {
        let mut people = self.people.iter_mut();
        people.find(|person| person.object_id == object_id)
    }

    /// The group with this object id, to be edited.
    pub fn group_mut(&mut self, object_id: &str) -> Option<&mut Group> {
        let mut groups = self.groups.iter_mut();
        groups.find(|group| group.object_id == object_id)
    }

    /// Enables or disables an account; says whether there is one.
    pub fn enable(&mut self, object_id: &str, enabled: bool) -> bool {
        let person = self.person_mut(object_id);
        person.map(|person| person.enabled = enabled).is_some()
    }

    /// Deletes a person, who can be restored; says whether there was one.
    pub fn delete_person(&mut self, object_id: &str) -> bool {
        let moved = take(&mut self.people, object_id);
        self.deleted.extend(moved.clone());
        moved.is_some()
    }

    /// Restores a person who was deleted; says whether there was one.
    pub fn restore_person(&mut self, object_id: &str) -> bool {
        let moved = take(&mut self.deleted, object_id);
        self.people.extend(moved.clone());
        moved.is_some()
    }

    /// Deletes a person for good who was deleted before, as Entra does after 30 days; says whether there was one.
    pub fn purge_person(&mut self, object_id: &str) -> bool {
        take(&mut self.deleted, object_id).is_some()
    }

    /// Deletes a group, which nobody is a member of any more; says whether there was one.
    pub fn delete_group(&mut self, object_id: &str) -> bool {
        for person in self.people.iter_mut().chain(&mut self.deleted) {
            person.groups.retain(|group| group != object_id);
        }
        let before = self.groups.len();
        self.groups.retain(|group| group.object_id != object_id);
        self.groups.len() < before
    }

    /// Makes a person a member of a group, or no longer one; says whether there are both.
    pub fn set_member(&mut self, group: &str, person: &str, is_member: bool) -> bool {
        if self.group(group).is_none() {
            return false;
        }
        let Some(person) = self.person_mut(person) else {
            return false;
        };
        person.groups.retain(|known| known != group);
        if is_member {
            person.groups.push(group.to_owned());
        }
        true
    }

    /// True if the person is there, or was deleted and can be restored.
    pub(super) fn remembers(&self, object_id: &str) -> bool {
        let mut people = self.people.iter().chain(&self.deleted);
        people.any(|person| person.object_id == object_id)
    }
}

fn take(people: &mut Vec<Person>, object_id: &str) -> Option<Person> {
    let at = people
        .iter()
        .position(|person| person.object_id == object_id)?;
    Some(people.remove(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_person_can_be_restored_until_deleted_for_good() {
        let mut directory = Directory::sample();
        let id = directory.people[0].object_id.clone();
        assert!(!directory.restore_person(&id));
        assert!(!directory.purge_person(&id));
        assert!(directory.delete_person(&id));
        assert!(directory.person(&id).is_none());
        assert!(directory.remembers(&id));
        assert!(directory.restore_person(&id));
        assert!(directory.person(&id).is_some());
        assert!(directory.delete_person(&id));
        assert!(directory.purge_person(&id));
        assert!(!directory.remembers(&id));
        assert!(!directory.delete_person(&id));
    }

    #[test]
    fn members_come_and_go_and_a_deleted_group_has_none() {
        let mut directory = Directory::sample();
        let group = directory.groups[0].object_id.clone();
        let person = directory.people[1].object_id.clone();
        let before = directory.members(&group).count();
        for _ in 0..2 {
            assert!(directory.set_member(&group, &person, true));
            assert_eq!(directory.members(&group).count(), before + 1);
        }
        assert!(directory.set_member(&group, &person, false));
        assert_eq!(directory.members(&group).count(), before);
        assert!(!directory.set_member("none", &person, true));
        assert!(!directory.set_member(&group, "none", true));
        assert!(directory.delete_group(&group));
        assert_eq!(directory.members(&group).count(), 0);
        assert!(!directory.delete_group(&group));
    }
}
