//! Reading parts of an object.

use std::fs::File;
use std::io::{self, BufReader, IoSliceMut, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;

use object_store::http::HttpStore;
use rustix::io::{ReadWriteFlags, preadv2};

use crate::bucket::BucketObject;

/// An object open for reading at any offset, from any number of threads at once.
#[derive(Debug)]
pub struct ObjectSource(Kind);

#[derive(Debug)]
enum Kind {
    File { file: File, length: u64 },
    Bucket(BucketObject),
    Web(BucketObject<HttpStore>),
}

/// How much is read ahead by somebody who reads from beginning to end.
const READ_AHEAD: usize = 1 << 20;

impl ObjectSource {
    pub(crate) fn from_file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self(Kind::File { file, length }))
    }

    pub(crate) fn from_bucket(object: BucketObject) -> Self {
        Self(Kind::Bucket(object))
    }

    pub(crate) fn from_web(object: BucketObject<HttpStore>) -> Self {
        Self(Kind::Web(object))
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        match &self.0 {
            Kind::File { length, .. } => *length,
            Kind::Bucket(object) => object.length(),
            Kind::Web(object) => object.length(),
        }
    }

    /// Fills `into` with the bytes at `offset`. Small reads of a bucket are made in blocks, which
    /// stay in a small shared memory: what lies beside what was just read costs no request.
    ///
    /// # Errors
    /// `UnexpectedEof` past the end; what the disk or the network says (then the error holds an
    /// [`Error`](crate::Error)).
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        match &self.0 {
            Kind::File { file, .. } => file.read_exact_at(into, offset),
            Kind::Bucket(object) => object.read_at(offset, into),
            Kind::Web(object) => object.read_at(offset, into),
        }
    }

    /// As [`Self::read_at`], of bytes that lie in memory: `false` where a disk or a network has to be waited
    /// for.
    pub fn read_now(&self, offset: u64, into: &mut [u8]) -> bool {
        let Kind::File { file, .. } = &self.0 else {
            return false;
        };
        let wanted = into.len();
        let buffers = &mut [IoSliceMut::new(into)];
        preadv2(file, buffers, offset, ReadWriteFlags::NOWAIT) == Ok(wanted)
    }

    /// The object as a stream that can be read from any place on.
    pub fn reader(self) -> impl Read + Seek + Send + 'static {
        BufReader::with_capacity(
            READ_AHEAD,
            Cursor {
                source: self,
                position: 0,
            },
        )
    }
}

struct Cursor {
    source: ObjectSource,
    position: u64,
}

impl Read for Cursor {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.source.length().saturating_sub(self.position);
        let count = (into.len() as u64).min(left) as usize;
        let (into, _) = into.split_at_mut(count);
        self.source.read_at(self.position, into)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.source.length().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "a seek to before the beginning",
            )
        })?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_lies_in_memory_is_read_at_once_and_nothing_beyond_the_end() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let source = ObjectSource::from_file(file).unwrap();
        let mut four = [0; 4];
        // Some file systems cannot tell what lies in memory.
        if source.read_now(3, &mut four) {
            assert_eq!(&four, b"3456");
        }
        assert!(!source.read_now(8, &mut four));
    }
}
