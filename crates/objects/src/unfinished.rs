//! Where unfinished objects are written.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};
use tempfile::NamedTempFile;

use crate::{Error, Result};

/// An unfinished file this young may belong to a writer that has not locked it yet.
const ABANDONED_AFTER: Duration = Duration::from_mins(1);

/// A folder of files being written. Out of sight of whoever lists objects.
#[derive(Debug, Clone)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes the folder (0700: photos are private) if there is none, and removes what killed
    /// programs left there.
    pub fn open(parent: &Path) -> Result<Self> {
        let folder = parent.join(".unfinished");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(Error::io("create", &folder))?;
        remove_abandoned(&folder, ABANDONED_AFTER).map_err(Error::io("tidy", &folder))?;
        Ok(Self(folder))
    }

    /// A new file, removed when it is dropped.
    pub fn file(&self, extension: &str) -> Result<NamedTempFile> {
        let file = tempfile::Builder::new()
            .suffix(&format!(".{extension}"))
            .tempfile_in(&self.0)
            .map_err(Error::io("create a file in", &self.0))?;
        // Held as long as the writer lives: how others know that it is not abandoned.
        flock(file.as_file(), FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| Error::io("lock", file.path())(error.into()))?;
        Ok(file)
    }

    /// A new file that has no name: it is gone when it is closed.
    pub fn nameless(&self) -> Result<File> {
        tempfile::tempfile_in(&self.0).map_err(Error::io("create a file in", &self.0))
    }
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
    use super::*;

    #[test]
    fn what_a_killed_program_left_is_removed_and_what_is_being_written_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let unfinished = Unfinished::open(parent.path()).unwrap();
        let count = || fs::read_dir(&unfinished.0).unwrap().count();
        fs::write(unfinished.0.join("left.tif"), b"half").unwrap();
        let alive = unfinished.file("txt").unwrap();

        remove_abandoned(&unfinished.0, ABANDONED_AFTER).unwrap();
        assert_eq!(count(), 2, "too young to be judged");
        remove_abandoned(&unfinished.0, Duration::ZERO).unwrap();
        assert_eq!(count(), 1);
        assert!(alive.path().is_file());
    }
}
