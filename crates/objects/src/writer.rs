use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom, Write};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::{Error, ObjectName, ObjectStore, PartName, Result};

/// An object being written. It becomes one in [`finish`](Self::finish); dropped before that, it
/// leaves nothing behind. What a killed program leaves is removed when the store is next opened.
#[derive(Debug)]
pub struct ObjectWriter {
    file: NamedTempFile,
    store: ObjectStore,
    extension: String,
}

impl ObjectWriter {
    pub(crate) fn new(file: NamedTempFile, store: ObjectStore, extension: &str) -> Self {
        Self {
            file,
            store,
            extension: extension.to_owned(),
        }
    }

    /// Makes what was written durable and gives it its name: flushed to the disk and renamed into
    /// place, or taken by the bucket; after this returns a power cut cannot undo it.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk is full or the folder cannot be written, [`Error::Bucket`];
    /// nothing stays behind.
    pub fn finish(self) -> Result<ObjectName> {
        self.finish_fresh().map(|(name, _)| name)
    }

    /// As [`finish`](Self::finish), and whether these bytes were not kept before: what a caller
    /// may remove again when the rest of its work fails.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_fresh(mut self) -> Result<(ObjectName, bool)> {
        let written = self.file.path().to_path_buf();
        let hash = hash_of(self.file.as_file_mut()).map_err(Error::io("read back", &written))?;
        let name = ObjectName::new(hash, &self.extension)?;
        let fresh = self.store.keep(self.file, &name)?;
        Ok((name, fresh))
    }
}

impl ObjectWriter {
    /// As [`finish`](Self::finish), but as a part of somebody's work, in place of what had its name.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_part(self, name: &PartName) -> Result<()> {
        self.store.keep_part(self.file, name)
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for ObjectWriter {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

/// The whole file is read again, as writers of pictures go back to fill in their tables.
fn hash_of(file: &mut File) -> io::Result<[u8; 32]> {
    file.seek(SeekFrom::Start(0))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            Some(bytes) if count > 0 => digest.update(bytes),
            _ => return Ok(digest.finalize().into()),
        }
    }
}
