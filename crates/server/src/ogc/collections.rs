//! `/ogc/collections`: the layers somebody may see (OGC API – Common – Part 2, draft 20-024).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use serde::Serialize;
use serde_json::{Value, json};
use store::layer::Kind;
use tiles::Published;

use super::{Link, base_of};
use crate::access::Visitor;
use crate::areas::corners;
use crate::language::{self, Language};
use crate::map_tiles::visible;
use crate::problem::Problem;
use crate::state::AppState;

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
/// What relates a collection to its tilesets and its map.
const RELATION: &str = "http://www.opengis.net/def/rel/ogc/1.0/";

/// A layer as a collection.
#[derive(Debug, Serialize)]
pub struct Collection {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    attribution: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    extent: Option<Value>,
    #[serde(rename = "dataType")]
    data_type: &'static str,
    crs: Vec<String>,
    links: Vec<Link>,
}

#[derive(Debug, Serialize)]
pub struct Collections {
    links: Vec<Link>,
    collections: Vec<Collection>,
}

/// Every layer the reader may see.
pub async fn list(
    State(state): State<AppState>,
    parts: Parts,
) -> Result<Json<Collections>, Problem> {
    let language = language::of(&parts.uri, &parts.headers);
    let visitor = Visitor::of(&state, &parts).await?;
    let base = base_of(&state, &parts, &visitor);
    let layers = state.tiles.layers(&visitor.viewer()).await?;
    Ok(Json(Collections {
        links: vec![Link::json(format!("{base}/collections"), "self", "")],
        collections: layers
            .iter()
            .map(|layer| Collection::of(layer, &base, language))
            .collect(),
    }))
}

/// One of them.
pub async fn one(
    State(state): State<AppState>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Json<Collection>, Problem> {
    let language = language::of(&parts.uri, &parts.headers);
    let layer = visible(&state, &parts, &id).await?;
    let visitor = Visitor::of(&state, &parts).await?;
    let base = base_of(&state, &parts, &visitor);
    Ok(Json(Collection::of(&layer, &base, language)))
}

impl Collection {
    fn of(published: &Published, base: &str, language: Language) -> Self {
        let layer = &published.layer;
        let own = format!("{base}/collections/{}", layer.id);
        let relation = |name: &str| format!("{RELATION}{name}");
        let mut links = vec![Link::json(own.clone(), "self", "")];
        let data_type = if layer.kind == Kind::Features {
            links.push(Link::json(
                format!("{own}/tiles"),
                relation("tilesets-vector"),
                language.pick("矢量瓦片", "Vector tiles"),
            ));
            "vector"
        } else {
            links.push(Link::json(
                format!("{own}/map/tiles"),
                relation("tilesets-map"),
                language.pick("地图瓦片", "Map tiles"),
            ));
            links.extend(["image/png", "image/webp"].map(|media_type| Link {
                media_type: media_type.to_owned(),
                ..Link::json(
                    format!("{own}/map?f={}", &media_type["image/".len()..]),
                    relation("map"),
                    language.pick("地图", "Map"),
                )
            }));
            "map"
        };
        Self {
            id: layer.id.clone(),
            title: language.pick(&layer.title_zh, &layer.title_en).to_owned(),
            attribution: layer.attribution.clone(),
            extent: extent(published),
            data_type,
            crs: vec![CRS84.to_owned()],
            links,
        }
    }
}

/// Where, and when if it has dates; `None` for what is not known.
fn extent(published: &Published) -> Option<Value> {
    let bounds = published.bounds()?;
    let mut extent = json!({ "spatial": { "bbox": [corners(&bounds)], "crs": CRS84 } });
    let dates = published.dates.iter().map(|dated| dated.coverage.date);
    if let (Some(first), Some(last)) = (dates.clone().min(), dates.max()) {
        extent["temporal"] = json!({ "interval": [[
            format!("{first}T00:00:00Z"),
            format!("{last}T23:59:59Z"),
        ]] });
    }
    Some(extent)
}
