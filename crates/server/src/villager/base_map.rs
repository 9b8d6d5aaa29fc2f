//! The picture under the cross: the newest image everybody may see.

use serde::Serialize;
use store::layer::{self, Kind};
use store::{Store, Viewer, coverage};

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

/// The public visual layer with the newest date, if there is one.
///
/// # Errors
/// [`store::Error`].
pub async fn newest(store: &Store) -> Result<Option<BaseMap>, store::Error> {
    let mut newest: Option<(coverage::Coverage, String)> = None;
    for layer in layer::list(store, &Viewer::Anonymous).await? {
        if layer.kind != Kind::Visual {
            continue;
        }
        if let Some(found) = coverage::latest(store, &layer.id).await?
            && newest
                .as_ref()
                .is_none_or(|(known, _)| found.date > known.date)
        {
            newest = Some((found, layer.attribution));
        }
    }
    Ok(newest.map(|(coverage, attribution)| BaseMap {
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
