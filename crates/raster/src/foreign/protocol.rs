//! What parent and child say to each other: one request as a line of JSON, answered by frames. A
//! frame is a line of JSON, followed by as many raw bytes as the line announces.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{FeatureOptions, RasterDescription, RefusedFeature, fault::Fault};
use crate::sample::DataType;

/// The one question a child is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    pub path: PathBuf,
    pub task: Task,
    /// Address space in bytes.
    pub memory: u64,
    pub processor_seconds: u64,
    /// Process id of the asker: the child ends when it is gone.
    pub parent: i32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    Describe,
    ReadBand { band: usize },
    Features(FeatureOptions),
    Archive,
}

/// The raw bytes that follow a strip: their type; their number follows from the strip's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RawSamples {
    pub data_type: DataType,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Frame {
    /// The kernel could not lock the child in as tightly as it should be.
    Loose {
        missing: String,
    },
    /// Something GDAL said that does not stop it.
    Warning {
        text: String,
    },
    Description(Box<RasterDescription>),
    /// Followed by `rows × width` samples.
    Strip {
        first_row: usize,
        rows: usize,
        width: usize,
        height: usize,
        samples: RawSamples,
    },
    Layer {
        name: String,
        crs_name: String,
        encoding: String,
        fields: Vec<String>,
        by_line: bool,
    },
    /// Followed by `bytes` bytes of WKB.
    Feature {
        index: usize,
        properties: Map<String, Value>,
        bytes: usize,
    },
    Refused(RefusedFeature),
    /// What an archive of tiles says of itself, before its tiles.
    Archive {
        metadata: BTreeMap<String, String>,
    },
    /// Followed by `bytes` bytes, as they are stored.
    Tile {
        zoom: u8,
        column: u32,
        row: u32,
        bytes: usize,
    },
    Failure(Fault),
    End,
}

/// The longest line of JSON either side accepts: many times any real description.
pub(super) const LONGEST_LINE: u64 = 64 << 20;
/// The largest strip of pixels.
pub(super) const LARGEST_STRIP: usize = 256 << 20;
/// The largest single geometry.
pub(super) const LARGEST_GEOMETRY: usize = 256 << 20;
/// The largest single tile of an archive.
pub(super) const LARGEST_TILE: usize = 16 << 20;
