//! Objects in a folder.
//!
//! Not through `object_store`'s `LocalFileSystem`: that one renames without flushing file and
//! folder to the disk, so that a power cut could leave a database row that refers to an empty
//! object; and it copies through memory what a writer has already put on the same file system.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, ObjectName, Result, part};

/// A folder of objects.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder exists: the unfinished files are in it.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a written file an object, so that a power cut cannot undo it: flushed, renamed into
    /// place, and the folders flushed. Whether it was not there before.
    pub fn keep(&self, file: NamedTempFile, name: &str) -> Result<bool> {
        file.as_file()
            .sync_all()
            .map_err(Error::io("flush", file.path()))?;
        let target = self.root.join(name);
        let folder = target.parent().unwrap_or(&self.root);
        let fresh = !target.exists();
        let made = missing(folder);
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        // Two writers of the same bytes rename the same bytes over each other: harmless.
        file.persist(&target)
            .map_err(|error| Error::io("rename into place", &target)(error.error))?;
        sync(folder)?;
        for made in made {
            sync(made.parent().unwrap_or(&self.root))?;
        }
        Ok(fresh)
    }

    pub fn file(&self, name: &str) -> Result<File> {
        let path = self.root.join(name);
        File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::Missing {
                name: name.to_owned(),
                place: self.root.display().to_string(),
            },
            _ => Error::io("open", &path)(error),
        })
    }

    pub fn exists(&self, name: &str) -> bool {
        self.root.join(name).is_file()
    }

    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.root.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Files that are not objects are passed over.
    pub fn names(&self) -> Result<Vec<ObjectName>> {
        let mut names = Vec::new();
        for shard in list(&self.root)? {
            if !self.root.join(&shard).is_dir() {
                continue;
            }
            let files = list(&self.root.join(&shard))?;
            names.extend(
                files
                    .iter()
                    .filter_map(|file| format!("{shard}/{file}").parse().ok()),
            );
        }
        Ok(names)
    }

    /// The groups that have parts.
    pub fn groups(&self) -> Result<Vec<String>> {
        let parts = self.root.join(part::FOLDER);
        if parts.is_dir() {
            list(&parts)
        } else {
            Ok(Vec::new())
        }
    }

    /// A part being written meanwhile does not become one.
    pub fn remove_group(&self, group: &str) -> Result<()> {
        let path = self.root.join(part::FOLDER).join(group);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }
}

/// The folders on the way to this one that are not there, the deepest first.
fn missing(folder: &Path) -> Vec<&Path> {
    folder
        .ancestors()
        .take_while(|path| !path.exists())
        .collect()
}

fn list(folder: &Path) -> Result<Vec<String>> {
    fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect()
        })
        .map_err(Error::io("list", folder))
}

fn sync(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io("flush", folder))
}
