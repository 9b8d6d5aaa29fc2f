//! The season's median: `composite INPUTS OUT WEST SOUTH EAST NORTH RESOLUTION [--level 3]`.
//!
//! INPUTS holds `date_N.tif` (red and near infrared) and `scl_N.tif` (Sentinel-2's classes) of twelve
//! dates; made are `red.tif`, `nir.tif` and `ndvi.tif` in Web Mercator. Prints the seconds it took, and
//! the most memory it held.

mod support;

use std::io::Write;
use std::path::Path;

use chrono::{Months, NaiveDate};
use raster::cog::{Band, CogOptions, Compression, DataType};
use raster::composite::Method;
use raster::georeference::GeoReference;
use raster::mask::ClassName;
use raster::pipeline::{
    Input, Look, LookBand, LookMask, Node, Operation, Output, Program, Variable,
};
use raster::product::Classes;
use raster::warp::Kernel;
use support::Failure;

const DATES: u32 = 12;

fn main() -> Result<(), Failure> {
    // `cargo bench` adds words of its own.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let place = words.iter().position(|word| word == name)?;
        words.get(place + 1).map(String::as_str)
    };
    let [inputs, folder, west, south, east, north, resolution, ..] = words.as_slice() else {
        writeln!(
            std::io::stderr(),
            "usage: composite INPUTS OUT WEST SOUTH EAST NORTH RESOLUTION [--level N]"
        )?;
        return Ok(());
    };
    let numbers = [west, south, east, north, resolution].map(|word| word.parse::<f64>());
    let [west, south, east, north, resolution] = numbers;
    let (west, north, resolution) = (west?, north?, resolution?);
    let transform = [west, resolution, 0.0, north, 0.0, -resolution];
    let count = |length: f64| (length / resolution).round() as u32;
    let (width, height) = (count(east? - west), count(north - south?));
    let grid = GeoReference::from_epsg(3857, transform, width, height).ok_or("no such grid")?;
    let level = value("--level").map_or(Ok(3), str::parse)?;
    let program = program(inputs, &grid, Compression::Zstd { level });
    support::work(&program, Path::new(folder))
}

fn look(inputs: &str, number: u32) -> Look {
    let bands = [("red", 0), ("nir", 1)].map(|(name, band)| LookBand {
        name: name.to_owned(),
        source: format!("{inputs}/date_{number}.tif"),
        band,
        kernel: Kernel::Bilinear,
    });
    Look {
        id: format!("date {number}"),
        date: NaiveDate::default() + Months::new(number),
        bands: bands.to_vec(),
        mask: Some(LookMask {
            source: format!("{inputs}/scl_{number}.tif"),
            band: 0,
            classes: Classes::Scl.into(),
            hide: vec![ClassName::Cloud, ClassName::Cirrus],
            grow_m: 0.0,
        }),
    }
}

fn program(inputs: &str, grid: &GeoReference, compression: Compression) -> Program {
    let clear = Operation::Composite {
        of: "season".to_owned(),
        method: Method::Median,
        bands: ["red", "nir"].map(str::to_owned).to_vec(),
    };
    let ndvi = Operation::Expression {
        formula: "(nir - red) / (nir + red)".to_owned(),
        variables: vec![Variable::new("clear", "nir"), Variable::new("clear", "red")],
        band: "ndvi".to_owned(),
    };
    let node = |name: &str, operation| Node {
        name: name.to_owned(),
        operation,
    };
    let output = |of: &str, band: &str, data_type, nodata| Output {
        name: band.to_owned(),
        of: of.to_owned(),
        bands: vec![band.to_owned()],
        options: CogOptions {
            compression,
            ..CogOptions::new(grid.clone(), data_type, Band::new(band))
        }
        .with_nodata(Some(nodata)),
    };
    Program {
        grid: grid.clone(),
        inputs: vec![Input {
            name: "season".to_owned(),
            looks: (0..DATES).map(|number| look(inputs, number)).collect(),
        }],
        nodes: vec![node("clear", clear), node("index", ndvi)],
        outputs: vec![
            output("clear", "red", DataType::U16, 0.0),
            output("clear", "nir", DataType::U16, 0.0),
            output("index", "ndvi", DataType::F32, f64::NAN),
        ],
    }
}
