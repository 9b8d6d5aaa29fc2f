//! What can be wrong with a foreign file, in words a person can act on.

use std::{io, path::PathBuf};

use serde::{Deserialize, Serialize};

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file itself is at fault.
    #[error("{}: {fault}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        fault: Fault,
    },
    /// There is no such file, or it may not be opened.
    #[error("{}: cannot be opened ({source}); check the name and the permissions", path.display())]
    Missing {
        /// The file as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An address, an archive member or a device instead of a file.
    #[error("{name}: only files on this machine are read; download or unpack it first")]
    NotLocal {
        /// The name as it was given.
        name: String,
    },
    /// The child could not be started.
    #[error("{}: the reader of foreign formats does not start ({source})", program.display())]
    Start {
        /// The program that should have run.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The child ended in the middle of its answer.
    #[error(
        "{}: the reader of foreign formats broke on this file ({how}); the file is probably \
         damaged or made to do harm{}", path.display(), said(noise)
    )]
    Broke {
        /// The file.
        path: PathBuf,
        /// Signal or exit code, in words.
        how: String,
        /// The last lines the child wrote to its standard error.
        noise: String,
    },
    /// The child was stopped because it took too long.
    #[error("{}: not read within {seconds} s, given up; try a smaller file", path.display())]
    TooSlow {
        /// The file.
        path: PathBuf,
        /// The limit that was passed.
        seconds: u64,
    },
    /// The child answered something that makes no sense.
    #[error("{}: the reader of foreign formats gave {what}; the file is not taken", path.display())]
    Nonsense {
        /// The file.
        path: PathBuf,
        /// What the answer was.
        what: String,
    },
}

fn said(noise: &str) -> String {
    if noise.is_empty() {
        String::new()
    } else {
        format!("; its last words: {noise}")
    }
}

/// What is wrong with a foreign file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A VRT: XML that only points at other files.
    #[error(
        "is a VRT, a small text that only points at other files; Xiangtu does not follow such \
         references. Give the files it names, or make a real one of it: \
         gdal_translate IN.vrt OUT.tif"
    )]
    Virtual,
    /// A file whose data lie in other files.
    #[error(
        "points at other files or addresses ({what}); Xiangtu takes only what a file holds itself. \
         Open it where those can be reached and save the features themselves"
    )]
    PointsElsewhere {
        /// What points there.
        what: String,
    },
    /// No raster driver knows it.
    #[error(
        "is not a raster Xiangtu reads (GeoTIFF, JPEG 2000, ENVI, Erdas Imagine); it looks like \
         {looks_like}{}",
        because(detail)
    )]
    NotRaster {
        /// What its first bytes look like.
        looks_like: String,
        /// What GDAL said, if anything.
        detail: String,
    },
    /// No vector driver knows it.
    #[error(
        "is not a vector file Xiangtu reads (GeoJSON, Shapefile, GeoPackage, FlatGeobuf, \
         FileGDB, KML, OSM extract, CSV, GeoParquet); it looks like {looks_like}{}",
        because(detail)
    )]
    NotVector {
        /// What its first bytes look like.
        looks_like: String,
        /// What GDAL said, if anything.
        detail: String,
    },
    /// A raster that does not say where it lies.
    #[error(
        "has no coordinate reference system, so nobody knows where it lies; if you know it, \
         write it into the file: gdal_edit.py -a_srs EPSG:NUMBER FILE"
    )]
    NoReferenceSystem,
    /// A raster whose pixels have no coordinates.
    #[error(
        "has no geotransform: its pixels have no coordinates (at most control points); make a \
         map of it first: gdalwarp IN OUT.tif"
    )]
    NoTransform,
    /// A raster that is empty or larger than any image.
    #[error("is {width} × {height} pixels with {bands} bands; that is not an image Xiangtu takes")]
    Size {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Bands.
        bands: usize,
    },
    /// Pixels that are not real numbers.
    #[error("band {band} holds {data_type} pixels, which Xiangtu does not take")]
    DataType {
        /// The band, counted from 1.
        band: usize,
        /// The type in GDAL's words.
        data_type: String,
    },
    /// A band that does not exist.
    #[error("has {bands} band(s), there is no band {band}")]
    NoBand {
        /// The band asked for.
        band: usize,
        /// How many there are.
        bands: usize,
    },
    /// Pixels that cannot be read.
    #[error(
        "breaks off or is damaged at row {row} of band {band} ({detail}); fetch the file again"
    )]
    Pixels {
        /// The band, counted from 1.
        band: usize,
        /// First row that could not be read, counted from 0.
        row: usize,
        /// What GDAL said.
        detail: String,
    },
    /// A raw image shorter than its header says.
    #[error("is cut short: it has {has} bytes where its header promises {needs}; fetch it again")]
    Short {
        /// Bytes there are.
        has: u64,
        /// Bytes there should be.
        needs: u64,
    },
    /// Coordinates that cannot be turned into longitude and latitude.
    #[error("lies where {crs} cannot be turned into longitude and latitude ({detail})")]
    NoPath {
        /// Name of the coordinate reference system.
        crs: String,
        /// What PROJ said.
        detail: String,
    },
    /// A vector layer without a coordinate reference system.
    #[error(
        "layer “{layer}” has no coordinate reference system (a Shapefile needs its .prj); \
         say which one it is with --crs, for example --crs EPSG:4490"
    )]
    LayerWithoutReferenceSystem {
        /// The layer.
        layer: String,
    },
    /// Several layers and none chosen.
    #[error("has several layers ({}); say which one with --layer", layers.join(", "))]
    ManyLayers {
        /// Their names.
        layers: Vec<String>,
    },
    /// A layer that is not there.
    #[error("has no layer “{layer}”; there is: {}", layers.join(", "))]
    NoLayer {
        /// The layer asked for; empty when the file has none at all.
        layer: String,
        /// The layers that exist.
        layers: Vec<String>,
    },
    /// An option the caller gave that nobody understands.
    #[error("“{value}” is not a {what}")]
    Option {
        /// The value given.
        value: String,
        /// What it should have been.
        what: String,
    },
    /// A table that does not say where its rows lie.
    #[error(
        "has no columns of coordinates that could be recognised; it has: {}. Name them with \
         --x FIELD --y FIELD (longitude or easting first)",
        fields.join(", ")
    )]
    NoCoordinates {
        /// The columns there are.
        fields: Vec<String>,
    },
    /// A table that cannot be read at all.
    #[error("is not a table that could be read ({detail}); save it again as {format}")]
    Table {
        /// CSV with a header, `GeoParquet`.
        format: String,
        /// What is wrong.
        detail: String,
    },
    /// The features cannot be read to the end.
    #[error("breaks off or is damaged after feature {index} ({detail}); fetch the file again")]
    Features {
        /// The last feature that was read, counted from 1.
        index: usize,
        /// What GDAL said.
        detail: String,
    },
    /// No archive of tiles, or a damaged one.
    #[error("is not an MBTiles archive that could be read ({detail}); fetch or make it again")]
    Archive {
        /// What is wrong.
        detail: String,
    },
    /// The child could not lock itself in.
    #[error("is not opened, because its reader could not be locked in: {detail}")]
    NotConfined {
        /// What failed.
        detail: String,
    },
}

fn because(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(" ({detail})")
    }
}
