//! Polygonises a classification and writes its patches; the other side is
//! `scripts/benchmarks/rivals/polygonise_gdal.sh`.
//!
//! usage: `vectorise CLASSES.tif OUT.geojsonl MINIMUM_PIXELS`: a `GeoTIFF` of bytes into GeoJSON
//! lines in the map's coordinates.

use std::fs::File;
use std::io::{BufWriter, Result as Written, Write};
use std::path::Path;

use geo::LineString;
use raster::Window;
use raster::cog::{CogReader, Samples};
use raster::vectorise::{Options, Patch, Runs, polygonise};
use rayon::prelude::*;

/// Rows read at a time.
const ROWS: usize = 512;
/// Patches written at a time.
const TOGETHER: usize = 512;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, out, minimum] = arguments.as_slice() else {
        return Err("usage: vectorise CLASSES.tif OUT.geojsonl MINIMUM_PIXELS".into());
    };
    let reader = CogReader::open_path(Path::new(path))?;
    let [west, side, _, north, ..] = reader.georeference().transform;
    let place = Place { west, north, side };
    let options = Options {
        minimum_pixels: minimum.parse()?,
        ..Options::default()
    };
    let mut out = BufWriter::with_capacity(1 << 20, File::create(out)?);
    let mut waiting = Vec::new();
    let mut written = Ok(());
    polygonise(read(&reader)?, options, |patch| {
        waiting.push(patch);
        if waiting.len() == TOGETHER && written.is_ok() {
            written = write_all(&mut out, &waiting, &place);
            waiting.clear();
        }
    });
    written?;
    write_all(&mut out, &waiting, &place)?;
    out.flush()?;
    Ok(())
}

/// West, north, and the side of a pixel.
struct Place {
    west: f64,
    north: f64,
    side: f64,
}

fn read(reader: &CogReader) -> Result<Runs, Failure> {
    let (width, height) = (
        reader.georeference().width as usize,
        reader.georeference().height as usize,
    );
    let mut runs = Runs::new(width as u32);
    for row in (0..height).step_by(ROWS) {
        let window = Window::new(0, row as i64, width, ROWS.min(height - row));
        let Samples::U8(pixels) = reader.read_samples(0, 0, window)? else {
            return Err("the classes are not bytes".into());
        };
        runs.push(&pixels, reader.nodata().map(|nodata| nodata as u8));
    }
    Ok(runs)
}

/// Lines made on all cores, written in order.
fn write_all(out: &mut impl Write, patches: &[Patch], place: &Place) -> Written<()> {
    let lines = patches.par_chunks(64).map(|patches| {
        let mut lines = Vec::new();
        for patch in patches {
            write(&mut lines, patch, place)?;
        }
        Ok(lines)
    });
    for lines in lines.collect::<Written<Vec<_>>>()? {
        out.write_all(&lines)?;
    }
    Ok(())
}

fn write(out: &mut impl Write, patch: &Patch, place: &Place) -> Written<()> {
    let head = r#"{"type":"Feature","properties":{"DN":"#;
    write!(out, "{head}{}", patch.value)?;
    write!(out, r#"}},"geometry":{{"type":"Polygon","coordinates":["#)?;
    for polygon in &patch.polygons {
        ring(out, polygon.exterior(), place)?;
        for hole in polygon.interiors() {
            write!(out, ",")?;
            ring(out, hole, place)?;
        }
    }
    writeln!(out, "]}}}}")
}

fn ring(out: &mut impl Write, ring: &LineString<f64>, place: &Place) -> Written<()> {
    for (index, point) in ring.coords().enumerate() {
        let (x, y) = (
            place.west + point.x * place.side,
            place.north - point.y * place.side,
        );
        let before = if index == 0 { "[" } else { "," };
        write!(out, "{before}[{x},{y}]")?;
    }
    write!(out, "]")
}
