//! Vector tiles: one layer or several in an address, each with its own permission.

use axum::http::request::Parts;
use axum::response::Response;
use std::sync::Arc;
use store::layer::{Audience, Kind};
use store::{Scope, Viewer};
use tiles::Published;
use tiles::vector::Source;

use super::answer::{Answer, Names, Reach};
use super::{TileQuery, visible, within, wrong_format};
use crate::access::Visitor;
use crate::layers::FEATURES_MAX_ZOOM;
use crate::problem::{Problem, kinds};
use crate::state::AppState;
use grid::tile::Tile;
use tiles::Format;

/// The built-in layer of area boundaries.
pub const AREAS: &str = "areas";
/// The built-in layer of reports.
pub const REPORTS: &str = "reports";

/// Layers in one address; a map of more is better made of several sources.
const LAYERS: usize = 16;

/// Whether a name is that of a built-in layer.
pub fn is_built_in(name: &str) -> bool {
    [AREAS, REPORTS].contains(&name)
}

/// One layer of an address, allowed to whoever asked.
pub enum Asked {
    /// The boundaries, as somebody sees them.
    Areas(Viewer),
    /// The reports of a scope.
    Reports(Scope),
    /// The features of a layer within a scope.
    Features(Arc<Published>, Scope),
}

impl Asked {
    /// Who may keep an answer with it. Boundaries are public, but the same address answers
    /// differently with a cookie: never for a shared cache.
    pub fn reach(&self) -> Reach {
        match self {
            Self::Areas(_) | Self::Reports(_) => Reach::Private,
            Self::Features(layer, _) => Reach::of(layer.layer.audience == Audience::Public),
        }
    }

    /// What it is drawn from.
    pub fn source(&self) -> Source {
        match self {
            Self::Areas(viewer) => Source::Areas(viewer.clone()),
            Self::Reports(scope) => Source::Reports(scope.clone()),
            Self::Features(layer, scope) => layer.source(scope),
        }
    }

    /// The first and the last zoom with tiles.
    pub fn zooms(&self) -> (u8, u8) {
        let own = match self {
            Self::Features(layer, _) => layer.zooms(),
            Self::Areas(_) | Self::Reports(_) => None,
        };
        own.unwrap_or((0, FEATURES_MAX_ZOOM))
    }
}

/// The vector layers that an address names, in its order.
///
/// # Errors
///
/// What the first of them that may not be seen is refused with; `tile-out-of-range` for a layer
/// of pictures, one named twice, or too many.
pub async fn asked(state: &AppState, parts: &Parts, names: &str) -> Result<Vec<Asked>, Problem> {
    let names: Vec<&str> = names.split(',').collect();
    let twice = (1..names.len()).any(|index| names[..index].contains(&names[index]));
    if twice || names.len() > LAYERS {
        return Err(Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
            format!("一个地址最多 {LAYERS} 个图层，且每个只能出现一次。"),
            format!("An address names at most {LAYERS} layers, each of them once."),
        ));
    }
    let mut asked = Vec::with_capacity(names.len());
    for name in names {
        asked.push(one(state, parts, name).await?);
    }
    Ok(asked)
}

async fn one(state: &AppState, parts: &Parts, name: &str) -> Result<Asked, Problem> {
    let visitor = || Visitor::of(state, parts);
    match name {
        // Somebody signed in gets the boundaries of their own places only.
        AREAS => Ok(Asked::Areas(visitor().await?.viewer())),
        REPORTS => Ok(Asked::Reports(visitor().await?.scope()?)),
        id => {
            let layer = visible(state, parts, id).await?;
            if layer.layer.kind != Kind::Features {
                return Err(wrong_format(Format::Mvt, ".webp, .png, .jpg"));
            }
            // What is for officials is for those of its place: a ledger of a county shows each
            // village its own patches.
            let scope = match layer.layer.audience {
                Audience::Officials => visitor().await?.scope()?,
                Audience::Public | Audience::Village => Scope::Everything,
            };
            Ok(Asked::Features(layer, scope))
        }
    }
}

/// Who may keep an answer with all of them.
pub fn reach(asked: &[Asked]) -> Reach {
    Reach::of(asked.iter().all(|one| one.reach() == Reach::Public))
}

/// One tile of a layer, by an address without a version.
pub async fn features(
    state: &AppState,
    parts: &Parts,
    request: &Answer<'_>,
    layer: &str,
    place: Tile,
) -> Result<Response, Problem> {
    let newest = TileQuery {
        date: None,
        v: None,
    };
    tile(state, parts, request, layer, &newest, place).await
}

/// One tile.
pub(super) async fn tile(
    state: &AppState,
    parts: &Parts,
    request: &Answer<'_>,
    names: &str,
    query: &TileQuery,
    tile: Tile,
) -> Result<Response, Problem> {
    let asked = asked(state, parts, names).await?;
    within(tile, 0, FEATURES_MAX_ZOOM)?;
    let reach = reach(&asked);
    let sources = asked.iter().map(Asked::source).collect();
    let map = state.tiles.vector_map(sources).await?;
    // An address without the present version may mean other bytes tomorrow.
    let fixed = query.v.is_some() && query.v.as_deref() == map.version();
    let names = map.version().map(|version| Names::vector(version, tile));
    if let Some(names) = &names
        && let Some(known) = request.known_vector(names, reach, fixed)
    {
        return Ok(known);
    }
    let encoded = state.tiles.vector(&map, tile).await?;
    Ok(request.vector(encoded, names.as_ref(), reach, fixed))
}
