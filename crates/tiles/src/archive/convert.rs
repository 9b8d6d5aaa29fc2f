//! An `MBTiles` archive made a `PMTiles` one: a database is nothing to read by ranges from a bucket.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use grid::bounds::Bounds;
use grid::tile::Tile;
use image::ImageFormat;
use libdeflater::Compressor;
use pmtiles::{Compression, PmTilesStreamWriter, PmTilesWriter, TileCoord, TileType};
use raster::foreign::{self, ArchiveAnswer, Foreign, ForeignTile};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{ArchiveError, unwritable};
use crate::Format;
use crate::vector::gzip;

/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What a vector tile begins with: a layer.
const LAYER: u8 = 0x1a;

type Writer = PmTilesStreamWriter<std::fs::File, pmtiles::ContentHash>;

/// A temporary file with the same tiles, packed as `PMTiles` packs them.
///
/// # Errors
///
/// [`ArchiveError::Foreign`] for what is no `MBTiles`, [`ArchiveError::Unpublishable`] for one of tiles
/// that are not served, [`ArchiveError::PmTiles`].
pub fn pmtiles(foreign: &Foreign, file: &Path) -> Result<NamedTempFile, ArchiveError> {
    let temporary = NamedTempFile::with_suffix(".pmtiles");
    let temporary = temporary.map_err(|source| unwritable(file, source))?;
    let mut conversion = Conversion {
        file,
        into: temporary.path(),
        about: BTreeMap::new(),
        begun: None,
        extent: None,
    };
    foreign.read_archive(file, |answer| match answer {
        ArchiveAnswer::About(about) => {
            conversion.about = about;
            Ok(())
        }
        ArchiveAnswer::Tile(tile) => conversion.add(&tile),
    })?;
    conversion.finish()?;
    Ok(temporary)
}

struct Conversion<'file> {
    file: &'file Path,
    into: &'file Path,
    about: BTreeMap<String, String>,
    /// Once there is a tile.
    begun: Option<(Format, Writer)>,
    extent: Option<Extent>,
}

/// Where the tiles lie.
#[derive(Clone, Copy)]
struct Extent {
    first_zoom: u8,
    last_zoom: u8,
    /// Of the tiles of the last zoom.
    bounds: Bounds,
}

impl Conversion<'_> {
    fn add(&mut self, tile: &ForeignTile) -> Result<(), ArchiveError> {
        if tile.bytes.is_empty() {
            return Ok(());
        }
        let (format, mut writer) = match self.begun.take() {
            Some(begun) => begun,
            None => self.begin(tile)?,
        };
        let bytes = packed(format, &tile.bytes).ok_or_else(|| {
            let ForeignTile {
                zoom, column, row, ..
            } = *tile;
            let kind = format.extension();
            self.wrong(format!("its tile {zoom}/{column}/{row} is no {kind}"))
        })?;
        let unwritten = |source| self.unwritten(source);
        let at = TileCoord::new(tile.zoom, tile.column, tile.row).map_err(unwritten)?;
        writer.add_tile(at, &bytes).map_err(unwritten)?;
        self.begun = Some((format, writer));
        let covered = Tile {
            zoom: tile.zoom,
            column: tile.column,
            row: tile.row,
        };
        self.extent = Some(grown(self.extent, covered));
        Ok(())
    }

    fn begin(&self, first: &ForeignTile) -> Result<(Format, Writer), ArchiveError> {
        let format = match self.about.get("format").map(String::as_str) {
            Some("pbf") => Some(Format::Mvt),
            Some(word) => word.parse().ok(),
            None => picture_format(&first.bytes),
        };
        let format = format.ok_or_else(|| {
            let told = self
                .about
                .get("format")
                .map_or("of no known kind", String::as_str);
            self.wrong(format!(
                "its tiles are {told}, and only pbf, png, jpg and webp are served"
            ))
        })?;
        let (kind, compression) = match format {
            Format::Mvt => (TileType::Mvt, Compression::Gzip),
            Format::Webp => (TileType::Webp, Compression::None),
            Format::Png => (TileType::Png, Compression::None),
            Format::Jpeg => (TileType::Jpeg, Compression::None),
        };
        let file = std::fs::File::create(self.into);
        let file = file.map_err(|source| unwritable(self.into, source))?;
        let writer = PmTilesWriter::new(kind).precompressed(compression);
        let writer = writer
            .create(file)
            .map_err(|source| self.unwritten(source))?;
        Ok((format, writer))
    }

    fn finish(mut self) -> Result<(), ArchiveError> {
        let (Some((_, mut writer)), Some(extent)) = (self.begun.take(), self.extent) else {
            return Err(self.wrong("there is no tile in it".to_owned()));
        };
        let told = self.about.get("bounds").and_then(|text| told_bounds(text));
        let Bounds {
            west,
            south,
            east,
            north,
        } = told.unwrap_or(extent.bounds);
        writer.set_zoom_range(extent.first_zoom, extent.last_zoom);
        writer.set_bounds(west, south, east, north);
        let (longitude, latitude) = (f64::midpoint(west, east), f64::midpoint(south, north));
        writer.set_center(longitude, latitude, extent.first_zoom);
        writer.set_metadata(self.metadata().to_string());
        writer.finalize().map_err(|source| self.unwritten(source))
    }

    /// The words that `PMTiles` has in its own metadata.
    fn metadata(&self) -> Value {
        let word = |name: &str| self.about.get(name).map_or("", String::as_str);
        let within: Value = serde_json::from_str(word("json")).unwrap_or_default();
        json!({
            "name": word("name"),
            "attribution": word("attribution"),
            "vector_layers": within.get("vector_layers").cloned().unwrap_or_else(|| json!([])),
        })
    }

    fn wrong(&self, reason: String) -> ArchiveError {
        ArchiveError::Unpublishable {
            what: self.file.display().to_string(),
            reason,
        }
    }

    fn unwritten(&self, source: pmtiles::PmtError) -> ArchiveError {
        ArchiveError::PmTiles {
            path: self.into.to_owned(),
            source,
        }
    }
}

impl From<foreign::Error> for ArchiveError {
    fn from(error: foreign::Error) -> Self {
        Self::Foreign(Box::new(error))
    }
}

/// A tile as the archive keeps it; `None` for what is none.
fn packed(format: Format, bytes: &[u8]) -> Option<Bytes> {
    let as_it_is = || Some(Bytes::copy_from_slice(bytes));
    match format {
        Format::Mvt if bytes.starts_with(&GZIP) => as_it_is(),
        Format::Mvt if bytes.first() == Some(&LAYER) => {
            gzip(bytes, Compressor::gzip_compress_bound)
        }
        Format::Mvt => None,
        // Some have PNG where there is an edge, and JPEG within.
        _ => picture_format(bytes).and_then(|_| as_it_is()),
    }
}

/// How a picture is encoded; `None` for what is not served.
pub fn picture_format(bytes: &[u8]) -> Option<Format> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Png => Some(Format::Png),
        ImageFormat::Jpeg => Some(Format::Jpeg),
        ImageFormat::WebP => Some(Format::Webp),
        _ => None,
    }
}

fn grown(extent: Option<Extent>, tile: Tile) -> Extent {
    let (zoom, bounds) = (tile.zoom, tile.bounds());
    let Some(known) = extent else {
        return Extent {
            first_zoom: zoom,
            last_zoom: zoom,
            bounds,
        };
    };
    Extent {
        first_zoom: known.first_zoom.min(zoom),
        last_zoom: known.last_zoom.max(zoom),
        bounds: match zoom.cmp(&known.last_zoom) {
            std::cmp::Ordering::Less => known.bounds,
            std::cmp::Ordering::Equal => known.bounds.union(&bounds),
            std::cmp::Ordering::Greater => bounds,
        },
    }
}

/// `west,south,east,north` in degrees, where they are bounds on the earth.
fn told_bounds(text: &str) -> Option<Bounds> {
    let corners: Vec<f64> = text
        .split(',')
        .map(|corner| corner.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [west, south, east, north] = corners.try_into().ok()?;
    let lies = (-180.0..=180.0).contains(&west)
        && (-90.0..=90.0).contains(&south)
        && (west..=180.0).contains(&east)
        && (south..=90.0).contains(&north)
        && west < east
        && south < north;
    lies.then(|| Bounds::new(west, south, east, north))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_the_last_zoom_count() {
        let tile = |zoom, column, row| Tile { zoom, column, row };
        let mut extent = None;
        for tile in [tile(1, 0, 0), tile(3, 6, 3), tile(0, 0, 0), tile(3, 7, 3)] {
            extent = Some(grown(extent, tile));
        }
        let extent = extent.unwrap();
        assert_eq!((extent.first_zoom, extent.last_zoom), (0, 3));
        let bounds = tile(3, 6, 3).bounds().union(&tile(3, 7, 3).bounds());
        assert_eq!(extent.bounds, bounds);
    }

    #[test]
    fn bounds_that_are_none_are_not_taken() {
        let bounds = told_bounds("108.1, 30.9,108.6,31.4").unwrap();
        assert_eq!(bounds, Bounds::new(108.1, 30.9, 108.6, 31.4));
        for none in [
            "",
            "1,2,3",
            "108,31,107,32",
            "0,0,0,0",
            "a,b,c,d",
            "0,0,500,1",
        ] {
            assert_eq!(told_bounds(none), None, "{none}");
        }
    }

    #[test]
    fn only_tiles_are_packed() {
        assert!(
            packed(Format::Mvt, b"\x1a\x02abc")
                .unwrap()
                .starts_with(&GZIP)
        );
        assert_eq!(
            packed(Format::Mvt, b"\x1f\x8bxyz").unwrap(),
            &b"\x1f\x8bxyz"[..]
        );
        assert_eq!(packed(Format::Mvt, b"<html>"), None);
        assert_eq!(packed(Format::Png, b"<html>"), None);
        assert!(packed(Format::Png, b"\xff\xd8\xff\xe0 a photo").is_some());
    }
}
