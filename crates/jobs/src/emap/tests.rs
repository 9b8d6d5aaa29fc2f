use geo::{LineString, Rect, point};
use serde_json::json;

use super::*;

fn features(tags: Value, geometry: impl Into<Geometry>) -> Vec<(&'static str, Value)> {
    let Value::Object(mut properties) = tags else {
        panic!("an object")
    };
    properties.insert("osm_id".to_owned(), "way/1".into());
    let feature = ForeignFeature {
        index: 1,
        properties,
        geometry: geometry.into(),
    };
    let made = incoming(&feature).into_iter();
    made.map(|made| (LAYERS[made.layer].id, made.properties))
        .collect()
}

fn line() -> LineString {
    LineString::from(vec![(1.5, 42.5), (1.6, 42.6)])
}

#[test]
fn roads_have_classes_and_first_zooms() {
    let link = features(
        json!({"highway": "trunk_link", "ref": "CG-1", "tunnel": "yes"}),
        line(),
    );
    let expected = json!({
        "class": "trunk", "link": true, "tunnel": true, "ref": "CG-1", "minzoom": 11
    });
    assert_eq!(link, [("emap-road", expected)]);
    let track = features(
        json!({"highway": "track", "surface": "gravel", "bridge": "no"}),
        line(),
    );
    let expected = json!({"class": "track", "unpaved": true, "minzoom": 13});
    assert_eq!(track, [("emap-road", expected)]);
    assert_eq!(features(json!({"highway": "proposed"}), line()), []);
}

#[test]
fn a_way_may_be_a_road_and_a_border() {
    let both = features(
        json!({"highway": "path", "boundary": "administrative", "admin_level": "8"}),
        line(),
    );
    let layers: Vec<_> = both.iter().map(|(layer, _)| *layer).collect();
    assert_eq!(layers, ["emap-road", "emap-boundary"]);
    assert_eq!(both[1].1["level"], 8);
}

#[test]
fn a_school_is_land_a_building_and_a_point_inside() {
    let square = Rect::new((1.5, 42.5), (1.501, 42.501)).to_polygon();
    let tags = json!({"amenity": "school", "building": "school", "name": "一中"});
    let made = features(tags, square);
    let layers: Vec<_> = made.iter().map(|(layer, _)| *layer).collect();
    assert_eq!(layers, ["emap-building", "emap-land", "emap-poi"]);
    assert_eq!(made[2].1["icon"], "school");
    assert_eq!(made[2].1["name_zh"], "一中");
}

#[test]
fn capitals_are_seen_from_afar_and_nameless_places_are_none() {
    let at = point!(x: 1.52, y: 42.5);
    let capital = json!({"place": "town", "capital": "yes", "name": "Andorra la Vella"});
    assert_eq!(features(capital, at)[0].1["minzoom"], 5);
    assert_eq!(features(json!({"place": "town"}), at), []);
    let peak = features(
        json!({"natural": "peak", "name": "Coma Pedrosa", "ele": "2942.6 m"}),
        at,
    );
    assert_eq!(peak[0].1["ele"], 2943);
}

#[test]
fn the_parts_are_the_layers_in_order() {
    for (part, id) in [
        (Part::Land, "emap-land"),
        (Part::Water, "emap-water"),
        (Part::Waterway, "emap-waterway"),
        (Part::Building, "emap-building"),
        (Part::Road, "emap-road"),
        (Part::Boundary, "emap-boundary"),
        (Part::Poi, "emap-poi"),
        (Part::Place, "emap-place"),
    ] {
        assert_eq!(LAYERS[part as usize].id, id);
    }
}
