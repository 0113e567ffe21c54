//! Stores that cannot be opened or written: each command says which file, why, and what to do, and changes nothing.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::child;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::serving::Server;
use crate::serving::get;

#[test]
fn each_fault_of_a_file_is_named_with_its_path_and_its_remedy() {
    let place = Workspace::new();
    fs::create_dir(place.path("folder")).unwrap();
    place.write("text", "# not a database\n".repeat(100));
    let other = rusqlite::Connection::open(place.path("places.db")).unwrap();
    other
        .execute_batch("CREATE TABLE moz_places (url)")
        .unwrap();
    other.close().unwrap();
    place.run(["connection", "list"]).exits(0);
    fs::copy(place.path("entrada.db"), place.path("newer.db")).unwrap();
    let newer = rusqlite::Connection::open(place.path("newer.db")).unwrap();
    let later = "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, 1, checksum, 1
        FROM _sqlx_migrations WHERE version = 1";
    newer.execute_batch(later).unwrap();
    newer.close().unwrap();
    for (file, code, remedy) in [
        (
            "no/such/entrada.db",
            "store-without-folder",
            "make the folder",
        ),
        ("folder", "store-is-folder", "folder/entrada.db"),
        ("text", "store-not-a-database", "restore a backup"),
        ("places.db", "store-of-another-program", "name another file"),
        ("newer.db", "store-newer", "use that version"),
    ] {
        let database = format!("sqlite:{}", place.path(file));
        let before = fs::read(place.path(file)).ok();
        let mode = fs::metadata(place.path(file))
            .map(|found| found.mode())
            .ok();
        let ran = place
            .run(["--database", &database, "token", "list"])
            .exits(4);
        let named = [&*place.path(file), remedy];
        assert!(
            named.iter().all(|part| ran.stderr.contains(part)),
            "{ran:?}"
        );
        let ran = place
            .run(["--database", &database, "check", "--json"])
            .exits(1);
        let findings = ran.json()["findings"].clone();
        assert_eq!(findings[0]["code"], code, "{findings}");
        assert_eq!(fs::read(place.path(file)).ok(), before, "{file}");
        assert_eq!(
            fs::metadata(place.path(file))
                .map(|found| found.mode())
                .ok(),
            mode
        );
        for side in ["-wal", "-shm", "-journal"] {
            assert!(!Path::new(&place.path(&format!("{file}{side}"))).exists());
        }
    }
}

#[test]
fn a_file_or_folder_that_may_not_be_written_is_named_with_whom_it_belongs_to() {
    let place = Workspace::new();
    place.add("acme");
    let folder = Path::new(&place.path("")).to_owned();
    let user = fs::metadata("/proc/self").unwrap().uid();
    let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let file = place.path("entrada.db");
    // Root may do everything, and so becomes nobody.
    let as_nobody = |arguments: &[&str]| -> Ran {
        let mut nobody = match user {
            0 => {
                let mut nobody = child::command("setpriv");
                nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups", BINARY]);
                nobody
            }
            _ => child::command(BINARY),
        };
        nobody
            .env_clear()
            .envs(child::mark())
            .env("PATH", "/usr/bin:/bin");
        nobody.env("ENTRADA_DATABASE", place.database());
        nobody.args(arguments).output().unwrap().into()
    };
    let remedy = match user {
        0 => "belongs to user 0",
        _ => "chmod u+w",
    };
    for (folder_mode, file_mode, code) in [
        (0o555, 0o400, "store-not-allowed"),
        (0o555, 0o444, "store-not-allowed"),
    ] {
        set(Path::new(&file), file_mode);
        set(&folder, folder_mode);
        let ran = as_nobody(&["token", "create", "acme"]).exits(4);
        let named = [&*file, remedy];
        assert!(
            named.iter().all(|part| ran.stderr.contains(part)),
            "{ran:?}"
        );
        let ran = as_nobody(&["check", "--json", "--offline"]).exits(1);
        let findings = ran.json()["findings"].to_string();
        let is_found = [code, "store-not-writable"]
            .iter()
            .any(|code| findings.contains(code));
        assert!(is_found && findings.contains(remedy), "{findings}");
        set(&folder, 0o755);
    }
}

/// A file system of 1 MB, in namespaces of its own: they end with the one process that this test knows.
#[test]
fn a_full_disk_is_named_and_makes_a_server_unready() {
    let place = Workspace::new();
    place.add("acme");
    let script = place.write(
        "script",
        "set -e; cd \"$1\"; mkdir disk; mount -t tmpfs -o size=1m tmpfs disk; cp entrada.db disk
        export ENTRADA_DATABASE=sqlite:disk/entrada.db
        \"$2\" serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --json & server=$!
        until [ -e fill ]; do sleep 0.05; done
        set +e; dd if=/dev/zero of=disk/filler bs=1k
        \"$2\" token create acme >&2; \"$2\" check --offline >&2
        until [ -e stop ]; do sleep 0.05; done
        kill $server; wait",
    );
    let mut command = child::command("unshare");
    command.args([
        "--map-root-user",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--",
    ]);
    command.args(["sh", &script, &place.path("")]);
    command.arg(BINARY).env_clear().envs(child::mark());
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let server = Server::start_command(command, &[]);
    let admin = server.started["admin"].as_str().unwrap().to_owned();
    place.write("fill", "");
    let unready = (0..300).find_map(|_| {
        thread::sleep(Duration::from_millis(100));
        let answer = get(&format!("{admin}/readyz"));
        (answer.0 == 503).then_some(answer.1)
    });
    let expected = "the store takes no changes: store-disk-full\n";
    assert_eq!(unready.as_deref(), Some(expected));
    place.write("stop", "");
    let (_, log) = server.stop();
    for part in [
        "entrada.db: the disk is full",
        "the store takes no changes",
        "store-not-writable",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_entrada");
