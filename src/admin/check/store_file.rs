//! Other users of the machine who may read the store, a copy of it beside it, or another file with a secret: keys of ours and sessions
//! of people are inside.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use super::finding::Finding;
use crate::admin::tls_files::shown;

/// Checks the modes of the store's file and of its side files, after it was opened, and those of copies beside it.
pub fn store_file(path: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let open = own_files(path).into_iter();
    let open: Vec<String> = open
        .filter(|file| shared(file).is_some())
        .map(|file| file.display().to_string())
        .collect();
    if !open.is_empty() {
        let files = open.join(" ");
        let message = format!(
            "others than the owner may read or change the store, which holds private keys and sessions: chmod 600 {files}, or keep it in a folder that is closed to them"
        );
        findings.push(Finding::new("store", "store-readable-by-others", message));
    }
    for copy in copies(path) {
        if let Some(mode) = shared(&copy) {
            let shown = copy.display();
            let message = format!(
                "others than the owner may read {shown} (mode {mode:03o}), which looks like a copy of the store, with its private keys: chmod 600 {shown}, or remove it"
            );
            findings.push(Finding::new(
                "store",
                "store-copy-readable-by-others",
                message,
            ));
        }
    }
    findings
}

fn own_files(path: &Path) -> Vec<PathBuf> {
    let with = |suffix: &str| {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        file.into()
    };
    SIDE_FILES.map(with).into()
}

/// Finds that others may read a file with a secret. A group may, as Debian's `ssl-cert` does.
pub fn secret_file(file: &Path, code: &'static str, what: &str) -> Option<Finding> {
    let mode = mode_with(file, 0o026)?;
    let file = shown(file);
    let message =
        format!("others may read or change {what} {file} (mode {mode:03o}): chmod 640 {file}");
    Some(Finding::new("configuration", code, message))
}

/// The mode of a file that its group or everybody may read or write.
fn shared(file: &Path) -> Option<u32> {
    mode_with(file, 0o066)
}

/// The mode of a file that has one of these bits.
fn mode_with(file: &Path, bits: u32) -> Option<u32> {
    let mode = fs::metadata(file).ok()?.permissions().mode() & 0o777;
    (mode & bits != 0).then_some(mode)
}

/// SQLite databases in the folder of the store whose names begin like its own. The store itself is not opened: closing it would
/// drop the locks that this process holds.
pub(crate) fn copies(path: &Path) -> Vec<PathBuf> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let (Some(stem), Ok(entries)) = (path.file_stem(), fs::read_dir(folder)) else {
        return Vec::new();
    };
    let own: Vec<_> = own_files(path)
        .iter()
        .filter_map(|file| file.file_name().map(OsStr::to_owned))
        .collect();
    let files = entries.flatten().take(ENTRIES_MOST).filter(|entry| {
        let name = entry.file_name();
        name.as_bytes().starts_with(stem.as_bytes()) && !own.contains(&name)
    });
    let mut files: Vec<_> = files
        .map(|entry| entry.path())
        .filter(|file| file.is_file() && is_database(file))
        .collect();
    files.sort();
    files
}

fn is_database(file: &Path) -> bool {
    let mut head = [0; MAGIC.len()];
    let read = fs::File::open(file).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == *MAGIC
}

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

const SIDE_FILES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// A folder of more files is no folder of a store.
const ENTRIES_MOST: usize = 10_000;
