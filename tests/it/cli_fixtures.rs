//! Every fixture through `entrada verify`: the command line says of each what the manifest says.

use std::path::Path;

use serde_json::Value;

use crate::command_line::run;

#[test]
fn verify_says_of_every_fixture_what_the_manifest_says() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let path = |name: &Value| {
        fixtures
            .join(name.as_str().unwrap())
            .to_str()
            .unwrap()
            .to_owned()
    };
    let manifest = std::fs::read(fixtures.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut surprises = Vec::new();
    for fixture in manifest["responses"].as_array().unwrap() {
        let file = path(&fixture["file"]);
        // Nothing was posted before a command, so nothing is posted twice, and no fresh sign-in was asked for; and an
        // empty file is no response.
        let elsewhere = ["replayed", "authn-too-old"].map(Value::from);
        if elsewhere.contains(&fixture["expected"]) || std::fs::read(&file).unwrap().is_empty() {
            continue;
        }
        // No metadata that we read gives a key without a certificate, and no flag does.
        if fixture["trust"].get("bare_key").is_some() {
            continue;
        }
        let text = |key: &str| fixture[key].as_str().map(str::to_owned);
        let mut arguments = vec!["verify".to_owned(), file, "--json".to_owned()];
        let mut option = |flag: &str, value: Option<String>| {
            arguments.extend(value.map(|value| format!("{flag}={value}")));
        };
        let pin = &fixture["trust"]["fingerprint"];
        option("--metadata", fixture["trust"].get("metadata").map(path));
        option(
            "--fingerprint",
            pin["fingerprint"].as_str().map(str::to_owned),
        );
        option(
            "--idp-entity-id",
            pin["entity_id"].as_str().map(str::to_owned),
        );
        option("--sp-entity-id", text("sp_entity_id"));
        option("--acs-url", text("acs_url"));
        option("--request-id", text("request"));
        option("--sp-key", fixture.get("sp_key").map(path));
        option("--tenant", text("tenant"));
        option("--at", text("at"));
        option("--clock-skew", Some(fixture["skew_seconds"].to_string()));
        if fixture["request"].is_null() {
            arguments.push("--unsolicited".to_owned());
        }
        if fixture["enforce_certificate_dates"] == true {
            arguments.push("--enforce-certificate-dates".to_owned());
        }
        let ran = run(&arguments);
        let said = match ran.code {
            0 => "accepted".to_owned(),
            1 => ran.json()["reason"].as_str().unwrap().to_owned(),
            _ => format!("{ran:?}"),
        };
        if fixture["expected"] != said.as_str() {
            surprises.push(format!(
                "{}: {} is expected, not {said}",
                fixture["file"], fixture["expected"]
            ));
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}
