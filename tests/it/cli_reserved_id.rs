//! Ids that are kept for the connections that `entrada validate saml` makes for itself: nobody else may have one.

use entrada::connection::Connection;
use entrada::crypto::Fingerprint;
use entrada::web::Entrada;

use crate::cli_connection::IDP;
use crate::cli_connection::PIN;
use crate::command_line::Workspace;

const RESERVED: &str = "entrada-validation-0123456789abcdef";
const NEAR: &str = "entrada-validation";

#[test]
fn an_id_of_validations_is_refused_wherever_a_connection_is_made() {
    let place = Workspace::new();
    let add = |id| [&["connection", "add", id, "--fingerprint", PIN][..], &IDP].concat();
    let file = |id: &str| {
        let text = format!(
            "[[connection]]\nid = '{id}'\nfingerprint = ['{PIN}']\nidp-entity-id = '{}'\nsso-url = '{}'\n",
            IDP[1], IDP[3]
        );
        place.write("site.toml", text)
    };
    place.run(add("acme")).exits(0);
    place
        .run(["connection", "remove", "acme", "--yes"])
        .exits(0);
    let restore = |id| ["connection", "restore", "acme", "--as", id];
    for id in [RESERVED, "entrada-validation-live"] {
        let replace = [&add(id)[..], &["--replace"]].concat();
        let (file, restore) = (file(id), restore(id));
        for arguments in [
            &add(id)[..],
            &replace,
            &["connection", "apply", &file],
            &["connection", "apply", &file, "--dry-run"],
            &restore,
        ] {
            let refused = place.run(arguments).exits(3);
            for words in [id, "entrada validate saml", "choose another id"] {
                assert!(refused.stderr.contains(words), "{arguments:?} {refused:?}");
            }
        }
    }
    let listed = place.run(["connection", "list", "--json"]).exits(0);
    assert!(!listed.stdout.contains("entrada-validation"), "{listed:?}");
    // The control: an id that is only near.
    place.run(add(NEAR)).exits(0);
    place
        .run(["connection", "apply", &file("another")])
        .exits(0);
    place.run(restore("third")).exits(0);
}

#[tokio::test]
async fn an_app_is_not_built_with_such_an_id() {
    let build = async |id: &str| {
        let pin = Fingerprint::parse(PIN).unwrap();
        let connection = Connection::builder(id).fingerprint(pin, IDP[1], IDP[3]);
        let builder = Entrada::builder("https://app.example.com").store("memory:");
        let built = builder.connection(connection).build().await;
        built.err().map(|error| error.to_string())
    };
    let refused = build(RESERVED).await.unwrap();
    assert!(refused.contains("choose another id"), "{refused}");
    assert_eq!(build(NEAR).await, None);
}
