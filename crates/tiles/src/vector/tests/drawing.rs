//! Tiles of layers made by hand: what is drawn, how, and what is left out.

use geo::{Geometry, LineString, MultiPoint, MultiPolygon, Polygon, line_string, point, polygon};
use grid::tile::Tile;
use proptest::prelude::*;
use serde_json::{Value, json};
use store::feature::StoredFeature;

use super::decode::{self, Decoded};
use crate::vector::build::{Builder, TooLarge};
use crate::vector::clip;
use crate::vector::draw::{self, LeftOut};
use crate::vector::layer::Layer;

fn stored(id: i64, geometry: impl Into<Geometry>, properties: Value) -> StoredFeature {
    StoredFeature {
        id,
        area_id: 1,
        key: id.to_string(),
        geometry: geometry.into(),
        properties,
    }
}

fn layer(features: &[StoredFeature]) -> Layer {
    let mut builder = Builder::new("things", usize::MAX);
    for feature in features {
        builder.add(feature).unwrap();
    }
    builder.finish()
}

fn drawn(layer: &Layer, tile: Tile) -> (Vec<Decoded>, LeftOut) {
    let mut out = Vec::new();
    let left_out = draw::layer(&mut out, layer, tile, None, usize::MAX);
    let mut features = decode::tile(&out).remove("things").unwrap_or_default();
    features.sort_by_key(|feature| feature.id);
    (features, left_out)
}

#[test]
fn features_begin_at_their_first_zoom() {
    let village = |minzoom: Value| json!({"minzoom": minzoom});
    let at = point!(x: 0.0, y: 0.0);
    let layer = layer(&[
        stored(1, at, village(json!(3))),
        stored(2, at, village(json!(2.5))),
        stored(3, at, village(json!("9"))),
        stored(4, at, village(json!(-1))),
    ]);
    let shown = |zoom: u8| {
        let middle = (1 << zoom) / 2;
        let tile = Tile::new(zoom, middle, middle).unwrap();
        let (features, _) = drawn(&layer, tile);
        features.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(shown(2), [3, 4]);
    assert_eq!(shown(3), [1, 2, 3, 4]);
}

const WORLD: Tile = Tile {
    zoom: 0,
    column: 0,
    row: 0,
};

#[test]
fn every_kind_of_geometry() {
    let hole = polygon!(
        exterior: [(x: 0.0, y: 0.0), (x: 20.0, y: 0.0), (x: 20.0, y: 20.0), (x: 0.0, y: 20.0)],
        interiors: [[(x: 5.0, y: 5.0), (x: 9.0, y: 5.0), (x: 9.0, y: 9.0), (x: 5.0, y: 9.0)]],
    );
    let far = polygon![(x: 40.0, y: 0.0), (x: 60.0, y: 20.0), (x: 60.0, y: 0.0)];
    let line = line_string![(x: 0.0, y: 0.0), (x: 90.0, y: 0.0)];
    let mixed = geo::GeometryCollection(vec![point!(x: 1.0, y: 1.0).into(), line.clone().into()]);
    let (features, left_out) = drawn(
        &layer(&[
            stored(1, point!(x: 0.0, y: 0.0), json!({})),
            stored(
                2,
                MultiPoint(vec![point!(x: -90.0, y: 0.0), point!(x: 90.0, y: 0.0)]),
                json!({}),
            ),
            stored(3, line, json!({})),
            stored(4, MultiPolygon(vec![hole, far]), json!({})),
            stored(5, Geometry::GeometryCollection(mixed), json!({})),
            stored(6, Geometry::MultiPoint(MultiPoint(vec![])), json!({})),
        ]),
        WORLD,
    );
    assert_eq!(left_out, LeftOut::default());
    let kinds: Vec<_> = features.iter().map(|one| (one.id, one.kind)).collect();
    assert_eq!(kinds, [(1, 1), (2, 1), (3, 2), (4, 3), (5, 2)]);
    assert_eq!(features[0].parts, [[[2048, 2048]]]);
    assert_eq!(features[1].parts, [[[1024, 2048]], [[3072, 2048]]]);
    assert_eq!(features[2].parts, [[[2048, 2048], [3072, 2048]]]);
    // An exterior, its hole, an exterior: clockwise on the screen, against it, clockwise.
    let areas: Vec<_> = features[3]
        .parts
        .iter()
        .map(|ring| doubled_area(ring).signum())
        .collect();
    assert_eq!(areas, [1, -1, 1]);
}

fn doubled_area(ring: &[[i64; 2]]) -> i64 {
    clip::doubled_area(
        &ring
            .iter()
            .map(|place| place.map(|value| value as i32))
            .collect::<Vec<_>>(),
    )
}

#[test]
fn a_polygon_around_the_tile_fills_it_and_one_beside_it_does_not() {
    let around = polygon![(x: 100.0, y: 20.0), (x: 120.0, y: 20.0), (x: 120.0, y: 40.0), (x: 100.0, y: 40.0)];
    let layer = layer(&[stored(1, around, json!({}))]);
    let (features, _) = drawn(&layer, Tile::at(110.0, 30.0, 14));
    assert_eq!(doubled_area(&features[0].parts[0]), 2 * 4224 * 4224);
    let (features, left_out) = drawn(&layer, Tile::at(121.0, 30.0, 14));
    assert!(features.is_empty());
    assert_eq!(left_out, LeftOut::default());
}

#[test]
fn tiny_polygons_keep_their_ground() {
    // 100 × 100 squares of a quarter of a step each way at zoom 10, side by side.
    let step = 360.0 / 1024.0 / 4096.0;
    let side = step / 2.0;
    let squares: Vec<_> = (0..10_000)
        .map(|index| {
            let (west, south) = (
                10.0 + side * f64::from(index % 100),
                side * f64::from(index / 100),
            );
            let square = geo::Rect::new((west, south), (west + side, south + side));
            stored(i64::from(index), square.to_polygon(), json!({}))
        })
        .collect();
    let (features, left_out) = drawn(&layer(&squares), Tile::at(10.0 + step, step, 10));
    let shown: i64 = features
        .iter()
        .map(|one| doubled_area(&one.parts[0]) / 2)
        .sum();
    // The tile ends in the middle of nothing: all squares lie within it, a quarter step² each.
    assert!((2_490..=2_500).contains(&shown), "{shown}");
    assert_eq!(features.len() + left_out.tiny as usize, 10_000);
    // Where a square is large enough it is drawn itself.
    let (features, left_out) = drawn(
        &layer(&squares[..1]),
        Tile::at(10.0 + step / 8.0, step / 8.0, 13),
    );
    assert_eq!((features.len(), left_out.tiny), (1, 0));
}

#[test]
fn a_tile_that_is_too_large_keeps_the_largest() {
    let lines: Vec<_> = (1..=500)
        .map(|id| {
            let length = f64::from(id) / 10.0;
            let line = line_string![(x: 10.0, y: 10.0), (x: 10.0 + length, y: 10.0 + length / 2.0)];
            stored(
                i64::from(id),
                line,
                json!({"name": format!("line {id}"), "even": id % 2 == 0}),
            )
        })
        .collect();
    let layer = layer(&lines);
    let mut out = Vec::new();
    let budget = 6_000;
    let left_out = draw::layer(&mut out, &layer, WORLD, None, budget);
    assert!(out.len() <= budget + 4, "{}", out.len());
    let features = &decode::tile(&out)["things"];
    assert_eq!(
        features.len() + left_out.thinned as usize + left_out.vanished as usize,
        500
    );
    assert!(features.len() > 60, "{}", features.len());
    let smallest = features.iter().map(|one| one.id).min().unwrap();
    assert_eq!(smallest as usize, 501 - features.len());
    for one in features {
        assert_eq!(one.properties["name"], format!("line {}", one.id));
        assert_eq!(one.properties["even"], one.id % 2 == 0);
    }
}

#[test]
fn what_has_no_place_or_no_length_is_not_drawn() {
    let nowhere = point!(x: f64::NAN, y: 1.0);
    let short = line_string![(x: 10.0, y: 10.0), (x: 10.000_1, y: 10.0)];
    let flat = Polygon::new(
        LineString::from(vec![(0.0, 0.0), (9.0, 0.0), (0.0, 0.0)]),
        vec![],
    );
    let same = line_string![(x: 1.0, y: 1.0), (x: 1.0, y: 1.0)];
    let layer = layer(&[
        stored(1, nowhere, json!({})),
        stored(2, short, json!({})),
        stored(3, flat, json!({})),
        stored(4, same, json!({})),
    ]);
    assert_eq!(layer.features.len(), 1);
    let (features, left_out) = drawn(&layer, WORLD);
    assert!(features.is_empty());
    assert_eq!(
        left_out,
        LeftOut {
            vanished: 1,
            ..LeftOut::default()
        }
    );
    let (features, _) = drawn(&layer, Tile::at(10.0, 10.0, 16));
    assert_eq!(features.len(), 1);
}

#[test]
fn a_layer_says_when_it_is_too_large_and_how_large_it_is() {
    let line: LineString = (0..3000)
        .map(|step| (f64::from(step) / 100.0, f64::from(step % 7) / 10.0))
        .collect();
    let feature = stored(1, line, json!({"name": "long"}));
    let bytes = layer(std::slice::from_ref(&feature)).bytes();
    let mut builder = Builder::new("things", bytes / 2);
    assert_eq!(builder.add(&feature), Err(TooLarge));
    let mut builder = Builder::new("things", bytes * 2);
    assert_eq!(builder.add(&feature), Ok(()));
}

proptest! {
    /// Whatever the line and the tile: what is drawn lies on the line and within the frame, and
    /// what of the line lies within the tile is drawn.
    #[test]
    fn a_line_is_drawn_where_it_lies(
        walk in prop::collection::vec((-0.004..0.004_f64, -0.004..0.004_f64), 2..40),
        zoom in 8..=16_u8,
    ) {
        let mut at = (108.2, 31.2);
        let line: LineString = walk.iter().map(|(x, y)| { at = (at.0 + x, at.1 + y); at }).collect();
        let layer = layer(&[stored(1, line.clone(), json!({}))]);
        let tile = Tile::at(108.2, 31.2, zoom);
        let bounds = tile.bounds_mercator();
        let steps = |lon: f64, lat: f64| {
            let (x, y) = grid::mercator::project(lon, lat);
            ((x - bounds.west) / bounds.width() * 4096.0, (bounds.north - y) / bounds.height() * 4096.0)
        };
        let exact: LineString = line.coords().map(|c| steps(c.x, c.y)).collect();
        let (features, _) = drawn(&layer, tile);
        let pieces: Vec<LineString> = features.iter().flat_map(|one| &one.parts).map(|part| {
            part.iter().map(|place| (place[0] as f64, place[1] as f64)).collect()
        }).collect();
        for place in pieces.iter().flat_map(LineString::coords) {
            prop_assert!((-64.0..=4160.0).contains(&place.x) && (-64.0..=4160.0).contains(&place.y));
            // Simplified by half a step, rounded by half a diagonal, cut by another.
            prop_assert!(distance(*place, &exact) < 2.0);
        }
        for place in exact.coords() {
            if (0.0..4096.0).contains(&place.x) && (0.0..4096.0).contains(&place.y) && !pieces.is_empty() {
                let nearest = pieces.iter().map(|piece| distance(*place, piece)).fold(f64::MAX, f64::min);
                prop_assert!(nearest < 2.0, "{place:?} is {nearest} away");
            }
        }
    }
}

fn distance(from: geo::Coord, to: &LineString) -> f64 {
    use geo::{Distance as _, Euclidean};
    Euclidean.distance(&geo::Point(from), to)
}
