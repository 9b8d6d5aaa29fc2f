//! The file that says which base maps of outside hosts there are: `base-maps.toml`.

mod check;
mod secret;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use grid::bounds::Bounds;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use utoipa::ToSchema;

use self::secret::Secret;
use super::template::Template;

/// Why the file cannot be used. Keys are never repeated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is not there or may not be read.
    #[error(
        "the file of base maps {path} cannot be read: {source}; give another with --base-maps, or leave the option out"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no TOML, or holds a key that is not known.
    #[error("{path}, line {line}: {message}; see data/base-maps.toml of the program for every key")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// One key of one base map.
    #[error("{path}: the base map {base_map:?}, `{key}`: {reason}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// Its id.
        base_map: String,
        /// The key.
        key: &'static str,
        /// What is wrong with it and what to write.
        reason: String,
    },
}

/// Who may look at a base map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Anyone.
    Public,
    /// Whoever has an account.
    #[default]
    Officials,
}

/// What a base map looks like: names above a photograph are written otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// Drawn.
    #[default]
    Map,
    /// Photographed.
    Imagery,
}

/// One base map, checked.
#[derive(Debug, Clone)]
pub struct Source {
    /// A slug: `a-z0-9-`.
    pub id: String,
    /// The Chinese title.
    pub title_zh: String,
    /// The English title; may be empty.
    pub title_en: String,
    /// What it looks like.
    pub look: Look,
    /// Who may look at it.
    pub audience: Audience,
    /// Whom to thank, with the approval number of the map.
    pub attribution: String,
    /// Zooms that the host has.
    pub zooms: RangeInclusive<u8>,
    /// Nothing is asked outside of these degrees.
    pub bounds: Option<Bounds>,
    /// Pixels of a tile's edge, for whoever draws it: 256 or 512.
    pub tile_size: u16,
    /// Where the picture is.
    pub ground: Template,
    /// Where names and lines are that lie above it.
    pub labels: Option<Template>,
    /// What stands for `{s}`.
    pub subdomains: Vec<String>,
    /// What stands for `{key}`.
    pub(super) key: Secret,
    /// Sent with every request; they may hold the key.
    pub headers: HeaderMap,
    /// The office's proxy to the outside.
    pub proxy: Option<reqwest::Url>,
    /// How long a request may take.
    pub timeout: Duration,
    /// How tiles are kept; nothing is kept where the provider's terms forbid it.
    pub keeping: Option<Keeping>,
}

/// How tiles are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// After this the host is asked whether a tile is still the same.
    pub fresh: Duration,
    /// After this a tile is thrown away; until then it is shown when the host does not answer.
    pub keep: Duration,
    /// What all of them may take on the disk.
    pub bytes: u64,
}

impl Source {
    /// Changes when the tiles of the base map may have become others. The addresses themselves are
    /// not told: a key may have been written into them.
    pub fn digest(&self) -> String {
        let labels = self.labels.as_ref().map_or("", Template::text);
        hex::encode(Sha256::digest(format!("{}\n{labels}", self.ground.text())))
    }
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    base_map: Vec<Entry>,
}

/// One `[[base_map]]` as it is written; `data/base-maps.toml` explains every key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    title: String,
    #[serde(default)]
    title_en: String,
    #[serde(default)]
    look: Look,
    #[serde(default)]
    audience: Audience,
    attribution: String,
    url: Secret,
    labels: Option<Secret>,
    #[serde(default)]
    subdomains: Vec<String>,
    key: Option<Secret>,
    key_file: Option<PathBuf>,
    key_environment: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Secret>,
    proxy: Option<Secret>,
    #[serde(default)]
    allow_http: bool,
    #[serde(default)]
    min_zoom: u8,
    #[serde(default = "eighteen")]
    max_zoom: u8,
    bounds: Option<[f64; 4]>,
    #[serde(default = "usual_tile_size")]
    tile_size: u16,
    keep_days: u32,
    fresh_days: Option<u32>,
    #[serde(default = "usual_megabytes")]
    cache_megabytes: u32,
    #[serde(default = "usual_timeout")]
    timeout_seconds: u64,
}

fn eighteen() -> u8 {
    18
}

fn usual_tile_size() -> u16 {
    256
}

fn usual_megabytes() -> u32 {
    256
}

fn usual_timeout() -> u64 {
    8
}

/// Reads the file.
///
/// # Errors
///
/// [`ConfigError`]: the file, the base map, the key, and what to do.
pub fn read(path: &Path) -> Result<Vec<Source>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    // The library's own words would show the line, and a key may stand in it.
    let file: File = toml::from_str(&text).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line(&text, span.start)),
        message: error.message().to_owned(),
    })?;
    let mut sources: Vec<Source> = Vec::new();
    for entry in file.base_map {
        let id = entry.id.clone();
        let named = |wrong: check::Wrong| ConfigError::Entry {
            path: path.to_owned(),
            base_map: id.clone(),
            key: wrong.key,
            reason: wrong.reason,
        };
        if sources.iter().any(|source| source.id == id) {
            let reason = "another base map has the same; give each one of its own";
            return Err(named(check::Wrong::new("id", reason)));
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        sources.push(check::source(entry, folder).map_err(named)?);
    }
    Ok(sources)
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
