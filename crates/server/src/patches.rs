//! `/api/v1/layers/{id}/patches`: a ledger of changed land, and what was found on the spot.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use participation::Language;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::patch::{self, Check, Patch};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::areas::{AreaName, Corners};
use crate::language::Speaks;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::SignedIn;
use crate::state::AppState;
use crate::statistics::cell;

/// Patches an answer: more than one county's officials can ever walk to.
const MOST: u16 = 20_000;
/// Characters of a note.
const NOTE: usize = 2000;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(csv))
        .routes(routes!(detail))
        .routes(routes!(check))
}

/// The ledger of a layer.
#[derive(Debug, Serialize, ToSchema)]
struct PatchesBody {
    /// The largest first.
    patches: Vec<PatchBody>,
}

/// A changed piece of land.
#[derive(Debug, Serialize, ToSchema)]
struct PatchBody {
    /// Its key in the layer; stays when the recipe is run again.
    key: String,
    /// The village it lies in.
    village: AreaName,
    /// Ellipsoidal area in m².
    area_m2: f64,
    /// The same in hectares.
    ha: f64,
    /// The same in 亩 (10000/15 m²).
    mu: f64,
    /// How strong the change is, in the unit of its measure.
    strength: Option<f64>,
    /// Mean before.
    before: Option<f64>,
    /// Mean after.
    after: Option<f64>,
    /// The parcel it lies on most.
    parcel: Option<String>,
    /// What that land is registered as.
    land_class: Option<String>,
    /// West, south, east, north in degrees.
    #[schema(value_type = Vec<f64>)]
    bounds: Corners,
    /// `unchecked`, `confirmed`, `not_confirmed` or `restored`.
    #[schema(value_type = String, example = "unchecked")]
    state: patch::State,
    /// What was written down.
    note: String,
    /// Who was there.
    checked_by: Option<String>,
    /// When that was written down.
    checked_at: Option<DateTime<Utc>>,
}

/// A patch with its outline.
#[derive(Debug, Serialize, ToSchema)]
struct PatchDetailBody {
    #[serde(flatten)]
    patch: PatchBody,
    /// GeoJSON geometry, degrees.
    #[schema(value_type = Object)]
    geometry: Value,
}

/// What was found.
#[derive(Debug, Deserialize, ToSchema)]
struct NewCheck {
    /// `confirmed`, `not_confirmed` or `restored`; `unchecked` takes a check back.
    #[schema(example = "confirmed")]
    state: String,
    /// In words; at most 2000 characters.
    #[serde(default)]
    note: String,
}

impl From<Patch> for PatchBody {
    fn from(patch: Patch) -> Self {
        let number = |key: &str| patch.properties[key].as_f64();
        let text = |key: &str| match &patch.properties[key] {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let area_m2 = number("area_m2").unwrap_or_default();
        Self {
            area_m2,
            ha: grid::area::hectares(area_m2),
            mu: grid::area::mu(area_m2),
            strength: number("strength"),
            before: number("before"),
            after: number("after"),
            parcel: text("parcel"),
            land_class: text("land_class"),
            bounds: corners_of(&patch.geometry["coordinates"]),
            key: patch.key,
            village: patch.area.into(),
            state: patch.state,
            note: patch.note,
            checked_by: patch.checked_by,
            checked_at: patch.checked_at,
        }
    }
}

/// The corners around GeoJSON coordinates, however deep they are nested.
fn corners_of(coordinates: &Value) -> Corners {
    fn widen(value: &Value, corners: &mut Corners) {
        let Some(items) = value.as_array() else {
            return;
        };
        if let [x, y, ..] = items.as_slice()
            && let (Some(x), Some(y)) = (x.as_f64(), y.as_f64())
        {
            let [west, south, east, north] = *corners;
            *corners = [west.min(x), south.min(y), east.max(x), north.max(y)];
        } else {
            for item in items {
                widen(item, corners);
            }
        }
    }
    let mut corners = [180.0, 90.0, -180.0, -90.0];
    widen(coordinates, &mut corners);
    corners
}

/// The patches of a layer in the account's areas.
#[utoipa::path(get, path = "/api/v1/layers/{id}/patches", operation_id = "list_patches", tag = "patches",
    params(("id" = String, Path, description = "Layer")), responses(
    (status = 200, description = "The patches", body = PatchesBody),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`unknown-layer`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn list(
    State(state): State<AppState>,
    person: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<PatchesBody>, Problem> {
    let patches = ledger(&state, &person, &id).await?;
    Ok(Json(PatchesBody { patches }))
}

/// The ledger as CSV (UTF-8 with a byte order mark, without which Excel garbles Chinese).
#[utoipa::path(get, path = "/api/v1/layers/{id}/patches.csv", operation_id = "patches_csv", tag = "patches",
    params(("id" = String, Path, description = "Layer")), responses(
    (status = 200, description = "The ledger", body = String, content_type = "text/csv"),
    (status = 404, description = "`unknown-layer`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn csv(
    State(state): State<AppState>,
    person: SignedIn,
    Speaks(language): Speaks,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let patches = ledger(&state, &person, &id).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{id}.csv\""),
        ),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, write_csv(&patches, language)).into_response())
}

/// One patch with its outline.
#[utoipa::path(get, path = "/api/v1/layers/{id}/patches/{key}", operation_id = "patch", tag = "patches", params(
    ("id" = String, Path, description = "Layer"), ("key" = String, Path, description = "Patch"),
), responses(
    (status = 200, description = "The patch", body = PatchDetailBody),
    (status = 404, description = "`unknown-layer` or `not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn detail(
    State(state): State<AppState>,
    person: SignedIn,
    Path((id, key)): Path<(String, String)>,
) -> Result<Json<PatchDetailBody>, Problem> {
    seen(&state, &person, &id).await?;
    find(&state, &person, &id, &key).await.map(Json)
}

/// Records what was found at a patch; a later check takes the place of an earlier one.
#[utoipa::path(post, path = "/api/v1/layers/{id}/patches/{key}/check", operation_id = "check_patch", tag = "patches", params(
    ("id" = String, Path, description = "Layer"), ("key" = String, Path, description = "Patch"),
), request_body = NewCheck, responses(
    (status = 200, description = "The patch as it stands now", body = PatchDetailBody),
    (status = 404, description = "`unknown-layer` or `not-found`: none, or not in the account's areas", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "`invalid-field`: an unknown state, or a note too long", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn check(
    State(state): State<AppState>,
    person: SignedIn,
    Path((id, key)): Path<(String, String)>,
    Json(found): Json<NewCheck>,
) -> Result<Json<PatchDetailBody>, Problem> {
    seen(&state, &person, &id).await?;
    let note = found.note.trim();
    if note.chars().count() > NOTE {
        return Err(Problem::new(&kinds::INVALID_FIELD).with_detail(
            "说明最多 2000 字，请缩短。",
            "The note may have 2000 characters: shorten it.",
        ));
    }
    let found = Check {
        state: found.state.parse()?,
        note: note.to_owned(),
        account_id: person.account.id,
    };
    if !patch::check(&state.store, &person.scope, &id, &key, &found).await? {
        return Err(Problem::new(&kinds::NOT_FOUND));
    }
    tracing::info!(
        account = person.account.id,
        layer = id,
        "a patch was checked"
    );
    find(&state, &person, &id, &key).await.map(Json)
}

async fn find(
    state: &AppState,
    person: &SignedIn,
    id: &str,
    key: &str,
) -> Result<PatchDetailBody, Problem> {
    let patch = patch::by_key(&state.store, &person.scope, id, key).await?;
    let patch = patch.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    Ok(PatchDetailBody {
        geometry: patch.geometry.clone(),
        patch: patch.into(),
    })
}

async fn ledger(state: &AppState, person: &SignedIn, id: &str) -> Result<Vec<PatchBody>, Problem> {
    seen(state, person, id).await?;
    let patches = patch::list(&state.store, &person.scope, id, None, 0, MOST).await?;
    Ok(patches.into_iter().map(PatchBody::from).collect())
}

/// Whether this person may see the layer at all.
async fn seen(state: &AppState, person: &SignedIn, id: &str) -> Result<(), Problem> {
    let viewer = store::Viewer::SignedIn(person.scope.clone());
    let layer = store::layer::by_id(&state.store, &viewer, id).await?;
    layer
        .map(|_| ())
        .ok_or_else(|| Problem::new(&kinds::UNKNOWN_LAYER))
}

fn write_csv(patches: &[PatchBody], language: Language) -> String {
    let head = language.pick(
        "图斑编号,区划代码,村,面积(公顷),面积(亩),变化强度,变化前,变化后,地块,地类,核查状态,说明,核查人,核查时间",
        "key,code,village,area (ha),area (mu),strength,before,after,parcel,land class,check,note,checked by,checked at",
    );
    let mut text = format!("\u{feff}{head}\r\n");
    for patch in patches {
        let number = |value: Option<f64>| value.map(|value| format!("{value:.4}"));
        let fields = [
            cell(&patch.key),
            cell(&patch.village.code),
            cell(language.pick(&patch.village.name_zh, &patch.village.name_en)),
            format!("{:.4}", patch.ha),
            format!("{:.3}", patch.mu),
            number(patch.strength).unwrap_or_default(),
            number(patch.before).unwrap_or_default(),
            number(patch.after).unwrap_or_default(),
            cell(patch.parcel.as_deref().unwrap_or_default()),
            cell(patch.land_class.as_deref().unwrap_or_default()),
            word(patch.state, language).to_owned(),
            cell(&patch.note),
            cell(patch.checked_by.as_deref().unwrap_or_default()),
            patch
                .checked_at
                .map(|at| at.to_rfc3339())
                .unwrap_or_default(),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn word(state: patch::State, language: Language) -> &'static str {
    match state {
        patch::State::Unchecked => language.pick("待核查", "to check"),
        patch::State::Confirmed => language.pick("已核实", "confirmed"),
        patch::State::NotConfirmed => language.pick("不属实", "not so"),
        patch::State::Restored => language.pick("已恢复", "restored"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn corners_are_found_in_every_part() {
        let parts = json!([[[[1.0, 2.0], [3.0, 5.0]]], [[[-4.0, 0.5], [0.0, 1.0]]]]);
        let expected: Corners = [-4.0, 0.5, 3.0, 5.0];
        assert_eq!(
            corners_of(&parts).map(f64::to_bits),
            expected.map(f64::to_bits)
        );
    }
}
