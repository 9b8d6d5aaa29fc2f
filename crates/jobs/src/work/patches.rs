//! The ledger of changed land.

use geo::MultiPolygon;
use raster::change::{self, Patch};
use raster::cog::CogReader;
use raster::threshold::{self, Threshold as Cut};
use raster::vectorise::{self, Options, Runs};
use raster::{Raster, Window};
use serde_json::{Map, Value, json};

use super::features::{Made, key};
use super::images::strips;
use super::neighbours::{Parcel, Places};
use super::{DerivedResult, RecipeCraft};
use crate::engine::Stop;
use crate::plan::{Derived, DerivedKind};
use crate::recipe::{Parcels, Threshold};
use crate::{Error, Result, Workshop};

impl RecipeCraft {
    pub(super) fn patches(
        &self,
        workshop: &Workshop,
        derived: &Derived,
        stop: &Stop,
    ) -> Result<DerivedResult> {
        let DerivedKind::Patches {
            change,
            before,
            after,
            threshold,
            increase,
            minimum_m2,
            parcels,
        } = &derived.kind
        else {
            return Err(Error::NoJob { job: self.job });
        };
        let cut = self.cut(workshop, *change, *threshold, *increase)?;
        let images = self.open_images(workshop, &[*change, *before, *after])?;
        let failed = |source| Error::Cog {
            what: derived.id.clone(),
            source,
        };
        let runs = changed(&images[0], cut, *increase, stop)?;
        let mut outlines = Vec::new();
        vectorise::polygonise(runs, Options::default(), |patch| {
            outlines.push(patch.polygons);
        });
        let grid = images[0].georeference().clone();
        let read = |window: Window| -> std::result::Result<[Raster; 3], raster::cog::CogError> {
            let [change, before, after] =
                [&images[0], &images[1], &images[2]].map(|image| image.read_physical(0, 0, window));
            Ok([change?, before?, after?])
        };
        let found = change::patches(outlines, &grid, *minimum_m2, read).map_err(failed)?;
        let features = self.described(workshop, &found, parcels.as_ref())?;
        let details = json!({ "threshold": cut, "patches": features.len(), "ledger": true });
        self.keep_features(workshop, derived, &features, details)
    }

    /// The value from which on land counts as changed.
    fn cut(
        &self,
        workshop: &Workshop,
        image: usize,
        threshold: Threshold,
        increase: bool,
    ) -> Result<f64> {
        let summaries = self.summaries(workshop)?;
        let summary = summaries
            .get(image)
            .and_then(|summary| summary.bands.first());
        let summary = summary.ok_or(Error::NoJob { job: self.job })?;
        let wanted = match threshold {
            Threshold::Otsu => Cut::Otsu,
            Threshold::Value(value) => Cut::Value(value),
            Threshold::Sigma(sigmas) => Cut::Sigma(if increase { sigmas } else { -sigmas }),
        };
        Ok(threshold::find(summary, wanted)?)
    }

    /// Each patch with its village, and the piece of land it covers most.
    fn described(
        &self,
        workshop: &Workshop,
        patches: &[Patch],
        parcels: Option<&Parcels>,
    ) -> Result<Vec<Made>> {
        let areas = self.areas(workshop)?;
        let land = match parcels {
            None => None,
            Some(parcels) => {
                let found = self.parcels(workshop, &parcels.layer)?;
                let items = found.into_iter().map(|parcel| {
                    let outline = parcel.outline.clone();
                    (parcel, outline)
                });
                Some((parcels, Places::new(items.collect())))
            }
        };
        let mut made = Vec::with_capacity(patches.len());
        for patch in patches {
            let (key, inside) = key(&patch.outline);
            let area = inside.and_then(|place| areas.holding(place));
            let mut properties = numbers(patch);
            if let Some(area) = area {
                properties.insert("village".to_owned(), json!(area.code));
                properties.insert("village_name".to_owned(), json!(area.name_zh));
            }
            if let Some((parcels, land)) = &land
                && !on_land(&patch.outline, parcels, land, &mut properties)
            {
                continue;
            }
            made.push(Made {
                area: area.map_or(self.plan.area, |area| area.id),
                key,
                geometry: patch.outline.clone().into(),
                properties,
            });
        }
        Ok(made)
    }
}

/// What was measured.
fn numbers(patch: &Patch) -> Map<String, Value> {
    let rounded = |value: f64, digits: i32| {
        let scale = 10_f64.powi(digits);
        let rounded = (value * scale).round() / scale;
        if rounded.is_finite() {
            json!(rounded)
        } else {
            Value::Null
        }
    };
    let members = [
        ("area_m2", rounded(patch.square_metres, 1)),
        ("area_ha", rounded(patch.hectares(), 4)),
        ("area_mu", rounded(patch.mu(), 2)),
        ("strength", rounded(patch.strength, 4)),
        ("before", rounded(patch.before, 4)),
        ("after", rounded(patch.after, 4)),
        ("pixels", json!(patch.pixels)),
    ];
    members
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// Notes the piece of land a patch covers most; whether the patch counts.
fn on_land(
    outline: &MultiPolygon,
    parcels: &Parcels,
    land: &Places<Parcel>,
    properties: &mut Map<String, Value>,
) -> bool {
    let Some((parcel, share)) = land.most(outline) else {
        return parcels.only.is_empty();
    };
    let class = parcels
        .class
        .as_ref()
        .and_then(|class| parcel.properties.get(class));
    let class = class.map(|class| {
        class
            .as_str()
            .map_or_else(|| class.to_string(), str::to_owned)
    });
    properties.insert("parcel".to_owned(), json!(parcel.key));
    properties.insert(
        "parcel_share".to_owned(),
        json!((share * 1e4).round() / 1e4),
    );
    if let Some(class) = &class {
        properties.insert("land_class".to_owned(), json!(class));
    }
    let wanted = |class: &String| parcels.only.iter().any(|prefix| class.starts_with(prefix));
    parcels.only.is_empty() || class.as_ref().is_some_and(wanted)
}

/// Where the change is beyond the cut, as runs; what did not change is nothing.
fn changed(image: &CogReader, cut: f64, increase: bool, stop: &Stop) -> Result<Runs> {
    let mut runs = Runs::new(image.georeference().width);
    strips(image, "the change", stop, |strip| {
        let beyond = |&value: &f32| {
            let value = f64::from(value);
            // NaN is neither.
            u8::from(if increase { value >= cut } else { value <= cut })
        };
        let classes: Vec<u8> = strip.values.iter().map(beyond).collect();
        runs.push(&classes, Some(0));
    })?;
    Ok(runs)
}
