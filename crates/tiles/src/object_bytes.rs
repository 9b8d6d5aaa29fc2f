//! An object as the bytes of an image, whose beginning may be known.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use objects::{ObjectName, ObjectSource, ObjectStore};
use raster::cog::Source;

/// Something that others keep, as the bytes of an image.
pub struct Elsewhere(pub ObjectSource);

impl Source for Elsewhere {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, into)
    }
}

/// The beginning of an object.
#[derive(Debug, Clone)]
pub struct Head {
    /// Bytes of the whole object.
    pub length: u64,
    /// The first of them.
    pub bytes: Bytes,
}

/// An object that is opened when more than its beginning is wanted.
pub struct ObjectBytes {
    objects: ObjectStore,
    name: ObjectName,
    head: Head,
    open: OnceLock<ObjectSource>,
    /// Bytes from the beginning to the end of what was read.
    reached: AtomicU64,
}

impl ObjectBytes {
    /// An object whose beginning is known.
    pub fn known(objects: &ObjectStore, name: &ObjectName, head: Head) -> Self {
        Self {
            objects: objects.clone(),
            name: name.clone(),
            head,
            open: OnceLock::new(),
            reached: AtomicU64::new(0),
        }
    }

    /// An object that is open, of which so many bytes are read ahead.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn opened(
        objects: &ObjectStore,
        name: &ObjectName,
        source: ObjectSource,
        ahead: u64,
    ) -> io::Result<Self> {
        let length = source.length();
        let mut bytes = vec![0; ahead.min(length) as usize];
        source.read_at(0, &mut bytes)?;
        let bytes = bytes.into();
        let opened = Self::known(objects, name, Head { length, bytes });
        // Nobody else has it yet.
        let _ = opened.open.set(source);
        Ok(opened)
    }

    /// As much of the beginning as was read so far; `None` where more was read than is known.
    pub fn reached(&self) -> Option<Head> {
        let reached = self.reached.load(Ordering::Relaxed) as usize;
        let known = reached <= self.head.bytes.len();
        known.then(|| Head {
            length: self.head.length,
            // A copy: the rest shall go.
            bytes: Bytes::copy_from_slice(&self.head.bytes[..reached]),
        })
    }

    fn source(&self) -> io::Result<&ObjectSource> {
        if let Some(open) = self.open.get() {
            return Ok(open);
        }
        let source = self.objects.source(&self.name).map_err(io::Error::other)?;
        Ok(self.open.get_or_init(|| source))
    }
}

impl Source for ObjectBytes {
    fn length(&self) -> u64 {
        self.head.length
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let end = offset.saturating_add(into.len() as u64);
        self.reached.fetch_max(end, Ordering::Relaxed);
        if let Some(known) = self.head.bytes.get(offset as usize..end as usize) {
            into.copy_from_slice(known);
            return Ok(());
        }
        self.source()?.read_at(offset, into)
    }

    fn read_now(&self, offset: u64, into: &mut [u8]) -> bool {
        let open = self.open.get();
        open.is_some_and(|source| source.read_now(offset, into))
    }
}
