//! Gathers the fixtures, writes their files, and the manifest at the end. A file that was made with random numbers stays as
//! it is while it says the same.

use std::fs;
use std::path::PathBuf;

use super::essence::Essence;
use super::manifest::Fixture;
use super::manifest::LogoutFixture;
use super::manifest::Manifest;
use super::manifest::MetadataFixture;

/// The fixtures so far.
pub(crate) struct Book {
    folder: PathBuf,
    essence: Essence,
    manifest: Manifest,
}

impl Book {
    pub(crate) fn new(folder: PathBuf, essence: Essence) -> Book {
        for generated in ["logout", "metadata", "responses"] {
            fs::create_dir_all(folder.join(generated))
                .expect("the folder of fixtures can be written");
        }
        Book {
            folder,
            essence,
            manifest: Manifest::default(),
        }
    }

    pub(crate) fn add(&mut self, fixture: Fixture, content: impl AsRef<[u8]>) {
        let twice = self
            .manifest
            .responses
            .iter()
            .any(|known| known.file == fixture.file);
        assert!(!twice, "{} is written twice", fixture.file);
        self.file(&fixture.file, content.as_ref());
        self.manifest.responses.push(fixture);
    }

    pub(crate) fn add_metadata(&mut self, fixture: MetadataFixture, content: impl AsRef<[u8]>) {
        self.file(&fixture.file, content.as_ref());
        self.manifest.metadata.push(fixture);
    }

    pub(crate) fn add_logout(&mut self, fixture: LogoutFixture, content: impl AsRef<[u8]>) {
        let mut known = self.manifest.logout.iter();
        let twice = known.any(|known| known.file == fixture.file);
        assert!(!twice, "{} is written twice", fixture.file);
        self.file(&fixture.file, content.as_ref());
        self.manifest.logout.push(fixture);
    }

    /// Writes the manifest, and removes what an earlier run wrote and this one did not.
    pub(crate) fn close(self) {
        let json = serde_json::to_string_pretty(&self.manifest).expect("the manifest is JSON");
        self.file("manifest.json", format!("{json}\n").as_bytes());
        let responses = self.manifest.responses.iter().map(|fixture| &fixture.file);
        let metadata = self.manifest.metadata.iter().map(|fixture| &fixture.file);
        let logout = self.manifest.logout.iter().map(|fixture| &fixture.file);
        let known: Vec<PathBuf> = responses
            .chain(metadata)
            .chain(logout)
            .map(|file| self.folder.join(file))
            .collect();
        for folder in [
            "logout",
            "logout/attacks",
            "metadata",
            "responses",
            "responses/attacks",
            "responses/checks",
            "responses/encrypted",
            "responses/shapes",
        ] {
            for entry in fs::read_dir(self.folder.join(folder))
                .expect("the folder is there")
                .flatten()
            {
                if entry.path().is_file() && !known.contains(&entry.path()) {
                    fs::remove_file(entry.path()).expect("an old fixture can be removed");
                }
            }
        }
    }

    fn file(&self, name: &str, content: &[u8]) {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("the folder of fixtures can be written");
        }
        let said = |bytes: &[u8]| self.essence.of(name, bytes);
        if let (Some(new), Ok(kept)) = (said(content), fs::read(&path))
            && said(&kept) == Some(new)
        {
            return;
        }
        fs::write(&path, content).expect("a fixture can be written");
    }
}
