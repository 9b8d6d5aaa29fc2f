//! OGC API – Tiles – Part 1: Core 1.0 (OGC 20-057): map tiles of raster layers in every suited matrix
//! set, vector tiles of features in `WebMercatorQuad`.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::Response;
use grid::bounds::Bounds;
use grid::matrix_set::{MatrixRange, MatrixSet, MatrixTile};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use store::layer::{Audience, Kind};
use tiles::{Dated, Format, Published};

use super::ask::Ask;
use super::{Link, base_of, matrix_sets};
use crate::access::Visitor;
use crate::layers::FEATURES_MAX_ZOOM;
use crate::map_tiles::answer::{self, Answer, Reach};
use crate::map_tiles::vector::features;
use crate::map_tiles::visible;
use crate::problem::{Problem, kinds};
use crate::state::AppState;

/// What leads from a tileset to its matrix set.
const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

/// Which tiles of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Pictures, under `/map/tiles`.
    Map,
    /// Features, under `/tiles`.
    Vector,
}

/// One tileset.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TileSet {
    title: String,
    data_type: &'static str,
    crs: String,
    #[serde(rename = "tileMatrixSetURI", skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tile_matrix_set_limits: Vec<Limits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bounding_box: Option<Value>,
    links: Vec<Link>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Limits {
    tile_matrix: String,
    min_tile_row: u32,
    max_tile_row: u32,
    min_tile_col: u32,
    max_tile_col: u32,
}

#[derive(Debug, Serialize)]
pub struct TileSets {
    tilesets: Vec<TileSet>,
    links: Vec<Link>,
}

/// Row and column in the order of the standard's address.
#[derive(Debug, Deserialize)]
pub struct TilePath {
    id: String,
    set: String,
    matrix: u8,
    row: u32,
    column: u32,
}

/// A layer's tilesets of one sort.
struct Offer<'a> {
    layer: &'a Published,
    sort: Sort,
    /// `https://host/ogc`.
    base: String,
}

/// The tilesets of pictures.
pub async fn maps(
    State(state): State<AppState>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Json<TileSets>, Problem> {
    list(&state, &parts, &id, Sort::Map).await
}

/// The tilesets of features.
pub async fn vectors(
    State(state): State<AppState>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Json<TileSets>, Problem> {
    list(&state, &parts, &id, Sort::Vector).await
}

/// One tileset of pictures.
pub async fn map(
    State(state): State<AppState>,
    Path((id, set)): Path<(String, String)>,
    parts: Parts,
) -> Result<Json<TileSet>, Problem> {
    one(&state, &parts, (&id, &set), Sort::Map).await
}

/// One tileset of features.
pub async fn vector(
    State(state): State<AppState>,
    Path((id, set)): Path<(String, String)>,
    parts: Parts,
) -> Result<Json<TileSet>, Problem> {
    one(&state, &parts, (&id, &set), Sort::Vector).await
}

/// A tile of pictures; transparent parts and 204 where nothing is.
pub async fn map_tile(
    State(state): State<AppState>,
    Path(path): Path<TilePath>,
    Query(ask): Query<Ask>,
    parts: Parts,
) -> Result<Response, Problem> {
    let layer = visible(&state, &parts, &path.id).await?;
    check_sort(&layer, Sort::Map)?;
    let dated = ask.date(&layer)?;
    let format = ask.picture(&parts.headers)?;
    let tile = path.tile()?;
    let drawn = MatrixSet::suited(&dated.coverage.bounds).any(|set| set == tile.set)
        && levels(tile.set, dated).contains(&tile.level);
    if !drawn {
        return Err(not_drawn(tile.set, &levels(tile.set, dated)));
    }
    let reach = Reach::of(layer.layer.audience == Audience::Public);
    let MatrixTile {
        set,
        level,
        column,
        row,
    } = tile;
    let (version, ending) = (&dated.version, format.extension());
    let etag = format!("\"{version}-{}-{level}-{column}-{row}-{ending}\"", set.id());
    if Answer::new(&parts.headers).knows(&etag) {
        return Ok(answer::unchanged(&etag, reach, false));
    }
    match state.tiles.raster(&layer, dated, tile, format).await? {
        Some(bytes) => Ok(answer::tile(bytes, format, &etag, reach, false)),
        None => Ok(answer::nothing_there(reach, false)),
    }
}

/// A tile of features.
pub async fn vector_tile(
    State(state): State<AppState>,
    Path(path): Path<TilePath>,
    Query(ask): Query<Ask>,
    parts: Parts,
) -> Result<Response, Problem> {
    let layer = visible(&state, &parts, &path.id).await?;
    check_sort(&layer, Sort::Vector)?;
    ask.vector()?;
    let tile = path.tile()?;
    let web = tile
        .web()
        .ok_or_else(|| not_drawn(tile.set, &(0..=FEATURES_MAX_ZOOM)))?;
    let request = Answer::new(&parts.headers);
    features(&state, &parts, &request, &layer.layer.id, web).await
}

impl TilePath {
    fn tile(&self) -> Result<MatrixTile, Problem> {
        let set = matrix_sets::known(&self.set)?;
        MatrixTile::new(set, self.matrix, self.column, self.row).map_err(|outside| {
            Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
                format!(
                    "{}/{}/{} 不在 {} 之内。",
                    self.matrix,
                    self.row,
                    self.column,
                    set.id()
                ),
                outside.to_string(),
            )
        })
    }
}

async fn list(
    state: &AppState,
    parts: &Parts,
    id: &str,
    sort: Sort,
) -> Result<Json<TileSets>, Problem> {
    let layer = visible(state, parts, id).await?;
    check_sort(&layer, sort)?;
    let offer = Offer::of(state, parts, &layer, sort).await?;
    Ok(Json(TileSets {
        tilesets: offer
            .sets()
            .into_iter()
            .map(|set| offer.summary(set))
            .collect(),
        links: vec![Link::json(offer.address(), "self", "")],
    }))
}

async fn one(
    state: &AppState,
    parts: &Parts,
    (id, set): (&str, &str),
    sort: Sort,
) -> Result<Json<TileSet>, Problem> {
    let layer = visible(state, parts, id).await?;
    check_sort(&layer, sort)?;
    let offer = Offer::of(state, parts, &layer, sort).await?;
    let set = matrix_sets::known(set)?;
    if !offer.sets().contains(&set) {
        return Err(Problem::new(&kinds::NOT_FOUND).with_detail(
            format!("此图层没有 {} 的瓦片。", set.id()),
            format!("The layer has no tiles in {}.", set.id()),
        ));
    }
    Ok(Json(offer.whole(set)))
}

impl<'a> Offer<'a> {
    async fn of(
        state: &AppState,
        parts: &Parts,
        layer: &'a Published,
        sort: Sort,
    ) -> Result<Self, Problem> {
        let visitor = Visitor::of(state, parts).await?;
        let base = base_of(state, parts, &visitor);
        Ok(Self { layer, sort, base })
    }

    fn sets(&self) -> Vec<MatrixSet> {
        match (self.sort, self.layer.bounds()) {
            (Sort::Map, Some(bounds)) => MatrixSet::suited(&bounds).collect(),
            (Sort::Map, None) => Vec::new(),
            (Sort::Vector, _) => vec![MatrixSet::WebMercatorQuad],
        }
    }

    fn address(&self) -> String {
        let path = match self.sort {
            Sort::Map => "map/tiles",
            Sort::Vector => "tiles",
        };
        format!("{}/collections/{}/{path}", self.base, self.layer.layer.id)
    }

    fn summary(&self, set: MatrixSet) -> TileSet {
        let id = set.id();
        TileSet {
            title: format!("{} – {id}", self.layer.layer.id),
            data_type: match self.sort {
                Sort::Map => "map",
                Sort::Vector => "vector",
            },
            crs: set.crs_uri(),
            uri: set.uri(),
            tile_matrix_set_limits: Vec::new(),
            bounding_box: None,
            links: vec![
                Link::json(format!("{}/{id}", self.address()), "self", ""),
                Link::json(matrix_sets::address(&self.base, set), TILING_SCHEME, ""),
            ],
        }
    }

    fn whole(&self, set: MatrixSet) -> TileSet {
        let bounds = self.layer.bounds();
        let (first, last) = self.layer.zooms().unwrap_or((0, FEATURES_MAX_ZOOM));
        let limits = bounds.map(|bounds| {
            set.levels_of_zooms(first, last)
                .filter_map(|level| MatrixRange::covering(set, level, &bounds))
                .map(Limits::of)
                .collect()
        });
        let formats: &[Format] = match self.sort {
            Sort::Map => &Format::PICTURES,
            Sort::Vector => &[Format::Mvt],
        };
        let item = |format: &Format| Link {
            media_type: format.media_type().to_owned(),
            templated: true,
            ..Link::json(
                format!(
                    "{}/{}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f={}",
                    self.address(),
                    set.id(),
                    format.extension()
                ),
                "item",
                "",
            )
        };
        let mut tileset = self.summary(set);
        tileset.links.extend(formats.iter().map(item));
        tileset.tile_matrix_set_limits = limits.unwrap_or_default();
        tileset.bounding_box = bounds.map(|bounds| corners_of(&bounds));
        tileset
    }
}

impl Limits {
    fn of(range: MatrixRange) -> Self {
        Self {
            tile_matrix: range.first.level.to_string(),
            min_tile_row: range.first.row,
            max_tile_row: range.last.row,
            min_tile_col: range.first.column,
            max_tile_col: range.last.column,
        }
    }
}

fn corners_of(bounds: &Bounds) -> Value {
    json!({
        "lowerLeft": [bounds.west, bounds.south],
        "upperRight": [bounds.east, bounds.north],
        "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    })
}

fn levels(set: MatrixSet, dated: &Dated) -> RangeInclusive<u8> {
    let coverage = &dated.coverage;
    set.levels_of_zooms(coverage.min_zoom, coverage.max_zoom)
}

/// Pictures have map tiles, features have vector tiles.
fn check_sort(layer: &Published, sort: Sort) -> Result<(), Problem> {
    let is_vector = layer.layer.kind == Kind::Features;
    if is_vector == (sort == Sort::Vector) {
        return Ok(());
    }
    let path = if is_vector { "tiles" } else { "map/tiles" };
    let id = &layer.layer.id;
    Err(Problem::new(&kinds::NOT_FOUND).with_detail(
        format!("此图层的瓦片在 /ogc/collections/{id}/{path}。"),
        format!("The tiles of this layer are at /ogc/collections/{id}/{path}."),
    ))
}

fn not_drawn(set: MatrixSet, levels: &RangeInclusive<u8>) -> Problem {
    let (first, last, id) = (levels.start(), levels.end(), set.id());
    Problem::new(&kinds::TILE_OUT_OF_RANGE).with_detail(
        format!("此图层的矩阵为 {first} 到 {last}，且须在 {id} 的范围内。"),
        format!("The layer has the matrices {first} to {last}, if {id} suits its place."),
    )
}
