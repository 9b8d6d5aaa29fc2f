//! TIFF directories as any program may have written them: either byte order, classic or Big.
//!
//! Our own few lines rather than the `tiff` crate's decoder: that one reads the first directory
//! before it can be given limits, makes a 32-byte value of every number of a tag, and refuses images
//! whose pixels it cannot decode before their tags can be asked for. Here nothing is read that does
//! not lie within the file, so no broken count allocates more than the file's own length.

use std::collections::BTreeMap;

use tiff::tags::Tag;

use super::source::Source;
use super::{CogError, directory::Size};

/// More levels and masks than any image has.
const MOST_DIRECTORIES: usize = 100;

/// One tag may have this many values: the offsets of all tiles of the largest image, twice.
const MOST_VALUES: u64 = 2 * super::head::MOST_TILES;

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    pub big_endian: bool,
    pub size: Size,
    first: u64,
}

/// One directory: where the values of each tag stand.
pub struct Ifd<'source> {
    source: &'source dyn Source,
    header: Header,
    entries: BTreeMap<u16, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: u16,
    count: u64,
    /// Of the values themselves, wherever they stand.
    at: u64,
}

impl Header {
    pub fn read(source: &dyn Source) -> Result<Self, CogError> {
        let foreign = || CogError::NotOurs("it does not begin like a TIFF".to_owned());
        if source.length() < 16 {
            return Err(foreign());
        }
        let bytes = read(source, 0, 16)?;
        let big_endian = match &bytes[..2] {
            b"II" => false,
            b"MM" => true,
            _ => return Err(foreign()),
        };
        let number = |range: std::ops::Range<usize>| unsigned(&bytes[range], big_endian);
        let (size, first) = match (number(2..4), number(4..6), number(6..8)) {
            (42, _, _) => (Size::Classic, number(4..8)),
            (43, 8, 0) => (Size::Big, number(8..16)),
            _ => return Err(foreign()),
        };
        Ok(Self {
            big_endian,
            size,
            first,
        })
    }

    /// Every directory of the file, in the order of the chain.
    pub fn directories(self, source: &dyn Source) -> Result<Vec<Ifd<'_>>, CogError> {
        let mut directories = Vec::new();
        let mut at = self.first;
        let mut seen = Vec::new();
        while at != 0 {
            if seen.contains(&at) || seen.len() >= MOST_DIRECTORIES {
                return Err(CogError::Damaged("its directories do not end".to_owned()));
            }
            seen.push(at);
            let (directory, next) = self.directory(source, at)?;
            directories.push(directory);
            at = next;
        }
        Ok(directories)
    }

    fn directory(self, source: &dyn Source, at: u64) -> Result<(Ifd<'_>, u64), CogError> {
        let (count_bytes, word) = match self.size {
            Size::Classic => (2, 4),
            Size::Big => (8, 8),
        };
        let number = |bytes: &[u8]| unsigned(bytes, self.big_endian);
        let count = number(&read(source, at, count_bytes)?);
        if count == 0 || count > u64::from(u16::MAX) {
            return Err(CogError::Damaged(format!("a directory has {count} tags")));
        }
        let entry_bytes = 4 + 2 * word;
        let bytes = read(
            source,
            at.saturating_add(count_bytes),
            count * entry_bytes + word,
        )?;
        let (listed, next) = bytes.split_at((count * entry_bytes) as usize);
        let mut entries = BTreeMap::new();
        for (index, bytes) in listed.chunks_exact(entry_bytes as usize).enumerate() {
            let kind = number(&bytes[2..4]) as u16;
            let word = word as usize;
            let count = number(&bytes[4..4 + word]);
            let here = at + count_bytes + index as u64 * entry_bytes + 4 + word as u64;
            let length = count.saturating_mul(bytes_of(kind));
            let at = if length <= word as u64 {
                here
            } else {
                number(&bytes[4 + word..])
            };
            // Of a tag that stands twice the first counts, as in libtiff.
            let entry = Entry { kind, count, at };
            entries.entry(number(&bytes[..2]) as u16).or_insert(entry);
        }
        let directory = Ifd {
            source,
            header: self,
            entries,
        };
        Ok((directory, number(next)))
    }
}

impl Ifd<'_> {
    pub fn has(&self, tag: Tag) -> bool {
        self.entries.contains_key(&tag.to_u16())
    }

    /// The whole numbers of a tag; empty when it is not there.
    pub fn numbers(&self, tag: Tag) -> Result<Vec<u64>, CogError> {
        let Some((kind, bytes)) = self.bytes(tag)? else {
            return Ok(Vec::new());
        };
        if !matches!(kind, 1 | 3 | 4 | 13 | 16 | 18) {
            return Err(wrong(tag, kind));
        }
        let big_endian = self.header.big_endian;
        let numbers = bytes.chunks_exact(bytes_of(kind) as usize);
        Ok(numbers.map(|bytes| unsigned(bytes, big_endian)).collect())
    }

    /// The first whole number of a tag.
    pub fn number(&self, tag: Tag) -> Result<Option<u64>, CogError> {
        Ok(self.numbers(tag)?.first().copied())
    }

    /// The first whole number of a tag that must be there.
    pub fn require(&self, tag: Tag) -> Result<u64, CogError> {
        self.number(tag)?
            .ok_or_else(|| CogError::Damaged(format!("its tag {tag:?} is missing")))
    }

    /// The double-precision numbers of a tag; empty when it is not there.
    pub fn doubles(&self, tag: Tag) -> Result<Vec<f64>, CogError> {
        let Some((kind, bytes)) = self.bytes(tag)? else {
            return Ok(Vec::new());
        };
        if kind != 12 {
            return Err(wrong(tag, kind));
        }
        let big_endian = self.header.big_endian;
        let numbers = bytes.chunks_exact(8);
        Ok(numbers
            .map(|bytes| f64::from_bits(unsigned(bytes, big_endian)))
            .collect())
    }

    /// The text of a tag, without the zero at its end.
    pub fn text(&self, tag: Tag) -> Result<Option<String>, CogError> {
        let Some((kind, bytes)) = self.bytes(tag)? else {
            return Ok(None);
        };
        if kind > 2 {
            return Err(wrong(tag, kind));
        }
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(Some(String::from_utf8_lossy(text).into_owned()))
    }

    /// The bytes of a tag as they are.
    pub fn raw(&self, tag: Tag) -> Result<Option<Vec<u8>>, CogError> {
        Ok(self.bytes(tag)?.map(|(_, bytes)| bytes))
    }

    fn bytes(&self, tag: Tag) -> Result<Option<(u16, Vec<u8>)>, CogError> {
        let Some(entry) = self.entries.get(&tag.to_u16()) else {
            return Ok(None);
        };
        let length = entry.count.saturating_mul(bytes_of(entry.kind));
        if entry.count > MOST_VALUES {
            return Err(CogError::Damaged(format!(
                "its tag {tag:?} has {} values",
                entry.count
            )));
        }
        let bytes = read(self.source, entry.at, length)?;
        Ok(Some((entry.kind, bytes)))
    }
}

fn wrong(tag: Tag, kind: u16) -> CogError {
    CogError::Damaged(format!("its tag {tag:?} is of the wrong kind {kind}"))
}

/// The bytes of one value of a TIFF type; 1 for a type that does not exist.
fn bytes_of(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}

fn unsigned(bytes: &[u8], big_endian: bool) -> u64 {
    let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if big_endian {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}

/// Some bytes of the file; checked against its length first.
pub fn read(source: &dyn Source, at: u64, count: u64) -> Result<Vec<u8>, CogError> {
    let end = source.length();
    if at.checked_add(count).is_none_or(|last| last > end) {
        return Err(CogError::Damaged(format!(
            "it is cut short: {count} bytes at {at} lie beyond its end at {end}"
        )));
    }
    let mut bytes = vec![0; count as usize];
    source.read_at(at, &mut bytes)?;
    Ok(bytes)
}
