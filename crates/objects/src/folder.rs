//! Objects in a folder.
//!
//! Not through `object_store`'s `LocalFileSystem`: that one renames without flushing file and
//! folder to the disk, so that a power cut could leave a database row that refers to an empty
//! object; and it copies through memory what a writer has already put on the same file system.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, ObjectName, Result};

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
    /// place, and the folder flushed. Whether it was not there before.
    pub fn keep(&self, file: NamedTempFile, name: &ObjectName) -> Result<bool> {
        file.as_file()
            .sync_all()
            .map_err(Error::io("flush", file.path()))?;
        let target = self.root.join(name.as_str());
        let shard = self.root.join(name.shard());
        let fresh_shard = !shard.exists();
        let fresh = !target.exists();
        fs::create_dir_all(&shard).map_err(Error::io("create", &shard))?;
        // Two writers of the same bytes rename the same bytes over each other: harmless.
        file.persist(&target)
            .map_err(|error| Error::io("rename into place", &target)(error.error))?;
        sync(&shard)?;
        if fresh_shard {
            sync(&self.root)?;
        }
        Ok(fresh)
    }

    pub fn file(&self, name: &ObjectName) -> Result<File> {
        let path = self.root.join(name.as_str());
        File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::Missing {
                name: name.to_string(),
                place: self.root.display().to_string(),
            },
            _ => Error::io("open", &path)(error),
        })
    }

    pub fn exists(&self, name: &ObjectName) -> bool {
        self.root.join(name.as_str()).is_file()
    }

    pub fn remove(&self, name: &ObjectName) -> Result<()> {
        let path = self.root.join(name.as_str());
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
