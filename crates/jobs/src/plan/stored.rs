//! How the bands of a step are stored.

use raster::cog::{Band, CogOptions, DataType};
use raster::georeference::GeoReference;

use super::series::{Nature, StepBand};

/// The options of an image with these bands on a grid: numbers of the sources where they agree,
/// classes and counts as bytes, everything computed as 32-bit floats.
pub(super) fn options(grid: &GeoReference, bands: &[&StepBand]) -> CogOptions {
    let named = |band: &&StepBand| Band::new(&band.name);
    let base = |data_type, nodata| {
        let options = CogOptions::new(grid.clone(), data_type, Band::new(""));
        let bands = bands.iter().map(named).collect();
        CogOptions { bands, ..options }.with_nodata(nodata)
    };
    let numbers: Vec<_> = bands.iter().map(|band| measured(band)).collect();
    if let Some(first) = numbers.first().copied().flatten()
        && numbers.iter().all(|found| *found == Some(first))
    {
        let stored = base(first.data_type, first.nodata);
        let scaled = stored
            .bands
            .iter()
            .map(|band| band.clone().scaled(first.scale, first.offset));
        let bands = scaled.collect();
        return CogOptions { bands, ..stored };
    }
    match bands {
        [band] => match &band.nature {
            Nature::Classes(_) => base(DataType::U8, Some(0.0)).with_classes(),
            Nature::Count => base(DataType::U16, None),
            Nature::Shade => base(DataType::U8, Some(0.0)),
            Nature::Visible => base(DataType::U8, Some(255.0)).with_classes(),
            _ => base(DataType::F32, Some(f64::NAN)),
        },
        _ => base(DataType::F32, Some(f64::NAN)),
    }
}

/// A band's numbers where all its sources store them alike, and can say that there is nothing.
fn measured(band: &StepBand) -> Option<super::inputs::Numbers> {
    match band.nature {
        Nature::Measured(Some(numbers)) if numbers.nodata.is_some() => Some(numbers),
        _ => None,
    }
}
