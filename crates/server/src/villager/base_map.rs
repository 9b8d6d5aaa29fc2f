//! The picture under the cross: a new and clear image everybody may see.

use serde::Serialize;
use store::coverage::{self, Coverage};
use store::layer::{self, Kind};
use store::{Store, Viewer};

use super::served::Edges;

/// Where the small map finds its tiles.
#[derive(Debug, PartialEq, Serialize)]
pub struct BaseMap {
    /// Address with `{z}`, `{x}` and `{y}`.
    tiles: String,
    min_zoom: u8,
    max_zoom: u8,
    bounds: Edges,
    attribution: String,
}

/// A picture with more cloud than this is no help in finding a place, however new it is.
const CLOUDY: f64 = 0.1;

/// Of the visual layers everybody may see the newest clear picture, else the clearest one.
///
/// # Errors
/// [`store::Error`].
pub async fn clearest(store: &Store) -> Result<Option<BaseMap>, store::Error> {
    let mut best: Option<(Coverage, String)> = None;
    for layer in layer::list(store, &Viewer::Anonymous).await? {
        if layer.kind != Kind::Visual {
            continue;
        }
        for found in coverage::list(store, &layer.id).await? {
            if best
                .as_ref()
                .is_none_or(|(known, _)| is_better(&found, known))
            {
                best = Some((found, layer.attribution.clone()));
            }
        }
    }
    Ok(best.map(|(coverage, attribution)| BaseMap {
        tiles: format!(
            "/tiles/{}/{{z}}/{{x}}/{{y}}.webp?date={}&v={}",
            coverage.layer_id, coverage.date, coverage.version
        ),
        min_zoom: coverage.min_zoom,
        max_zoom: coverage.max_zoom,
        bounds: Edges(
            coverage.bounds.west,
            coverage.bounds.south,
            coverage.bounds.east,
            coverage.bounds.north,
        ),
        attribution,
    }))
}

fn is_better(found: &Coverage, known: &Coverage) -> bool {
    // Nothing is said of clouds in an aerial picture: there are none.
    let cloud = |coverage: &Coverage| coverage.cloud_share.unwrap_or(0.0);
    match (cloud(found) <= CLOUDY, cloud(known) <= CLOUDY) {
        (true, true) => found.date > known.date,
        (false, false) => cloud(found) < cloud(known),
        (is_clear, _) => is_clear,
    }
}

#[cfg(test)]
mod tests {
    use grid::bounds::Bounds;

    use super::*;

    fn picture(date: &str, cloud_share: Option<f64>) -> Coverage {
        Coverage {
            id: 1,
            layer_id: "true-colour".into(),
            area_id: 1,
            scene_id: None,
            date: date.parse().unwrap(),
            object: String::new(),
            drawing: None,
            georeference: serde_json::Value::Null,
            bounds: Bounds {
                west: 108.0,
                south: 31.0,
                east: 109.0,
                north: 32.0,
            },
            min_zoom: 8,
            max_zoom: 14,
            cloud_share,
            version: String::new(),
            lineage: serde_json::Value::Null,
        }
    }

    #[test]
    fn clear_comes_before_new_and_new_before_old() {
        let cloudy = picture("2026-08-19", Some(0.4));
        let clear = picture("2026-05-12", Some(0.02));
        let aerial = picture("2024-11-03", None);
        assert!(is_better(&clear, &cloudy) && !is_better(&cloudy, &clear));
        assert!(is_better(&clear, &aerial) && is_better(&aerial, &cloudy));
        assert!(is_better(&cloudy, &picture("2026-08-20", Some(0.9))));
    }
}
