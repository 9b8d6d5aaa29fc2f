//! `/m/outlines.json`: where one village ends and the next begins, coarse enough for a phone. The
//! small map asks for it after everything else; without it the map works all the same.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::response::{IntoResponse, Response};
use geo::{MultiPolygon, Simplify};
use participation::Language;
use serde::Serialize;
use store::area::{self, Level, Outline};
use store::{Scope, Store};

use super::frame::Frame;
use crate::problem::Problem;

/// Degrees, about 20 m: less than a line's width where a whole village is seen.
const TOLERANCE: f64 = 0.0002;

/// More outlines than this are no help on a phone, and no small answer.
const MOST: usize = 120;

/// A village on the small map.
#[derive(Debug, PartialEq, Serialize)]
struct Village {
    name: String,
    /// Each ring as longitude, latitude, longitude, latitude …, in degrees.
    rings: Vec<Vec<f64>>,
}

pub async fn list(frame: Frame, State(store): State<Store>) -> Result<Response, Problem> {
    let outlines = area::outlines(&store, &Scope::Everything, None).await?;
    let language = frame.language;
    // Simplifying a county of outlines is work for a processor.
    let villages = tokio::task::spawn_blocking(move || villages(&outlines, language)).await?;
    let headers = [
        (CACHE_CONTROL, "private, max-age=600"),
        (VARY, "cookie, accept-language"),
    ];
    Ok((headers, Json(villages)).into_response())
}

fn villages(outlines: &[Outline], language: Language) -> Vec<Village> {
    let of_level = |level: Level| {
        outlines
            .iter()
            .filter(move |outline| outline.area.level == level)
    };
    let finest_but_groups = [Level::Village, Level::Township, Level::County]
        .into_iter()
        .find(|level| of_level(*level).next().is_some());
    let shown = finest_but_groups.map(of_level).into_iter().flatten();
    shown
        .take(MOST)
        .map(|outline| Village {
            name: language
                .pick(&outline.area.name_zh, &outline.area.name_en)
                .to_owned(),
            rings: rings(&outline.polygons),
        })
        .collect()
}

fn rings(polygons: &MultiPolygon) -> Vec<Vec<f64>> {
    let rounded = |degrees: f64| (degrees * 1e5).round() / 1e5;
    polygons
        .simplify(TOLERANCE)
        .iter()
        .map(|polygon| {
            let points = polygon.exterior().coords();
            points
                .flat_map(|point| [rounded(point.x), rounded(point.y)])
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    #[test]
    fn a_straight_edge_needs_no_points_between() {
        let square = polygon![
            (x: 108.0, y: 31.0), (x: 108.05, y: 31.000_01), (x: 108.1, y: 31.0),
            (x: 108.1, y: 31.1), (x: 108.0, y: 31.1)
        ];
        assert_eq!(
            rings(&MultiPolygon::new(vec![square])),
            [vec![
                108.0, 31.0, 108.1, 31.0, 108.1, 31.1, 108.0, 31.1, 108.0, 31.0
            ]]
        );
    }
}
