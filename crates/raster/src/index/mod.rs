//! Indices: formulas over the bands of one scene.

mod preset;

use std::io::Write;
use std::path::Path;

use thiserror::Error;

use crate::clouds::Clouds;
use crate::cog::{Band, CogError, CogOptions, CogReader, CogWriter, DataType};
use crate::expression::{Column, Compiled, Output};
use crate::georeference::GeoReference;
pub use preset::{Index, names, preset};

use crate::{Raster, Window, align};

/// Why an index could not be computed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// A band could not be read or the result not written.
    #[error(transparent)]
    Cog(#[from] CogError),
    /// The bands have no pixel in common.
    #[error(
        "no pixel has a value in every band; check that they are of one scene, and their nodata values"
    )]
    Empty,
}

/// What an index layer turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSummary {
    /// The grid of the finer band.
    pub georeference: GeoReference,
    /// Pixels with a value, of all.
    pub valid_share: f64,
}

/// A formula over the first bands of COGs, one a column of the program (for NDVI: near infrared, red),
/// in physical values, as a COG of `F32` with NaN for no data, on the grid of the finest one; the
/// others are brought onto it by bilinear resampling. What `clouds` hide has no value. `name`
/// describes the band, such as `ndvi`; temporary files go to `scratch`. Strips of rows are worked one
/// at a time, so memory stays bounded.
///
/// # Errors
/// When a band cannot be read, no pixel has a value, or the result cannot be written.
pub fn write(
    program: &Compiled,
    bands: &[&CogReader],
    clouds: Option<Clouds<'_>>,
    name: &str,
    scratch: &Path,
    out: &mut impl Write,
) -> Result<IndexSummary, IndexError> {
    let georeference = align::finest(bands).ok_or(IndexError::Empty)?;
    let options = CogOptions {
        // Drawn tile by tile: small ones unpack faster.
        tile_size: 256,
        ..CogOptions::new(georeference.clone(), DataType::F32, Band::new(name))
    };
    let mut writer = CogWriter::new_in(options.with_nodata(Some(f64::NAN)), scratch)?;
    let (width, height) = (georeference.width as usize, georeference.height as usize);
    // Whole rows of the source's tiles, so that none is unpacked twice.
    let tiles = bands.iter().map(|band| band.tile_size() as usize);
    let strip = tiles.max().unwrap_or(1);
    let mut valid = 0;
    for row in (0..height).step_by(strip) {
        let window = Window::new(0, row as i64, width, strip.min(height - row));
        let mut index = evaluate(program, bands, georeference, window)?;
        if let Some(clouds) = clouds {
            clouds.hide(&mut index, georeference, window)?;
        }
        valid += index.values.iter().filter(|value| !value.is_nan()).count();
        writer.write_rows(&index.values)?;
    }
    if valid == 0 {
        return Err(IndexError::Empty);
    }
    writer.finish(out)?;
    let valid_share = valid as f64 / (width as f64 * height as f64);
    Ok(IndexSummary {
        georeference: georeference.clone(),
        valid_share,
    })
}

/// A window of the index.
fn evaluate(
    program: &Compiled,
    bands: &[&CogReader],
    grid: &GeoReference,
    window: Window,
) -> Result<Raster, CogError> {
    let read = |band: &&CogReader| align::window(band, grid, window);
    let bands: Vec<Raster> = bands.iter().map(read).collect::<Result<_, _>>()?;
    let columns: Vec<Column> = bands
        .iter()
        .map(|band| Column::from(band.band(0)))
        .collect();
    let mut index = Raster::empty(window.width, window.height, 1);
    program.evaluate_samples(&columns, Output::F32(&mut index.values));
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::Classes;

    fn band(pixel: f64, width: u32, height: u32, values: &[u16]) -> CogReader {
        let transform = [6e5, pixel, 0.0, 3.45e6, 0.0, -pixel];
        let georeference =
            GeoReference::from_epsg(32648, transform, width, height).expect("a known code");
        let band = Band::new("a").scaled(0.0001, -0.1);
        let options = CogOptions::new(georeference, DataType::U16, band).with_nodata(Some(0.0));
        let mut writer = CogWriter::new(options).expect("a writer");
        writer.write_rows(values).expect("takes rows");
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("finishes");
        open(&bytes)
    }

    fn open(bytes: &[u8]) -> CogReader {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("writes");
        CogReader::open(file).expect("opens")
    }

    fn ndvi() -> Compiled {
        preset("ndvi").expect("a preset").compile().expect("sound")
    }

    #[test]
    fn scale_offset_nodata_and_two_resolutions() {
        // Near infrared at 10 m, red at 20 m with one pixel of nodata.
        let nir = band(10.0, 4, 2, &[5000, 5000, 5000, 5000, 0, 5000, 5000, 5000]);
        let red = band(20.0, 2, 1, &[2000, 0]);
        let mut bytes = Vec::new();
        let scratch = std::env::temp_dir();
        let summary =
            write(&ndvi(), &[&nir, &red], None, "ndvi", &scratch, &mut bytes).expect("computes");
        let reader = open(&bytes);
        assert_eq!(reader.bands()[0].description, "ndvi");
        let index = reader
            .read_physical(0, 0, Window::new(0, 0, 4, 2))
            .expect("reads");
        // (0.4 − 0.1) / (0.4 + 0.1); the first column of row two and the right half have no data.
        for (at, value) in index.values.iter().enumerate() {
            if [0, 1, 5].contains(&at) {
                assert!((value - 0.6).abs() < 1e-6, "{at}: {value}");
            } else {
                assert!(value.is_nan(), "{at}: {value}");
            }
        }
        assert!((summary.valid_share - 3.0 / 8.0).abs() < 1e-12);
        assert_eq!(summary.georeference, *nir.georeference());
    }

    #[test]
    fn clouds_have_no_value() {
        let nir = band(10.0, 4, 1, &[5000, 5000, 5000, 5000]);
        let red = band(10.0, 4, 1, &[2000, 2000, 2000, 2000]);
        // Scene classification at 20 m: vegetation, then cloud.
        let transform = [6e5, 20.0, 0.0, 3.45e6, 0.0, -20.0];
        let grid = GeoReference::from_epsg(32648, transform, 2, 1).expect("a known code");
        let options = CogOptions::new(grid, DataType::U8, Band::new("scl"));
        let mut writer = CogWriter::new(options).expect("a writer");
        writer.write_rows(&[4_u8, 9]).expect("takes rows");
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("finishes");
        let mask = open(&bytes);
        let clouds = Clouds {
            band: &mask,
            classes: Classes::Scl,
        };
        let scratch = std::env::temp_dir();
        let mut bytes = Vec::new();
        let summary = write(
            &ndvi(),
            &[&nir, &red],
            Some(clouds),
            "ndvi",
            &scratch,
            &mut bytes,
        )
        .expect("computes");
        assert!((summary.valid_share - 0.5).abs() < 1e-12);
        let window = Window::new(0, 0, 4, 1);
        let index = open(&bytes).read_physical(0, 0, window).expect("reads");
        assert!((index.values[1] - 0.6).abs() < 1e-6);
        assert!(index.values[2].is_nan() && index.values[3].is_nan());
    }

    #[test]
    fn nothing_in_common_is_an_error() {
        let nir = band(10.0, 2, 1, &[5000, 0]);
        let red = band(10.0, 2, 1, &[0, 2000]);
        let result = write(
            &ndvi(),
            &[&nir, &red],
            None,
            "ndvi",
            &std::env::temp_dir(),
            &mut Vec::new(),
        );
        assert!(matches!(result, Err(IndexError::Empty)));
    }
}
