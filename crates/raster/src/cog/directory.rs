//! TIFF directories as our COGs lay them out: little-endian, classic or Big.
//!
//! Tags and values are the `tiff` crate's, and its decoder reads all of this back (see `head`). Its
//! encoder does not write it: that puts long values before their directory, where a COG wants the
//! directory first, and uses the machine's byte order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tiff::encoder::TiffValue;
use tiff::tags::{ByteOrder, Tag, Type, ValueBuffer};

/// GDAL's XML of band names, scales and offsets; a tag the crate has no name for.
pub const GDAL_METADATA: Tag = Tag::Unknown(42112);

/// What the samples of black and white are in JPEG's colours; likewise.
pub const REFERENCE_BLACK_WHITE: Tag = Tag::Unknown(532);

/// One directory: an image's properties by the number of their tag, which is TIFF's order.
#[derive(Default)]
pub struct Directory {
    values: BTreeMap<u16, ValueBuffer>,
}

/// Text in UTF-8: the crate's own `str` is ASCII only, and bands have Chinese names.
pub struct Text<'text>(pub &'text str);

impl TiffValue for Text<'_> {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: Type = Type::ASCII;

    fn count(&self) -> usize {
        self.0.len() + 1
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned([self.0.as_bytes(), &[0]].concat())
    }
}

/// Bytes that only their tag's reader understands.
pub struct Undefined<'bytes>(pub &'bytes [u8]);

impl TiffValue for Undefined<'_> {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: Type = Type::UNDEFINED;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0)
    }
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
    pub fn set<V: TiffValue + ?Sized>(&mut self, tag: Tag, value: &V) {
        let mut value = ValueBuffer::from_value(&value);
        value.set_byte_order(ByteOrder::LittleEndian);
        self.values.insert(tag.to_u16(), value);
    }

    /// Tile offsets, in the width of the file's kind.
    pub fn set_offsets(&mut self, offsets: &[u64], size: Size) {
        match size {
            Size::Classic => {
                let offsets: Vec<u32> = offsets.iter().map(|&offset| offset as u32).collect();
                self.set(Tag::TileOffsets, offsets.as_slice());
            }
            Size::Big => self.set(Tag::TileOffsets, offsets),
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
            bytes.extend_from_slice(&value.data_type().to_u16().to_le_bytes());
            size.push(&mut bytes, value.count());
            let content = value.as_bytes();
            if content.len() <= word {
                let filled = bytes.len() + word;
                bytes.extend_from_slice(content);
                bytes.resize(filled, 0);
            } else {
                size.push(&mut bytes, at + (head + long_values.len()) as u64);
                long_values.extend_from_slice(content);
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
