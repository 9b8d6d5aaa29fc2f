//! `/fonts`: Latin, Greek and Cyrillic letters. Chinese ones are drawn by the browser's own fonts.

use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::{Path, Query};
use axum::response::Response;
use bytes::Bytes;
use moka::future::Cache;
use raster::glyph::{Font, RANGE};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::file;
use crate::problem::{Problem, ProblemBody, kinds};

/// Noto Sans, cut down to the letters of Europe and of transcriptions (`data/fonts`).
static REGULAR: &[u8] = include_bytes!("../../../../data/fonts/NotoSans-Regular.ttf");
static SEMIBOLD: &[u8] = include_bytes!("../../../../data/fonts/NotoSans-SemiBold.ttf");

/// What styles call them.
pub(super) const NAMES: [&str; 2] = ["Noto Sans Regular", "Noto Sans SemiBold"];

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let fonts = NAMES.into_iter().zip([REGULAR, SEMIBOLD]);
    fonts
        .filter_map(|(name, bytes)| Font::new(name, bytes).ok())
        .collect()
});
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::new().chain_update(REGULAR).chain_update(SEMIBOLD);
    hex::encode(&digest.finalize()[..6])
});

/// Ranges that were drawn: there are 256 of each font, and few are ever asked for.
static DRAWN: LazyLock<Cache<(&'static str, u32), Bytes>> = LazyLock::new(|| {
    Cache::builder()
        .max_capacity(64)
        .time_to_idle(Duration::from_hours(1))
        .build()
});

/// Changes whenever a letter does.
pub(super) fn version() -> String {
    VERSION.clone()
}

/// Which version of the letters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct GlyphQuery {
    /// Version from the style: such an address never changes its bytes.
    v: Option<String>,
}

/// 256 letters as signed distance fields. Of several fonts the first that is here is drawn; letters
/// that it lacks are left out.
#[utoipa::path(get, path = "/fonts/{fontstack}/{range}", tag = "styles", params(
    ("fontstack" = String, Path, description = "`Noto Sans Regular` or `Noto Sans SemiBold`"),
    ("range" = String, Path, description = "`0-255.pbf`, `256-511.pbf` …"), GlyphQuery,
), responses(
    (status = 200, description = "The letters", content_type = "application/x-protobuf", body = Vec<u8>),
    (status = 404, description = "`not-found`: no such font or range", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(super) async fn glyphs(
    Path((stack, range)): Path<(String, String)>,
    Query(query): Query<GlyphQuery>,
) -> Result<Response, Problem> {
    let missing = || Problem::new(&kinds::NOT_FOUND);
    let names = stack.split(',').map(str::trim);
    let mut fonts = names.filter_map(|name| FONTS.iter().find(|font| font.name() == name));
    let font = fonts.next().ok_or_else(missing)?;
    let first = first(&range).ok_or_else(missing)?;
    let draw = async {
        let drawn = tokio::task::spawn_blocking(move || Bytes::from(font.range(first)));
        drawn.await
    };
    let drawn = DRAWN.try_get_with((font.name(), first), draw).await;
    let bytes = drawn.map_err(|cause| Problem::internal(&cause))?;
    let fixed = query.v.as_deref() == Some(VERSION.as_str());
    let version = format!("{}-{first}", *VERSION);
    Ok(file(bytes, "application/x-protobuf", &version, fixed))
}

/// `256-511.pbf` begins with 256.
fn first(range: &str) -> Option<u32> {
    let (first, last) = range.strip_suffix(".pbf")?.split_once('-')?;
    let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    let whole = first % RANGE == 0 && first <= 0xffff && last == first + RANGE - 1;
    whole.then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_can_be_read() {
        let names: Vec<_> = FONTS.iter().map(Font::name).collect();
        assert_eq!(names, NAMES);
    }

    #[test]
    fn ranges_are_whole() {
        assert_eq!(first("0-255.pbf"), Some(0));
        assert_eq!(first("7680-7935.pbf"), Some(7680));
        for wrong in [
            "0-256.pbf",
            "1-256.pbf",
            "0-255",
            "65536-65791.pbf",
            "a-b.pbf",
            "-.pbf",
        ] {
            assert_eq!(first(wrong), None, "{wrong}");
        }
    }
}
