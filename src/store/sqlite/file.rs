//! The file of a store, and who may read it: keys of ours and sessions of people are inside.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Creates a missing file for its owner alone. SQLite gives its side files the mode of the main one. A file that is there is not
/// opened: closing it would drop the locks that this process holds.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// A file that everybody may read or write got its mode by no choice: its owner alone keeps it. One that is shared with
/// a group, or of another owner, stays; `entrada check` reports it. Side files follow the main one.
#[cfg(unix)]
pub(super) fn tighten(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mut most = ALL;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let file = with_suffix(path, suffix);
        let Ok(found) = fs::metadata(&file) else {
            continue;
        };
        let mode = found.permissions().mode() & ALL;
        let tight = match mode & EVERYBODY {
            0 => mode & most,
            _ => mode & most & OWNER,
        };
        if suffix.is_empty() {
            most = tight;
        }
        if mode != tight {
            // A file that stays open to others is no reason to stop the site; `check` reports it.
            let _ = fs::set_permissions(&file, fs::Permissions::from_mode(tight));
        }
    }
}

#[cfg(not(unix))]
pub(super) fn tighten(_: &Path) {}

/// A file beside another one, by the same name and a suffix.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut file = path.as_os_str().to_owned();
    file.push(suffix);
    file.into()
}

/// Makes the new file's name as durable as its content will be.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
const ALL: u32 = 0o777;

/// The bits of a mode that are everybody's.
#[cfg(unix)]
const EVERYBODY: u32 = 0o007;

/// The bits of a mode that are the owner's, without those that run a file.
#[cfg(unix)]
const OWNER: u32 = 0o600;
