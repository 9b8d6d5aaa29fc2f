//! Many tiles in one file: `PMTiles` 3 and `MBTiles` 1.3.
//!
//! ```text
//! Walk (Hilbert order) ─► Tiles draws, some at a time ─► Work (OUT.work: SQLite) ─┬─► OUT.mbtiles
//!                                                                                └─► OUT.pmtiles
//! ```
//!
//! The work file goes on where it stopped, whatever ended the program; the archive appears under
//! its name when it is whole.
//!
//! ```text
//! FILE.pmtiles ─► publish (an object, a layer, a date) ─► Archive (read) ─┬─► web tiles as they are
//!       ▲                                                                 └─► onto: any other grid
//!       └─ convert ◄─ FILE.mbtiles
//! ```

mod convert;
mod onto;
mod publish;
mod read;
mod walk;
mod work;
mod write;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use grid::bounds::Bounds;
use pmtiles::{Compression, PmTilesWriter, TileCoord, TileType};
use serde_json::{Map, Value, json};
use thiserror::Error;

pub(crate) use self::convert::picture_format;
pub(crate) use self::onto::picture;
pub use self::publish::{NewArchive, publish};
pub use self::read::{About, Archive, Unreadable, Within};
pub use self::work::Summary;
use self::work::Work;
use crate::vector::VectorMap;
use crate::{Format, Published};

/// Why there is no archive.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A file cannot be written.
    #[error("{} cannot be written: {source}; check the folder and the space on the disk", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The work file, or an `MBTiles` file, fails.
    #[error("{} fails as an SQLite file: {source}; delete it to begin anew", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// `PMTiles` cannot be written.
    #[error("{} cannot be written as PMTiles: {source}", path.display())]
    PmTiles {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pmtiles::PmtError,
    },
    /// A name with another ending.
    #[error("{0:?} is no archive: its name must end in .pmtiles or .mbtiles")]
    Ending(String),
    /// A file that is to be published is none.
    #[error("{what} cannot be published: {reason}; fetch or make the archive again")]
    Unpublishable {
        /// The file or the object.
        what: String,
        /// Why.
        reason: String,
    },
    /// A foreign file that is none, or a damaged one.
    #[error(transparent)]
    Foreign(Box<raster::foreign::Error>),
    /// The work was interrupted by the machine.
    #[error("writing {} was cut off; run the command again to go on", .0.display())]
    CutOff(PathBuf),
}

/// The kinds of archives, by the endings of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file that is read by ranges.
    PmTiles,
    /// An `SQLite` database.
    MbTiles,
}

impl FromStr for Kind {
    type Err = ArchiveError;

    fn from_str(name: &str) -> Result<Self, ArchiveError> {
        let ending = Path::new(name)
            .extension()
            .and_then(|ending| ending.to_str());
        match ending {
            Some("pmtiles") => Ok(Self::PmTiles),
            Some("mbtiles") => Ok(Self::MbTiles),
            _ => Err(ArchiveError::Ending(name.to_owned())),
        }
    }
}

/// What an archive is of.
#[derive(Debug)]
pub enum Subject {
    /// Vector layers, together in each tile.
    Vector(VectorMap),
    /// The pictures of a date of a layer: its position among the dates.
    Raster(Arc<Published>, usize),
}

/// An archive to be made.
#[derive(Debug)]
pub struct Order {
    /// What it is of.
    pub subject: Subject,
    /// How tiles are encoded; vector tiles are packed by gzip.
    pub format: Format,
    /// Degrees.
    pub bounds: Bounds,
    /// The first zoom.
    pub first_zoom: u8,
    /// The last zoom.
    pub last_zoom: u8,
    /// Its title.
    pub name: String,
    /// Whom to thank.
    pub attribution: String,
    /// `vector_layers` as `TileJSON` has them; empty for pictures.
    pub vector_layers: Vec<Value>,
}

impl Order {
    /// What a work file must be of to go on with. Without a version nothing can be gone on with.
    fn request(&self) -> String {
        let version = match &self.subject {
            Subject::Vector(map) => map.version().map(str::to_owned),
            Subject::Raster(layer, date) => Some(layer.dates[*date].version.to_string()),
        };
        json!({
            "version": version.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            "format": self.format.extension(),
            "bounds": self.corners(),
            "zooms": [self.first_zoom, self.last_zoom],
        })
        .to_string()
    }

    fn corners(&self) -> [f64; 4] {
        let Bounds {
            west,
            south,
            east,
            north,
        } = self.bounds;
        [west, south, east, north]
    }

    /// What both kinds of archives say of themselves.
    fn metadata(&self) -> Map<String, Value> {
        let mut metadata = Map::new();
        let mut text = |name: &str, value: &str| {
            metadata.insert(name.to_owned(), Value::String(value.to_owned()));
        };
        text("name", &self.name);
        text("type", "overlay");
        text("version", "1");
        text("attribution", &self.attribution);
        text("generator", concat!("xiangtu ", env!("CARGO_PKG_VERSION")));
        metadata
    }

    fn mbtiles_metadata(&self) -> Vec<(&'static str, String)> {
        let corners = self.corners().map(|corner| format!("{corner:.7}"));
        let (longitude, latitude) = self.bounds.centre();
        let format = match self.format {
            Format::Mvt => "pbf",
            other => other.extension(),
        };
        let mut metadata = vec![
            ("name", self.name.clone()),
            ("format", format.to_owned()),
            ("bounds", corners.join(",")),
            (
                "center",
                format!("{longitude:.7},{latitude:.7},{}", self.first_zoom),
            ),
            ("minzoom", self.first_zoom.to_string()),
            ("maxzoom", self.last_zoom.to_string()),
            ("attribution", self.attribution.clone()),
            ("type", "overlay".to_owned()),
            ("version", "1".to_owned()),
        ];
        if self.format == Format::Mvt {
            metadata.push((
                "json",
                json!({ "vector_layers": self.vector_layers }).to_string(),
            ));
        }
        metadata
    }

    fn pmtiles_writer(&self) -> PmTilesWriter {
        let mut metadata = self.metadata();
        let (kind, compression) = match self.format {
            Format::Mvt => {
                metadata.insert(
                    "vector_layers".to_owned(),
                    self.vector_layers.clone().into(),
                );
                (TileType::Mvt, Compression::Gzip)
            }
            Format::Webp => (TileType::Webp, Compression::None),
            Format::Png => (TileType::Png, Compression::None),
            Format::Jpeg => (TileType::Jpeg, Compression::None),
        };
        let [west, south, east, north] = self.corners();
        let (longitude, latitude) = self.bounds.centre();
        PmTilesWriter::new(kind)
            .precompressed(compression)
            .min_zoom(self.first_zoom)
            .max_zoom(self.last_zoom)
            .bounds(west, south, east, north)
            .center(longitude, latitude)
            .center_zoom(self.first_zoom)
            .metadata(Value::Object(metadata).to_string())
    }

    /// The archive out of the finished work, under its name at once or not at all.
    fn deliver(&self, work: Work, kind: Kind, out: &Path) -> Result<(), ArchiveError> {
        match kind {
            Kind::MbTiles => {
                let whole = work.complete(&self.mbtiles_metadata())?;
                put(&whole, out)
            }
            Kind::PmTiles => {
                let part = beside(out, "part");
                self.write_pmtiles(&work, &part)?;
                put(&part, out)?;
                let path = work.path.clone();
                drop(work);
                fs::remove_file(&path).map_err(|source| ArchiveError::File { path, source })
            }
        }
    }

    fn write_pmtiles(&self, work: &Work, part: &Path) -> Result<(), ArchiveError> {
        let unwritten = |source| ArchiveError::PmTiles {
            path: part.to_owned(),
            source,
        };
        let file = File::create(part).map_err(|source| unwritable(part, source))?;
        let mut writer = self
            .pmtiles_writer()
            .dedup_by_key::<u128>()
            .create(file)
            .map_err(unwritten)?;
        work.each(|[zoom, column, row], hash, bytes| {
            let at = TileCoord::new(zoom as u8, column, row).map_err(unwritten)?;
            // Half a SHA-256 as the work file writes it.
            let key = u128::from_str_radix(hash, 16).ok();
            writer.add_tile(at, bytes, key).map_err(unwritten)
        })?;
        writer.finalize().map_err(unwritten)
    }
}

/// `OUT.word` in the same folder.
fn beside(out: &Path, word: &str) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".");
    name.push(word);
    name.into()
}

/// Renames a file that is on the disk, and sees to it that its name is too.
fn put(whole: &Path, out: &Path) -> Result<(), ArchiveError> {
    let folder = match out.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let rename = || {
        File::open(whole)?.sync_all()?;
        fs::rename(whole, out)?;
        File::open(folder)?.sync_all()
    };
    rename().map_err(|source| unwritable(out, source))
}

fn unwritable(path: &Path, source: io::Error) -> ArchiveError {
    ArchiveError::File {
        path: path.to_owned(),
        source,
    }
}
