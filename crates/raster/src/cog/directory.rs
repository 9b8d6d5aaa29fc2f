//! TIFF directories: the little of TIFF that our COGs use, little-endian, classic or Big.
//!
//! The `tiff` crate writes long values before their directory, writes in the machine's byte order
//! and refuses directories of more than a megabyte; a COG wants its directory first, and a county
//! at half a metre has more tiles than that. The tests read what is written here with `tiff`.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::CogError;

/// The tags we write and read.
pub mod tag {
    pub const SUBFILE_TYPE: u16 = 254;
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const SAMPLES: u16 = 277;
    pub const PLANAR: u16 = 284;
    pub const SOFTWARE: u16 = 305;
    pub const PREDICTOR: u16 = 317;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTE_COUNTS: u16 = 325;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const PIXEL_SCALE: u16 = 33550;
    pub const TIE_POINT: u16 = 33922;
    pub const TRANSFORMATION: u16 = 34264;
    pub const GEO_KEYS: u16 = 34735;
    pub const GEO_DOUBLES: u16 = 34736;
    pub const GDAL_METADATA: u16 = 42112;
    pub const GDAL_NODATA: u16 = 42113;
}

/// More entries than any directory of ours has; a broken file may claim anything.
const MOST_ENTRIES: u64 = 100;
/// More levels than any image of ours has.
const MOST_DIRECTORIES: usize = 40;

/// The values of one tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Short(Vec<u16>),
    Long(Vec<u32>),
    Double(Vec<f64>),
    Long8(Vec<u64>),
}

impl Value {
    fn kind(&self) -> u16 {
        match self {
            Self::Text(_) => 2,
            Self::Short(_) => 3,
            Self::Long(_) => 4,
            Self::Double(_) => 12,
            Self::Long8(_) => 16,
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 1,
            Self::Short(values) => values.len(),
            Self::Long(values) => values.len(),
            Self::Double(values) => values.len(),
            Self::Long8(values) => values.len(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => [text.as_bytes(), &[0]].concat(),
            Self::Short(values) => values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
            Self::Long(values) => values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
            Self::Double(values) => values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
            Self::Long8(values) => values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        }
    }

    fn parse(kind: u16, bytes: &[u8]) -> Option<Self> {
        Some(match kind {
            2 => Self::Text(
                String::from_utf8_lossy(bytes)
                    .trim_end_matches('\0')
                    .to_owned(),
            ),
            3 => Self::Short(numbers(bytes, u16::from_le_bytes)),
            4 => Self::Long(numbers(bytes, u32::from_le_bytes)),
            12 => Self::Double(numbers(bytes, f64::from_le_bytes)),
            16 => Self::Long8(numbers(bytes, u64::from_le_bytes)),
            _ => return None,
        })
    }
}

fn numbers<T, const N: usize>(bytes: &[u8], read: fn([u8; N]) -> T) -> Vec<T> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|chunk| read(*chunk))
        .collect()
}

/// One directory: an image's properties by tag.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    values: BTreeMap<u16, Value>,
}

/// Classic TIFF counts in 4 bytes, `BigTIFF` in 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Classic,
    Big,
}

impl Size {
    fn word(self) -> usize {
        match self {
            Self::Classic => 4,
            Self::Big => 8,
        }
    }

    fn push(self, bytes: &mut Vec<u8>, value: u64) {
        bytes.extend_from_slice(&value.to_le_bytes()[..self.word()]);
    }

    /// The first bytes of a file, up to where the directory begins if nothing else is between.
    pub fn header(self, first_directory: u64) -> Vec<u8> {
        let mut bytes = b"II".to_vec();
        match self {
            Self::Classic => bytes.extend_from_slice(&42_u16.to_le_bytes()),
            Self::Big => bytes.extend_from_slice(&[43, 0, 8, 0, 0, 0]),
        }
        self.push(&mut bytes, first_directory);
        bytes
    }

    /// How long [`Self::header`] is.
    pub fn header_length(self) -> u64 {
        match self {
            Self::Classic => 8,
            Self::Big => 16,
        }
    }
}

impl Directory {
    pub fn set(&mut self, tag: u16, value: Value) {
        self.values.insert(tag, value);
    }

    /// Tile offsets, in the width of the file's kind.
    pub fn set_offsets(&mut self, offsets: &[u64], size: Size) {
        let value = match size {
            Size::Classic => Value::Long(offsets.iter().map(|&offset| offset as u32).collect()),
            Size::Big => Value::Long8(offsets.to_vec()),
        };
        self.set(tag::TILE_OFFSETS, value);
    }

    /// The whole numbers of a tag; empty when it is absent or of another kind.
    pub fn numbers(&self, tag: u16) -> Vec<u64> {
        match self.values.get(&tag) {
            Some(Value::Short(values)) => values.iter().map(|&value| value.into()).collect(),
            Some(Value::Long(values)) => values.iter().map(|&value| value.into()).collect(),
            Some(Value::Long8(values)) => values.clone(),
            _ => Vec::new(),
        }
    }

    /// The first whole number of a tag.
    pub fn number(&self, tag: u16) -> Option<u64> {
        self.numbers(tag).first().copied()
    }

    /// The text of a tag.
    pub fn text(&self, tag: u16) -> Option<&str> {
        match self.values.get(&tag) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The directory's bytes when it stands at `at`, its long values behind it; the following
    /// directory stands right behind those, if there is one.
    pub fn encode(&self, at: u64, size: Size, followed: bool) -> Vec<u8> {
        let word = size.word();
        let count_bytes = if size == Size::Big { 8 } else { 2 };
        let head = count_bytes + self.values.len() * (4 + 2 * word) + word;
        let mut long_values: Vec<u8> = Vec::new();
        let mut bytes = (self.values.len() as u64).to_le_bytes()[..count_bytes].to_vec();
        for (tag, value) in &self.values {
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&value.kind().to_le_bytes());
            size.push(&mut bytes, value.count() as u64);
            let mut content = value.bytes();
            if content.len() <= word {
                content.resize(word, 0);
                bytes.extend_from_slice(&content);
            } else {
                size.push(&mut bytes, at + (head + long_values.len()) as u64);
                long_values.extend_from_slice(&content);
                // TIFF wants values to begin on even offsets; eight keeps doubles whole as well.
                long_values.resize(long_values.len().next_multiple_of(8), 0);
            }
        }
        let end = at + (head + long_values.len()) as u64;
        size.push(&mut bytes, if followed { end } else { 0 });
        bytes.extend_from_slice(&long_values);
        bytes
    }
}

/// Every directory of a file, in their order.
pub fn parse(file: &File) -> Result<Vec<Directory>, CogError> {
    let damaged = |what: &str| CogError::Damaged(what.to_owned());
    let length = file.metadata()?.len();
    let head = read(file, 0, 16.min(length as usize), length)?;
    let (size, mut at) = match head.as_slice() {
        [b'I', b'I', 42, 0, a, b, c, d, ..] => (
            Size::Classic,
            u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        ),
        [b'I', b'I', 43, 0, 8, 0, 0, 0, rest @ ..] if rest.len() == 8 => {
            (Size::Big, numbers(rest, u64::from_le_bytes)[0])
        }
        [b'M', b'M', ..] => return Err(CogError::NotOurs("it is big-endian".to_owned())),
        _ => {
            return Err(CogError::NotOurs(
                "it does not begin like a TIFF".to_owned(),
            ));
        }
    };
    let mut directories = Vec::new();
    while at != 0 {
        if directories.len() >= MOST_DIRECTORIES {
            return Err(damaged("its directories do not end"));
        }
        let (directory, next) = parse_one(file, length, size, at)?;
        directories.push(directory);
        at = next;
    }
    Ok(directories)
}

fn parse_one(file: &File, length: u64, size: Size, at: u64) -> Result<(Directory, u64), CogError> {
    let word = size.word();
    let count_bytes = if size == Size::Big { 8 } else { 2 };
    let count = little_endian(&read(file, at, count_bytes, length)?);
    if count > MOST_ENTRIES {
        return Err(CogError::NotOurs(format!(
            "a directory has {count} entries"
        )));
    }
    let entry_bytes = 4 + 2 * word;
    let body = read(
        file,
        at + count_bytes as u64,
        count as usize * entry_bytes + word,
        length,
    )?;
    let (entries, next) = body.split_at(count as usize * entry_bytes);
    let mut directory = Directory::default();
    for entry in entries.chunks_exact(entry_bytes) {
        let tag = little_endian(&entry[..2]) as u16;
        let kind = little_endian(&entry[2..4]) as u16;
        let Some(unit) = unit_bytes(kind) else {
            continue;
        };
        let values = little_endian(&entry[4..4 + word]);
        let field = &entry[4 + word..];
        let total = values.saturating_mul(unit);
        let content = if total <= word as u64 {
            field[..total as usize].to_vec()
        } else {
            read(
                file,
                little_endian(field),
                usize::try_from(total).unwrap_or(usize::MAX),
                length,
            )?
        };
        if let Some(value) = Value::parse(kind, &content) {
            directory.set(tag, value);
        }
    }
    Ok((directory, little_endian(next)))
}

fn unit_bytes(kind: u16) -> Option<u64> {
    match kind {
        2 => Some(1),
        3 => Some(2),
        4 => Some(4),
        12 | 16 => Some(8),
        _ => None,
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Some bytes of a file; checked against its length first, so that a broken count allocates nothing.
pub fn read(file: &File, at: u64, count: usize, length: u64) -> Result<Vec<u8>, CogError> {
    let end = at.checked_add(count as u64);
    if end.is_none_or(|end| end > length) {
        let missing = format!("{count} bytes at {at} lie beyond its end at {length}");
        return Err(CogError::Damaged(missing));
    }
    let mut bytes = vec![0; count];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}
