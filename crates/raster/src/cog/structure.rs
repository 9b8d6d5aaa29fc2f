//! Everything of a COG but its tiles: which levels there are, and the head that says where each tile
//! stands. Tiles follow row by row, the coarsest level first, each with its mask behind it.

use tiff::encoder::Rational;
use tiff::tags::{PhotometricInterpretation, PlanarConfiguration, Tag};

use super::codec::{Layout, Packing, Predictor};
use super::directory::{Directory, GDAL_METADATA, REFERENCE_BLACK_WHITE, Size, Text, Undefined};
use super::options::{check, extra_samples, is_colour, sample_format};
use super::{CogError, CogOptions, Compression, metadata};

/// GDAL's structural metadata: readers may trust that directories come first, tiles stand row by
/// row, and each has its length before it and its last four bytes again behind it.
const STRUCTURE: &str = "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
    BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n";

/// What GDAL adds where each tile's mask stands right behind it.
const MASKED: &str = "MASK_INTERLEAVED_WITH_IMAGERY=YES\n";

/// Bytes before and behind every tile.
const FRAME: u64 = 4;

/// Files beyond this become `BigTIFF`; a little under 4 GiB for safety.
const CLASSIC_LIMIT: u64 = u32::MAX as u64 - (1 << 20);

/// TIFF's kinds of directories.
const COARSER: u32 = 1;
const MASK: u32 = 4;

/// The packed lengths of a tile and of its mask; 0 where nothing is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub tile: u32,
    pub mask: u32,
}

/// A COG before its tiles are known.
pub struct Structure {
    pub options: CogOptions,
    pub layout: Layout,
    pub mask: Option<Layout>,
    /// Columns and rows of every level, from the finest on.
    pub sizes: Vec<(u32, u32)>,
    /// `BigTIFF` even for a small file.
    pub always_big: bool,
}

impl Counts {
    /// How many bytes of the file they take, with what stands around them.
    pub fn framed(self) -> u64 {
        let framed = |count: u32| {
            if count == 0 {
                0
            } else {
                u64::from(count) + 2 * FRAME
            }
        };
        framed(self.tile) + framed(self.mask)
    }
}

/// Appends a tile as it stands in the file; nothing for an empty one.
pub fn frame(tile: &[u8], out: &mut Vec<u8>) {
    if let Some(trailer) = tile.last_chunk::<4>() {
        out.extend_from_slice(&(tile.len() as u32).to_le_bytes());
        out.extend_from_slice(tile);
        out.extend_from_slice(trailer);
    }
}

impl Structure {
    /// Refuses options that contradict each other.
    pub fn new(options: CogOptions) -> Result<Self, CogError> {
        check(&options)?;
        let side = options.tile_size as usize;
        let layout = Layout::ours(
            side,
            options.stored_bands(),
            options.data_type,
            options.compression,
        );
        Ok(Self {
            sizes: options.level_sizes(),
            mask: options.has_mask().then(|| Layout::mask(side)),
            layout,
            options,
            always_big: false,
        })
    }

    /// Everything before the tiles. `counts`: of every level, from the finest on, row by row.
    pub fn head(&self, counts: &[Vec<Counts>]) -> Result<Vec<u8>, CogError> {
        let data: u64 = counts.iter().flatten().map(|counts| counts.framed()).sum();
        let tiles: u64 = counts.iter().map(|counts| counts.len() as u64).sum();
        let big = self.always_big || data + tiles * 32 + (1 << 24) > CLASSIC_LIMIT;
        let size = if big { Size::Big } else { Size::Classic };
        // Twice: the lengths do not depend on the offsets, so the first time tells where tiles begin.
        let length = self.head_at(size, counts, 0)?.len() as u64;
        self.head_at(size, counts, length)
    }

    fn head_at(&self, size: Size, counts: &[Vec<Counts>], data: u64) -> Result<Vec<u8>, CogError> {
        let masked = if self.mask.is_some() { MASKED } else { "" };
        let ghost = format!(
            "GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{STRUCTURE}{masked} ",
            STRUCTURE.len() + masked.len() + 1
        );
        let first = (size.header_length() + ghost.len() as u64).next_multiple_of(8);
        let mut head = size.header(first);
        head.extend_from_slice(ghost.as_bytes());
        head.resize(first as usize, 0);
        for index in 0..counts.len() {
            let length =
                |counts: &Vec<Counts>| counts.iter().map(|counts| counts.framed()).sum::<u64>();
            // Coarser levels stand before this one.
            let before: u64 = counts[index + 1..].iter().map(length).sum();
            let (tiles, masks) = offsets(&counts[index], data + before);
            let last = index + 1 == counts.len();
            let mut directory = self.directory(index, &counts[index])?;
            directory.set_offsets(&tiles, size);
            let followed = !last || self.mask.is_some();
            head.extend_from_slice(&directory.encode(head.len() as u64, size, followed));
            if let Some(layout) = &self.mask {
                let mut directory = self.mask_directory(index, layout, &counts[index]);
                directory.set_offsets(&masks, size);
                head.extend_from_slice(&directory.encode(head.len() as u64, size, !last));
            }
        }
        Ok(head)
    }

    fn directory(&self, index: usize, counts: &[Counts]) -> Result<Directory, CogError> {
        let (options, bands) = (&self.options, self.layout.bands);
        let photometric = match (options.compression, is_colour(options) && bands > 1) {
            (Compression::Jpeg { .. }, _) if bands == 3 => PhotometricInterpretation::YCbCr,
            (_, true) => PhotometricInterpretation::RGB,
            _ => PhotometricInterpretation::BlackIsZero,
        };
        let bits = vec![(options.data_type.bytes() * 8) as u16; bands];
        let formats = vec![sample_format(options.data_type); bands];
        let mut directory = self.common(index, if index > 0 { COARSER } else { 0 });
        directory.set(Tag::BitsPerSample, bits.as_slice());
        directory.set(Tag::Compression, &options.compression.method());
        directory.set(Tag::PhotometricInterpretation, &photometric);
        directory.set(Tag::SamplesPerPixel, &(bands as u16));
        let lengths: Vec<u32> = counts.iter().map(|counts| counts.tile).collect();
        directory.set(Tag::TileByteCounts, lengths.as_slice());
        directory.set(Tag::SampleFormat, formats.as_slice());
        if self.layout.predictor != Predictor::None {
            directory.set(Tag::Predictor, &self.layout.predictor.code());
        }
        if let Packing::Jpeg(tables, _) = &self.layout.packing {
            directory.set(Tag::JPEGTables, &Undefined(tables));
            if bands == 3 {
                directory.set(Tag::ChromaSubsampling, &[2_u16, 2]);
                // Full range, as JFIF has it.
                let range =
                    [0_u32, 255, 128, 255, 128, 255].map(|value| Rational { n: value, d: 1 });
                directory.set(REFERENCE_BLACK_WHITE, range.as_slice());
            }
        }
        if let Some(extra) = extra_samples(options) {
            directory.set(Tag::ExtraSamples, extra.as_slice());
        }
        if let Some(nodata) = options.nodata {
            let text = if nodata.is_nan() {
                "nan".to_owned()
            } else {
                nodata.to_string()
            };
            directory.set(Tag::GdalNodata, &Text(&text));
        }
        if index == 0 {
            let software = concat!("Xiangtu ", env!("CARGO_PKG_VERSION"));
            directory.set(Tag::Software, &Text(software));
            metadata::set_place(&mut directory, &options.georeference);
            let described = metadata::describe(&options.bands, &options.georeference)?;
            directory.set(GDAL_METADATA, &Text(&described));
        }
        Ok(directory)
    }

    fn mask_directory(&self, index: usize, layout: &Layout, counts: &[Counts]) -> Directory {
        let mut directory = self.common(index, if index > 0 { MASK | COARSER } else { MASK });
        directory.set(Tag::BitsPerSample, &1_u16);
        directory.set(Tag::Compression, &Compression::Deflate.method());
        let photometric = PhotometricInterpretation::TransparencyMask;
        directory.set(Tag::PhotometricInterpretation, &photometric);
        directory.set(Tag::SamplesPerPixel, &(layout.bands as u16));
        let lengths: Vec<u32> = counts.iter().map(|counts| counts.mask).collect();
        directory.set(Tag::TileByteCounts, lengths.as_slice());
        directory
    }

    fn common(&self, index: usize, kind: u32) -> Directory {
        let (width, height) = self.sizes[index];
        let mut directory = Directory::default();
        directory.set(Tag::NewSubfileType, &kind);
        directory.set(Tag::ImageWidth, &width);
        directory.set(Tag::ImageLength, &height);
        directory.set(Tag::PlanarConfiguration, &PlanarConfiguration::Chunky);
        directory.set(Tag::TileWidth, &self.options.tile_size);
        directory.set(Tag::TileLength, &self.options.tile_size);
        directory
    }
}

/// Where each tile and each mask stands when this level begins at `start`; 0 where nothing is stored.
fn offsets(counts: &[Counts], start: u64) -> (Vec<u64>, Vec<u64>) {
    let mut at = start;
    let mut place = |count: u32| {
        if count == 0 {
            return 0;
        }
        let offset = at + FRAME;
        at += u64::from(count) + 2 * FRAME;
        offset
    };
    counts
        .iter()
        .map(|counts| (place(counts.tile), place(counts.mask)))
        .unzip()
}
