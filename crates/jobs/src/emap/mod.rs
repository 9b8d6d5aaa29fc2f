//! The e-map: what a map of the village shows, from an extract of `OpenStreetMap`.
//!
//! The tags of the world become few layers with a small fixed schema, so that styles stay small.
//! Every feature carries `minzoom`: the first zoom it is drawn at, so that low zooms stay light.
//! Names come as `name` (as written there), `name_zh` and `name_en` where they are known.

mod ground;
mod lines;
mod names;
mod places;

use std::path::Path;

use geo::{Geometry, InteriorPoint as _};
use raster::foreign::{FeatureOptions, ForeignFeature};
use serde_json::{Map, Value};
use store::{
    feature_import::{FilledLayer, Incoming, Others},
    layer::Audience,
};

use crate::features::{FeaturesImported, Reading, area_told, layer_there};
use crate::{Error, Result, Workshop};

/// Whom to thank for what `OpenStreetMap` knows.
const ATTRIBUTION: &str = "© OpenStreetMap";
/// By what its features are known again.
const ID: &str = "osm_id";

/// A layer of the e-map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmapLayer {
    /// Its id.
    pub id: &'static str,
    /// Its Chinese title.
    pub title_zh: &'static str,
    /// Its English title.
    pub title_en: &'static str,
}

/// The layers, from the ground up.
pub const LAYERS: [EmapLayer; 8] = [
    layer("emap-land", "电子地图·土地利用", "E-map: land use"),
    layer("emap-water", "电子地图·水面", "E-map: water"),
    layer("emap-waterway", "电子地图·河流", "E-map: rivers"),
    layer("emap-building", "电子地图·房屋", "E-map: buildings"),
    layer("emap-road", "电子地图·道路", "E-map: roads"),
    layer("emap-boundary", "电子地图·境界", "E-map: boundaries"),
    layer("emap-poi", "电子地图·设施", "E-map: points of interest"),
    layer("emap-place", "电子地图·地名", "E-map: places"),
];

const fn layer(id: &'static str, title_zh: &'static str, title_en: &'static str) -> EmapLayer {
    EmapLayer {
        id,
        title_zh,
        title_en,
    }
}

/// The place of a layer in [`LAYERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Land,
    Water,
    Waterway,
    Building,
    Road,
    Boundary,
    Poi,
    Place,
}

/// What an e-map shows of a feature.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    part: Part,
    /// The first zoom it is drawn at.
    minzoom: u8,
    /// `class` and what else the layer's schema has; never null.
    properties: Vec<(&'static str, Value)>,
    /// Drawn as a point inside of it.
    as_point: bool,
}

impl Shown {
    fn new(part: Part, class: &str, minzoom: u8) -> Self {
        Self {
            part,
            minzoom,
            properties: vec![("class", class.into())],
            as_point: false,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.properties.push((name, value.into()));
        self
    }

    fn with_if(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// The tags of a feature.
struct Tags<'a>(&'a Map<String, Value>);

impl<'a> Tags<'a> {
    /// The value of a tag; `no` is as good as nothing.
    fn get(&self, key: &str) -> Option<&'a str> {
        let value = self.0.get(key).and_then(Value::as_str);
        value.filter(|value| !value.is_empty() && *value != "no")
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

/// What an import of an e-map needs to know besides its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmapRequest {
    /// Who may see it; everybody, unless it is there already.
    pub audience: Option<Audience>,
    /// The code of its area; else the smallest one around all of it.
    pub area: Option<String>,
    /// What other extracts brought stays; else this one takes its place.
    pub add: bool,
}

impl Workshop {
    /// Makes the e-map from an extract, or brings it up to date, all in one transaction.
    ///
    /// # Errors
    /// As [`Workshop::import_features`], and when the file is no extract.
    pub async fn import_emap(
        &self,
        path: &Path,
        request: &EmapRequest,
    ) -> Result<FeaturesImported> {
        if !crate::features::is_extract(path) {
            let path = path.to_owned();
            return Err(Error::NoExtract { path });
        }
        let area = area_told(self, request.area.as_deref()).await?;
        let mut layers = Vec::with_capacity(LAYERS.len());
        for EmapLayer {
            id,
            title_zh,
            title_en,
        } in LAYERS
        {
            let known = layer_there(self, id).await?;
            let known = known.as_ref();
            let audience = request.audience.or(known.map(|known| known.audience));
            layers.push(FilledLayer {
                id: id.to_owned(),
                area_id: area
                    .as_ref()
                    .map(|area| area.id)
                    .or(known.map(|known| known.area_id)),
                title_zh: title_zh.to_owned(),
                title_en: title_en.to_owned(),
                audience: audience.unwrap_or(Audience::Public),
                attribution: ATTRIBUTION.to_owned(),
            });
        }
        let others = if request.add {
            Others::Stay
        } else {
            Others::Go
        };
        let reading = Reading::extract(path, FeatureOptions::default());
        self.fill(reading, layers, others, |feature| Ok(incoming(&feature)))
            .await
    }
}

/// What the e-map shows of one feature, layer by layer.
fn incoming(feature: &ForeignFeature) -> Vec<Incoming> {
    let tags = Tags(&feature.properties);
    let Some(key) = tags.get(ID) else {
        return Vec::new();
    };
    let made = |shown: Shown| {
        let geometry: Geometry = if shown.as_point {
            feature.geometry.interior_point()?.into()
        } else {
            feature.geometry.clone()
        };
        let mut properties = names::of(&tags);
        properties.extend(
            shown
                .properties
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        properties.insert("minzoom".to_owned(), shown.minzoom.into());
        properties
            .values_mut()
            .for_each(crate::features::without_nul);
        Some(Incoming {
            layer: shown.part as usize,
            place: feature.index as i64,
            key: key.to_owned(),
            geometry,
            properties: Value::Object(properties),
        })
    };
    shown(&tags, &feature.geometry)
        .into_iter()
        .filter_map(made)
        .collect()
}

fn shown(tags: &Tags, geometry: &Geometry) -> Vec<Shown> {
    let shown: Vec<Option<Shown>> = match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => {
            vec![places::place(tags), places::poi(tags)]
        }
        Geometry::LineString(_) | Geometry::MultiLineString(_) => vec![
            lines::road(tags),
            lines::waterway(tags),
            lines::boundary(tags),
        ],
        Geometry::Polygon(_) | Geometry::MultiPolygon(_) => {
            let inside = |poi: Shown| Shown {
                as_point: true,
                ..poi
            };
            vec![
                ground::building(tags),
                ground::water(tags, geometry).or_else(|| ground::land(tags, geometry)),
                lines::square(tags),
                places::poi(tags).map(inside),
            ]
        }
        _ => Vec::new(),
    };
    shown.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
