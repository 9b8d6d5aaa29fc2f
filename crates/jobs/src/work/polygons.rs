//! Classes as polygons.

use raster::vectorise::{self, Options, Patch, Runs, in_degrees, simplify};
use serde_json::{Map, json};

use super::features::{Made, key};
use super::images::strips;
use super::{DerivedResult, RecipeCraft};
use crate::engine::Stop;
use crate::plan::{Derived, DerivedKind};
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    pub(super) fn polygons(
        &self,
        workshop: &Workshop,
        derived: &Derived,
        stop: &Stop,
    ) -> Result<DerivedResult> {
        let DerivedKind::Polygons {
            image,
            classes,
            only,
            minimum_m2,
            simplify_m,
        } = &derived.kind
        else {
            return Err(Error::NoJob { job: self.job });
        };
        let image = self.open_image(workshop, *image)?;
        let grid = image.georeference().clone();
        let middle = i64::from(grid.height / 2);
        let (across, down) = raster::terrain::cell_size(&grid, middle);
        let mut runs = Runs::new(grid.width);
        strips(&image, &derived.id, stop, |strip| {
            let code = |&code: &f32| if code.is_nan() { 0 } else { code as u8 };
            let codes: Vec<u8> = strip.values.iter().map(code).collect();
            runs.push(&codes, Some(0));
        })?;
        let options = Options {
            minimum_pixels: (minimum_m2 / (across * down)).ceil() as u64,
            ..Options::default()
        };
        let mut patches: Vec<Patch> = Vec::new();
        vectorise::polygonise(runs, options, |patch| patches.push(patch));
        if *simplify_m > 0.0 {
            simplify(&mut patches, simplify_m / across.min(down));
        }
        let areas = self.areas(workshop)?;
        let wanted = |patch: &Patch| {
            only.is_empty() || only.iter().any(|&code| i32::from(code) == patch.value)
        };
        let made = patches.iter().filter(|patch| wanted(patch)).map(|patch| {
            let outline = in_degrees(&patch.polygons, &grid);
            let (key, inside) = key(&outline);
            let area = inside.and_then(|place| areas.holding(place));
            let class = classes
                .iter()
                .find(|class| i32::from(class.code) == patch.value);
            let square_metres = grid::area::square_metres(&outline);
            let mut properties = Map::new();
            let mut put = |name: &str, value| properties.insert(name.to_owned(), value);
            put("class", json!(patch.value));
            put("name_zh", json!(class.map(|class| &class.zh)));
            put("name_en", json!(class.map(|class| &class.en)));
            put("colour", json!(class.map(|class| &class.colour)));
            put("area_m2", json!(square_metres.round()));
            put(
                "area_mu",
                json!((grid::area::mu(square_metres) * 100.0).round() / 100.0),
            );
            Made {
                area: area.map_or(self.plan.area, |area| area.id),
                key: format!("{}-{key}", patch.value),
                geometry: outline.into(),
                properties,
            }
        });
        let made: Vec<Made> = made.collect();
        self.keep_features(workshop, derived, &made, json!({ "polygons": made.len() }))
    }
}
