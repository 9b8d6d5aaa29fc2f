//! Features on their way to the database.

use geo::{Geometry, InteriorPoint as _, MultiPolygon};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::feature::NewFeature;

use super::{DerivedResult, RecipeCraft};
use crate::plan::Derived;
use crate::{Error, Result, Workshop};

/// A feature as a part keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Made {
    pub area: i64,
    pub key: String,
    pub geometry: Geometry,
    pub properties: Map<String, Value>,
}

/// A place inside of a polygon, by which it is known again when the same recipe is run once more: a
/// ten-thousandth of a degree is ten metres.
pub(super) fn key(outline: &MultiPolygon) -> (String, Option<geo::Point>) {
    let inside = outline.interior_point();
    let name = inside.map_or_else(String::new, |place| {
        format!("{:.5},{:.5}", place.x(), place.y())
    });
    (name, inside)
}

impl RecipeCraft {
    /// Keeps the features of an output until everything is published.
    pub(super) fn keep_features(
        &self,
        workshop: &Workshop,
        derived: &Derived,
        features: &[Made],
        details: Value,
    ) -> Result<DerivedResult> {
        let name = self.part(&format!("features-{}.json", derived.id))?;
        let bytes = serde_json::to_vec(features).map_err(|source| Error::Stored {
            what: format!("the features of “{}”", derived.id),
            source,
        })?;
        workshop.objects.put_part(&name, &bytes)?;
        Ok(DerivedResult {
            features: Some(name.to_string()),
            count: features.len() as u64,
            files: Vec::new(),
            details,
        })
    }
}

/// The features a part keeps.
pub(super) fn read(workshop: &Workshop, part: &str) -> Result<Vec<NewFeature>> {
    let source = workshop.objects.part(&part.parse()?)?;
    let mut bytes = vec![0; source.length() as usize];
    source.read_at(0, &mut bytes).map_err(|error| Error::Cog {
        what: part.to_owned(),
        source: error.into(),
    })?;
    let made: Vec<Made> = serde_json::from_slice(&bytes).map_err(|source| Error::Stored {
        what: part.to_owned(),
        source,
    })?;
    let feature = |made: Made| NewFeature {
        area_id: made.area,
        key: made.key,
        geometry: made.geometry,
        properties: Value::Object(made.properties),
    };
    Ok(made.into_iter().map(feature).collect())
}
