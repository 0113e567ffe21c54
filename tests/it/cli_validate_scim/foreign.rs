//! A server that is not ours: scim2-server from PyPI, in the version of `scim_conformance/requirements.txt`. It follows the RFC, and
//! not Entra: what it lacks for a gallery app is what follows.

use std::net::TcpStream;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::case;
use super::cases;
use super::validate;
use crate::child;
use crate::child::Child;
use crate::scim_conformance::program;

/// It does not know the schema that Entra sends with every group, takes a manager as an object alone, removes members by a filter
/// alone, wants a target for `add`, and lists no `externalId` in its schemas.
#[test]
fn a_server_of_the_rfc_fails_what_entra_does_in_its_own_way() {
    let address = child::free_address();
    let mut command = child::command(program("scim2-server"));
    command.envs(child::mark());
    command.args(["--hostname", &address.ip().to_string()]);
    command.args([
        "--port",
        &address.port().to_string(),
        "--bearer-token",
        "sesame",
    ]);
    let mut server = Child::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    while TcpStream::connect(address).is_err() {
        assert!(server.try_wait().unwrap().is_none(), "scim2-server ended");
        thread::sleep(Duration::from_millis(100));
    }
    let url = format!("http://{address}");
    let report = validate(&url, "sesame", &["--json"]).exits(1).json();
    assert_eq!(
        cases(&report, "failed"),
        [
            "5 User_Update_Manager",
            "8 Create_Group",
            "9 Update_Group",
            "11 Add_Member",
            "12 Remove_Member",
            "13 POD_Group",
            "15 Schema_Discoverability",
            "path-with-filter-adds",
            "remove-members-by-value",
        ],
        "{report:#}"
    );
    assert_eq!(
        cases(&report, "warning"),
        [
            "10 Delete_Group",
            "14 Restore_Group",
            "duplicate-group",
            "empty-operations"
        ]
    );
    for (name, found) in [
        ("User_Update_Manager", "invalidValue"),
        (
            "Create_Group",
            "Unknown extension schemas: http://schemas.microsoft.com/2006/11/",
        ),
        (
            "Schema_Discoverability",
            "externalId of core:2.0:User, externalId of core:2.0:Group",
        ),
        ("path-with-filter-adds", "noTarget"),
        (
            "remove-members-by-value",
            "a remove operation carries no value",
        ),
    ] {
        let said = case(&report, name)["found"].as_str().unwrap();
        assert!(said.contains(found), "{name}: {said}");
    }
    assert_eq!(report["left"], json!([]));
    for path in ["Users", "Groups"] {
        assert_eq!(total(&format!("{url}/{path}")), json!(0), "{path}");
    }
}

fn total(url: &str) -> Value {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = client.get(url).bearer_auth("sesame").send().await.unwrap();
        let list: Value = serde_json::from_str(&asked.text().await.unwrap()).unwrap();
        list["totalResults"].clone()
    })
}
