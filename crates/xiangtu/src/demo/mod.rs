//! The demo township: a fictional place in the hills near Kaizhou, grown from
//! `data/demo/village.yaml` and written to the files that any planner would bring: areas and
//! features as `GeoJSON`, four dates of imagery as GeoTIFF, photos as JPEG.
//!
//! ```text
//! definition ─► river ─► terrain ─► villages ─► roads ─► settlements ─► fields ─► cover
//!                                                                                   │
//!                 clouds ─► scene ◄─ spectra ◄──────────────────────────────────────┘
//! ```
//!
//! The same definition gives the same files, byte for byte, on every machine.

mod clouds;
mod cover;
mod definition;
mod erosion;
mod fields;
mod files;
mod ground;
mod load;
mod noise;
mod partition;
mod people;
mod pictures;
mod river;
mod roads;
mod scene;
mod settlements;
mod spectra;
mod terrain;
#[cfg(test)]
mod tests;
mod vectors;
mod villages;
mod world;

use std::path::PathBuf;

pub use load::{load, wanted};
pub use people::Account;

/// Why the demo township could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The definition does not say what it must.
    #[error(
        "data/demo/village.yaml is not a definition of a township: {0}; build the program from an unchanged tree"
    )]
    Definition(#[source] serde_yaml_ng::Error),
    /// The images' projection is missing.
    #[error(
        "the projection EPSG:{} of the demo images is not known to this program",
        ground::EPSG
    )]
    Zone,
    /// A report is to be pinned where there is no such thing.
    #[error(
        "village {village} has no place of the kind a sample report in data/demo/village.yaml is pinned to; change its spot"
    )]
    NoSpot {
        /// Code of the village.
        village: String,
    },
    /// A file could not be written.
    #[error("the demo file {path} could not be written: {source}; is there room on the disk?")]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// An image could not be written.
    #[error("the demo image {path} could not be written: {source}")]
    Image {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: raster::cog::CogError,
    },
    /// A photo could not be written.
    #[error("the demo photo {path} could not be written: {source}")]
    Photo {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: image::ImageError,
    },
}
