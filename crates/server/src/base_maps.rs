//! `/base-maps`: base maps of outside hosts, by configuration only.
//!
//! An administrator names them in a file ([`config`]); without it there are none and nobody outside is
//! asked for anything. Browsers ask us and never the host: the key stays here, the host learns nothing
//! of who looks where, and what it once gave is shown when it does not answer. What the provider's terms
//! say is the administrator's to write: how long a tile may be kept, whom to thank, who may look.
//!
//! ```text
//! config    what the file says        template   addresses to be filled in
//! base_map  kept or asked for         kept       a bounded file of tiles
//! upstream  asking, and looking hard at the answer        breaker  leaving a failing host alone
//! ```

mod answer;
mod base_map;
mod breaker;
mod config;
mod kept;
mod list;
mod picture;
mod template;
#[cfg(test)]
mod tests;
mod upstream;

use std::path::Path;
use std::time::Duration;

use axum::extract::{Path as InPath, State};
use axum::http::request::Parts;
use axum::response::Response;
use grid::tile::Tile;
use store::Viewer;
use thiserror::Error;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::base_map::BaseMap;
use self::config::{Audience, ConfigError, Source};
use self::kept::{Kept, KeptError};
use crate::access::Visitor;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::state::AppState;

/// The list.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::list))
}

/// The tiles, which access tokens open too.
pub fn readable() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(tile))
}

/// The base maps of outside hosts; usually none.
#[derive(Debug, Default)]
pub struct BaseMaps {
    all: Vec<BaseMap>,
}

/// Why there are no base maps.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BaseMapsError {
    /// The file says it wrongly.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Their tiles cannot be kept.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// There is no HTTP client to ask with.
    #[error("the base map {base_map:?} cannot be asked for: {source}; check its `proxy`")]
    Client {
        /// Its id.
        base_map: String,
        /// What the library said.
        source: reqwest::Error,
    },
}

impl BaseMaps {
    /// The base maps of a file (`None`: none), whose tiles are kept in `folder`. Tiles of base maps that
    /// are no longer in the file are thrown away.
    ///
    /// # Errors
    ///
    /// [`BaseMapsError`]: what to change in which file.
    pub fn open(file: Option<&Path>, folder: &Path) -> Result<Self, BaseMapsError> {
        let sources = file.map(config::read).transpose()?.unwrap_or_default();
        let kept = sources.iter().filter(|source| source.keeping.is_some());
        let known: Vec<&str> = kept.map(|source| source.id.as_str()).collect();
        kept::forget_others(folder, &known)?;
        let all = sources
            .into_iter()
            .map(|source| Self::begin(source, folder))
            .collect::<Result<_, _>>()?;
        Ok(Self { all })
    }

    fn begin(source: Source, folder: &Path) -> Result<BaseMap, BaseMapsError> {
        let kept = match source.keeping {
            Some(keeping) => {
                kept::make_folder(folder)?;
                let file = kept::file(folder, &source.id);
                Some(Kept::open(&file, &source.digest(), keeping)?)
            }
            None => None,
        };
        let id = source.id.clone();
        BaseMap::new(source, kept).map_err(|source| BaseMapsError::Client {
            base_map: id,
            source,
        })
    }

    /// Their ids, as the file names them.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|base_map| base_map.source.id.as_str())
    }

    fn find(&self, id: &str) -> Option<&BaseMap> {
        self.all.iter().find(|base_map| base_map.source.id == id)
    }
}

/// What a base map is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
enum Part {
    /// The picture.
    Ground = 0,
    /// Names and lines above it and above our own imagery.
    Labels = 1,
}

/// A second since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(i64);

impl Moment {
    fn now() -> Self {
        Self(chrono::Utc::now().timestamp())
    }

    /// How long ago another one was; nothing for what is yet to come.
    fn since(self, other: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0 - other.0).unwrap_or_default())
    }

    fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(time.as_secs()))
    }

    fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(time.as_secs()))
    }
}

/// One tile of a base map of an outside host, through this server. `Cache-Status` (RFC 9211) tells
/// whether it was kept; a negative `ttl` means that the host does not answer and the tile is old.
#[utoipa::path(get, path = "/base-maps/{id}/{part}/{zoom}/{column}/{row}", operation_id = "base_map_tile", tag = "tiles", params(
    ("id" = String, Path, description = "Base map, of the list of base maps"),
    ("part" = String, Path, description = "`ground`, or `labels` where it has them"),
    ("zoom" = u8, Path, description = "Zoom of WebMercatorQuad"),
    ("column" = u32, Path, description = "Column from the west"),
    ("row" = u32, Path, description = "Row from the north"),
), responses(
    (status = 200, description = "The tile as the host gave it", content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"))),
    (status = 204, description = "Nothing there"),
    (status = 304, description = "Unchanged since the ETag of `If-None-Match`"),
    (status = 404, description = "`unknown-base-map` or `tile-out-of-range`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 502, description = "`base-map-unreachable`: the host does not answer as it should, and nothing is kept", body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, description = "`busy`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn tile(
    State(state): State<AppState>,
    InPath((id, part, zoom, column, row)): InPath<(String, String, String, String, String)>,
    parts: Parts,
) -> Result<Response, Problem> {
    let base_map = visible(&state, &parts, &id).await?;
    let source = &base_map.source;
    let part = match part.as_str() {
        "ground" => Part::Ground,
        "labels" if source.labels.is_some() => Part::Labels,
        _ => return Err(Problem::new(&kinds::NOT_FOUND)),
    };
    let tile = address(&zoom, &column, &row)?;
    if !source.zooms.contains(&tile.zoom) {
        let (first, last) = (source.zooms.start(), source.zooms.end());
        return Err(Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
            format!("此底图的缩放级别为 {first} 到 {last}，请求的是 {zoom}。"),
            format!("The base map has zooms {first} to {last}; {zoom} was asked for."),
        ));
    }
    let shown = base_map.tile(part, tile).await?;
    Ok(answer::tile(&shown, source.audience, &parts.headers))
}

/// A base map the request may see; others are not there.
async fn visible<'a>(state: &'a AppState, parts: &Parts, id: &str) -> Result<&'a BaseMap, Problem> {
    let found = state.base_maps.find(id);
    // A token that opens nothing is said to, even where anyone may look.
    if !Visitor::brings_token(parts)
        && let Some(base_map) = found.filter(|found| found.source.audience == Audience::Public)
    {
        return Ok(base_map);
    }
    let visitor = Visitor::of(state, parts).await?;
    let seen = |found: &&BaseMap| may_see(&visitor.viewer(), found);
    found
        .filter(seen)
        .ok_or_else(|| visitor.refuse(&kinds::UNKNOWN_BASE_MAP))
}

fn may_see(viewer: &Viewer, base_map: &BaseMap) -> bool {
    match base_map.source.audience {
        Audience::Public => true,
        Audience::Officials => matches!(viewer, Viewer::SignedIn(_)),
    }
}

fn address(zoom: &str, column: &str, row: &str) -> Result<Tile, Problem> {
    let read = || Tile::new(zoom.parse().ok()?, column.parse().ok()?, row.parse().ok()?).ok();
    read().ok_or_else(|| {
        Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
            format!("{zoom}/{column}/{row} 不是瓦片地址，例如 12/3255/1697。"),
            format!("{zoom}/{column}/{row} is no tile: write it like 12/3255/1697."),
        )
    })
}
