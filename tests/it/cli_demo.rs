//! `entrada demo` where it does not start; `browser` tests what it does once it has.

use std::net::TcpListener;

use crate::command_line::run;

const FREE: &str = "127.0.0.1:0";

#[test]
fn an_address_beyond_this_machine_is_wrong_usage() {
    for (app, idp) in [("0.0.0.0:0", FREE), (FREE, "0.0.0.0:0")] {
        let ran = run(["demo", "--listen", app, "--idp-listen", idp]).exits(2);
        assert!(ran.stderr.contains("found 0.0.0.0:0"), "{ran:?}");
    }
}

#[test]
fn an_address_that_is_taken_is_a_failure_of_the_network() {
    let taken = TcpListener::bind(FREE).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (app, idp) in [(address.as_str(), FREE), (FREE, address.as_str())] {
        let ran = run(["demo", "--listen", app, "--idp-listen", idp, "--json"]).exits(4);
        assert_eq!(ran.json()["error"], "io");
        assert!(ran.stderr.contains(&address), "{ran:?}");
    }
}
