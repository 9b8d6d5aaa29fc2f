//! An index village by village: the table of the app, and the same for a spreadsheet.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use participation::Language;
use serde::{Deserialize, Serialize};
use store::{Viewer, zonal};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::areas::AreaName;
use crate::language::Speaks;
use crate::layers::chosen_date;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::SignedIn;
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(table))
        .routes(routes!(csv))
}

/// Which date of the layer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DateQuery {
    /// One of the layer's dates; the newest when left out.
    date: Option<NaiveDate>,
}

/// An index by village.
#[derive(Debug, Serialize, ToSchema)]
struct Table {
    /// The date of the image.
    date: NaiveDate,
    /// One row an area in scope, by name in Chinese order.
    rows: Vec<Row>,
}

/// The index of one area. Pixels count by the share of them that lies inside.
#[derive(Debug, Serialize, ToSchema)]
struct Row {
    #[serde(flatten)]
    area: AreaName,
    /// Valid pixels.
    count: f64,
    /// Valid pixels out of all, 0 to 1.
    valid_share: f64,
    /// Mean; `null` without a valid pixel, like the next three.
    mean: Option<f64>,
    /// Population standard deviation.
    std: Option<f64>,
    /// Smallest value.
    min: Option<f64>,
    /// Largest value.
    max: Option<f64>,
    /// Area in hectares.
    ha: f64,
    /// Area in 亩.
    mu: f64,
}

impl From<zonal::Row> for Row {
    fn from(row: zonal::Row) -> Self {
        let zonal::Statistics {
            count,
            valid_share,
            mean,
            std,
            min,
            max,
        } = row.statistics;
        let (ha, mu) = (
            grid::area::hectares(row.area_m2),
            grid::area::mu(row.area_m2),
        );
        Self {
            area: row.area.into(),
            count,
            valid_share,
            mean,
            std,
            min,
            max,
            ha,
            mu,
        }
    }
}

/// The index of each area in the account's scope.
#[utoipa::path(get, path = "/api/v1/layers/{id}/statistics", tag = "layers",
    params(("id" = String, Path, description = "Layer"), DateQuery), responses(
    (status = 200, description = "One row an area", body = Table),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`unknown-layer` or `unknown-date`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn table(
    State(state): State<AppState>,
    person: SignedIn,
    Path(id): Path<String>,
    Query(query): Query<DateQuery>,
) -> Result<Json<Table>, Problem> {
    rows(&state, &person, &id, query.date).await.map(Json)
}

/// The same table as CSV (UTF-8 with a byte order mark, without which Excel garbles Chinese).
#[utoipa::path(get, path = "/api/v1/layers/{id}/statistics.csv", tag = "layers",
    params(("id" = String, Path, description = "Layer"), DateQuery), responses(
    (status = 200, description = "The table", body = String, content_type = "text/csv"),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`unknown-layer` or `unknown-date`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn csv(
    State(state): State<AppState>,
    person: SignedIn,
    Speaks(language): Speaks,
    Path(id): Path<String>,
    Query(query): Query<DateQuery>,
) -> Result<Response, Problem> {
    let table = rows(&state, &person, &id, query.date).await?;
    let name = format!("attachment; filename=\"{id}-{}.csv\"", table.date);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, write_csv(&table, language)).into_response())
}

async fn rows(
    state: &AppState,
    person: &SignedIn,
    id: &str,
    date: Option<NaiveDate>,
) -> Result<Table, Problem> {
    let viewer = Viewer::SignedIn(person.scope.clone());
    let layer = state.tiles.layer(&viewer, id).await?;
    let layer = layer.ok_or_else(|| Problem::new(&kinds::UNKNOWN_LAYER))?;
    let coverage = chosen_date(&layer, date)?;
    let rows = zonal::table(&state.store, &person.scope, coverage.id).await?;
    Ok(Table {
        date: coverage.date,
        rows: rows.into_iter().map(Row::from).collect(),
    })
}

fn write_csv(table: &Table, language: Language) -> String {
    let head = language.pick(
        "区划代码,名称,日期,有效像元数,有效比例,平均值,标准差,最小值,最大值,面积(公顷),面积(亩)",
        "code,name,date,valid pixels,valid share,mean,standard deviation,minimum,maximum,area (ha),area (mu)",
    );
    let mut text = format!("\u{feff}{head}\r\n");
    for row in &table.rows {
        let fields = [
            cell(&row.area.code),
            cell(language.pick(&row.area.name_zh, &row.area.name_en)),
            table.date.to_string(),
            format!("{:.2}", row.count),
            format!("{:.4}", row.valid_share),
            number(row.mean),
            number(row.std),
            number(row.min),
            number(row.max),
            format!("{:.2}", row.ha),
            format!("{:.2}", row.mu),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.4}")).unwrap_or_default()
}

/// Quoted where needed (RFC 4180); a text that a spreadsheet would run as a formula is disarmed.
pub fn cell(text: &str) -> String {
    let armed = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if armed {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        Table {
            date: NaiveDate::from_ymd_opt(2024, 8, 2).unwrap(),
            rows: vec![Row {
                area: AreaName {
                    code: "500234101201".to_owned(),
                    name_zh: name.to_owned(),
                    name_en: String::new(),
                },
                count: 1234.5,
                valid_share: 0.98765,
                mean: Some(0.51236),
                std: None,
                min: Some(-0.1),
                max: Some(0.9),
                ha: 12.345,
                mu: 185.175,
            }],
        }
    }

    #[test]
    fn the_spreadsheet_reads_chinese_and_numbers() {
        let text = write_csv(&table("大坪村"), Language::Zh);
        assert!(text.starts_with("\u{feff}区划代码,名称,日期"), "{text}");
        let line = text.lines().nth(1).unwrap();
        assert_eq!(
            line,
            "500234101201,大坪村,2024-08-02,1234.50,0.9877,0.5124,,-0.1000,0.9000,12.35,185.18"
        );
        assert!(text.ends_with("\r\n"));
    }

    #[test]
    fn a_name_cannot_become_a_formula_or_break_the_line() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("甲, \"乙\""), "\"甲, \"\"乙\"\"\"");
        assert_eq!(cell("-2,3"), "\"'-2,3\"");
    }
}
