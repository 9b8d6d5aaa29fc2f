//! The head of a file: what all its blocks have in common, and where each of them stands.

use tiff::tags::{CompressionMethod, Tag};

use super::codec::Layout;
use super::directory::GDAL_METADATA;
use super::ifd::{Header, Ifd};
use super::source::Source;
use super::{Band, CogError, Compression, DataType, blocks, geokeys, metadata};
use crate::georeference::GeoReference;

/// More tiles than this in one level we neither write nor read: their offsets alone take 64 MB. At
/// 256 pixels a tile, an image of 700 000 pixels a side.
pub const MOST_TILES: u64 = 8_000_000;

/// One resolution of an image.
#[derive(Debug, Clone)]
pub struct Level {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Tiles (or strips) side by side.
    pub tiles_across: u32,
    /// Tiles (or strips) above each other.
    pub tiles_down: u32,
    /// One for all bands, or one for each, or one for the colours and one for the mask.
    pub(super) planes: Vec<Plane>,
}

/// Blocks that hold some of the bands of a level.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub layout: Layout,
    pub across: u32,
    pub down: u32,
    /// Whether the blocks are strips, of which the last may be shorter.
    pub strips: bool,
    pub offsets: Vec<u64>,
    pub counts: Vec<u64>,
}

/// What a file says before its tiles begin.
pub struct Head {
    pub georeference: GeoReference,
    pub bands: Vec<Band>,
    pub data_type: DataType,
    pub compression: Compression,
    pub nodata: Option<f64>,
    pub alpha: bool,
    /// Whether our writer made it.
    pub ours: bool,
    /// At least one.
    pub levels: Vec<Level>,
}

/// What a directory is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Image,
    Coarser,
    Mask,
    Other,
}

impl Head {
    /// Reads the head of a file.
    pub fn read(source: &dyn Source) -> Result<Self, CogError> {
        let header = Header::read(source)?;
        let directories = header.directories(source)?;
        let first = directories
            .first()
            .ok_or_else(|| CogError::Damaged("it has no directory".to_owned()))?;
        let software = first.text(Tag::Software)?.unwrap_or_default();
        let mut levels = levels(&directories, header, source.length())?;
        let data_type = levels[0].planes[0].layout.data_type;
        let mut stored = blocks::bands(first)?;
        let extra = first.numbers(Tag::ExtraSamples)?;
        let mut alpha = extra.last().is_some_and(|kind| matches!(kind, 1 | 2));
        if add_masks(&mut levels, &directories, header, source.length())? && !alpha {
            stored += 1;
            alpha = true;
        }
        let described = first.text(GDAL_METADATA)?.unwrap_or_default();
        let (mut bands, written) = metadata::read(&described, stored);
        if let Some(last) = bands.last_mut().filter(|_| alpha)
            && last.description.is_empty()
        {
            "alpha".clone_into(&mut last.description);
        }
        let (width, height) = (levels[0].width, levels[0].height);
        let georeference = match written {
            Some(georeference) if (georeference.width, georeference.height) == (width, height) => {
                georeference
            }
            Some(_) => {
                let what = "its size and its georeference disagree";
                return Err(CogError::Damaged(what.to_owned()));
            }
            None => geokeys::read(first, width, height)?,
        };
        // A value the type cannot hold says nothing about its pixels.
        let nodata = first
            .text(Tag::GdalNodata)?
            .and_then(|text| text.trim().parse().ok())
            .filter(|nodata| data_type.holds(*nodata));
        Ok(Self {
            georeference,
            bands,
            data_type,
            compression: compression(first)?,
            nodata,
            alpha,
            ours: software.starts_with("Xiangtu "),
            levels,
        })
    }
}

/// The image's levels, each coarser than the one before.
fn levels(directories: &[Ifd<'_>], header: Header, length: u64) -> Result<Vec<Level>, CogError> {
    let mut levels: Vec<Level> = Vec::new();
    for (index, directory) in directories.iter().enumerate() {
        match purpose(directory)? {
            // The first directory is the image, whatever it says; a second image is another page.
            _ if index == 0 => levels.push(blocks::level(directory, header, length)?),
            Purpose::Coarser => {
                let level = blocks::level(directory, header, length)?;
                let coarser = levels.last().is_none_or(|finer| {
                    level.width <= finer.width
                        && level.height <= finer.height
                        && level.planes.len() == finer.planes.len()
                        && level.planes.iter().zip(&finer.planes).all(|(one, two)| {
                            (one.layout.bands, one.layout.data_type)
                                == (two.layout.bands, two.layout.data_type)
                        })
                });
                if coarser {
                    levels.push(level);
                }
            }
            _ => {}
        }
    }
    Ok(levels)
}

/// Gives every level its mask, if all have one; whether they have.
fn add_masks(
    levels: &mut [Level],
    directories: &[Ifd<'_>],
    header: Header,
    length: u64,
) -> Result<bool, CogError> {
    let mut masks = Vec::new();
    for directory in directories {
        if purpose(directory)? == Purpose::Mask {
            masks.push(blocks::level(directory, header, length)?);
        }
    }
    let mut found = Vec::new();
    for level in levels.iter() {
        let mask = masks.iter().position(|mask| {
            (mask.width, mask.height) == (level.width, level.height)
                && mask.planes.iter().all(|plane| plane.layout.bits)
        });
        found.extend(mask.map(|mask| masks.swap_remove(mask)));
    }
    if found.len() != levels.len() {
        return Ok(false);
    }
    for (level, mask) in levels.iter_mut().zip(found) {
        let data_type = level.planes[0].layout.data_type;
        level.planes.extend(mask.planes.into_iter().map(|plane| {
            let layout = Layout {
                data_type,
                ..plane.layout
            };
            Plane { layout, ..plane }
        }));
    }
    Ok(true)
}

fn purpose(directory: &Ifd<'_>) -> Result<Purpose, CogError> {
    let kind = directory.number(Tag::NewSubfileType)?.unwrap_or(0);
    Ok(match kind {
        0 => Purpose::Image,
        1 => Purpose::Coarser,
        4 | 5 => Purpose::Mask,
        _ => Purpose::Other,
    })
}

/// In the words of our options, as near as it comes; quality and level are not kept in a file.
fn compression(directory: &Ifd<'_>) -> Result<Compression, CogError> {
    let method = directory.number(Tag::Compression)?.unwrap_or(1) as u16;
    Ok(match CompressionMethod::from_u16_exhaustive(method) {
        CompressionMethod::ZSTD => Compression::Zstd { level: 0 },
        CompressionMethod::WebP => Compression::Webp { quality: 0.0 },
        CompressionMethod::ModernJPEG => Compression::Jpeg { quality: 0 },
        _ => Compression::Deflate,
    })
}
