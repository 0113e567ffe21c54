//! `entrada key`: a rollover of our own keys, as an admin makes it.

use serde_json::Value;

use crate::command_line::Workspace;

fn keys(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let keys = document["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| (text(&key["id"]), text(&key["state"])))
        .collect()
}

fn key(place: &Workspace, arguments: &[&str]) -> Vec<(String, String)> {
    let all = [&["key"], arguments, &["--json"]].concat();
    keys(&place.run(all).exits(0).json())
}

#[test]
fn a_rollover_announces_activates_and_retires() {
    let place = Workspace::new();
    place.add("acme");
    assert!(key(&place, &["list", "acme"]).is_empty());
    let first = key(&place, &["new", "acme"]);
    assert_eq!(first[0].1, "active", "the first key is used at once");
    let both = key(&place, &["new", "acme"]);
    let next = both[1].0.as_str();
    assert_eq!((both[0].1.as_str(), both[1].1.as_str()), ("active", "next"));
    let metadata = place.run(["metadata", "sp", "acme"]).exits(0).stdout;
    assert_eq!(metadata.matches("use=\"signing\"").count(), 2, "{metadata}");
    assert_eq!(metadata.matches("use=\"encryption\"").count(), 2);
    assert!(metadata.contains("<ds:Signature"));

    let activated = key(&place, &["activate", "acme", next]);
    assert_eq!(
        (activated[0].1.as_str(), activated[1].1.as_str()),
        ("old", "active")
    );
    let metadata = place.run(["metadata", "sp", "acme"]).exits(0).stdout;
    assert_eq!(
        metadata.matches("use=\"signing\"").count(),
        1,
        "the old key is not announced"
    );
    let retired = key(&place, &["retire", "acme", &first[0].0, "--yes"]);
    assert_eq!(retired, [(next.to_owned(), "active".to_owned())]);

    let log = ["log", "--kind", "key-changed", "--json"];
    let log = place.run(log).exits(0).json();
    let told = log["events"].as_array().unwrap().iter();
    let mut told: Vec<&str> = told.map(|one| one["detail"].as_str().unwrap()).collect();
    told.sort_unstable();
    let first = first[0].0.as_str();
    let mut expected = [
        format!("{first} active"),
        format!("{next} next"),
        format!("{first} old"),
        format!("{next} active"),
        format!("{first} retired"),
    ];
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[test]
fn what_cannot_be_done_says_why() {
    let place = Workspace::new();
    place.add("acme");
    let first = key(&place, &["new", "acme"]);
    key(&place, &["new", "acme"]);
    let active = first[0].0.as_str();
    for (arguments, code, words) in [
        (&["new", "acme"][..], 3, "next key already"),
        (&["retire", "acme", active], 3, "activate another first"),
        (
            &["activate", "acme", "0000000000000000"],
            2,
            "there is no key",
        ),
        (&["activate", "acme", "nonsense"], 2, "16 lower-case"),
        (&["list", "nobody"], 2, "nobody"),
    ] {
        let ran = place.run([&["key"], arguments].concat()).exits(code);
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
}

#[test]
fn no_private_key_is_ever_printed() {
    let place = Workspace::new();
    place.add("acme");
    for arguments in [
        &["key", "new", "acme"][..],
        &["key", "list", "acme", "--json"],
        &["connection", "show", "acme", "--json"],
    ] {
        let ran = place.run(arguments).exits(0);
        assert!(!ran.stdout.contains("PRIVATE KEY") && !ran.stderr.contains("PRIVATE KEY"));
    }
}

#[test]
fn two_programs_that_change_keys_at_once_lose_neither() {
    let place = Workspace::new();
    place.add("acme");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| key(&place, &["new", "acme"]));
        }
    });
    let both = key(&place, &["list", "acme"]);
    let states: Vec<&str> = both.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(states, ["active", "next"]);
}
