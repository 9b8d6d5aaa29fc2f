//! Light and shade over the colours of a layer.

use raster::live::Blend;
use raster::style::Shaded;
use raster::terrain::Hillshade;
use store::coverage;
use store::layer::Kind;

use super::scene;
use crate::features::layer_there;
use crate::{Error, Result, SceneBand, Workshop};

/// What a band of heights is called.
const ROLE: &str = "elevation";

/// Light and shade that are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct HillshadeRequest {
    /// Whose heights.
    pub heights: HeightsOf,
    /// 0 to 1.
    pub strength: f64,
    /// Where the light comes from.
    pub light: Hillshade,
}

/// Where heights come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeightsOf {
    /// The layer's own numbers.
    Itself,
    /// A layer of heights, or a scene with a band of heights, by its id.
    Named(String),
}

impl HillshadeRequest {
    /// As a style keeps it.
    ///
    /// # Errors
    /// When there are no such heights, a picture is to be shaded by itself, or the light comes from nowhere.
    pub(super) async fn style(&self, workshop: &Workshop, kind: Kind) -> Result<Shaded> {
        let object = match &self.heights {
            HeightsOf::Itself if kind == Kind::Visual => {
                return Err(Error::NoHeights {
                    id: "self".to_owned(),
                    why: "a picture has no heights".to_owned(),
                });
            }
            HeightsOf::Itself => None,
            HeightsOf::Named(id) => Some(heights(workshop, id).await?),
        };
        let shaded = Shaded {
            object,
            strength: self.strength,
            light: self.light,
        };
        Blend::of(&shaded)?;
        Ok(shaded)
    }
}

/// The object of a layer's newest date, or of a scene's band of heights.
async fn heights(workshop: &Workshop, id: &str) -> Result<String> {
    let wrong = |why: &str| Error::NoHeights {
        id: id.to_owned(),
        why: why.to_owned(),
    };
    if let Some(layer) = layer_there(workshop, id).await? {
        if layer.kind != Kind::Index {
            return Err(wrong("this layer has no numbers"));
        }
        let latest = coverage::latest(&workshop.store, id).await?;
        let object = latest.map(|latest| latest.object).unwrap_or_default();
        if object.is_empty() {
            return Err(wrong(
                "this layer is drawn when somebody looks and stores no heights",
            ));
        }
        return Ok(object);
    }
    let (_, bands) = scene(workshop, id).await?;
    let named = bands.iter().find(|band| band.role.to_string() == ROLE);
    let only = bands.first().filter(|_| bands.len() == 1);
    let band: Option<&SceneBand> = named.or(only).filter(|band| band.classes.is_none());
    let band = band.ok_or_else(|| {
        wrong("this scene has no band of heights; bring one in with --bands elevation")
    })?;
    Ok(band.object.clone())
}
