use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::bucket::Bucket;
use crate::folder::Folder;
use crate::name::check_extension;
use crate::part::check_group;
use crate::source::ObjectSource;
use crate::unfinished::Unfinished;
use crate::{Error, ObjectName, ObjectWriter, PartName, Result};

/// Where objects are kept. Cheap to clone; several programs may use the same place at once.
///
/// Every function blocks and may be called from any thread, also from one that runs
/// asynchronous work; those that talk to a bucket take as long as the network does.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    place: Place,
    scratch: PathBuf,
    unfinished: Unfinished,
}

#[derive(Debug, Clone)]
pub(crate) enum Place {
    Folder(Arc<Folder>),
    Bucket(Bucket),
}

impl ObjectStore {
    /// Opens the folder `root`, making it (0700: photos are private) if there is none, and
    /// removes what killed programs left unfinished.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be made or written.
    pub fn open(root: &Path) -> Result<Self> {
        Ok(Self {
            unfinished: Unfinished::open(root)?,
            place: Place::Folder(Arc::new(Folder::new(root))),
            scratch: root.to_path_buf(),
        })
    }

    /// Opens the place a setting names: `s3://bucket/prefix`, or the path of a folder. A bucket's
    /// address and keys come from the usual variables (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, …), and objects on their way into it wait in the
    /// folder `scratch`.
    ///
    /// # Errors
    /// [`Error::Place`] for another kind of address or a bucket that is not set up,
    /// [`Error::Bucket`] when the bucket does not answer, [`Error::Io`].
    pub fn open_place(place: &str, scratch: &Path) -> Result<Self> {
        match place.split_once("://") {
            Some(("s3", rest)) => Self::from_bucket(Bucket::open(rest)?, scratch),
            Some(_) => Err(Error::Place {
                text: place.to_owned(),
                reason: "only s3://bucket/prefix and folders are known".to_owned(),
            }),
            None => Self::open(Path::new(place)),
        }
    }

    pub(crate) fn from_bucket(bucket: Bucket, scratch: &Path) -> Result<Self> {
        Ok(Self {
            unfinished: Unfinished::open(scratch)?,
            place: Place::Bucket(bucket),
            scratch: scratch.to_path_buf(),
        })
    }

    /// The same store, but one that waits up to `patience` for a bucket that does not answer,
    /// trying again and again, instead of the few seconds that suit somebody waiting for a page.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        if let Place::Bucket(bucket) = &mut self.place {
            bucket.patience = patience;
        }
        self
    }

    /// A local folder for temporary files as large as an object: the objects' own folder, so that
    /// finishing is a rename, or the one given with a bucket.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Where the objects are, for people: a path or `s3://bucket/prefix`.
    pub fn place(&self) -> String {
        match &self.place {
            Place::Folder(folder) => folder.root().display().to_string(),
            Place::Bucket(bucket) => bucket.to_string(),
        }
    }

    /// Begins an object; `extension` without a dot (`"tif"`).
    ///
    /// # Errors
    /// [`Error::Extension`], or [`Error::Io`] when no file can be made.
    pub fn create(&self, extension: &str) -> Result<ObjectWriter> {
        check_extension(extension)?;
        let file = self.unfinished.file(extension)?;
        Ok(ObjectWriter::new(file, self.clone(), extension))
    }

    /// Keeps bytes that are in memory.
    ///
    /// # Errors
    /// As [`create`](Self::create) and [`ObjectWriter::finish`].
    pub fn put(&self, bytes: &[u8], extension: &str) -> Result<ObjectName> {
        let mut writer = self.create(extension)?;
        writer
            .write_all(bytes)
            .map_err(Error::io("write to", &self.scratch))?;
        writer.finish()
    }

    /// Whether it was not there before.
    pub(crate) fn keep(&self, file: NamedTempFile, name: &ObjectName) -> Result<bool> {
        match &self.place {
            Place::Folder(folder) => folder.keep(file, name.as_str()),
            Place::Bucket(bucket) => bucket.keep(&file, name.as_str()),
        }
    }

    /// Opens an object for reading any part of it.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Io`] or [`Error::Bucket`] when it cannot be read.
    pub fn source(&self, name: &ObjectName) -> Result<ObjectSource> {
        self.open_source(name.as_str())
    }

    fn open_source(&self, name: &str) -> Result<ObjectSource> {
        match &self.place {
            Place::Folder(folder) => ObjectSource::from_file(folder.file(name)?)
                .map_err(Error::io("look at", &folder.root().join(name))),
            Place::Bucket(bucket) => Ok(ObjectSource::from_bucket(bucket.open_object(name)?)),
        }
    }

    /// An object as a local file: itself, or a copy that is gone when it is closed. Reading a
    /// part of it costs the whole transfer: prefer [`source`](Self::source).
    ///
    /// # Errors
    /// As [`source`](Self::source).
    pub fn file(&self, name: &ObjectName) -> Result<File> {
        match &self.place {
            Place::Folder(folder) => folder.file(name.as_str()),
            Place::Bucket(_) => {
                let mut reader = self.source(name)?.reader();
                let mut copy = self.unfinished.nameless()?;
                io::copy(&mut reader, &mut copy)
                    .and_then(|_| io::Seek::rewind(&mut copy))
                    .map_err(Error::reading(name, &self.scratch))?;
                Ok(copy)
            }
        }
    }

    /// The bytes of an object that is known to be small.
    ///
    /// # Errors
    /// As [`source`](Self::source).
    pub fn read(&self, name: &ObjectName) -> Result<Vec<u8>> {
        let source = self.source(name)?;
        let mut bytes = vec![0; source.length() as usize];
        source
            .read_at(0, &mut bytes)
            .map_err(Error::reading(name, &self.scratch))?;
        Ok(bytes)
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// [`Error::Bucket`] when the bucket does not answer.
    pub fn exists(&self, name: &ObjectName) -> Result<bool> {
        match &self.place {
            Place::Folder(folder) => Ok(folder.exists(name.as_str())),
            Place::Bucket(bucket) => Ok(bucket.length(name.as_str())?.is_some()),
        }
    }

    /// Removes an object; one that is not there is no error.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be written, [`Error::Bucket`].
    pub fn remove(&self, name: &ObjectName) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.remove(name.as_str()),
            Place::Bucket(bucket) => bucket.remove(name.as_str()),
        }
    }

    /// The names of all objects, sorted. Files that are not objects are passed over.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder cannot be listed, [`Error::Bucket`].
    pub fn names(&self) -> Result<Vec<ObjectName>> {
        let mut names = match &self.place {
            Place::Folder(folder) => folder.names()?,
            Place::Bucket(bucket) => bucket.names()?,
        };
        names.sort();
        Ok(names)
    }

    /// Keeps the bytes of a part, whole or not at all, in place of what had its name: the work
    /// that makes it makes the same bytes each time.
    ///
    /// # Errors
    /// As [`ObjectWriter::finish`].
    pub fn put_part(&self, name: &PartName, bytes: &[u8]) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                let mut file = self.unfinished.file("part")?;
                file.write_all(bytes)
                    .map_err(Error::io("write to", &self.scratch))?;
                folder.keep(file, name.as_str()).map(drop)
            }
            Place::Bucket(bucket) => bucket.put(bytes, name.as_str()),
        }
    }

    pub(crate) fn keep_part(&self, file: NamedTempFile, name: &PartName) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.keep(file, name.as_str()).map(drop),
            Place::Bucket(bucket) => bucket.keep(&file, name.as_str()).map(drop),
        }
    }

    /// Opens a part for reading any of it. A part without bytes cannot be read from a bucket.
    ///
    /// # Errors
    /// As [`source`](Self::source).
    pub fn part(&self, name: &PartName) -> Result<ObjectSource> {
        self.open_source(name.as_str())
    }

    /// Removes all parts of a group; none is no error.
    ///
    /// # Errors
    /// As [`remove`](Self::remove), and [`Error::Part`] for what is no group's name.
    pub fn remove_parts(&self, group: &str) -> Result<()> {
        check_group(group)?;
        match &self.place {
            Place::Folder(folder) => folder.remove_group(group),
            Place::Bucket(bucket) => bucket.remove_group(group),
        }
    }

    /// The groups that have parts, in no order.
    ///
    /// # Errors
    /// As [`names`](Self::names).
    pub fn part_groups(&self) -> Result<Vec<String>> {
        match &self.place {
            Place::Folder(folder) => folder.groups(),
            Place::Bucket(bucket) => bucket.groups(),
        }
    }
}
