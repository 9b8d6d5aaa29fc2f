//! How a directory says its pixels are cut into blocks, ours or another program's.

use tiff::tags::{CompressionMethod, Tag};

use super::codec::{Colours, Layout, Packing, Predictor};
use super::head::{Level, MOST_TILES, Plane};
use super::ifd::{Header, Ifd};
use super::{CogError, DataType};

/// A larger block (a whole image in one packed strip, say) is not unpacked for one of its pixels.
const MOST_BLOCK_BYTES: u64 = 64 << 20;

/// Strips that are not packed are read in pieces of about this size.
const RAW_BLOCK_BYTES: u64 = 256 << 10;

/// Colour interpretations whose samples are not what they seem.
const CMYK: u64 = 5;
const YCBCR: u64 = 6;
const MASK: u64 = 4;

/// How many bands a directory's image has.
pub fn bands(directory: &Ifd<'_>) -> Result<usize, CogError> {
    let bands = directory.number(Tag::SamplesPerPixel)?.unwrap_or(1);
    if !(1..=256).contains(&bands) {
        return Err(foreign(format!("it has {bands} bands")));
    }
    Ok(bands as usize)
}

/// One level from its directory.
pub fn level(directory: &Ifd<'_>, header: Header, length: u64) -> Result<Level, CogError> {
    let side = |tag: Tag| {
        let side = directory.require(tag)?;
        let side = u32::try_from(side).ok().filter(|side| *side > 0);
        side.ok_or_else(|| CogError::Damaged("a level has no size".to_owned()))
    };
    let (width, height) = (side(Tag::ImageWidth)?, side(Tag::ImageLength)?);
    let bands = bands(directory)?;
    let planar = bands > 1 && directory.number(Tag::PlanarConfiguration)? == Some(2);
    let tiled = directory.has(Tag::TileWidth);
    let (block_width, block_height) = if tiled {
        (side(Tag::TileWidth)?, side(Tag::TileLength)?)
    } else {
        let rows = directory
            .number(Tag::RowsPerStrip)?
            .unwrap_or(u64::from(height));
        (width, rows.clamp(1, u64::from(height)) as u32)
    };
    let layout = Layout {
        width: block_width as usize,
        height: block_height as usize,
        bands: if planar { 1 } else { bands },
        big_endian: header.big_endian,
        ..layout(directory, bands, planar)?
    };
    let (across, down) = (width.div_ceil(block_width), height.div_ceil(block_height));
    let planes = if planar { bands } else { 1 };
    let (offsets, counts) = places(directory, tiled)?;
    let blocks = u64::from(across) * u64::from(down);
    if blocks > MOST_TILES {
        return Err(foreign(format!("a level has {blocks} tiles")));
    }
    if offsets.len() as u64 != blocks * planes as u64 || counts.len() != offsets.len() {
        return Err(CogError::Damaged(
            "a level does not have all its tiles".to_owned(),
        ));
    }
    let ends = offsets
        .iter()
        .zip(&counts)
        .map(|(at, count)| at.saturating_add(*count));
    if ends.max().is_some_and(|end| end > length) {
        let what = "it is cut short: tiles lie beyond its end";
        return Err(CogError::Damaged(what.to_owned()));
    }
    let planes = offsets
        .chunks_exact(blocks as usize)
        .zip(counts.chunks_exact(blocks as usize))
        .map(|(offsets, counts)| {
            let plane = Plane {
                layout: layout.clone(),
                across,
                down,
                strips: !tiled,
                offsets: offsets.to_vec(),
                counts: counts.to_vec(),
            };
            if tiled {
                Ok(plane)
            } else {
                recut(plane, height)
            }
        })
        .collect::<Result<Vec<_>, CogError>>()?;
    let bytes = planes[0].layout.width as u64
        * planes[0].layout.height as u64
        * (layout.bands * layout.data_type.bytes()) as u64;
    if bytes > MOST_BLOCK_BYTES {
        return Err(foreign(format!("its blocks have {bytes} bytes")));
    }
    Ok(Level {
        width,
        height,
        tiles_across: planes[0].across,
        tiles_down: planes[0].down,
        planes,
    })
}

/// Offsets and lengths of all blocks.
fn places(directory: &Ifd<'_>, tiled: bool) -> Result<(Vec<u64>, Vec<u64>), CogError> {
    let (offsets, counts) = if tiled {
        (Tag::TileOffsets, Tag::TileByteCounts)
    } else {
        (Tag::StripOffsets, Tag::StripByteCounts)
    };
    Ok((directory.numbers(offsets)?, directory.numbers(counts)?))
}

/// Strips that are not packed and follow each other are one run of rows: it is read in pieces of a
/// sensible size, whether the file has a strip for every row or one for all.
fn recut(plane: Plane, height: u32) -> Result<Plane, CogError> {
    let layout = &plane.layout;
    let row_bytes = (layout.width * layout.bands * layout.data_type.bytes()) as u64;
    let follow = plane
        .offsets
        .windows(2)
        .zip(&plane.counts)
        .all(|(offsets, count)| offsets[0] + count == offsets[1]);
    let whole = plane.counts.iter().sum::<u64>() == row_bytes * u64::from(height);
    if layout.packing != Packing::Raw || layout.bits || !follow || !whole {
        return Ok(plane);
    }
    let rows = (RAW_BLOCK_BYTES / row_bytes).clamp(1, u64::from(height));
    let down = u64::from(height).div_ceil(rows);
    if down > MOST_TILES {
        return Err(foreign(format!("it has {down} rows of blocks")));
    }
    let first = plane.offsets[0];
    let step = rows * row_bytes;
    let end = first + row_bytes * u64::from(height);
    let offsets: Vec<u64> = (0..down).map(|block| first + block * step).collect();
    let counts = offsets.iter().map(|at| step.min(end - at)).collect();
    Ok(Plane {
        layout: Layout {
            height: rows as usize,
            ..plane.layout
        },
        down: down as u32,
        offsets,
        counts,
        ..plane
    })
}

fn layout(directory: &Ifd<'_>, bands: usize, planar: bool) -> Result<Layout, CogError> {
    let (data_type, bits) = data_type(directory)?;
    let photometric = directory.number(Tag::PhotometricInterpretation)?;
    let (packing, predictor) = packing(directory, photometric)?;
    if directory.number(Tag::FillOrder)?.unwrap_or(1) != 1 {
        return Err(foreign("its bits are in reverse order".to_owned()));
    }
    if photometric == Some(CMYK) || (photometric == Some(YCBCR) && !is_jpeg(&packing)) {
        return Err(foreign(
            "its colours are not red, green and blue".to_owned(),
        ));
    }
    let samples = if planar { 1 } else { bands };
    let fits = match packing {
        Packing::Jpeg(..) => data_type == DataType::U8 && !bits && matches!(samples, 1 | 3),
        Packing::Webp => data_type == DataType::U8 && !bits && matches!(samples, 3 | 4),
        _ => true,
    };
    if !fits {
        return Err(foreign(format!(
            "its tiles are {packing:?} of {samples} bands of {data_type:?}"
        )));
    }
    if predictor == Predictor::Float && data_type != DataType::F32 || bits && samples != 1 {
        return Err(foreign(format!(
            "its numbers are {data_type:?} with {predictor:?}"
        )));
    }
    Ok(Layout {
        width: 0,
        height: 0,
        bands: samples,
        data_type,
        packing,
        predictor,
        big_endian: false,
        bits,
    })
}

/// The number type, and whether it is a mask of single bits.
fn data_type(directory: &Ifd<'_>) -> Result<(DataType, bool), CogError> {
    let bits = directory.numbers(Tag::BitsPerSample)?;
    let formats = directory.numbers(Tag::SampleFormat)?;
    let same = |numbers: &[u64]| numbers.windows(2).all(|pair| pair[0] == pair[1]);
    if !same(&bits) || !same(&formats) {
        return Err(foreign("its bands have different number types".to_owned()));
    }
    let bits = bits.first().copied().unwrap_or(1);
    let format = formats.first().copied().unwrap_or(1);
    match (bits, format) {
        (8, 1) => Ok((DataType::U8, false)),
        (16, 1) => Ok((DataType::U16, false)),
        (16, 2) => Ok((DataType::I16, false)),
        (32, 3) => Ok((DataType::F32, false)),
        (1, _) if directory.number(Tag::PhotometricInterpretation)? == Some(MASK) => {
            Ok((DataType::U8, true))
        }
        _ => Err(foreign(format!(
            "its numbers have {bits} bits and are of kind {format}"
        ))),
    }
}

fn packing(
    directory: &Ifd<'_>,
    photometric: Option<u64>,
) -> Result<(Packing, Predictor), CogError> {
    let method = directory.number(Tag::Compression)?.unwrap_or(1);
    let method = u16::try_from(method).unwrap_or(0);
    let method = CompressionMethod::from_u16_exhaustive(method);
    let packing = match method {
        CompressionMethod::None => Packing::Raw,
        CompressionMethod::Deflate | CompressionMethod::OldDeflate => Packing::Deflate,
        CompressionMethod::LZW => Packing::Lzw,
        CompressionMethod::ZSTD => Packing::Zstd,
        CompressionMethod::WebP => Packing::Webp,
        CompressionMethod::ModernJPEG => {
            let tables = directory.raw(Tag::JPEGTables)?.unwrap_or_default();
            let colours = if photometric == Some(YCBCR) {
                Colours::YCbCr
            } else {
                Colours::AsTheyAre
            };
            Packing::Jpeg(tables.into(), colours)
        }
        other => return Err(foreign(format!("its compression is {other:?}"))),
    };
    let predicted = matches!(packing, Packing::Deflate | Packing::Lzw | Packing::Zstd);
    let predictor = match directory.number(Tag::Predictor)?.unwrap_or(1) {
        2 if predicted => Predictor::Horizontal,
        3 if predicted => Predictor::Float,
        1 => Predictor::None,
        _ if !predicted => Predictor::None,
        other => return Err(foreign(format!("its predictor is {other}"))),
    };
    Ok((packing, predictor))
}

fn is_jpeg(packing: &Packing) -> bool {
    matches!(packing, Packing::Jpeg(..))
}

fn foreign(what: String) -> CogError {
    CogError::NotOurs(what)
}
