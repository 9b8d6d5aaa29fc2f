//! Options in TIFF's words, and which of them go together.

use tiff::tags::{CompressionMethod, ExtraSamples, SampleFormat};

use super::head::MOST_TILES;
use super::{CogError, CogOptions, Compression, DataType, Overviews};

impl Compression {
    pub(super) fn is_numeric(self) -> bool {
        !matches!(self, Self::Webp { .. })
    }

    pub(super) fn method(self) -> CompressionMethod {
        match self {
            Self::Deflate => CompressionMethod::Deflate,
            Self::Zstd => CompressionMethod::ZSTD,
            Self::Webp { .. } => CompressionMethod::WebP,
        }
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
    let bands = options.bands.len();
    let colours = if options.alpha && bands == 4 { 3 } else { 1 };
    let mut extra = vec![ExtraSamples::Unspecified; bands - colours];
    if let Some(last) = extra.last_mut().filter(|_| options.alpha) {
        *last = ExtraSamples::UnassociatedAlpha;
    }
    (!extra.is_empty()).then_some(extra)
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
    let colours = bands == 4 && options.alpha && options.data_type == DataType::U8;
    if !options.compression.is_numeric() && !colours {
        return refuse("WebP tiles hold four bands of U8, the last alpha".to_owned());
    }
    if options.alpha && options.overviews == Overviews::Nearest {
        return refuse("colours with alpha are averaged, not picked".to_owned());
    }
    Ok(())
}
