//! Polygonises a classification and writes its patches: one side of the comparison with GDAL.
//!
//! `vectorise CLASSES.tif MINIMUM_PIXELS OUT.geojsonl`: a GeoTIFF of bytes in strips, 0 = no data, into
//! GeoJSON lines in the map's coordinates.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a measurement ends at the first mistake and says what it did"
)]

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::time::Instant;

use geo::LineString;
use raster::vectorise::{Options, Patch, Runs, polygonise};
use rayon::prelude::*;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let [path, minimum, out] = arguments.as_slice() else {
        eprintln!("usage: vectorise CLASSES.tif MINIMUM_PIXELS OUT.geojsonl");
        return;
    };
    let began = Instant::now();
    let (runs, place) = read(path);
    let read = began.elapsed();
    let mut out = BufWriter::with_capacity(1 << 20, File::create(out).unwrap());
    let mut patches = 0;
    let options = Options {
        minimum_pixels: minimum.parse().unwrap(),
        ..Options::default()
    };
    let count = runs.len();
    let mut waiting = Vec::new();
    polygonise(runs, options, |patch| {
        patches += 1;
        waiting.push(patch);
        if waiting.len() == 512 {
            write_all(&mut out, &waiting, &place);
            waiting.clear();
        }
    });
    write_all(&mut out, &waiting, &place);
    out.flush().unwrap();
    let all = began.elapsed();
    eprintln!("{patches} patches of {count} runs: read {read:.2?}, all {all:.2?}");
}

/// West, north, and the side of a pixel.
struct Place {
    west: f64,
    north: f64,
    side: f64,
}

fn read(path: &str) -> (Runs, Place) {
    let mut decoder = Decoder::new(BufReader::new(File::open(path).unwrap())).unwrap();
    let (width, _) = decoder.dimensions().unwrap();
    let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).unwrap();
    let side = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag).unwrap()[0];
    let mut runs = Runs::new(width);
    let mut rows = Vec::new();
    for strip in 0..decoder.strip_count().unwrap() {
        let DecodingResult::U8(pixels) = decoder.read_chunk(strip).unwrap() else {
            eprintln!("{path} does not hold bytes");
            return (
                runs,
                Place {
                    west: 0.0,
                    north: 0.0,
                    side,
                },
            );
        };
        rows.extend_from_slice(&pixels);
        if rows.len() > 1 << 22 {
            runs.push(&rows, Some(0_u8));
            rows.clear();
        }
    }
    runs.push(&rows, Some(0_u8));
    let (west, north) = (tie[3], tie[4]);
    (runs, Place { west, north, side })
}

/// Lines made on all cores, written in order.
fn write_all(out: &mut impl std::io::Write, patches: &[Patch], place: &Place) {
    let lines = patches.par_chunks(64).map(|patches| {
        let mut lines = Vec::new();
        for patch in patches {
            write(&mut lines, patch, place);
        }
        lines
    });
    for lines in lines.collect::<Vec<_>>() {
        out.write_all(&lines).unwrap();
    }
}

fn write(out: &mut impl std::io::Write, patch: &Patch, place: &Place) {
    let head = r#"{"type":"Feature","properties":{"DN":"#;
    write!(out, "{head}{}", patch.value).unwrap();
    write!(out, r#"}},"geometry":{{"type":"Polygon","coordinates":["#).unwrap();
    for polygon in &patch.polygons {
        ring(out, polygon.exterior(), place);
        for hole in polygon.interiors() {
            write!(out, ",").unwrap();
            ring(out, hole, place);
        }
    }
    writeln!(out, "]}}}}").unwrap();
}

fn ring(out: &mut impl std::io::Write, ring: &LineString<f64>, place: &Place) {
    for (index, point) in ring.coords().enumerate() {
        let (x, y) = (
            place.west + point.x * place.side,
            place.north - point.y * place.side,
        );
        let before = if index == 0 { "[" } else { "," };
        write!(out, "{before}[{x},{y}]").unwrap();
    }
    write!(out, "]").unwrap();
}
