//! The same life against our own SCIM server: what one sends, the other understands, in both dialects.

use entrada::practice::Dialect;
use entrada::practice::Directory;
use entrada::practice::ExternalId;
use entrada::practice::Matching;
use entrada::practice::Person;
use entrada::practice::Provisioning;
use entrada::practice::Running;
use entrada::practice::SignIn;
use entrada::practice::Summary;
use entrada::provisioning::NewFederation;
use serde_json::Value;
use serde_json::json;

use super::APP;
use super::ENTERPRISE;
use super::start;
use crate::scim_served::Served;

impl Served {
    /// A new client without a secret, for which this identity provider's assertions stand.
    pub(super) async fn federation(&self, idp: &Running) -> SignIn {
        let identity = idp.federated_identity(APP);
        let trust = NewFederation {
            tenant: identity.tenant,
            app: identity.app_id,
            subject: identity.subject,
            issuer: Some(identity.issuer),
            audiences: vec![identity.audience],
            keys_url: Some(identity.keys_url),
            keys_addresses: Some(entrada::connection::AddressPolicy::Any),
        };
        SignIn::Federation {
            token_url: self.token_url(),
            client_id: Some(self.federated(&trust).await),
            audience: None,
        }
    }

    /// Settings for this server, with its token.
    pub(super) fn settings(&self, dialect: Dialect, by: Matching) -> Provisioning {
        Provisioning {
            external_id: ExternalId::ObjectId,
            match_users: by,
            match_groups: by,
            ..Provisioning::new(self.tenant_url.as_str(), self.token.as_str()).with_dialect(dialect)
        }
    }

    async fn set_up(&self, idp: &Running, dialect: Dialect, by: Matching) {
        let settings = self.settings(dialect, by);
        idp.set_provisioning(APP, settings).await.unwrap();
        idp.test_connection(APP).await.unwrap();
    }

    async fn user(&self, name: &str) -> Value {
        let found = self
            .resources(&format!("/Users?filter=userName%20eq%20%22{name}%22"))
            .await;
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0].clone()
    }

    /// The userNames in a group.
    async fn members(&self, group: &str) -> Vec<String> {
        let found = self
            .resources(&format!("/Groups?filter=displayName%20eq%20%22{group}%22"))
            .await;
        assert_eq!(found.len(), 1, "{group}: {found:?}");
        let users = self.resources("/Users").await;
        let members = found[0]["members"].as_array().cloned().unwrap_or_default();
        let name = |id: &Value| {
            let user = users.iter().find(|user| user["id"] == *id).unwrap();
            user["userName"].as_str().unwrap().to_owned()
        };
        let mut names: Vec<String> = members
            .iter()
            .map(|member| name(&member["value"]))
            .collect();
        names.sort();
        names
    }
}

const ALL: [(Dialect, Matching); 4] = [
    (Dialect::Usual, Matching::Name),
    (Dialect::Usual, Matching::ExternalId),
    (Dialect::Compliant, Matching::Name),
    (Dialect::Compliant, Matching::ExternalId),
];

/// A cycle in which nothing fails.
pub(super) async fn sound_cycle(idp: &Running) -> Summary {
    let summary = idp.provision_now(APP).await.unwrap();
    assert_eq!(
        (summary.failed, summary.quarantined),
        (0, false),
        "{:#?}",
        idp.provisioning_log(APP)
    );
    assert!(idp.quarantine(APP).is_none());
    assert_eq!(idp.escrow(APP), []);
    summary
}

fn person(idp: &Running, given_name: &str) -> Person {
    let directory = idp.directory();
    let mut people = directory.people.iter();
    people
        .find(|person| person.given_name == given_name)
        .unwrap()
        .clone()
}

fn edit(idp: &Running, given_name: &str, change: impl FnOnce(&mut Person)) {
    let id = person(idp, given_name).object_id;
    idp.change_directory(|directory| change(directory.person_mut(&id).unwrap()));
}

/// The sample without its many projects, all of it assigned but Farah.
pub(super) async fn sample() -> Running {
    let mut directory = Directory::sample();
    directory.groups.truncate(3);
    let entrada::practice::Assignment::Only(ids) = Directory::sample_assignment() else {
        panic!("everybody is assigned");
    };
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    start(directory, &ids).await
}

#[tokio::test]
async fn people_join_move_leave_and_come_back_on_our_own_server() {
    for (dialect, by) in ALL {
        let (served, idp) = (Served::start().await, sample().await);
        served.set_up(&idp, dialect, by).await;
        let summary = sound_cycle(&idp).await;
        assert_eq!(
            (summary.created, summary.updated),
            (8, 4),
            "five people and three groups, a manager and three memberships"
        );
        assert_eq!(sound_cycle(&idp).await, Summary::default());

        let (chidi, alice) = (
            served.user("chidi@contoso.example").await,
            served.user("alice@contoso.example").await,
        );
        assert_eq!(chidi["externalId"], person(&idp, "Chidi").object_id);
        assert_eq!(chidi["title"], "Engineer");
        assert_eq!(chidi["addresses"][0]["formatted"], "Contoso House, Reading");
        assert_eq!(chidi[ENTERPRISE]["manager"]["value"], alice["id"]);
        assert_eq!(chidi["groups"][0]["display"], "Engineering");
        assert_eq!(
            served.user("emil@contoso.example").await.get("emails"),
            None
        );

        edit(&idp, "Chidi", |chidi| {
            chidi.user_principal_name = "chidi.cole@contoso.example".to_owned();
            chidi.display_name = "Dr Chidi Cole".to_owned();
            chidi.mail = Some("cc@contoso.example".to_owned());
            chidi.department = Some("Research".to_owned());
            chidi.job_title = None;
            chidi.manager = None;
        });
        sound_cycle(&idp).await;
        let moved = served.user("chidi.cole@contoso.example").await;
        assert_eq!(moved["id"], chidi["id"]);
        assert_eq!(moved["displayName"], "Dr Chidi Cole");
        assert_eq!(
            moved["emails"],
            json!([{"primary": true, "type": "work", "value": "cc@contoso.example"}])
        );
        assert_eq!(moved[ENTERPRISE], json!({"department": "Research"}));
        assert_eq!(moved.get("title"), None);

        let id = person(&idp, "Chidi").object_id;
        for (leave, active) in [(true, false), (false, true)] {
            idp.change_directory(|directory| directory.enable(&id, !leave));
            sound_cycle(&idp).await;
            let found = served.user("chidi.cole@contoso.example").await;
            assert_eq!(
                (&found["active"], &found["id"]),
                (&json!(active), &chidi["id"])
            );
        }
        idp.change_directory(|directory| directory.delete_person(&id));
        assert_eq!(sound_cycle(&idp).await.disabled, 1);
        assert_eq!(
            served.user("chidi.cole@contoso.example").await["active"],
            false
        );
        idp.change_directory(|directory| directory.restore_person(&id));
        assert_eq!(sound_cycle(&idp).await.enabled, 1);
        assert_eq!(
            served.members("Engineering").await,
            ["alice@contoso.example", "chidi.cole@contoso.example"]
        );
        idp.change_directory(|directory| {
            directory.delete_person(&id) && directory.purge_person(&id)
        });
        assert_eq!(sound_cycle(&idp).await.deleted, 1);
        assert_eq!(served.resources("/Users").await.len(), 4);
    }
}

#[tokio::test]
async fn groups_fill_shrink_are_renamed_and_go_on_our_own_server() {
    for (dialect, by) in ALL {
        let (served, idp) = (Served::start().await, sample().await);
        served.set_up(&idp, dialect, by).await;
        sound_cycle(&idp).await;
        assert_eq!(
            served.members("Finance").await,
            ["bruno@contoso.example", "emil@contoso.example"]
        );

        let finance = idp.directory().groups[2].object_id.clone();
        let (bruno, chidi) = (
            person(&idp, "Bruno").object_id,
            person(&idp, "Chidi").object_id,
        );
        idp.change_directory(|directory| {
            directory.group_mut(&finance).unwrap().name = "Money".to_owned();
            directory.set_member(&finance, &bruno, false)
                && directory.set_member(&finance, &chidi, true)
        });
        sound_cycle(&idp).await;
        // The one who left is gone, and nobody else.
        assert_eq!(
            served.members("Money").await,
            ["chidi@contoso.example", "emil@contoso.example"]
        );

        // Another identity provider state, the same tenant: everything is matched, nothing is made twice.
        let again = start((*idp.directory()).clone(), &[&bruno, &finance]).await;
        served.set_up(&again, dialect, by).await;
        let summary = sound_cycle(&again).await;
        assert_eq!((summary.created, summary.matched), (0, 4));
        assert_eq!(served.members("Money").await.len(), 2);

        idp.unassign(APP, &finance);
        assert_eq!(sound_cycle(&idp).await.deleted, 1);
        assert_eq!(served.resources("/Groups").await.len(), 2);
        assert_eq!(served.resources("/Users").await.len(), 5);
    }
}
