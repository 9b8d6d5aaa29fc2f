use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};

use crate::name::check_extension;
use crate::{Error, ObjectName, ObjectWriter, Result};

/// Where unfinished objects are written: the same file system as their final place, so that the
/// last step is a rename, and out of sight of [`ObjectStore::names`].
const UNFINISHED: &str = ".unfinished";

/// An unfinished file this young may belong to a writer that has not locked it yet.
const ABANDONED_AFTER: Duration = Duration::from_mins(1);

/// A folder of objects. Cheap to clone; several programs may use the same folder at once.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    root: PathBuf,
}

impl ObjectStore {
    /// Opens the store at `root`, making the folder (0700: photos are private) if there is none,
    /// and removes what killed programs left unfinished.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be made or written.
    pub fn open(root: &Path) -> Result<Self> {
        let unfinished = root.join(UNFINISHED);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&unfinished)
            .map_err(Error::io("create", &unfinished))?;
        remove_abandoned(&unfinished, ABANDONED_AFTER).map_err(Error::io("tidy", &unfinished))?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Begins an object; `extension` without a dot (`"tif"`).
    ///
    /// # Errors
    /// [`Error::Extension`], or [`Error::Io`] when no file can be made.
    pub fn create(&self, extension: &str) -> Result<ObjectWriter> {
        check_extension(extension)?;
        let unfinished = self.root.join(UNFINISHED);
        let file = tempfile::Builder::new()
            .suffix(&format!(".{extension}"))
            .tempfile_in(&unfinished)
            .map_err(Error::io("create a file in", &unfinished))?;
        // Held as long as the writer lives: how others know that it is not abandoned.
        flock(file.as_file(), FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| Error::io("lock", file.path())(error.into()))?;
        Ok(ObjectWriter::new(file, self.root.clone(), extension))
    }

    /// Keeps bytes that are in memory.
    ///
    /// # Errors
    /// As [`create`](Self::create) and [`ObjectWriter::finish`].
    pub fn put(&self, bytes: &[u8], extension: &str) -> Result<ObjectName> {
        let mut writer = self.create(extension)?;
        writer
            .write_all(bytes)
            .map_err(Error::io("write to", &self.root))?;
        writer.finish()
    }

    /// Where the object lies, for libraries that want a path. It may not exist.
    pub fn path(&self, name: &ObjectName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// Opens an object for reading.
    ///
    /// # Errors
    /// [`Error::Missing`], or [`Error::Io`] when it cannot be read.
    pub fn file(&self, name: &ObjectName) -> Result<File> {
        let path = self.path(name);
        File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::Missing {
                name: name.to_string(),
                root: self.root.clone(),
            },
            _ => Error::io("open", &path)(error),
        })
    }

    /// The bytes of an object that is known to be small.
    ///
    /// # Errors
    /// As [`file`](Self::file).
    pub fn read(&self, name: &ObjectName) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::copy(&mut self.file(name)?, &mut bytes).map_err(Error::io("read", &self.path(name)))?;
        Ok(bytes)
    }

    /// Whether there is such an object.
    pub fn exists(&self, name: &ObjectName) -> bool {
        self.path(name).is_file()
    }

    /// Removes an object; one that is not there is no error.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be written.
    pub fn remove(&self, name: &ObjectName) -> Result<()> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// The names of all objects, sorted. Files that are not objects are passed over.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder cannot be listed.
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
        names.sort();
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

/// Removes the unfinished files nobody holds a lock on.
fn remove_abandoned(unfinished: &Path, after: Duration) -> io::Result<()> {
    for entry in fs::read_dir(unfinished)? {
        let path = entry?.path();
        // A file that vanishes here was finished or removed by its writer.
        let (Ok(file), Ok(metadata)) = (File::open(&path), fs::metadata(&path)) else {
            continue;
        };
        let age = SystemTime::now()
            .duration_since(metadata.modified()?)
            .unwrap_or_default();
        if age >= after && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom};
    use std::mem;

    use super::*;

    /// printf abc | sha256sum
    const ABC: &str = "ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.txt";

    fn store() -> (tempfile::TempDir, ObjectStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = ObjectStore::open(&folder.path().join("objects")).unwrap();
        (folder, store)
    }

    fn unfinished(store: &ObjectStore) -> usize {
        fs::read_dir(store.root().join(UNFINISHED)).unwrap().count()
    }

    #[test]
    fn bytes_come_back_under_their_hash() {
        let (_folder, store) = store();
        let name = store.put(b"abc", "txt").unwrap();
        assert_eq!(name.as_str(), ABC);
        assert_eq!(store.read(&name).unwrap(), b"abc");
        assert_eq!(store.names().unwrap(), std::slice::from_ref(&name));
        store.remove(&name).unwrap();
        store.remove(&name).unwrap();
        assert!(!store.exists(&name));
        let error = store.file(&name).unwrap_err();
        assert!(matches!(error, Error::Missing { .. }), "{error}");
    }

    #[test]
    fn the_name_is_of_the_final_bytes_when_a_writer_goes_back() {
        let (_folder, store) = store();
        let mut writer = store.create("txt").unwrap();
        writer.write_all(b"xbc").unwrap();
        writer.seek(SeekFrom::Start(0)).unwrap();
        writer.write_all(b"a").unwrap();
        assert_eq!(writer.finish().unwrap().as_str(), ABC);
        assert_eq!(unfinished(&store), 0);
    }

    #[test]
    fn a_dropped_writer_leaves_nothing() {
        let (_folder, store) = store();
        let mut writer = store.create("tif").unwrap();
        writer.write_all(&[7; 10_000]).unwrap();
        assert_eq!(unfinished(&store), 1);
        assert!(store.names().unwrap().is_empty());
        drop(writer);
        assert_eq!(unfinished(&store), 0);
        assert!(store.names().unwrap().is_empty());
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_what_is_being_written_is_not() {
        let (_folder, store) = store();
        let folder = store.root().join(UNFINISHED);
        fs::write(folder.join("left.tif"), b"half").unwrap();
        let mut alive = store.create("txt").unwrap();
        alive.write_all(b"abc").unwrap();

        remove_abandoned(&folder, ABANDONED_AFTER).unwrap();
        assert_eq!(unfinished(&store), 2, "too young to be judged");
        remove_abandoned(&folder, Duration::ZERO).unwrap();
        assert_eq!(unfinished(&store), 1);
        assert_eq!(alive.finish().unwrap().as_str(), ABC);
    }

    #[test]
    fn a_writer_that_never_runs_its_drop_makes_no_object() {
        let (_folder, store) = store();
        let mut writer = store.create("tif").unwrap();
        writer.write_all(b"half").unwrap();
        mem::forget(writer);
        let again = ObjectStore::open(store.root()).unwrap();
        assert!(again.names().unwrap().is_empty());
    }

    #[test]
    fn many_writers_of_the_same_bytes_make_one_object() {
        let (_folder, store) = store();
        let bytes = vec![42; 300_000];
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| store.put(&bytes, "tif").unwrap()))
                .collect();
            let names: Vec<_> = writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .collect();
            assert!(names.iter().all(|name| *name == names[0]));
        });
        let names = store.names().unwrap();
        assert_eq!(names.len(), 1);
        assert_eq!(store.read(&names[0]).unwrap(), bytes);
        assert_eq!(unfinished(&store), 0);
    }

    #[test]
    fn an_extension_cannot_lead_elsewhere() {
        let (_folder, store) = store();
        for extension in ["", "../x", "t.f", "TIF", "verylongone"] {
            assert!(store.create(extension).is_err(), "{extension:?} was taken");
        }
    }
}
