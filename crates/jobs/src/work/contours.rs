//! Lines of equal height.

use geo::MapCoords as _;
use raster::Window;
use raster::contour::{self, Levels};
use serde_json::{Map, json};

use super::features::Made;
use super::{DerivedResult, RecipeCraft};
use crate::engine::Stop;
use crate::plan::{Derived, DerivedKind};
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    pub(super) fn contours(&self, workshop: &Workshop, derived: &Derived, stop: &Stop) -> Result<DerivedResult> {
        let DerivedKind::Contours { image, interval, base } = &derived.kind else {
            return Err(Error::NoJob { job: self.job });
        };
        let image = self.open_image(workshop, *image)?;
        let grid = image.georeference().clone();
        let window = Window::new(0, 0, grid.width as usize, grid.height as usize);
        let heights = image.read_physical(0, 0, window).map_err(|source| Error::Cog {
            what: derived.id.clone(),
            source,
        })?;
        if stop.is_set() {
            return Err(Error::Stopped);
        }
        let levels = Levels {
            interval: *interval,
            base: *base,
        };
        let lines = contour::lines(&heights, levels)?;
        let made = lines.into_iter().enumerate().map(|(index, line)| {
            let points = line.points.map_coords(|place| grid.lonlat(place.x, place.y).into());
            let mut properties = Map::new();
            properties.insert("ele".to_owned(), json!(line.ele));
            properties.insert("level".to_owned(), json!(line.level));
            Made {
                area: self.plan.area,
                key: format!("{}-{index}", line.level),
                geometry: points.into(),
                properties,
            }
        });
        let made: Vec<Made> = made.collect();
        self.keep_features(workshop, derived, &made, json!({ "lines": made.len() }))
    }
}
