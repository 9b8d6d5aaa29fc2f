//! `/api/v1/layers`: what can be laid on the map, and the number under the cursor.

use axum::Json;
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use raster::style::{Entry, Legend, Stop, Style, StyleKind};
use serde::{Deserialize, Serialize};
use store::coverage::Coverage;
use store::layer::{Audience, Kind};
use tiles::{Dated, Published};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::areas::{Corners, corners};
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::Session;
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(point))
        .routes(routes!(history))
}

/// The layers somebody may see.
#[derive(Debug, Serialize, ToSchema)]
struct Layers {
    /// By title.
    layers: Vec<LayerBody>,
}

/// One thing on the map, with dates.
#[derive(Debug, Serialize, ToSchema)]
struct LayerBody {
    /// Slug.
    #[schema(example = "ndvi")]
    id: String,
    /// `visual`, `index` or `features`.
    #[schema(value_type = String, example = "index")]
    kind: Kind,
    /// Chinese title.
    title_zh: String,
    /// English title; may be empty.
    title_en: String,
    /// `public`, `village` or `officials`.
    #[schema(value_type = String, example = "public")]
    audience: Audience,
    /// Whom to thank.
    attribution: String,
    /// How to read the colours.
    legend: LegendBody,
    /// Newest first.
    dates: Vec<DateBody>,
    /// West, south, east, north in degrees; `null` where they are not known.
    #[schema(value_type = Option<Vec<f64>>)]
    bounds: Option<Corners>,
    /// First zoom with tiles.
    min_zoom: u8,
    /// Last zoom with tiles: beyond it, enlarge these.
    max_zoom: u8,
    /// The layers within its vector tiles, as styles name them; none for pictures.
    vector_layers: Vec<String>,
    /// Path of the layer's TileJSON.
    tilejson: String,
    /// Whether its features are patches with a field check each (`…/patches`).
    ledger: bool,
    /// Path of its tiles, with `{z}`, `{x}`, `{y}`, `{date}` and `{version}` to be filled in.
    tiles: String,
}

/// How to read a layer's colours.
#[derive(Debug, Serialize, ToSchema)]
struct LegendBody {
    /// `ramp`, `classes`, `intervals`, or `none` for pictures.
    #[schema(value_type = String, example = "ramp")]
    kind: StyleKind,
    /// Unit of the numbers; empty for an index.
    unit: String,
    /// Low end.
    min: f64,
    /// High end.
    max: f64,
    /// In rising order; colours between them are mixed.
    stops: Vec<StopBody>,
    /// Classes by their codes, or intervals in rising order.
    entries: Vec<EntryBody>,
}

/// A class, or an interval of numbers.
#[derive(Debug, Serialize, ToSchema)]
struct EntryBody {
    /// Code of the class; or where the interval begins (the first and the last are open).
    value: f64,
    /// Chinese name; may be empty for an interval.
    zh: String,
    /// English name; may be empty.
    en: String,
    /// `#rrggbb` or `#rrggbbaa`.
    #[schema(example = "#1E5C97")]
    colour: String,
}

/// One point of a ramp.
#[derive(Debug, Serialize, ToSchema)]
struct StopBody {
    /// Number.
    value: f64,
    /// `#rrggbb` or `#rrggbbaa`.
    #[schema(example = "#1B5E3B")]
    colour: String,
}

/// One date of a layer.
#[derive(Debug, Serialize, ToSchema)]
struct DateBody {
    /// The day it shows.
    date: NaiveDate,
    /// Changes whenever the tiles do; part of their address.
    version: String,
    /// Share of cloud, 0 to 1, where known.
    cloud_share: Option<f64>,
}

impl LayerBody {
    fn of(published: &Published, ledgers: &[String]) -> Self {
        let layer = &published.layer;
        let (min_zoom, max_zoom) = published.zooms().unwrap_or((0, FEATURES_MAX_ZOOM));
        let tiles = match layer.kind {
            Kind::Features => format!("/tiles/{}/{{z}}/{{x}}/{{y}}.mvt", layer.id),
            Kind::Visual | Kind::Index => {
                format!(
                    "/tiles/{}/{{z}}/{{x}}/{{y}}.webp?date={{date}}&v={{version}}",
                    layer.id
                )
            }
        };
        Self {
            id: layer.id.clone(),
            ledger: ledgers.contains(&layer.id),
            kind: layer.kind,
            title_zh: layer.title_zh.clone(),
            title_en: layer.title_en.clone(),
            audience: layer.audience,
            attribution: layer.attribution.clone(),
            legend: LegendBody::of(published.legend()),
            dates: published.dates.iter().map(DateBody::of).collect(),
            bounds: published.bounds().as_ref().map(corners),
            min_zoom,
            max_zoom,
            vector_layers: match layer.kind {
                Kind::Features => published.vector_layers(),
                Kind::Visual | Kind::Index => Vec::new(),
            },
            tilejson: format!("/tiles/{}/tilejson.json", layer.id),
            tiles,
        }
    }
}

/// Vector tiles are made to this zoom; clients enlarge them beyond.
pub const FEATURES_MAX_ZOOM: u8 = 16;

impl LegendBody {
    fn of(legend: Option<&Legend>) -> Self {
        let none = Style::none().legend();
        let legend = legend.unwrap_or(&none);
        let stop = |stop: &Stop| StopBody {
            value: stop.value,
            colour: stop.colour.clone(),
        };
        let entry = |entry: &Entry| EntryBody {
            value: entry.value,
            zh: entry.zh.clone(),
            en: entry.en.clone(),
            colour: entry.colour.clone(),
        };
        Self {
            kind: legend.kind,
            unit: legend.unit.clone(),
            min: legend.min,
            max: legend.max,
            stops: legend.stops.iter().map(stop).collect(),
            entries: legend.entries.iter().map(entry).collect(),
        }
    }
}

impl DateBody {
    fn of(dated: &Dated) -> Self {
        Self {
            date: dated.coverage.date,
            version: dated.version.to_string(),
            cloud_share: dated.coverage.cloud_share,
        }
    }
}

/// The coverage of a date, the newest for `None`.
///
/// # Errors
///
/// `unknown-date`, which names it.
pub fn chosen_date(layer: &Published, date: Option<NaiveDate>) -> Result<&Coverage, Problem> {
    layer
        .date(date)
        .map(|dated| &dated.coverage)
        .ok_or_else(|| unknown_date(date))
}

/// `unknown-date` with the date in its words.
pub fn unknown_date(date: Option<NaiveDate>) -> Problem {
    let problem = Problem::new(&kinds::UNKNOWN_DATE);
    match date {
        None => problem.with_detail("此图层还没有影像。", "The layer has no images yet."),
        Some(date) => problem.with_detail(
            format!("图层没有 {date} 的影像，请从日期列表中选择。"),
            format!("The layer has no image of {date}: choose one of its dates."),
        ),
    }
}

/// Public layers for anyone; for an account those of its places too.
#[utoipa::path(get, path = "/api/v1/layers", operation_id = "list_layers", tag = "layers", responses(
    (status = 200, description = "The layers that may be seen", body = Layers),
))]
async fn list(State(state): State<AppState>, session: Session) -> Result<Json<Layers>, Problem> {
    let layers = state.tiles.layers(&session.viewer()).await?;
    let features = layers.iter().any(|one| one.layer.kind == Kind::Features);
    let ledgers = if features && session.is_live() {
        store::patch::ledgers(&state.store).await?
    } else {
        Vec::new()
    };
    let body = |one| LayerBody::of(one, &ledgers);
    Ok(Json(Layers {
        layers: layers.iter().map(body).collect(),
    }))
}

/// A place and a date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PointQuery {
    /// Longitude in degrees.
    lon: f64,
    /// Latitude in degrees.
    lat: f64,
    /// One of the layer's dates; the newest when left out.
    date: Option<NaiveDate>,
}

/// A place.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PlaceQuery {
    /// Longitude in degrees.
    lon: f64,
    /// Latitude in degrees.
    lat: f64,
}

/// What a layer said of a place over time.
#[derive(Debug, Serialize, ToSchema)]
struct History {
    /// All dates of the layer, oldest first; `null` outside and under nodata. Empty for pictures.
    values: Vec<Point>,
}

/// The number under the cursor.
#[derive(Debug, Serialize, ToSchema)]
struct Point {
    /// Value of the image's own pixel; `null` outside, under nodata, and for pictures.
    value: Option<f32>,
    /// The date of the image.
    date: NaiveDate,
}

/// The value of a layer at a place, at the image's own resolution.
#[utoipa::path(get, path = "/api/v1/layers/{id}/point", tag = "layers",
    params(("id" = String, Path, description = "Layer"), PointQuery), responses(
    (status = 200, description = "The value there", body = Point),
    (status = 404, description = "`unknown-layer` or `unknown-date`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn point(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Query(query): Query<PointQuery>,
) -> Result<Json<Point>, Problem> {
    on_earth(query.lon, query.lat)?;
    let layer = state.tiles.layer(&session.viewer(), &id).await?;
    let layer = layer.ok_or_else(|| session.refuse(&kinds::UNKNOWN_LAYER))?;
    let dated = layer
        .date(query.date)
        .ok_or_else(|| unknown_date(query.date))?;
    let value = state
        .tiles
        .value(&layer, dated, query.lon, query.lat)
        .await?;
    Ok(Json(Point {
        value,
        date: dated.coverage.date,
    }))
}

/// The values of all dates of a layer at a place, at the images' own resolution.
#[utoipa::path(get, path = "/api/v1/layers/{id}/history", operation_id = "layer_history", tag = "layers",
    params(("id" = String, Path, description = "Layer"), PlaceQuery), responses(
    (status = 200, description = "The values there", body = History),
    (status = 404, description = "`unknown-layer`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn history(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Query(place): Query<PlaceQuery>,
) -> Result<Json<History>, Problem> {
    on_earth(place.lon, place.lat)?;
    let layer = state.tiles.layer(&session.viewer(), &id).await?;
    let layer = layer.ok_or_else(|| session.refuse(&kinds::UNKNOWN_LAYER))?;
    let values = state.tiles.history(&layer, place.lon, place.lat).await?;
    let point = |(date, value)| Point { value, date };
    Ok(Json(History {
        values: values.into_iter().map(point).collect(),
    }))
}

fn on_earth(longitude: f64, latitude: f64) -> Result<(), Problem> {
    if (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude) {
        return Ok(());
    }
    Err(Problem::new(&kinds::BAD_REQUEST).with_detail(
        "lon 须在 -180 到 180 之间，lat 须在 -90 到 90 之间。",
        "lon must lie between -180 and 180, lat between -90 and 90.",
    ))
}
