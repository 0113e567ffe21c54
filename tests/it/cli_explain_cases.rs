//! A table of sign-ons: `user explain` foretells what each comes to.

use entrada::connection::ConnectionBuilder;
use entrada::connection::LinkRule;
use entrada::connection::SignOnPolicy;
use entrada::saml::claim;
use serde_json::Value;

use crate::cli_explain_user::ADA;
use crate::cli_explain_user::ADA_UPPER;
use crate::cli_explain_user::Governed;
use crate::cli_explain_user::Said;
use crate::cli_explain_user::users;
use crate::site::PERSON;

type Case = (
    LinkRule,
    SignOnPolicy,
    Option<u32>,
    String,
    Said,
    &'static str,
);

fn cases() -> Vec<Case> {
    use LinkRule::Email;
    use LinkRule::NameId as ByNameId;
    use LinkRule::ObjectId;
    use LinkRule::UserPrincipalName as Upn;
    use SignOnPolicy::JustInTime as Jit;
    use SignOnPolicy::ProvisionedOnly as Only;
    let ada = || {
        vec![
            (claim::OBJECT_ID, ADA_UPPER),
            (claim::NAME, "Ada@example.com"),
        ]
    };
    let by = |external| users(&[("ada@example.com", external, true)]);
    vec![
        (ObjectId, Only, None, by(Some(ADA)), ada(), "let-in"),
        (
            ObjectId,
            Only,
            None,
            by(Some("ada")),
            ada(),
            "user-not-provisioned",
        ),
        (
            ObjectId,
            Only,
            None,
            by(Some(ADA)),
            vec![(claim::NAME, "a")],
            "user-claim-missing",
        ),
        (
            ObjectId,
            Only,
            None,
            users(&[("ada@example.com", Some(ADA), false)]),
            ada(),
            "user-inactive",
        ),
        (
            ObjectId,
            Only,
            None,
            users(&[("a", Some(ADA), true), ("b", Some(ADA), true)]),
            ada(),
            "user-ambiguous",
        ),
        (Upn, Only, None, by(None), ada(), "let-in"),
        (
            ByNameId,
            Only,
            None,
            by(None),
            ada(),
            "user-not-provisioned",
        ),
        (
            ByNameId,
            Only,
            None,
            users(&[(PERSON, None, true)]),
            ada(),
            "let-in",
        ),
        (Email, Only, None, by(None), ada(), "user-claim-missing"),
        (ObjectId, Jit, None, String::new(), ada(), "let-in"),
        (
            ObjectId,
            Jit,
            None,
            by(Some("ada")),
            ada(),
            "user-name-taken",
        ),
        (
            ObjectId,
            Jit,
            Some(1),
            users(&[("bob", None, true)]),
            ada(),
            "seats-taken",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_explain_foretells_is_what_the_sign_on_does() {
    for (rule, policy, seats, users, said, expected) in cases() {
        let case = format!("{rule:?} {policy:?} {seats:?} {users} {said:?}");
        let settings = |connection: ConnectionBuilder| {
            let connection = connection.link_rule(rule).sign_on(policy);
            match seats {
                Some(seats) => connection.seats(seats),
                None => connection,
            }
        };
        let governed = Governed::new(settings, &users).await;
        let before = governed.store.event_numbers().await.unwrap();
        assert_eq!(governed.rehearse(&said).await, expected, "{case}");
        let after = governed.store.event_numbers().await.unwrap();
        assert_eq!(before, after, "a rehearsal leaves nothing: {case}");
        assert_eq!(governed.sign_on(&said).await, expected, "{case}");

        let exit = i32::from(expected != "let-in");
        let told = governed.explain(PERSON).exits(exit).json();
        let code = told["expected"]["code"].as_str().unwrap_or("let-in");
        assert_eq!(code, expected, "{case}: {told}");
        assert_eq!(told["last_sign_on"]["outcome"], expected, "{case}");
        assert_eq!(governed.sign_on(&said).await, expected, "{case}");

        let list = ["user", "list", "--origin", "just-in-time", "--json"];
        let listed = governed.place.run(list).exits(0).json();
        let made = policy == SignOnPolicy::JustInTime && expected == "let-in";
        let listed = listed["users"].as_array().unwrap().len();
        assert_eq!(listed, usize::from(made), "{case}");
        let log = ["log", "--subject", PERSON, "--json"];
        let log = governed.place.run(log).exits(0).json();
        let answer = log["answers"].as_array().unwrap().iter();
        let refused: Vec<&Value> = answer
            .filter(|answer| answer["connection"] == "acme")
            .map(|answer| &answer["sign_on_refused"]["code"])
            .collect();
        let known = Value::from((exit == 1).then_some(expected));
        assert!(refused.iter().all(|code| **code == known), "{case}: {log}");
        assert!(exit == 0 || !refused.is_empty(), "{case}: {log}");
    }
}
