//! Everything into one folder, and back.

use std::path::Path;

/// Why a backup could not be written or read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {}

/// What a backup holds, as `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Manifest {
    /// Of this layout.
    pub format: u32,
    /// When it was begun.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// SHA-256 of `database.dump`.
    pub database: String,
    /// The names of the objects.
    pub objects: Vec<String>,
    /// SHA-256 of the files below `keys/`, by relative path.
    pub keys: std::collections::BTreeMap<String, String>,
}

/// Writes database, objects and keys into the new folder `folder`: beside first, renamed when
/// whole.
///
/// # Errors
/// See [`Error`].
pub async fn write(
    url: &str,
    objects: &Path,
    keys: &Path,
    folder: &Path,
) -> Result<Manifest, Error> {
    todo!()
}

/// Reads a backup back, all or nothing; a place that is not empty only with `replace`.
///
/// # Errors
/// See [`Error`].
pub async fn restore(
    url: &str,
    objects: &Path,
    keys: &Path,
    folder: &Path,
    replace: bool,
) -> Result<Manifest, Error> {
    todo!()
}
