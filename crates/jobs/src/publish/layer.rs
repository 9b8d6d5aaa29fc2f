//! The layer an image is published in, and the rows that make it one.

use std::io::{BufWriter, Write};

use chrono::{Datelike as _, NaiveDate};
use grid::bounds::Bounds;
use objects::{ObjectName, ObjectWriter};
use raster::{cog::CogError, georeference::GeoReference, live::Drawing, style::Style};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::{
    Scope, Viewer, area,
    coverage::{self, NewCoverage},
    layer::{self, Audience, Kind, Layer, NewLayer},
    scene::Scene,
};

use super::{Publication, Published};
use crate::{Error, Result, SceneBand, Workshop, kept::Kept};

/// What a kind of layer is called and how it looks unless somebody says otherwise.
pub(super) struct Draft {
    pub kind: Kind,
    pub slug: String,
    pub title_zh: String,
    pub title_en: String,
    pub style: Style,
}

/// What is known of the pixels before they are worked on.
pub(super) struct Origin {
    /// The scene they are of; `None` for an image that stays elsewhere.
    pub scene: Option<String>,
    pub area_id: i64,
    pub date: NaiveDate,
    pub sensor: String,
    pub cloud_share: Option<f64>,
}

impl From<&Scene> for Origin {
    fn from(scene: &Scene) -> Self {
        Self {
            scene: Some(scene.id.clone()),
            area_id: scene.area_id,
            date: scene.acquired_at.date_naive(),
            sensor: scene.sensor.clone(),
            cloud_share: scene.cloud_share,
        }
    }
}

/// Where an image will be published.
pub(super) struct Target {
    layer: NewLayer,
    date: NaiveDate,
    /// The layer as it is, if it is there.
    before: Option<Layer>,
}

/// Where a date's picture comes from.
pub(super) enum Shown {
    /// A stored object.
    Stored(ObjectName),
    /// It is drawn when it is asked for.
    Drawn(Drawing),
}

/// A finished image.
pub(super) struct Image {
    pub shown: Shown,
    pub georeference: GeoReference,
    pub bounds: Bounds,
    pub min_zoom: u8,
    pub max_zoom: u8,
    pub lineage: Value,
}

/// Finds or drafts the layer, before pixels are worked on: what is wrong with it is said at once.
pub(super) async fn prepare(
    workshop: &Workshop,
    draft: &Draft,
    publication: &Publication,
    origin: &Origin,
) -> Result<Target> {
    let store = &workshop.store;
    let area = match &publication.area {
        Some(code) => area::by_code(store, &Scope::Everything, code).await?,
        None => area::by_ids(store, &[origin.area_id])
            .await?
            .into_iter()
            .next(),
    };
    let code = publication
        .area
        .clone()
        .unwrap_or_else(|| origin.area_id.to_string());
    let area = area.ok_or(store::Error::UnknownArea { code })?;
    let id = match &publication.id {
        Some(id) => slug(id)?,
        None => slug(&format!("{}-{}", draft.slug, area.code).to_lowercase())?,
    };
    let before = layer::by_id(store, &Viewer::SignedIn(Scope::Everything), &id).await?;
    if let Some(before) = before.as_ref().filter(|before| before.kind != draft.kind) {
        return Err(Error::LayerKind {
            id,
            is: before.kind,
            wanted: draft.kind,
        });
    }
    let given = |value: &Option<String>, kept: fn(&Layer) -> &String, made: &str| {
        let kept = before.as_ref().map(|layer| kept(layer).clone());
        value.clone().or(kept).unwrap_or_else(|| made.to_owned())
    };
    let style = style(workshop, draft, publication, before.as_ref(), &id).await?;
    let date = publication.date.unwrap_or(origin.date);
    let new = NewLayer {
        area_id: match (&before, &publication.area) {
            (Some(before), None) => before.area_id,
            _ => area.id,
        },
        kind: draft.kind,
        title_zh: given(
            &publication.title_zh,
            |layer| &layer.title_zh,
            &draft.title_zh,
        ),
        title_en: given(
            &publication.title_en,
            |layer| &layer.title_en,
            &draft.title_en,
        ),
        audience: publication
            .audience
            .or(before.as_ref().map(|layer| layer.audience))
            .unwrap_or(Audience::Officials),
        style,
        attribution: given(
            &publication.attribution,
            |layer| &layer.attribution,
            &attribution(&origin.sensor, date),
        ),
        id,
    };
    Ok(Target {
        layer: new,
        date,
        before,
    })
}

/// The style of the layer that is there, or the draft's, with the light and shade that are asked for.
async fn style(
    workshop: &Workshop,
    draft: &Draft,
    publication: &Publication,
    before: Option<&Layer>,
    id: &str,
) -> Result<Value> {
    let stored = |source| Error::Stored {
        what: format!("the style of “{id}”"),
        source,
    };
    let kept = before.filter(|_| publication.style.is_none());
    let mut style = match kept {
        Some(layer) => layer.style.clone(),
        None => serde_json::to_value(&draft.style).map_err(stored)?,
    };
    if let Some(hillshade) = &publication.hillshade {
        let shaded = hillshade.style(workshop, draft.kind).await?;
        style["hillshade"] = serde_json::to_value(shaded).map_err(stored)?;
    } else if let Some(shaded) = before.and_then(|layer| layer.style.get("hillshade")) {
        style["hillshade"] = shaded.clone();
    }
    Ok(style)
}

/// Writes the rows. When the date cannot be written, a layer made for it goes away again.
pub(super) async fn record(
    workshop: &Workshop,
    target: Target,
    origin: Origin,
    image: Image,
    kept: Kept,
) -> Result<Published> {
    let store = &workshop.store;
    let Target {
        layer,
        date,
        before,
    } = target;
    let replaced = coverage::by_date(store, &layer.id, date).await?.is_some();
    let stored = |source| Error::Stored {
        what: format!("the layer “{}”", layer.id),
        source,
    };
    let (version, object, drawing) = match &image.shown {
        Shown::Stored(object) => {
            let version = object.hash().chars().take(16).collect();
            (version, object.to_string(), None)
        }
        Shown::Drawn(drawing) => {
            let drawing = serde_json::to_value(drawing).map_err(stored)?;
            (drawing_version(&drawing), String::new(), Some(drawing))
        }
    };
    let new = NewCoverage {
        layer_id: layer.id.clone(),
        area_id: layer.area_id,
        scene_id: origin.scene,
        date,
        version,
        object,
        drawing,
        georeference: serde_json::to_value(&image.georeference).map_err(stored)?,
        bounds: image.bounds,
        min_zoom: image.min_zoom,
        max_zoom: image.max_zoom,
        cloud_share: origin.cloud_share,
        lineage: image.lineage,
    };
    let layer = layer::upsert(store, &layer).await?;
    match coverage::upsert(store, &new).await {
        Ok(coverage) => {
            kept.commit();
            Ok(Published {
                layer,
                coverage,
                replaced,
                areas: 0,
            })
        }
        Err(error) => {
            if before.is_none() {
                // The first failure is the one to tell.
                let _ = layer::delete(store, &layer.id).await;
            }
            Err(error.into())
        }
    }
}

/// Another one for another drawing.
pub(crate) fn drawing_version(drawing: &Value) -> String {
    let mut version = hex::encode(Sha256::digest(drawing.to_string()));
    version.truncate(16);
    version
}

/// The bounds of a scene's finest band: a picture's own grid reaches beyond the image.
pub(super) fn bounds_of(bands: &[SceneBand]) -> Bounds {
    let grids = bands.iter().map(|band| &band.georeference);
    let finest = grids.max_by_key(|grid| u64::from(grid.width) * u64::from(grid.height));
    finest.map_or_else(|| Bounds::new(0.0, 0.0, 0.0, 0.0), GeoReference::bounds)
}

pub(super) fn flush(mut out: BufWriter<&mut ObjectWriter>, what: &str) -> Result<()> {
    out.flush().map_err(|error| Error::Cog {
        what: what.to_owned(),
        source: CogError::from(error),
    })
}

/// A layer's id is part of addresses.
fn slug(id: &str) -> Result<String> {
    let plain = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    let good = (1..=63).contains(&id.len()) && id.chars().all(plain) && !id.starts_with('-');
    if good {
        Ok(id.to_owned())
    } else {
        Err(Error::Id {
            id: id.to_owned(),
            what: "layer",
        })
    }
}

/// Whom the data's licence asks to thank.
pub(crate) fn attribution(sensor: &str, date: NaiveDate) -> String {
    if sensor.starts_with("sentinel") {
        format!("Contains modified Copernicus Sentinel data {}", date.year())
    } else if sensor.starts_with("landsat") {
        "Landsat: U.S. Geological Survey".to_owned()
    } else if sensor == "naip" {
        "NAIP: USDA".to_owned()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layers_id_is_a_slug() {
        assert!(slug("ndvi-500154").is_ok());
        for id in ["", "-a", "NDVI", "植被", "a b", &"a".repeat(64)] {
            assert!(slug(id).is_err(), "{id}");
        }
    }

    #[test]
    fn copernicus_is_thanked_with_the_year() {
        let day = NaiveDate::from_ymd_opt(2018, 10, 23).unwrap();
        assert_eq!(
            attribution("sentinel-2b", day),
            "Contains modified Copernicus Sentinel data 2018"
        );
        assert_eq!(attribution("drone", day), "");
    }
}
