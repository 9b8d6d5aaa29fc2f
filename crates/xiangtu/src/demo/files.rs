//! The township's files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use raster::cog::{Band, CogOptions, CogWriter, DataType};
use raster::georeference::GeoReference;
use rayon::prelude::*;
use serde_json::Value;

use super::Error;
use super::definition::{Definition, Picture, SampleReport};
use super::ground::{COLUMNS, EPSG, HEIGHT, ORIGIN, PIXEL, ROWS};
use super::pictures;
use super::scene::Scene;
use super::vectors::{self, Degrees};
use super::world::World;

/// What was written where.
#[derive(Debug)]
pub struct DemoFiles {
    /// County, township and villages: `code`, `name`, `name_en`, `level`, `parent`.
    pub areas: PathBuf,
    /// Roads, lines.
    pub roads: PathBuf,
    /// Fields, polygons.
    pub fields: PathBuf,
    /// Houses, polygons.
    pub houses: PathBuf,
    /// The river's bed and its brooks.
    pub river: PathBuf,
    /// The images, the oldest first.
    pub scenes: Vec<SceneFile>,
    /// The photos of the sample reports.
    pub photos: BTreeMap<Picture, PathBuf>,
    /// The sample reports with their places.
    pub reports: Vec<PlacedReport>,
    /// What everything was grown from.
    pub definition: Definition,
}

/// An image: five bands (blue, green, red, nir, scl) of 600 × 700 pixels of 10 m, reflectance
/// × 10 000 and classes as unsigned 16 bits, 0 where there is no data.
#[derive(Debug)]
pub struct SceneFile {
    /// The file.
    pub path: PathBuf,
    /// The day.
    pub date: NaiveDate,
}

/// A sample report and where it was pinned.
#[derive(Debug)]
pub struct PlacedReport {
    /// The report.
    pub report: SampleReport,
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

/// Grows the demo township and writes its files into a folder that exists.
///
/// Takes CPU time for some seconds on all cores and about 150 MB.
///
/// # Errors
/// When the definition is not sound or a file cannot be written.
pub fn make(folder: &Path) -> Result<DemoFiles, Error> {
    let degrees = Degrees::new()?;
    let world = World::grow(Definition::load()?);
    let scenes = (0..world.definition.dates.len())
        .into_par_iter()
        .filter_map(|number| world.image(number).map(|scene| (number, scene)))
        .map(|(number, scene)| write_scene(folder, world.definition.dates[number].date, &scene))
        .collect::<Result<Vec<_>, _>>()?;
    let mut photos = BTreeMap::new();
    for report in &world.definition.reports {
        if let Some(picture) = report.photo {
            photos.insert(picture, folder.join(pictures::file_name(picture)));
        }
    }
    photos
        .par_iter()
        .try_for_each(|(&picture, path)| write_photo(path, picture))?;
    let place = |report: &SampleReport| {
        let [longitude, latitude] = degrees.of(world.find(&report.spot)?);
        Ok(PlacedReport {
            report: report.clone(),
            longitude,
            latitude,
        })
    };
    let reports = world
        .definition
        .reports
        .iter()
        .map(place)
        .collect::<Result<_, Error>>()?;
    Ok(DemoFiles {
        areas: write_json(folder, "areas.geojson", &vectors::areas(&world, &degrees))?,
        roads: write_json(folder, "roads.geojson", &vectors::roads(&world, &degrees))?,
        fields: write_json(folder, "fields.geojson", &vectors::fields(&world, &degrees))?,
        houses: write_json(folder, "houses.geojson", &vectors::houses(&world, &degrees))?,
        river: write_json(folder, "river.geojson", &vectors::river(&world, &degrees))?,
        scenes,
        photos,
        reports,
        definition: world.definition,
    })
}

/// Writes a file through a buffer.
fn write(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), Error>,
) -> Result<(), Error> {
    let failed = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    let mut out = BufWriter::new(File::create(path).map_err(failed)?);
    fill(&mut out)?;
    out.flush().map_err(failed)
}

fn write_json(folder: &Path, name: &str, value: &Value) -> Result<PathBuf, Error> {
    let path = folder.join(name);
    write(&path, |out| {
        serde_json::to_writer(out, value).map_err(|source| Error::Write {
            path: path.clone(),
            source: source.into(),
        })
    })?;
    Ok(path)
}

fn write_scene(folder: &Path, date: NaiveDate, scene: &Scene) -> Result<SceneFile, Error> {
    let path = folder.join(format!("demo_{}.tif", date.format("%Y%m%d")));
    let (width, height) = (COLUMNS as u32, ROWS as u32);
    let transform = [ORIGIN.x, PIXEL, 0.0, ORIGIN.y + HEIGHT, 0.0, -PIXEL];
    let georeference =
        GeoReference::from_epsg(EPSG, transform, width, height).ok_or(Error::Zone)?;
    let mut options = CogOptions::new(georeference, DataType::U16, Band::new(""))
        .with_nodata(Some(0.0))
        .with_classes();
    options.bands = ["blue", "green", "red", "nir"]
        .map(|role| Band::new(role).scaled(0.0001, 0.0))
        .into_iter()
        .chain([Band::new("scl")])
        .collect();
    let failed = |source| Error::Image {
        path: path.clone(),
        source,
    };
    let mut writer = CogWriter::new_in(options, folder).map_err(failed)?;
    let pixels: Vec<u16> = (0..COLUMNS * ROWS)
        .flat_map(|index| {
            let [blue, green, red, nir] = &scene.bands;
            [
                blue[index],
                green[index],
                red[index],
                nir[index],
                scene.classes[index],
            ]
        })
        .collect();
    writer.write_rows(&pixels).map_err(failed)?;
    write(&path, |out| writer.finish(out).map_err(failed))?;
    Ok(SceneFile { path, date })
}

fn write_photo(path: &Path, picture: Picture) -> Result<(), Error> {
    let image = pictures::paint(picture);
    write(path, |out| {
        image::codecs::jpeg::JpegEncoder::new_with_quality(out, 88)
            .encode_image(&image)
            .map_err(|source| Error::Photo {
                path: path.to_owned(),
                source,
            })
    })
}
