//! The rows that make three layers of a relief.

use chrono::Utc;
use raster::live::{Drawing, DrawnBand, Of, Relief};
use raster::style::{Ramp, Shaded, Stop, Style, StyleKind};
use serde_json::{Value, json};
use store::coverage::NewCoverage;
use store::layer::{Audience, Kind, NewLayer};
use store::publication::Publication;

use super::{CONTOURS, ELEVATION, Made, ReliefRequest, SHADE, model};
use crate::emap::EmapLayer;
use crate::features::layer_there;
use crate::kept::Kept;
use crate::publish::drawing_version;
use crate::{Error, Result, Workshop};

/// How much coarse zooms raise the land, so that mountains stay mountains.
const RAISE: f64 = 0.4;
/// A tile is half as large with shades in steps that nobody sees.
const STEP: f64 = 4.0;
/// Beyond the model's own zoom the shade still gains from being drawn rather than stretched.
const FINER: u8 = 2;

/// Everything that becomes visible, and the objects that are then to be kept.
pub(super) async fn publication(
    workshop: &Workshop,
    request: &ReliefRequest,
    area: i64,
    made: Made,
) -> Result<(Publication, Kept)> {
    let (lowest, highest) = (made.land.lowest, made.land.highest);
    let heights = Style {
        hillshade: Some(Shaded::default()),
        ..Style::ramp(Ramp::Elevation, lowest, highest.max(lowest + 1.0), "m")
    };
    let drafts = [
        (SHADE, Kind::Index, stored(&shade_style())?),
        (CONTOURS, Kind::Features, json!({})),
        (ELEVATION, Kind::Index, stored(&heights)?),
    ];
    let mut layers = Vec::with_capacity(drafts.len());
    for (layer, kind, style) in drafts {
        layers.push(new_layer(workshop, request, area, layer, kind, style).await?);
    }
    let drawing = stored(&shade(made.model.object.as_str()))?;
    let grid = &made.model.georeference;
    let (first, native) = grid.zooms();
    let date = request.date.unwrap_or_else(|| Utc::now().date_naive());
    let coverage = |layer: EmapLayer| -> Result<NewCoverage> {
        Ok(NewCoverage {
            layer_id: layer.id.to_owned(),
            area_id: area,
            scene_id: None,
            date,
            object: String::new(),
            drawing: None,
            georeference: stored(grid)?,
            bounds: grid.bounds(),
            min_zoom: first,
            max_zoom: native,
            cloud_share: None,
            version: String::new(),
            lineage: json!({
                "operation": layer.id,
                "inputs": made.files,
                "software": concat!("xiangtu ", env!("CARGO_PKG_VERSION")),
            }),
        })
    };
    let object = &made.model.object;
    let coverages = vec![
        NewCoverage {
            version: drawing_version(&drawing),
            drawing: Some(drawing),
            max_zoom: (native + FINER).min(grid::tile::MAX_ZOOM),
            ..coverage(SHADE)?
        },
        NewCoverage {
            version: object.hash().chars().take(16).collect(),
            object: object.to_string(),
            ..coverage(ELEVATION)?
        },
    ];
    let publication = Publication {
        layers,
        coverages,
        features: vec![(CONTOURS.id.to_owned(), made.contours)],
        outputs: Vec::new(),
    };
    Ok((publication, made.model.kept))
}

async fn new_layer(
    workshop: &Workshop,
    request: &ReliefRequest,
    area: i64,
    layer: EmapLayer,
    kind: Kind,
    style: Value,
) -> Result<NewLayer> {
    let known = layer_there(workshop, layer.id).await?;
    let known = known.as_ref();
    let audience = request.audience.or(known.map(|known| known.audience));
    let attribution = request
        .attribution
        .clone()
        .or(known.map(|known| known.attribution.clone()));
    Ok(NewLayer {
        id: layer.id.to_owned(),
        area_id: area,
        kind,
        title_zh: layer.title_zh.to_owned(),
        title_en: layer.title_en.to_owned(),
        audience: audience.unwrap_or(Audience::Public),
        style,
        attribution: attribution.unwrap_or_default(),
    })
}

/// Light and shade of the stored heights.
fn shade(object: &str) -> Drawing {
    Drawing {
        bands: vec![DrawnBand {
            name: model::ROLE.to_owned(),
            object: object.to_owned(),
            band: 0,
        }],
        of: Of::Relief(Relief {
            raise: RAISE,
            round: STEP,
            ..Relief::default()
        }),
    }
}

/// Shadows darken what lies below and lights lighten it; level land, whose shade is 181, leaves it as it
/// is.
fn shade_style() -> Style {
    let stops = [
        (1.0, "#1E2630D8"),
        (90.0, "#242C3690"),
        (176.0, "#2A323C00"),
        (186.0, "#FFFBE800"),
        (255.0, "#FFFBE8B0"),
    ];
    let stop = |(value, colour): (f64, &str)| Stop {
        value,
        colour: colour.to_owned(),
    };
    Style {
        kind: StyleKind::Ramp,
        min: 1.0,
        max: 255.0,
        stops: stops.into_iter().map(stop).collect(),
        ..Style::none()
    }
}

fn stored(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|source| Error::Stored {
        what: "the relief".to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_land_leaves_the_map_as_it_is() {
        let palette = shade_style().prepare().unwrap();
        let level = shade("object").prepare().unwrap();
        let raster::live::Make::Shade(shading) = level.make else {
            panic!("a relief is shaded");
        };
        assert_eq!(palette.of(shading.level())[3], 0);
        let (dark, bright) = (palette.of(60.0), palette.of(250.0));
        assert!(dark[0] < 60 && dark[3] > 120, "{dark:?}");
        assert!(bright[0] > 250 && bright[3] > 120, "{bright:?}");
    }
}
