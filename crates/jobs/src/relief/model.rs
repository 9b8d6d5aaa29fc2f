//! Elevation models of other people become one of ours: metres, one grid.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use raster::cog::{Band, CogError, CogOptions, CogReader, CogWriter};
use raster::foreign::{BandDescription, RasterDescription};
use raster::georeference::GeoReference;
use raster::product;
use raster::sample::DataType;
use raster::warp::{self, Kernel};
use raster::{Raster, Window};

use super::ReliefError;
use crate::kept::Kept;
use crate::{Error, Result, Stage, Workshop, ingest, object_image};

/// What is at fault where no file is.
pub(super) const WHAT: &str = "the elevation model";
/// What the heights are called among bands.
pub(super) const ROLE: &str = "elevation";
/// Nothing on earth is lower or higher, the sea's ground included.
const ON_EARTH: std::ops::RangeInclusive<f64> = -11_100.0..=8_900.0;
/// A number below all land that models often mean “no data” by, without saying so.
const COMMON_VOID: f64 = -9_999.0;
/// The most pixels that several files may become: 23,000 × 23,000.
const MOST_PIXELS: f64 = (1_u64 << 29) as f64;
/// Rows that are merged at a time.
const ROWS: u32 = 256;
/// Points taken along each side of a file to find its place in the grid of another.
const SIDE_POINTS: u32 = 32;

/// A file that was looked at.
#[derive(Debug, Clone)]
pub(super) struct ModelFile {
    pub path: PathBuf,
    pub georeference: GeoReference,
    nodata: Option<f64>,
    scale: f64,
    offset: f64,
}

/// The elevation model as it is stored.
pub(super) struct Model {
    pub kept: Kept,
    pub object: objects::ObjectName,
    pub georeference: GeoReference,
}

impl Model {
    pub fn open(&self, workshop: &Workshop) -> Result<CogReader> {
        object_image::open(&workshop.objects, self.object.as_str(), WHAT)
    }
}

/// Looks at all files before a pixel of any is read.
pub(super) fn look(
    workshop: &Workshop,
    paths: &[PathBuf],
    nodata: Option<f64>,
) -> Result<Vec<ModelFile>> {
    let files = product::inputs(paths)?.into_iter().map(|path| {
        let description = workshop.foreign.describe(&path)?;
        let band = heights(&path, &description)?;
        let metres = metres(&path, band)?;
        Ok(ModelFile {
            georeference: ingest::georeference(&path, &description)?,
            nodata: nodata.or(band.nodata),
            scale: band.scale.unwrap_or(1.0) * metres,
            offset: band.offset.unwrap_or(0.0) * metres,
            path,
        })
    });
    files.collect()
}

/// The band of heights.
fn heights<'a>(path: &Path, description: &'a RasterDescription) -> Result<&'a BandDescription> {
    let found = match description.bands.as_slice() {
        [only] if only.data_type == DataType::U8 => "a band of bytes, as pictures have,".to_owned(),
        [only] => return Ok(only),
        bands => format!("{} bands", bands.len()),
    };
    let path = path.to_owned();
    Err(ReliefError::NoHeights { path, found }.into())
}

/// How many metres the unit of a band is.
fn metres(path: &Path, band: &BandDescription) -> Result<f64> {
    let unit = band
        .unit
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    match unit.as_str() {
        "" | "m" | "metre" | "metres" | "meter" | "meters" | "米" => Ok(1.0),
        "dm" => Ok(0.1),
        "cm" => Ok(0.01),
        "ft" | "foot" | "feet" | "international foot" => Ok(0.3048),
        "us survey foot" | "us-ft" | "ftus" => Ok(1200.0 / 3937.0),
        _ => Err(ReliefError::Unit {
            path: path.to_owned(),
            unit,
        }
        .into()),
    }
}

/// Reads all files into one model.
pub(super) fn take_in(workshop: &Workshop, files: &[ModelFile]) -> Result<Model> {
    let mut kept = Kept::new(&workshop.objects);
    if let [only] = files {
        let object = read(workshop, only, &mut kept)?;
        return Ok(Model {
            kept,
            object,
            georeference: only.georeference.clone(),
        });
    }
    let grid = common_grid(files)?;
    // They go again as soon as they are merged.
    let mut parts = Kept::new(&workshop.objects);
    let mut readers = Vec::with_capacity(files.len());
    for file in files {
        let object = read(workshop, file, &mut parts)?;
        let what = file.path.display().to_string();
        readers.push(object_image::open(
            &workshop.objects,
            object.as_str(),
            &what,
        )?);
    }
    let object = merge(workshop, &readers, &grid, &mut kept)?;
    Ok(Model {
        kept,
        object,
        georeference: grid,
    })
}

/// One file as metres, NaN for no data.
fn read(workshop: &Workshop, file: &ModelFile, kept: &mut Kept) -> Result<objects::ObjectName> {
    workshop.progress.stage(&Stage::Band {
        role: ROLE.to_owned(),
    });
    let what = file.path.display().to_string();
    let mut writer = writer(workshop, &file.georeference, &what)?;
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    let total = u64::from(file.georeference.height);
    workshop
        .foreign
        .read_band::<Error, _>(&file.path, 1, |strip| {
            let metres = strip.samples.numbers().map(|number| {
                if file.nodata == Some(number) || !number.is_finite() {
                    return f32::NAN;
                }
                let metres = number * file.scale + file.offset;
                lowest = lowest.min(metres);
                highest = highest.max(metres);
                metres as f32
            });
            let metres: Vec<f32> = metres.collect();
            writer.write_rows(&metres).map_err(failed(&what))?;
            let done = (strip.first_row + strip.rows) as u64;
            workshop.progress.advance(done, total);
            Ok(())
        })?;
    plausible(&file.path, lowest, highest)?;
    finish(workshop, writer, kept, &what)
}

fn plausible(path: &Path, lowest: f64, highest: f64) -> Result<()> {
    let path = path.to_owned();
    if lowest > highest {
        return Err(ReliefError::Empty { path }.into());
    }
    let on_earth = ON_EARTH.contains(&lowest) && ON_EARTH.contains(&highest);
    if on_earth && lowest.to_bits() != COMMON_VOID.to_bits() {
        return Ok(());
    }
    Err(ReliefError::Range {
        path,
        lowest,
        highest,
    }
    .into())
}

fn failed(what: &str) -> impl Fn(CogError) -> Error {
    move |source| Error::Cog {
        what: what.to_owned(),
        source,
    }
}

fn writer(workshop: &Workshop, grid: &GeoReference, what: &str) -> Result<CogWriter> {
    let options = CogOptions::new(grid.clone(), DataType::F32, Band::new(ROLE));
    let options = options.with_nodata(Some(f64::NAN));
    CogWriter::new_in(options, workshop.objects.scratch()).map_err(failed(what))
}

fn finish(
    workshop: &Workshop,
    writer: CogWriter,
    kept: &mut Kept,
    what: &str,
) -> Result<objects::ObjectName> {
    let mut object = workshop.objects.create("tif")?;
    let mut out = BufWriter::new(&mut object);
    writer.finish(&mut out).map_err(failed(what))?;
    std::io::Write::flush(&mut out).map_err(|error| failed(what)(error.into()))?;
    drop(out);
    kept.finish(object)
}

/// The grid of the finest file, wide enough for all.
fn common_grid(files: &[ModelFile]) -> Result<GeoReference> {
    let grids = files.iter().map(|file| &file.georeference);
    let by_size = |one: &&GeoReference, other: &&GeoReference| {
        one.mercator_resolution()
            .total_cmp(&other.mercator_resolution())
    };
    let Some(finest) = grids.clone().min_by(by_size) else {
        return Err(Error::NoBands);
    };
    let (mut west, mut north) = (f64::INFINITY, f64::INFINITY);
    let (mut east, mut south) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (column, row) in grids.flat_map(|grid| sides(grid, finest)) {
        west = west.min(column);
        east = east.max(column);
        north = north.min(row);
        south = south.max(row);
    }
    // A file on the same lattice ends on whole pixels, but for a rounding.
    let whole = |value: f64, towards: fn(f64) -> f64| {
        let near = value.round();
        if (value - near).abs() < 1e-3 {
            near
        } else {
            towards(value)
        }
    };
    let (west, north) = (whole(west, f64::floor), whole(north, f64::floor));
    let width = whole(east, f64::ceil) - west;
    let height = whole(south, f64::ceil) - north;
    // NaN, of a file beyond what the projection can show, is too far as well.
    let fits = width * height <= MOST_PIXELS;
    if !fits {
        return Err(ReliefError::Apart { width, height }.into());
    }
    let (x, y) = finest.map_of_pixel(west, north);
    let t = finest.transform;
    Ok(GeoReference {
        transform: [x, t[1], t[2], y, t[4], t[5]],
        width: width as u32,
        height: height as u32,
        ..finest.clone()
    })
}

/// Places along the sides of an image, in the pixels of another.
fn sides(grid: &GeoReference, other: &GeoReference) -> Vec<(f64, f64)> {
    let (width, height) = (f64::from(grid.width), f64::from(grid.height));
    let places = (0..=SIDE_POINTS).flat_map(|step| {
        let part = f64::from(step) / f64::from(SIDE_POINTS);
        [
            (width * part, 0.0),
            (width * part, height),
            (0.0, height * part),
            (width, height * part),
        ]
    });
    let places = places.map(|(column, row)| {
        let (longitude, latitude) = grid.lonlat(column, row);
        other.pixel(longitude, latitude)
    });
    places.collect()
}

/// All files on one grid: where two have a height, that of the one named first.
fn merge(
    workshop: &Workshop,
    readers: &[CogReader],
    grid: &GeoReference,
    kept: &mut Kept,
) -> Result<objects::ObjectName> {
    let mut writer = writer(workshop, grid, WHAT)?;
    for row in (0..grid.height).step_by(ROWS as usize) {
        let rows = ROWS.min(grid.height - row) as usize;
        let window = Window::new(0, i64::from(row), grid.width as usize, rows);
        let mut strip = Raster::empty(window.width, window.height, 1);
        for reader in readers {
            let more =
                warp::resample(reader, 0, grid, window, Kernel::Cubic).map_err(failed(WHAT))?;
            let holes = strip.values.iter_mut().zip(more.values);
            holes
                .filter(|(height, _)| height.is_nan())
                .for_each(|(height, more)| *height = more);
        }
        writer.write_rows(&strip.values).map_err(failed(WHAT))?;
    }
    finish(workshop, writer, kept, WHAT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(column: f64, row: f64) -> ModelFile {
        let (west, north) = (108.0 + column * 0.001, 31.0 - row * 0.001);
        let transform = [west, 0.001, 0.0, north, 0.0, -0.001];
        ModelFile {
            path: PathBuf::from("dem.tif"),
            georeference: GeoReference::from_epsg(4326, transform, 100, 50).unwrap(),
            nodata: None,
            scale: 1.0,
            offset: 0.0,
        }
    }

    #[test]
    fn files_side_by_side_share_a_grid() {
        let grid = common_grid(&[file(100.0, 0.0), file(0.0, 0.0)]).unwrap();
        assert_eq!((grid.width, grid.height), (200, 50));
        assert!((grid.transform[0] - 108.0).abs() < 1e-9);
        let apart = common_grid(&[file(0.0, 0.0), file(60_000.0, 50_000.0)]).map(|_| ());
        let words = apart.unwrap_err().to_string();
        assert!(words.contains("too far apart"), "{words}");
    }

    #[test]
    fn units_become_metres_or_are_named() {
        let band = |unit: &str| BandDescription {
            data_type: DataType::F32,
            nodata: None,
            description: None,
            scale: None,
            offset: None,
            unit: Some(unit.to_owned()),
            colour: None,
            tags: std::collections::BTreeMap::new(),
        };
        let metres =
            |unit: &str| metres(Path::new("dem.tif"), &band(unit)).map_err(|e| e.to_string());
        assert_eq!(metres(" Metre"), Ok(1.0));
        assert_eq!(metres("ft"), Ok(0.3048));
        assert!(metres("kelvin").unwrap_err().contains("“kelvin”"));
    }

    #[test]
    fn what_cannot_be_a_height_is_told() {
        let tried = |lowest, highest| {
            let tried = plausible(Path::new("dem.tif"), lowest, highest);
            tried.map_err(|error| error.to_string())
        };
        assert_eq!(tried(-154.0, 8848.0), Ok(()));
        assert!(tried(-32_768.0, 900.0).unwrap_err().contains("--nodata"));
        assert!(tried(-9_999.0, 900.0).unwrap_err().contains("-9999 to 900"));
        assert!(
            tried(f64::INFINITY, f64::NEG_INFINITY)
                .unwrap_err()
                .contains("no heights")
        );
    }
}
