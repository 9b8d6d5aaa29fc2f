//! A COG from another GeoTIFF, through the public interface; the other side is
//! `scripts/benchmarks/rivals/cog_gdal.sh`.
//!
//! usage: `cog IN OUT --codec jpeg|webp|zstd|deflate [--level N]`

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use raster::cog::{CogOptions, CogReader, Compression, Overviews, create};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let place = words.iter().position(|word| word == name)?;
        words.get(place + 1).cloned()
    };
    let [input, output, ..] = words.as_slice() else {
        return Err("usage: cog IN OUT --codec jpeg|webp|zstd|deflate [--level N]".into());
    };
    let level = value("--level").map_or(Ok(3), |level| level.parse())?;
    let compression = match value("--codec").as_deref() {
        Some("jpeg") => Compression::Jpeg { quality: 80 },
        Some("webp") => Compression::Webp { quality: 80.0 },
        Some("deflate") => Compression::Deflate,
        _ => Compression::Zstd { level },
    };
    convert(Path::new(input), Path::new(output), compression)
}

fn convert(input: &Path, output: &Path, compression: Compression) -> Result<(), Failure> {
    let reader = CogReader::open_path(input)?;
    let options = CogOptions {
        georeference: reader.georeference().clone(),
        bands: reader.bands().to_vec(),
        data_type: reader.data_type(),
        nodata: reader.nodata(),
        alpha: reader.alpha(),
        tile_size: 512,
        compression,
        overviews: Overviews::Average,
        overview_count: None,
    };
    let bands: Vec<usize> = (0..reader.bands().len()).collect();
    let scratch = output.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(output)?);
    create(
        &options,
        |window| reader.read_bands(0, &bands, window),
        &scratch,
        &mut out,
    )?;
    out.flush()?;
    Ok(())
}
