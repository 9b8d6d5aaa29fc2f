//! Extracts of `OpenStreetMap`: all their points, lines and polygons in one pass.

use std::path::Path;

use gdal::{
    Dataset,
    spatial_ref::SpatialRef,
    vector::{Defn, Feature, LayerAccess as _},
};
use serde_json::{Map, Value};

use super::{
    Stop,
    answers::Answers,
    delivery::Delivery,
    drivers::{self, Kind},
    ogr, reference,
};
use crate::foreign::{fault::Fault, features::FeatureOptions, protocol::Frame};

/// The name of a feature: `node/…`, `way/…` or `relation/…`, as `OpenStreetMap` writes it.
const ID: &str = "osm_id";

/// What the driver shall tell: every tag as it is. The keys in the first line make polygons of
/// closed ways, as map makers agree.
const CONFIGURATION: &str = "\
closed_ways_are_polygons=aeroway,amenity,area=yes,boundary,building,craft,geological,historic,landuse,\
leisure,military,natural,office,place,power=substation,power=plant,shop,sport,tourism,\
water,waterway=riverbank,waterway=dock,highway=platform,highway=rest_area,public_transport=platform
attribute_name_laundering=no
report_all_tags=yes
[points]
osm_id=yes
all_tags=yes
[lines]
osm_id=yes
all_tags=yes
[multipolygons]
osm_id=yes
all_tags=yes
[multilinestrings]
osm_id=yes
all_tags=yes
[other_relations]
osm_id=yes
all_tags=yes
";
const CONFIGURATION_FILE: &str = "/vsimem/osmconf.ini";
/// Megabytes set aside for the places of nodes and ways, at least and at most: there is no disk to
/// go on to. They take up to four times what the packed file takes.
const MEMORY: (u64, u64) = (100, 1200);
const UNPACKED: u64 = 4;

/// Whether a file is an extract by its name.
pub(super) fn is_extract(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["pbf", "osm"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// The parts of the driver's answer; what is neither point, line nor polygon is no feature.
#[derive(Clone, Copy)]
enum Part {
    Node,
    Way,
    Polygon,
    Route,
}

impl Part {
    fn named(layer: &str) -> Option<Self> {
        match layer {
            "points" => Some(Self::Node),
            "lines" => Some(Self::Way),
            "multipolygons" => Some(Self::Polygon),
            "multilinestrings" => Some(Self::Route),
            _ => None,
        }
    }
}

pub(super) fn read(
    path: &Path,
    options: &FeatureOptions,
    answers: &mut Answers,
) -> Result<(), Stop> {
    let packed = path.metadata().map_or(0, |data| data.len()) >> 20;
    let memory = (UNPACKED * packed).clamp(MEMORY.0, MEMORY.1).to_string();
    let prepared = gdal::vsi::create_mem_file(CONFIGURATION_FILE, CONFIGURATION.into())
        .and_then(|()| gdal::config::set_config_option("OSM_MAX_TMPFILE_SIZE", &memory));
    prepared.map_err(|error| Fault::NotConfined {
        detail: error.to_string(),
    })?;
    let configuration = format!("CONFIG_FILE={CONFIGURATION_FILE}");
    let dataset = drivers::open(path, Kind::Vector, &[configuration.as_str()])?;
    let (parts, definitions) = parts(&dataset, options.layer.as_deref())?;
    let degrees = SpatialRef::from_epsg(4326).map_err(|error| Fault::NoPath {
        crs: "WGS 84".to_owned(),
        detail: error.to_string(),
    })?;
    answers.send(&Frame::Layer {
        name: options.layer.clone().unwrap_or_else(|| "osm".to_owned()),
        crs_name: reference::name(&degrees),
        encoding: "UTF-8".to_owned(),
        fields: vec![ID.to_owned()],
        by_line: false,
    })?;
    drivers::said();
    let mut delivery = Delivery {
        to_degrees: reference::to_degrees(&degrees)?,
        answers,
    };
    let mut index = 0;
    while let Some((layer, feature)) = ogr::next_feature(&dataset, &definitions) {
        if let Some(part) = parts.get(layer).copied().flatten() {
            index += 1;
            delivery.send(index, ogr::shape(&feature), || tags(&feature, part))?;
        }
    }
    let detail = drivers::failure(path);
    if detail.is_empty() {
        Ok(())
    } else {
        Err(Fault::Features { index, detail }.into())
    }
}

/// What each layer of the driver holds (`None` for those not asked for), and how it is laid out.
fn parts(dataset: &Dataset, wanted: Option<&str>) -> Result<(Vec<Option<Part>>, Vec<Defn>), Fault> {
    let asked = |name: &str| wanted.is_none_or(|wanted| wanted == name);
    let parts: Vec<_> = dataset
        .layers()
        .map(|layer| Part::named(&layer.name()).filter(|_| asked(&layer.name())))
        .collect();
    match wanted {
        Some(wanted) if parts.iter().all(Option::is_none) => Err(Fault::NoLayer {
            layer: wanted.to_owned(),
            layers: dataset.layers().map(|layer| layer.name()).collect(),
        }),
        _ => Ok((
            parts,
            dataset
                .layers()
                .map(|layer| Defn::from_layer(&layer))
                .collect(),
        )),
    }
}

/// All tags, and the id.
fn tags(feature: &Feature, part: Part) -> Map<String, Value> {
    let mut properties = Map::new();
    for field in 0..ogr::field_count(feature) {
        let Some(raw) = ogr::raw_text(feature, field) else {
            continue;
        };
        let text = String::from_utf8_lossy(&raw);
        match (ogr::raw_name(feature, field).as_slice(), part) {
            (b"all_tags", _) => properties.extend(hstore(&text)),
            (b"osm_way_id", _) | (b"osm_id", Part::Way) => {
                properties.insert(ID.to_owned(), format!("way/{text}").into());
            }
            (b"osm_id", Part::Node) => {
                properties.insert(ID.to_owned(), format!("node/{text}").into());
            }
            (b"osm_id", Part::Polygon | Part::Route) => {
                properties.insert(ID.to_owned(), format!("relation/{text}").into());
            }
            _ => {}
        }
    }
    properties
}

/// `"key"=>"value","key"=>"value"`, with `\` before quotes and backslashes inside.
fn hstore(text: &str) -> impl Iterator<Item = (String, Value)> {
    let mut letters = text.chars();
    let mut word = move || {
        letters.by_ref().find(|letter| *letter == '"')?;
        let mut word = String::new();
        loop {
            match letters.next()? {
                '"' => return Some(word),
                '\\' => word.push(letters.next()?),
                letter => word.push(letter),
            }
        }
    };
    std::iter::from_fn(move || Some((word()?, word()?.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_apart_whatever_they_hold() {
        let text = r#""name"=>"a \"b\" \\ c","note"=>"x=>y, \"z\"","name:zh"=>"安道尔城","e"=>"""#;
        let tags: Vec<_> = hstore(text).collect();
        let tag = |key: &str, value: &str| (key.to_owned(), Value::from(value));
        assert_eq!(
            tags,
            [
                tag("name", r#"a "b" \ c"#),
                tag("note", r#"x=>y, "z""#),
                tag("name:zh", "安道尔城"),
                tag("e", "")
            ]
        );
        assert_eq!(hstore("").count(), 0);
        assert_eq!(hstore(r#""cut"=>"of"#).count(), 0);
    }

    #[test]
    fn extracts_are_known_by_their_names() {
        assert!(is_extract(Path::new("a/andorra-latest.osm.pbf")));
        assert!(is_extract(Path::new("a/VILLAGE.OSM")));
        assert!(!is_extract(Path::new("a/osm.gpkg")));
    }
}
