//! Runs the `entrada` binary as a user would.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use crate::child;
use crate::child::Child;

/// The result of a command line.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The one JSON document on stdout.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Asserts the exit code.
    pub(crate) fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

impl std::fmt::Debug for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary, with nothing of this machine's settings.
pub(crate) fn entrada() -> Command {
    let mut command = child::command(env!("CARGO_BIN_EXE_entrada"));
    let env = command.env_clear().env("LANG", "C.UTF-8");
    env.envs(child::mark());
    command
}

/// Runs it with these arguments.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    entrada().args(arguments).output().unwrap().into()
}

/// Runs it with these arguments and this input.
pub(crate) fn run_with_input<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
    input: &[u8],
) -> Ran {
    let mut command = entrada();
    let command = command.args(arguments).stdin(Stdio::piped());
    let mut child = Child::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.output().into()
}

/// A recording of the foreign identity provider.
pub(crate) fn recording(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/simplesamlphp");
    path.join(name).to_str().unwrap().to_owned()
}

/// A directory with a store of its own, and a way to run commands on it.
pub(crate) struct Workspace {
    directory: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Workspace {
        Workspace {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// The store's address.
    pub(crate) fn database(&self) -> String {
        format!("sqlite:{}", self.path("entrada.db"))
    }

    /// A file in the directory.
    pub(crate) fn path(&self, name: &str) -> String {
        self.directory
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// The binary, with this store.
    pub(crate) fn entrada(&self) -> Command {
        let mut command = entrada();
        command.env("ENTRADA_DATABASE", self.database());
        command
    }

    /// Runs it with these arguments.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.entrada().args(arguments).output().unwrap().into()
    }

    /// Adds a connection that trusts the foreign identity provider.
    pub(crate) fn add(&self, id: &str) -> Ran {
        let metadata = recording("metadata.xml");
        self.run(["connection", "add", id, "--metadata-file", &metadata])
            .exits(0)
    }
}
