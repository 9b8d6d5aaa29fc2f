//! Lines of equal height.

use geo::MapCoords as _;
use raster::contour::{Contours, Levels, Line};
use serde_json::{Map, json};

use super::features::Made;
use super::images::strips;
use super::{DerivedResult, RecipeCraft};
use crate::engine::Stop;
use crate::plan::{Derived, DerivedKind};
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    pub(super) fn contours(
        &self,
        workshop: &Workshop,
        derived: &Derived,
        stop: &Stop,
    ) -> Result<DerivedResult> {
        let DerivedKind::Contours {
            image,
            interval,
            base,
        } = &derived.kind
        else {
            return Err(Error::NoJob { job: self.job });
        };
        let image = self.open_image(workshop, *image)?;
        let grid = image.georeference().clone();
        let levels = Levels {
            interval: *interval,
            base: *base,
        };
        let mut contours = Contours::new(grid.width as usize, levels)?;
        let mut made: Vec<Made> = Vec::new();
        let mut emit = |line: Line| {
            let points = line
                .points
                .map_coords(|place| grid.lonlat(place.x, place.y).into());
            let mut properties = Map::new();
            properties.insert("ele".to_owned(), json!(line.ele));
            properties.insert("level".to_owned(), json!(line.level));
            made.push(Made {
                area: self.plan.area,
                key: format!("{}-{}", line.level, made.len()),
                geometry: points.into(),
                properties,
            });
        };
        strips(&image, &derived.id, stop, |strip| {
            contours.push(strip.band(0), &mut emit);
        })?;
        contours.finish(&mut emit);
        self.keep_features(workshop, derived, &made, json!({ "lines": made.len() }))
    }
}
