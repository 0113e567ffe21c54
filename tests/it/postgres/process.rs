//! A server in a folder of its own. It runs as somebody who is not root, since PostgreSQL and PgBouncer refuse root, and
//! goes with its folder when the guard is dropped or the tests end, however they end.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::child::Child;
use crate::child::SETPRIV;
use crate::child::libraries;
use crate::child::unpacked;

/// A folder, and the server that runs in it.
pub(super) struct Process {
    shell: Mutex<Child>,
    folder: PathBuf,
}

impl Process {
    /// Makes the folder, without a server.
    pub(super) fn new() -> Process {
        let folder = tempfile::tempdir().unwrap().keep();
        let shell = Child::script(SUPERVISOR, [folder.clone().into()]);
        Process {
            shell: Mutex::new(shell),
            folder,
        }
    }

    /// Writes a file that its owner alone may read, as servers demand of keys.
    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Gives the folder and all that is in it to the user of the servers.
    pub(super) fn hand_over(&self) {
        if is_root() {
            let mut chown = Command::new("chown");
            chown.args(["-R", "nobody:nogroup"]).arg(&self.folder);
            assert!(chown.status().unwrap().success(), "{chown:?}");
        }
    }

    /// Runs a program to its end in the folder, as the user of the servers.
    pub(super) fn run(&self, program: &Path, arguments: &[&str]) {
        let words = as_user(program, &self.folder);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(arguments);
        command.current_dir(&self.folder);
        command.env("LD_LIBRARY_PATH", library_path(program));
        output(&mut command).unwrap_or_else(|said| panic!("{command:?}: {said}"));
    }

    /// Starts a server in the folder, which `signal` ends at once, and which writes its log there.
    pub(super) fn start(&self, signal: &str, program: &Path, arguments: &[&str]) {
        let mut words = vec![signal.to_owned(), library_path(program)];
        words.extend(as_user(program, &self.folder));
        words.extend(arguments.iter().map(|&word| word.to_owned()));
        self.tell(&(words.join("\n") + "\n"));
        self.start_again();
    }

    /// Starts it anew, after its end.
    pub(super) fn start_again(&self) {
        self.tell("start\n");
    }

    fn tell(&self, lines: &str) {
        let mut shell = self.shell.lock().unwrap();
        let input = shell.stdin.as_mut().unwrap();
        input.write_all(lines.as_bytes()).unwrap();
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    pub(super) fn forget_log(&self) {
        fs::write(self.folder.join("log"), "").unwrap();
    }

    /// Waits until `is_ready`, or gives the log where that does not come.
    pub(super) fn wait_until(&self, is_ready: impl Fn(&Process) -> bool) -> Result<(), String> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !is_ready(self) {
            let log = self.log();
            if log.contains("database system is shut down") || Instant::now() > deadline {
                return Err(log);
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Ok(shell) = self.shell.get_mut() else {
            return;
        };
        drop(shell.stdin.take());
        let _ = shell.wait();
    }
}

/// The command line that runs a program as somebody who is not root, and ends it with its parent.
fn as_user(program: &Path, folder: &Path) -> Vec<String> {
    let program_word = program.display().to_string();
    if !Path::new(SETPRIV).exists() {
        return vec![program_word];
    }
    let mut words = vec![SETPRIV, "--pdeathsig=KILL"];
    if is_root() {
        words.extend(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
        // A clone in the home of root: closed to others.
        if !is_open(program) || !is_open(folder.parent().unwrap()) {
            words.extend(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]);
        }
    }
    words.push("--");
    let words = words.into_iter().map(str::to_owned);
    words.chain([program_word]).collect()
}

/// The output of a program, or what it complained of.
pub(super) fn output(command: &mut Command) -> Result<String, String> {
    let ran = command.output().map_err(|error| error.to_string())?;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if ran.status.success() {
        Ok(text(ran.stdout).trim_end().to_owned())
    } else {
        Err(text(ran.stderr))
    }
}

/// The folders in which a program finds the libraries that came with it.
pub(super) fn library_path(program: &Path) -> String {
    let from_npm = unpacked("postgresql-18");
    if program.starts_with(&from_npm) {
        return from_npm.join("native/lib").display().to_string();
    }
    let from_debian = ["postgresql-15", "pgbouncer"].map(|package| libraries(&unpacked(package)));
    from_debian.join(":")
}

fn is_open(path: &Path) -> bool {
    let mut folders = path.ancestors();
    folders.all(|folder| fs::metadata(folder).unwrap().mode() & 0o001 != 0)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Far more than they need, even on a machine that compiles at the same time.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the words of a command line, each in a line: first the signal that ends the server, and where its libraries are.
/// Each `start` starts it. At the end of its input, it ends the server and removes the folder. What ends the tests from a
/// keyboard does not end it, for it has yet to clean up.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
cd "$1" || exit
shift
server=
while read -r word; do
    if [ "$word" != start ]; then
        set -- "$@" "$word"
        continue
    fi
    [ -z "$server" ] || wait "$server"
    (export LD_LIBRARY_PATH="$2" && shift 2 && exec "$@") </dev/null >>log 2>&1 &
    server=$!
done
while [ -n "$server" ] && kill "-$1" "$server" 2>/dev/null; do sleep 0.02; done
folder=$PWD
cd /
rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
"#;
