//! One band of a scene as it is stored.

use objects::ObjectStore;
use raster::{
    clouds::Clouds,
    cog::CogReader,
    georeference::GeoReference,
    product::{Classes, Role},
    sample::DataType,
};
use serde::{Deserialize, Serialize};
use store::scene::Scene;

use crate::{Error, Result, object_image};

/// One band of a scene: a COG of its own in the band's own grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SceneBand {
    /// What it shows.
    pub role: Role,
    /// The name of its object.
    pub object: String,
    /// The type of its numbers, the product's own.
    pub data_type: DataType,
    /// The number that stands for "nothing here".
    pub nodata: Option<f64>,
    /// value = number × scale + offset.
    pub scale: f64,
    /// See `scale`.
    pub offset: f64,
    /// How to read its numbers when they are classes.
    pub classes: Option<Classes>,
    /// The share of its pixels that are not nodata, 0 to 1.
    pub valid_share: f64,
    /// Its grid and its place.
    pub georeference: GeoReference,
}

impl SceneBand {
    /// Opens its COG.
    ///
    /// # Errors
    /// When the object is missing or damaged.
    pub fn open(&self, objects: &ObjectStore) -> Result<CogReader> {
        object_image::open(objects, &self.object, &format!("band {}", self.role))
    }
}

/// The band that tells clouds, opened.
pub(crate) struct CloudBand {
    reader: CogReader,
    classes: Classes,
}

impl CloudBand {
    /// The first band of classes of a scene, if it has one.
    ///
    /// # Errors
    /// When its object is missing or damaged.
    pub fn open(bands: &[SceneBand], objects: &ObjectStore) -> Result<Option<Self>> {
        let found = bands.iter().find_map(|band| Some((band, band.classes?)));
        let Some((band, classes)) = found else {
            return Ok(None);
        };
        let reader = band.open(objects)?;
        Ok(Some(Self { reader, classes }))
    }

    /// What the pixel work takes.
    pub fn clouds(&self) -> Clouds<'_> {
        Clouds {
            band: &self.reader,
            classes: self.classes,
        }
    }
}

/// The bands of a stored scene.
pub(crate) fn bands_of(scene: &Scene) -> Result<Vec<SceneBand>> {
    serde_json::from_value(scene.bands.clone()).map_err(|source| Error::Stored {
        what: format!("the scene “{}”", scene.id),
        source,
    })
}

/// The band of a role, or an error that says what the scene has.
pub(crate) fn band<'a>(
    bands: &'a [SceneBand],
    role: &Role,
    scene: &str,
    what: &str,
) -> Result<&'a SceneBand> {
    bands
        .iter()
        .find(|band| &band.role == role)
        .ok_or_else(|| Error::MissingRole {
            what: what.to_owned(),
            role: role.to_string(),
            scene: scene.to_owned(),
            has: bands.iter().map(|band| band.role.to_string()).collect(),
        })
}
