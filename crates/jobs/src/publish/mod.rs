//! Layers made of scenes: true colour, indices of two bands, and what is drawn of any bands when
//! it is asked for.

mod elsewhere;
mod hillshade;
mod index;
mod layer;
mod live;
mod true_colour;

use chrono::NaiveDate;
use raster::style::{Ramp, Style};
use store::{
    Scope,
    coverage::Coverage,
    layer::{Audience, Layer},
    scene::Scene,
};

pub use self::hillshade::{HeightsOf, HillshadeRequest};
pub use self::index::IndexRequest;
pub(crate) use self::layer::{attribution, drawing_version};
pub use self::live::LiveRequest;
use crate::{Error, Result, SceneBand, Workshop, scene_band};

/// How a layer is published. What is not said stays as it is in a layer that exists, and is made
/// from the scene in a new one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Publication {
    /// The id of the scene; for what is drawn when it is asked for also the address of an image that stays
    /// where it is.
    pub scene: String,
    /// The id of the layer (`a-z0-9-`); made of its kind and area.
    pub id: Option<String>,
    /// The Chinese title.
    pub title_zh: Option<String>,
    /// The English title.
    pub title_en: Option<String>,
    /// The name of a style (see [`style`]).
    pub style: Option<String>,
    /// Who may see it; officials.
    pub audience: Option<Audience>,
    /// The code of the area it is for; the scene's.
    pub area: Option<String>,
    /// The day it shows; the scene's.
    pub date: Option<NaiveDate>,
    /// Whom to thank.
    pub attribution: Option<String>,
    /// Whether an index has no value where the scene's own classes tell a cloud.
    pub hide_clouds: bool,
    /// Light and shade over its colours; as they are in a layer that exists, none in a new one.
    pub hillshade: Option<HillshadeRequest>,
}

/// A date of a layer that was published.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The layer.
    pub layer: Layer,
    /// The date.
    pub coverage: Coverage,
    /// Whether the date took the place of another picture of the same day.
    pub replaced: bool,
    /// For how many areas statistics were computed.
    pub areas: usize,
}

/// The styles by name.
const STYLES: [(&str, Ramp, f64, f64); 5] = [
    ("greenness", Ramp::Greenness, -0.1, 0.9),
    ("water", Ramp::Water, -0.3, 0.8),
    ("change", Ramp::Change, -0.5, 0.5),
    ("built-up", Ramp::Slope, -0.5, 0.4),
    ("elevation", Ramp::Elevation, 0.0, 3000.0),
];

/// A style of the house by its name: `greenness`, `water`, `change`, `built-up`, `elevation`.
///
/// # Errors
/// When there is no such style.
pub fn style(name: &str) -> Result<Style> {
    let found = STYLES
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(name.trim()));
    found
        .map(|(_, ramp, min, max)| Style::ramp(*ramp, *min, *max, ""))
        .ok_or_else(|| Error::UnknownStyle {
            name: name.to_owned(),
            known: STYLES.map(|(known, ..)| known).join(", "),
        })
}

/// A scene and its bands.
async fn scene(workshop: &Workshop, id: &str) -> Result<(Scene, Vec<SceneBand>)> {
    let store = &workshop.store;
    if let Some(scene) = store::scene::by_id(store, &Scope::Everything, id).await? {
        let bands = scene_band::bands_of(&scene)?;
        return Ok((scene, bands));
    }
    let scenes = store::scene::list(store, &Scope::Everything).await?;
    let names: Vec<&str> = scenes
        .iter()
        .map(|scene| scene.id.as_str())
        .take(10)
        .collect();
    let known = match names.as_slice() {
        [] => "there is none yet: bring one in with xiangtu ingest".to_owned(),
        names => format!("the newest are: {}", names.join(", ")),
    };
    Err(Error::UnknownScene {
        id: id.to_owned(),
        known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_have_names() {
        let greenness = style("Greenness").unwrap();
        assert_eq!(greenness.stops.len(), 4);
        assert_eq!(greenness.stops[0].colour, "#8C6A3F");
        assert!(greenness.prepare().is_ok());
        let error = style("rainbow").unwrap_err().to_string();
        assert!(
            error.contains("rainbow") && error.contains("greenness"),
            "{error}"
        );
    }
}
