//! `/sprites`: the symbols of the e-map on one sheet, drawn from small SVGs when first asked for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use bytes::Bytes;
use raster::sprite::{self, SpriteError, Stretch};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::file;
use crate::problem::{Problem, ProblemBody, kinds};

/// `data/sprites`: an SVG a symbol, and how the shields stretch.
#[derive(RustEmbed)]
#[folder = "../../data/sprites"]
struct Pictures;

const STRETCHES: &str = "stretch.json";

/// The four files of a sheet by their names, and the version of all.
struct Sheets {
    files: BTreeMap<&'static str, (Bytes, &'static str)>,
    version: String,
}

static SHEETS: LazyLock<Result<Sheets, SpriteError>> = LazyLock::new(draw);

/// The symbols there are.
#[cfg(test)]
pub(super) fn names() -> Vec<String> {
    pictures().into_iter().map(|(name, _)| name).collect()
}

/// Changes whenever a symbol does.
pub(super) async fn version() -> Result<String, Problem> {
    Ok(sheets().await?.version.clone())
}

/// Drawn once, and not on the threads that answer.
async fn sheets() -> Result<&'static Sheets, Problem> {
    let drawn = tokio::task::spawn_blocking(|| SHEETS.as_ref()).await;
    drawn
        .map_err(|cause| Problem::internal(&cause))?
        .map_err(|cause| Problem::internal(cause))
}

fn pictures() -> Vec<(String, String)> {
    let picture = |file: std::borrow::Cow<'static, str>| {
        let name = file.strip_suffix(".svg")?.to_owned();
        let svg = Pictures::get(&file)?.data;
        Some((name, String::from_utf8_lossy(&svg).into_owned()))
    };
    let mut pictures: Vec<_> = Pictures::iter().filter_map(picture).collect();
    pictures.sort();
    pictures
}

fn draw() -> Result<Sheets, SpriteError> {
    let pictures = pictures();
    let stretches: BTreeMap<String, Stretch> = Pictures::get(STRETCHES)
        .and_then(|file| serde_json::from_slice(&file.data).ok())
        .unwrap_or_default();
    let mut files = BTreeMap::new();
    let mut digest = Sha256::new();
    for (ratio, picture, places) in [
        (1, "emap.png", "emap.json"),
        (2, "emap@2x.png", "emap@2x.json"),
    ] {
        let sheet = sprite::sheet(&pictures, &stretches, ratio)?;
        let index = serde_json::to_vec(&sheet.places).unwrap_or_default();
        digest.update(&sheet.png);
        digest.update(&index);
        files.insert(picture, (Bytes::from(sheet.png), "image/png"));
        files.insert(places, (Bytes::from(index), "application/json"));
    }
    let version = hex::encode(&digest.finalize()[..6]);
    Ok(Sheets { files, version })
}

/// The symbols of the e-map: `emap.json` says where each is on `emap.png`, with `@2x` for fine
/// screens. The address carries the version of the sheet.
#[utoipa::path(get, path = "/sprites/{version}/{file}", tag = "styles", params(
    ("version" = String, Path, description = "Version, as in the style"),
    ("file" = String, Path, description = "`emap.json`, `emap.png`, `emap@2x.json`, `emap@2x.png`"),
), responses(
    (status = 200, description = "The sheet, or what is where on it", content((Vec<u8> = "image/png"), (serde_json::Value = "application/json"))),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(super) async fn sprite(
    Path((version, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let sheets = sheets().await?;
    let (bytes, media_type) = sheets
        .files
        .get(name.as_str())
        .ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    let fixed = version == sheets.version;
    Ok(file(bytes.clone(), media_type, &sheets.version, fixed))
}
