//! The township's areas and features as `GeoJSON` in degrees.

use geo::{Area, Coord, LineString, MultiPolygon, Polygon};
use grid::projection::Projection;
use serde_json::{Value, json};

use super::Error;
use super::ground::{EPSG, HEIGHT, ORIGIN, WIDTH};
use super::partition::{Drawing, polygons};
use super::roads::Class;
use super::settlements::Roof;
use super::world::World;

/// Fields smaller than this are left out, square metres.
const SMALLEST: f64 = 200.0;

/// From local metres to degrees.
pub(super) struct Degrees(Projection);

impl Degrees {
    /// # Errors
    /// When the zone of the images is not known.
    pub(super) fn new() -> Result<Self, Error> {
        Projection::from_epsg(EPSG).map(Self).ok_or(Error::Zone)
    }

    /// Longitude and latitude of a place, to a centimetre: the same place is always the same
    /// numbers, so borders stay shared.
    pub(super) fn of(&self, place: Coord<f64>) -> [f64; 2] {
        let (longitude, latitude) = self.0.inverse(ORIGIN.x + place.x, ORIGIN.y + place.y);
        [longitude, latitude].map(|degrees| (degrees * 1e7).round() / 1e7)
    }

    fn line(&self, line: &[Coord<f64>]) -> Value {
        line.iter()
            .map(|&place| self.of(place))
            .collect::<Vec<_>>()
            .into()
    }

    fn rings(&self, polygon: &Polygon<f64>) -> Value {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        rings
            .map(|ring| self.line(&ring.0))
            .collect::<Vec<_>>()
            .into()
    }

    fn polygon(&self, polygon: &Polygon<f64>) -> Value {
        json!({"type": "Polygon", "coordinates": self.rings(polygon)})
    }

    fn land(&self, land: &MultiPolygon<f64>) -> Value {
        let polygons: Vec<Value> = land.iter().map(|polygon| self.rings(polygon)).collect();
        json!({"type": "MultiPolygon", "coordinates": polygons})
    }
}

fn collection(features: Vec<(Value, Value)>) -> Value {
    let features: Vec<Value> = features
        .into_iter()
        .map(|(properties, geometry)| json!({"type": "Feature", "properties": properties, "geometry": geometry}))
        .collect();
    json!({"type": "FeatureCollection", "features": features})
}

/// County, township and villages with code, names, level and the code of their parent.
pub(super) fn areas(world: &World, degrees: &Degrees) -> Value {
    let (county, township) = (&world.definition.county, &world.definition.township);
    let properties = |code: &str, name: &str, name_en: &str, level: &str, parent: Option<&str>| json!({"code": code, "name": name, "name_en": name_en, "level": level, "parent": parent});
    let mut features = vec![
        (
            properties(&county.code, &county.name, &county.name_en, "county", None),
            degrees.land(&world.villages.county),
        ),
        (
            properties(
                &township.code,
                &township.name,
                &township.name_en,
                "township",
                Some(&county.code),
            ),
            degrees.land(&world.villages.township),
        ),
    ];
    for (village, land) in world.definition.villages.iter().zip(&world.villages.land) {
        let parent = Some(township.code.as_str());
        features.push((
            properties(
                &village.code,
                &village.name,
                &village.name_en,
                "village",
                parent,
            ),
            degrees.land(land),
        ));
    }
    collection(features)
}

/// Roads, cut at the edge of the images.
pub(super) fn roads(world: &World, degrees: &Degrees) -> Value {
    let mut features = Vec::new();
    for (number, road) in world.roads.iter().enumerate() {
        let (class, surface) = match road.class {
            Class::County => ("县道", "asphalt"),
            Class::Village => ("村道", "concrete"),
        };
        for (part, piece) in inside(&road.points).into_iter().enumerate() {
            let middle = piece[piece.len() / 2];
            let properties = json!({
                "key": format!("road-{number}-{part}"), "name": road.name, "class": class,
                "surface": surface, "width_m": road.class.width(), "village": world.code_at(middle),
            });
            features.push((
                properties,
                json!({"type": "LineString", "coordinates": degrees.line(&piece)}),
            ));
        }
    }
    collection(features)
}

/// The pieces of a line that are on the images.
fn inside(line: &[Coord<f64>]) -> Vec<Vec<Coord<f64>>> {
    line.split(|place| !(0.0..=WIDTH).contains(&place.x) || !(0.0..=HEIGHT).contains(&place.y))
        .filter(|piece| piece.len() > 1)
        .map(<[Coord<f64>]>::to_vec)
        .collect()
}

/// The township's fields with their use and area; neighbours share their borders.
pub(super) fn fields(world: &World, degrees: &Degrees) -> Value {
    let fields = &world.fields;
    let drawing = Drawing {
        rounds: 2,
        tolerance: 2.6,
    };
    let ours = |label: u32| {
        let seed = (label as usize)
            .checked_sub(1)
            .map(|number| fields.fields[number].seed);
        seed.map_or(0, |seed| if world.village_at(seed) > 0 { label } else { 0 })
    };
    let mut features = Vec::new();
    let drawn = polygons(&fields.labels, fields.fields.len() + 1, ours, drawing);
    for (number, (field, pieces)) in fields
        .fields
        .iter()
        .zip(drawn.into_iter().skip(1))
        .enumerate()
    {
        let (land, name) = field.crop.names();
        for polygon in pieces
            .iter()
            .filter(|polygon| polygon.unsigned_area() >= SMALLEST)
        {
            let key = format!("field-{}", features.len());
            let area = (polygon.unsigned_area() * 10.0).round() / 10.0;
            let site = (number == 0).then_some(&world.definition.site);
            let properties = json!({
                "key": key, "use": land, "name": name, "area_m2": area,
                "becomes": site.map(|site| &site.name), "becomes_en": site.map(|site| &site.name_en),
                "becomes_on": site.map(|site| site.begins), "village": world.code_at(field.seed),
            });
            features.push((properties, degrees.polygon(polygon)));
        }
    }
    collection(features)
}

/// The houses with their roofs and floors.
pub(super) fn houses(world: &World, degrees: &Degrees) -> Value {
    let features = world.houses.iter().enumerate().map(|(number, house)| {
        let roof = match house.roof {
            Roof::Concrete => "concrete",
            Roof::Tile => "tile",
            Roof::Blue => "metal",
            Roof::Red => "glazed_tile",
        };
        let [a, b, c, d] = house.corners();
        let outline = Polygon::new(LineString::from(vec![a, b, c, d, a]), Vec::new());
        let properties = json!({
            "key": format!("house-{number}"), "hamlet": house.hamlet, "roof": roof,
            "floors": house.floors, "village": world.code_at(house.place),
        });
        (properties, degrees.polygon(&outline))
    });
    collection(features.collect())
}

/// The bed of the river and the lines of its brooks.
pub(super) fn river(world: &World, degrees: &Degrees) -> Value {
    let river = &world.definition.river;
    let mut features = vec![(
        json!({"key": "river", "name": river.name, "name_en": river.name_en, "class": "river"}),
        degrees.polygon(&world.river.bed()),
    )];
    for (number, brook) in world.brooks.iter().enumerate() {
        for (part, piece) in inside(brook).into_iter().enumerate() {
            let properties = json!({"key": format!("brook-{number}-{part}"), "class": "brook"});
            features.push((
                properties,
                json!({"type": "LineString", "coordinates": degrees.line(&piece)}),
            ));
        }
    }
    collection(features)
}
