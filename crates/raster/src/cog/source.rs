//! Where the bytes of an image come from.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Bytes that can be read by position, from many threads at once: a file, or an object elsewhere.
pub trait Source: Send + Sync + 'static {
    /// How many bytes there are; it does not change.
    fn length(&self) -> u64;

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// When there are not that many bytes, or reading fails.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;

    /// As [`Self::read_at`], of bytes that lie in memory: `false` where they have to be waited for, or where
    /// that is not known.
    fn read_now(&self, _offset: u64, _into: &mut [u8]) -> bool {
        false
    }
}

/// A file as a [`Source`].
#[derive(Debug)]
pub struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    /// A file, whose length is asked once.
    ///
    /// # Errors
    /// When the system does not tell its length.
    pub fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl Source for FileSource {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(into, offset)
    }
}

impl Source for Vec<u8> {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let end = start.and_then(|start| start.checked_add(into.len()));
        let bytes = start.zip(end).and_then(|(start, end)| self.get(start..end));
        into.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn read_now(&self, offset: u64, into: &mut [u8]) -> bool {
        self.read_at(offset, into).is_ok()
    }
}

/// A source as a stream, for what wants one (`std::io::copy`, decoders).
pub struct SourceStream {
    source: Arc<dyn Source>,
    at: u64,
}

impl SourceStream {
    /// From the first byte on.
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self { source, at: 0 }
    }
}

impl Read for SourceStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.source.length().saturating_sub(self.at);
        let count = left.min(into.len() as u64) as usize;
        self.source.read_at(self.at, &mut into[..count])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for SourceStream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
