//! The events in `docs/directory.md`: the examples are what is written, and the table has the keys of the examples.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use entrada::configuration::append_events;
use entrada::connection::Connection;
use entrada::event::Event;
use entrada::event::EventKind;
use entrada::event::Happened;
use entrada::event::RecordedEvent;
use entrada::store;
use serde_json::Value;
use serde_json::json;

use crate::command_line::Workspace;

#[test]
fn the_examples_are_one_of_each_kind_as_it_is_written() {
    let mut shown = BTreeSet::new();
    for example in examples() {
        let read: RecordedEvent = serde_json::from_value(example.clone()).unwrap();
        let is_unknown = matches!(read.event.happened, Happened::Unknown(_));
        assert!(!is_unknown, "{example}");
        assert_eq!(serde_json::to_value(&read).unwrap(), example);
        shown.insert(read.event.kind().name());

        // Earlier versions did not tell of settings, and nobody's name stood beside what they did.
        if example.get("settings").is_some() {
            continue;
        }
        // The same as an earlier version wrote it, with the text alone.
        let keys = [
            "id",
            "at",
            "connection",
            "kind",
            "user",
            "group",
            "session",
            "detail",
        ];
        let mut earlier = example.clone();
        let object = earlier.as_object_mut().unwrap();
        object.retain(|key, _| keys.contains(&key.as_str()));
        let earlier: RecordedEvent = serde_json::from_value(earlier).unwrap();
        assert_eq!(earlier, read);
    }
    let kept = EventKind::ALL.iter().filter(|kind| kind.is_kept());
    let kept: BTreeSet<&str> = kept.map(|kind| kind.name()).collect();
    assert_eq!(shown, kept);
}

#[test]
fn the_table_has_the_fields_of_each_kind() {
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for example in examples() {
        let keys = example.as_object().unwrap().keys().cloned();
        let fields = keys.filter(|key| !SHARED.contains(&key.as_str()));
        let kind = example["kind"].as_str().unwrap().to_owned();
        written.entry(kind).or_default().extend(fields);
    }
    // The member of that example is a group.
    let removed = written.get_mut("member-removed").unwrap();
    removed.insert("user".to_owned());
    let page = page();
    let rows = page.split("| kind | tells of | fields |\n|---|---|---|\n");
    let rows = rows.last().unwrap().lines();
    let rows = rows.take_while(|line| line.starts_with("| "));
    let documented = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        (
            quoted(cells[1]).remove(0),
            quoted(cells[3]).into_iter().collect(),
        )
    });
    assert_eq!(documented.collect::<BTreeMap<_, BTreeSet<_>>>(), written);
}

#[test]
fn the_settings_of_the_examples_are_what_is_told() {
    let acme = |path: &str, seats| {
        let acme = Connection::builder("acme").metadata_url(format!("https://idp.example/{path}"));
        acme.display_name("Acme").seats(seats).build().unwrap()
    };
    let (one, two) = (acme("one", 25), acme("two", 30));
    let told = [
        Connection::differences(None, &one),
        Connection::differences(Some(&one), &two),
    ];
    let mut examples = examples();
    examples.retain(|example| example.get("settings").is_some());
    for (example, told) in examples.iter().zip(&told) {
        assert_eq!(example["settings"], json!(told), "{}", json!(told));
    }
    assert_eq!(examples.len(), told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_the_examples_with_names_and_words() {
    let place = Workspace::new();
    let store = store::open(&place.database()).await.unwrap();
    let recorded = examples().into_iter().map(serde_json::from_value);
    let recorded: Vec<RecordedEvent> = recorded.collect::<Result<_, _>>().unwrap();
    let events: Vec<Event> = recorded.into_iter().map(|one| one.event).collect();
    append_events(&*store, &events).await.unwrap();
    let log = place.run(["log", "--json"]).exits(0).json();
    let mut written = log["events"].as_array().unwrap().clone();
    let mut texts = Vec::new();
    for event in &mut written {
        let event = event.as_object_mut().unwrap();
        let added = ["user_name", "group_name", "text"].map(|key| event.remove(key).unwrap());
        let [user_name, group_name, text] = added;
        assert_eq!((user_name, group_name), (Value::Null, Value::Null));
        texts.push(text.as_str().unwrap().to_owned());
        for key in ["user", "group", "session", "detail"] {
            assert!(event.contains_key(key), "{event:?}");
        }
        event.retain(|_, value| !value.is_null());
    }
    assert_eq!(written, examples());
    assert_eq!(texts, TEXTS.map(|text| text.replace("PIN", PIN)));
}

#[test]
fn an_event_of_a_later_version_passes_through() {
    let later = json!({
        "id": 7, "at": "2026-11-22T10:00:00Z", "connection": "acme", "kind": "group-painted",
        "group": "board", "colour": { "name": "red" },
    });
    let read: RecordedEvent = serde_json::from_value(later.clone()).unwrap();
    assert_eq!(read.event.kind(), EventKind::Unknown);
    assert_eq!(read.event.happened.kind_name(), "group-painted");
    assert_eq!(read.event.group(), Some("board"));
    assert_eq!(serde_json::to_value(&read).unwrap(), later);
}

/// The sentences of the examples.
const TEXTS: [&str; 23] = [
    "user came",
    "user has changed",
    "user may not sign on any more",
    "user may sign on again",
    "user is gone",
    "group 8d200ce7-c13a-40f5-808c-70f87abc3d11 came",
    "group 8d200ce7-c13a-40f5-808c-70f87abc3d11 has changed",
    "group 8d200ce7-c13a-40f5-808c-70f87abc3d11 is gone",
    "belongs to 8d200ce7-c13a-40f5-808c-70f87abc3d11 now",
    "belongs to 8d200ce7-c13a-40f5-808c-70f87abc3d11 no more",
    "signed on",
    "session ended: signed-out",
    "session judged again, since groups have changed",
    "sign-on was refused: user-inactive",
    "tied to a person by object-id",
    "tied to nobody any more",
    "connection added",
    "settings changed: seats (25 -> 30), trust",
    "certificate added PIN",
    "own key ab7c2134fae12830 active",
    "expires soon: certificate PIN on 2026-12-20T00:00:00Z, within 30 days",
    "expires soon: credential 0123456789abcdef on 2026-12-20T00:00:00Z, within 30 days",
    "sign-on stops soon: the last certificate PIN ends on 2026-12-20T00:00:00Z, within 30 days, and dates are enforced",
];

const PIN: &str = "2E:3B:D8:78:DA:B0:8E:15:01:FF:11:2B:A6:C0:64:70:2F:9A:D4:25:BB:81:A7:99:2B:A6:21:A8:B6:D9:14:E3";

/// The keys that events share, whatever their kind.
const SHARED: [&str; 6] = ["id", "at", "connection", "kind", "by", "detail"];

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/directory.md");
    fs::read_to_string(file).unwrap()
}

fn examples() -> Vec<Value> {
    let page = page();
    let lines = page.lines().filter(|line| line.starts_with("{\"id\":"));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The words in backquotes.
fn quoted(cell: &str) -> Vec<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}
