//! One image on another's grid: `warp IN LIKE OUT_FOLDER [--kernel cubic] [--level 3]`.
//!
//! LIKE is a `GeoTIFF` whose grid is taken; of IN all bands. Prints the seconds it took, and the most
//! memory it held.

mod support;

use std::io::Write;
use std::path::Path;

use chrono::NaiveDate;
use raster::cog::{CogOptions, CogReader, Compression};
use raster::pipeline::{Input, Look, LookBand, Output, Program};
use raster::warp::Kernel;
use support::Failure;

fn main() -> Result<(), Failure> {
    // `cargo bench` adds words of its own.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let place = words.iter().position(|word| word == name)?;
        words.get(place + 1).map(String::as_str)
    };
    let [input, like, folder, ..] = words.as_slice() else {
        writeln!(
            std::io::stderr(),
            "usage: warp IN LIKE OUT_FOLDER [--kernel nearest|bilinear|cubic|average|mode] [--level N]"
        )?;
        return Ok(());
    };
    let kernel = match value("--kernel") {
        Some("nearest") => Kernel::Nearest,
        Some("bilinear") => Kernel::Bilinear,
        Some("average") => Kernel::Average,
        Some("mode") => Kernel::Mode,
        _ => Kernel::Cubic,
    };
    let level = value("--level").map_or(Ok(3), str::parse)?;
    let program = program(input, like, kernel, Compression::Zstd { level })?;
    support::work(&program, Path::new(folder))
}

fn program(
    input: &str,
    like: &str,
    kernel: Kernel,
    compression: Compression,
) -> Result<Program, Failure> {
    let grid = CogReader::open_path(Path::new(like))?
        .georeference()
        .clone();
    let source = CogReader::open_path(Path::new(input))?;
    let names: Vec<String> = (0..source.bands().len())
        .map(|band| band.to_string())
        .collect();
    let bands = names.iter().enumerate().map(|(band, name)| LookBand {
        name: name.clone(),
        source: input.to_owned(),
        band,
        kernel,
    });
    let look = Look {
        id: input.to_owned(),
        date: NaiveDate::default(),
        bands: bands.collect(),
        mask: None,
    };
    let options = CogOptions {
        bands: source.bands().to_vec(),
        compression,
        ..CogOptions::new(grid.clone(), source.data_type(), raster::cog::Band::new(""))
    };
    let output = Output {
        name: "warped".to_owned(),
        of: "image".to_owned(),
        bands: names,
        options: options.with_nodata(source.nodata()),
    };
    Ok(Program {
        grid,
        inputs: vec![Input {
            name: "image".to_owned(),
            looks: vec![look],
        }],
        nodes: Vec::new(),
        outputs: vec![output],
    })
}
