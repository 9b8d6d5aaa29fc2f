//! The head of one of our COGs, through the `tiff` crate's decoder: what all its tiles have in
//! common, and where each of them stands. The tiles themselves are the reader's.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek};

use tiff::decoder::ifd::Value;
use tiff::decoder::{Decoder, IfdDecoder, Limits};
use tiff::tags::{ByteOrder, CompressionMethod, Predictor, SampleFormat, Tag};
use tiff::{TiffError, TiffFormatError};

use super::codec::Layout;
use super::directory::GDAL_METADATA;
use super::{Band, CogError, Compression, DataType, metadata};
use crate::georeference::GeoReference;

/// More tiles than this in one level the decoder would refuse: it reads the first directory before
/// it can be given limits, and its own allow 256 MiB a tag. At 256 pixels a tile, an image of
/// 700 000 pixels a side.
pub const MOST_TILES: u64 = 8_000_000;
const _: () = assert!(MOST_TILES as usize * size_of::<Value>() <= 256 << 20);

/// More levels than any image of ours has.
const MOST_LEVELS: usize = 40;

/// One resolution of an image.
#[derive(Debug, Clone)]
pub struct Level {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Tiles side by side.
    pub tiles_across: u32,
    /// Tiles above each other.
    pub tiles_down: u32,
    pub(super) offsets: Vec<u64>,
    pub(super) counts: Vec<u64>,
}

/// What a file says before its tiles begin.
pub struct Head {
    pub layout: Layout,
    pub georeference: GeoReference,
    pub bands: Vec<Band>,
    pub nodata: Option<f64>,
    /// At least one.
    pub levels: Vec<Level>,
}

impl Head {
    /// Reads the head of a file of this length.
    pub fn read(file: &File, length: u64) -> Result<Self, CogError> {
        let mut input = BufReader::new(file);
        // Who wrote the file may hand it on as it is, standing at its end.
        input.rewind()?;
        let mut decoder = Decoder::new(input).map_err(explain)?.with_limits(limits());
        if decoder.byte_order() != ByteOrder::LittleEndian {
            return Err(CogError::NotOurs("it is big-endian".to_owned()));
        }
        let mut tags = decoder.image_ifd();
        let software = text(&mut tags, Tag::Software)?;
        if !software.is_some_and(|software| software.starts_with("Xiangtu ")) {
            return Err(CogError::NotOurs(
                "its software tag names another program".to_owned(),
            ));
        }
        let layout = layout(&mut tags)?;
        let described = text(&mut tags, GDAL_METADATA)?.unwrap_or_default();
        let (bands, georeference) = metadata::read(&described, layout.bands)?;
        let nodata = text(&mut tags, Tag::GdalNodata)?.and_then(|text| text.trim().parse().ok());
        let levels = levels(&mut decoder, layout.tile_size, length)?;
        let first = levels.first().map(|level| (level.width, level.height));
        if first != Some((georeference.width, georeference.height)) {
            return Err(damaged("its size and its georeference disagree"));
        }
        Ok(Self {
            layout,
            georeference,
            bands,
            nodata,
            levels,
        })
    }
}

/// The crate documents a default of one megabyte a value and (0.11) does not hold to it; a county at
/// half a metre has more tiles than that, and what is read here shall not depend on the omission.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.ifd_value_size = limits.decoding_buffer_size;
    limits
}

fn layout(tags: &mut IfdDecoder<'_>) -> Result<Layout, CogError> {
    let bits = number(tags, Tag::BitsPerSample)?;
    let format = SampleFormat::from_u16_exhaustive(number(tags, Tag::SampleFormat)?);
    let data_type = match (bits, format) {
        (8, SampleFormat::Uint) => DataType::U8,
        (16, SampleFormat::Uint) => DataType::U16,
        (16, SampleFormat::Int) => DataType::I16,
        (32, SampleFormat::IEEEFP) => DataType::F32,
        _ => {
            return Err(CogError::NotOurs(format!(
                "it has numbers of {bits} bits and kind {format:?}"
            )));
        }
    };
    let method = CompressionMethod::from_u16_exhaustive(number(tags, Tag::Compression)?);
    let compression = match method {
        CompressionMethod::Deflate => Compression::Deflate,
        CompressionMethod::ZSTD => Compression::Zstd,
        CompressionMethod::WebP => Compression::Webp { quality: 0.0 },
        other => return Err(CogError::NotOurs(format!("its compression is {other:?}"))),
    };
    let bands = usize::from(number(tags, Tag::SamplesPerPixel)?);
    let tile_size = tags.get_tag_u32(Tag::TileWidth).map_err(explain)? as usize;
    if !(16..=4096).contains(&tile_size) || !(1..=64).contains(&bands) {
        return Err(CogError::NotOurs(format!(
            "it has {bands} bands in tiles of {tile_size}"
        )));
    }
    let layout = Layout {
        tile_size,
        bands,
        data_type,
        compression,
    };
    let predictor = tags
        .find_tag_unsigned(Tag::Predictor)
        .map_err(explain)?
        .map_or(Some(Predictor::None), Predictor::from_u16);
    if predictor != Some(layout.predictor()) {
        return Err(CogError::NotOurs(format!("its predictor is {predictor:?}")));
    }
    Ok(layout)
}

/// Every directory of the file is a level; they follow each other from the finest to the coarsest.
fn levels<R: Read + Seek>(
    decoder: &mut Decoder<R>,
    tile_size: usize,
    length: u64,
) -> Result<Vec<Level>, CogError> {
    let mut levels = Vec::new();
    let mut next = decoder.ifd_pointer();
    while let Some(at) = next {
        if levels.len() >= MOST_LEVELS {
            return Err(damaged("its directories do not end"));
        }
        let directory = decoder.read_directory(at).map_err(explain)?;
        let mut tags = decoder.read_directory_tags(&directory);
        levels.push(level(&mut tags, tile_size as u32, length)?);
        next = directory.next();
    }
    Ok(levels)
}

fn level(tags: &mut IfdDecoder<'_>, tile_size: u32, length: u64) -> Result<Level, CogError> {
    let mut side = |tag: Tag| tags.get_tag_u32(tag).map_err(explain);
    let (width, height) = (side(Tag::ImageWidth)?, side(Tag::ImageLength)?);
    if width == 0 || height == 0 {
        return Err(damaged("a level has no size"));
    }
    let tile = (side(Tag::TileWidth)?, side(Tag::TileLength)?);
    if tile != (tile_size, tile_size) {
        return Err(CogError::NotOurs(format!(
            "a level has tiles of {} × {}",
            tile.0, tile.1
        )));
    }
    let (tiles_across, tiles_down) = (width.div_ceil(tile_size), height.div_ceil(tile_size));
    let offsets = tags.get_tag_u64_vec(Tag::TileOffsets).map_err(explain)?;
    let counts = tags.get_tag_u64_vec(Tag::TileByteCounts).map_err(explain)?;
    let tiles = tiles_across as usize * tiles_down as usize;
    if offsets.len() != tiles || counts.len() != tiles {
        return Err(damaged("a level does not have all its tiles"));
    }
    let end = offsets
        .iter()
        .zip(&counts)
        .map(|(offset, count)| offset.saturating_add(*count))
        .max();
    if end.is_some_and(|end| end > length) {
        return Err(damaged("it is cut short: tiles lie beyond its end"));
    }
    Ok(Level {
        width,
        height,
        tiles_across,
        tiles_down,
        offsets,
        counts,
    })
}

/// The first number of a tag; where there is one for each band, the decoder has seen to it that
/// they are the same.
fn number(tags: &mut IfdDecoder<'_>, tag: Tag) -> Result<u16, CogError> {
    let numbers = tags.find_tag_unsigned_vec(tag).map_err(explain)?;
    numbers
        .and_then(|numbers| numbers.first().copied())
        .ok_or_else(|| explain(TiffFormatError::RequiredTagNotFound(tag).into()))
}

fn text(tags: &mut IfdDecoder<'_>, tag: Tag) -> Result<Option<String>, CogError> {
    let value = tags.find_tag(tag).map_err(explain)?;
    value.map(Value::into_string).transpose().map_err(explain)
}

fn damaged(what: &str) -> CogError {
    CogError::Damaged(what.to_owned())
}

/// What the decoder's errors mean for a file of ours.
fn explain(error: TiffError) -> CogError {
    match error {
        TiffError::FormatError(
            TiffFormatError::TiffSignatureNotFound | TiffFormatError::TiffSignatureInvalid,
        ) => CogError::NotOurs("it does not begin like a TIFF".to_owned()),
        TiffError::UnsupportedError(error) => CogError::NotOurs(error.to_string()),
        // The latter is how the system refuses to seek to offsets that no file can have.
        TiffError::IoError(error)
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::InvalidInput
            ) =>
        {
            damaged("it is cut short: its head points beyond its end")
        }
        TiffError::IoError(error) => CogError::Io(error),
        other => CogError::Damaged(other.to_string()),
    }
}
