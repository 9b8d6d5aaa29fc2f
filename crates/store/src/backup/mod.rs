//! Everything into one folder, and back: database, objects, keys.
//!
//! ```text
//! 2026-11-23/
//!   manifest.json   what is here, with hashes
//!   database.dump   pg_dump's custom format
//!   objects/        as in the home
//!   keys/           as in the home: keep a backup as you keep the keys
//! ```
//!
//! The database is dumped first: objects are stored before a row refers to them and never
//! changed, so every object the dump refers to is there when they are copied after it.

mod database;
mod error;
mod files;
mod restore;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};

pub use error::Error;
pub use restore::restore;
pub use write::write;

/// The number of this layout.
const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "database.dump";
const OBJECTS: &str = "objects";
const KEYS: &str = "keys";

/// What a backup holds, as `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Manifest {
    /// Of this layout.
    pub format: u32,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// SHA-256 of `database.dump`.
    pub database: String,
    /// The names of the objects; each holds its hash.
    pub objects: Vec<String>,
    /// SHA-256 of the files below `keys/`, by relative path.
    pub keys: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads the manifest of a backup, without checking the rest.
    ///
    /// # Errors
    /// [`Error::NoBackup`] when there is none that can be read, [`Error::Format`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let refuse = |reason: String| Error::NoBackup {
            folder: folder.to_path_buf(),
            reason,
        };
        let bytes = std::fs::read(folder.join(MANIFEST))
            .map_err(|error| refuse(format!("{MANIFEST}: {error}")))?;
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|error| refuse(format!("{MANIFEST}: {error}")))?;
        if manifest.format == FORMAT {
            Ok(manifest)
        } else {
            Err(Error::Format {
                folder: folder.to_path_buf(),
                format: manifest.format,
            })
        }
    }
}

#[cfg(test)]
mod tests;
