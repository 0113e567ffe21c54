//! Files and directories on the command line.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use super::error::CliError;
use super::input;
use crate::admin::Unreadable;
use crate::admin::connections::Files;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Source {
    /// A file, `-` or an address.
    pub(super) name: String,
    /// True if it was found in a directory and not named itself.
    pub(super) found: bool,
}

/// Lists what is named, and in place of a directory the files in and below it that end in one of these, by name. Symbolic links
/// to directories are not followed, so that there is always an end.
pub(super) fn expand(arguments: &[String], endings: &[&str]) -> Result<Vec<Source>, CliError> {
    let mut sources = Vec::new();
    for argument in arguments {
        let directory = !input::is_url(argument) && Path::new(argument).is_dir();
        if !directory {
            sources.push(Source {
                name: argument.clone(),
                found: false,
            });
            continue;
        }
        let mut files = below(Path::new(argument), endings)?;
        files.sort();
        sources.extend(files.into_iter().map(|path| Source {
            name: path.display().to_string(),
            found: true,
        }));
    }
    Ok(sources)
}

fn below(directory: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let unreadable = |error| CliError::input(directory.display(), error);
        for entry in fs::read_dir(&directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let path = entry.path();
            if kind.is_dir() {
                directories.push(path);
            } else if path.is_file() && ends_in(&path, endings) {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

/// The files that settings name, beside a file of settings or in a folder.
pub(super) fn beside(folder: &Path) -> Files<'_> {
    Files {
        folder,
        read: |file| {
            input::read_file(file).map_err(|error| match error {
                CliError::Input { what, reason } => Unreadable { file: what, reason },
                error => Unreadable {
                    file: file.display().to_string(),
                    reason: error.to_string(),
                },
            })
        },
        now: Timestamp::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_walked_in_order_and_links_are_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for name in ["c.xml", "a.XML", "b/d.xml", "e.txt"] {
            fs::write(at(name), "x").unwrap();
        }
        std::os::unix::fs::symlink(directory.path(), at("loop")).unwrap();
        let argument = directory.path().display().to_string();
        let found = expand(&[argument.clone(), "-".to_owned()], &["xml"]).unwrap();
        let names = found.iter().map(|source| source.name.as_str());
        let names: Vec<_> = names
            .map(|name| name.strip_prefix(&argument).unwrap_or(name))
            .collect();
        assert_eq!(names, ["/a.XML", "/b/d.xml", "/c.xml", "-"]);
        assert!(found[0].found && !found[3].found);
    }
}
