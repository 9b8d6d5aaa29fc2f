//! Options in TIFF's words, and which of them go together.

use tiff::tags::{CompressionMethod, ExtraSamples, SampleFormat};

use super::head::MOST_TILES;
use super::{CogError, CogOptions, Compression, DataType, Overviews};

impl Compression {
    /// Whether tiles come back as they were.
    pub(super) fn is_lossless(self) -> bool {
        matches!(self, Self::Deflate | Self::Zstd { .. })
    }

    pub(super) fn method(self) -> CompressionMethod {
        match self {
            Self::Deflate => CompressionMethod::Deflate,
            Self::Zstd { .. } => CompressionMethod::ZSTD,
            Self::Webp { .. } => CompressionMethod::WebP,
            Self::Jpeg { .. } => CompressionMethod::ModernJPEG,
        }
    }
}

impl CogOptions {
    /// Whether alpha is kept as a mask of single bits beside the tiles: JPEG has none.
    pub(super) fn has_mask(&self) -> bool {
        self.alpha && matches!(self.compression, Compression::Jpeg { .. })
    }

    /// How many bands are in the tiles themselves.
    pub(super) fn stored_bands(&self) -> usize {
        self.bands.len() - usize::from(self.has_mask())
    }

    /// Columns and rows of every level, from the finest on.
    pub(super) fn level_sizes(&self) -> Vec<(u32, u32)> {
        let (mut width, mut height) = (self.georeference.width, self.georeference.height);
        let mut sizes = vec![(width, height)];
        loop {
            let done = match self.overview_count {
                Some(count) => sizes.len() > usize::from(count) || (width <= 1 && height <= 1),
                None => width.max(height) <= self.tile_size,
            };
            if done {
                return sizes;
            }
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
            sizes.push((width, height));
        }
    }

    /// Tiles side by side and above each other, for a level of this size.
    pub(super) fn tiles(&self, (width, height): (u32, u32)) -> (u32, u32) {
        (
            width.div_ceil(self.tile_size),
            height.div_ceil(self.tile_size),
        )
    }
}

pub fn sample_format(data_type: DataType) -> SampleFormat {
    match data_type {
        DataType::U8 | DataType::U16 => SampleFormat::Uint,
        DataType::I16 => SampleFormat::Int,
        DataType::F32 => SampleFormat::IEEEFP,
    }
}

/// What the bands beyond the colours (or the first one) are.
pub fn extra_samples(options: &CogOptions) -> Option<Vec<ExtraSamples>> {
    let bands = options.stored_bands();
    let colours = if is_colour(options) { 3 } else { 1 };
    let mut extra = vec![ExtraSamples::Unspecified; bands - colours];
    let alpha = options.alpha && !options.has_mask();
    if let Some(last) = extra.last_mut().filter(|_| alpha) {
        *last = ExtraSamples::UnassociatedAlpha;
    }
    (!extra.is_empty()).then_some(extra)
}

/// Whether the tiles hold red, green and blue, and perhaps alpha: everything with alpha and four
/// bands, and three bands where the compression is one for pictures.
pub fn is_colour(options: &CogOptions) -> bool {
    match options.bands.len() {
        4 => options.alpha,
        3 => !options.alpha && !options.compression.is_lossless(),
        _ => false,
    }
}

/// Refuses options that contradict each other.
pub fn check(options: &CogOptions) -> Result<(), CogError> {
    let georeference = &options.georeference;
    let bands = options.bands.len();
    let refuse = |why: String| Err(CogError::Options(why));
    if georeference.width == 0 || georeference.height == 0 {
        return refuse(format!(
            "it has {} × {} pixels",
            georeference.width, georeference.height
        ));
    }
    if bands == 0 || bands > 64 || (options.alpha && bands < 2) {
        return refuse(format!("it has {bands} bands"));
    }
    if options.tile_size == 0 || !options.tile_size.is_multiple_of(16) || options.tile_size > 4096 {
        return refuse(format!(
            "tiles of {} are not a multiple of 16 up to 4096",
            options.tile_size
        ));
    }
    let tiles = |side: u32| u64::from(side.div_ceil(options.tile_size));
    if tiles(georeference.width) * tiles(georeference.height) > MOST_TILES {
        return refuse(format!(
            "{} × {} pixels are more than {MOST_TILES} tiles of {}; take larger tiles",
            georeference.width, georeference.height, options.tile_size
        ));
    }
    if let Some(nodata) = options
        .nodata
        .filter(|nodata| !options.data_type.holds(*nodata))
    {
        return refuse(format!(
            "{:?} cannot hold the nodata value {nodata}",
            options.data_type
        ));
    }
    let bytes = options.data_type == DataType::U8;
    match options.compression {
        Compression::Webp { .. } if !bytes || !is_colour(options) => {
            return refuse("WebP tiles hold three bands of U8, or four, the last alpha".to_owned());
        }
        Compression::Jpeg { .. } if !bytes || !matches!(options.stored_bands(), 1 | 3) => {
            return refuse(
                "JPEG tiles hold one or three bands of U8, and perhaps alpha".to_owned(),
            );
        }
        Compression::Jpeg { quality } if !(1..=100).contains(&quality) => {
            return refuse(format!("JPEG's quality is 1 to 100, not {quality}"));
        }
        Compression::Zstd { level } if !(1..=22).contains(&level) => {
            return refuse(format!("ZSTD's level is 1 to 22, not {level}"));
        }
        _ => {}
    }
    if options.alpha && options.overviews == Overviews::Nearest {
        return refuse("colours with alpha are averaged, not picked".to_owned());
    }
    Ok(())
}
