//! From features as they are stored to a [`Layer`] in memory.

use std::collections::HashMap;

use geo::{Geometry, LineString};
use serde_json::Value;
use store::feature::StoredFeature;

use super::layer::{BANDS, Band, Feature, Kind, Layer, Part};
use super::plane::{self, Place, Rectangle};
use super::simplify;
use super::tree::Tree;
use super::words::{self, Collected, Content, Fields};

/// The name under which a feature's key in its source is among its properties.
const KEY: &str = "key";

/// The layer takes more memory than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

/// A layer while its features come in.
#[derive(Debug)]
pub struct Builder {
    name: String,
    /// Bytes it may come to.
    bound: usize,
    features: Vec<(Feature, Rectangle)>,
    /// In the order of arrival, fine enough for the last band.
    shapes: Band,
    /// Vertices that each band will hold.
    kept: [usize; BANDS.len()],
    tags: Vec<[u32; 2]>,
    keys: Collected,
    values: Collected,
    areas: HashMap<i64, u32>,
    fields: Fields,
    /// Room to work in.
    value: Vec<u8>,
}

impl Builder {
    /// A layer of this name that may take `bound` bytes.
    pub fn new(name: &str, bound: usize) -> Self {
        Self {
            name: name.to_owned(),
            bound,
            features: Vec::new(),
            shapes: Band::default(),
            kept: [0; BANDS.len()],
            tags: Vec::new(),
            keys: Collected::default(),
            values: Collected::default(),
            areas: HashMap::new(),
            fields: Fields::new(),
            value: Vec::new(),
        }
    }

    /// Takes a feature in; one without any place is left out.
    ///
    /// # Errors
    ///
    /// When the layer would come to more than it may.
    pub fn add(&mut self, stored: &StoredFeature) -> Result<(), TooLarge> {
        let before = self.shapes.parts.len();
        let mut shape = Shape::default();
        shape.take(&stored.geometry);
        for (vertices, hole) in &shape.parts {
            self.part(shape.kind, vertices, *hole);
        }
        if self.shapes.parts.len() == before {
            return Ok(());
        }
        self.shapes.features.push(self.shapes.parts.len() as u32);
        let tags = self.tags.len() as u32;
        self.properties(stored);
        let next = self.areas.len() as u32;
        let feature = Feature {
            id: stored.id.cast_unsigned(),
            area: *self.areas.entry(stored.area_id).or_insert(next),
            kind: shape.kind,
            first_zoom: first_zoom(&stored.properties),
            tags: tags..self.tags.len() as u32,
            ground: shape.ground() as f32,
            rank: shape.rank(stored.id),
        };
        self.features.push((feature, shape.around));
        if self.bytes() > self.bound {
            return Err(TooLarge);
        }
        Ok(())
    }

    /// The layer: its features sorted along the curve, their shapes once for every band.
    pub fn finish(self) -> Layer {
        let mut order: Vec<usize> = (0..self.features.len()).collect();
        order.sort_by_cached_key(|index| plane::along_the_curve(self.features[*index].1.centre()));
        let rectangles = order.iter().map(|index| self.features[*index].1).collect();
        let mut areas: Vec<(i64, u32)> = self.areas.into_iter().collect();
        areas.sort_by_key(|(_, position)| *position);
        Layer {
            name: self.name,
            features: order
                .iter()
                .map(|index| self.features[*index].0.clone())
                .collect(),
            tree: Tree::new(rectangles),
            bands: BANDS.map(|last| sorted(&self.shapes, &order, last)),
            tags: self.tags,
            keys: self.keys.finish(),
            values: self.values.finish(),
            areas: areas.into_iter().map(|(area, _)| area).collect(),
            fields: self.fields,
        }
    }

    fn part(&mut self, kind: Kind, vertices: &[Place], hole: bool) {
        // The last vertex of a ring repeats its first: simplifying needs it, drawing does not.
        let (first_zooms, drawn) = match kind {
            Kind::Points => (vec![0; vertices.len()], vertices),
            Kind::Lines => (simplify::line(vertices), vertices),
            Kind::Polygons => (simplify::ring(vertices), &vertices[..vertices.len() - 1]),
        };
        for (vertex, first) in drawn.iter().zip(first_zooms) {
            if first > plane::DEEPEST {
                continue;
            }
            self.shapes.vertices.push(*vertex);
            self.shapes.zooms.push(first);
            for (kept, last) in self.kept.iter_mut().zip(BANDS) {
                *kept += usize::from(first <= last);
            }
        }
        let end = self.shapes.vertices.len() as u32;
        self.shapes.parts.push(Part { end, hole });
    }

    fn properties(&mut self, stored: &StoredFeature) {
        let key = Value::String(stored.key.clone());
        let own = stored.properties.as_object().into_iter().flatten();
        let own = own
            .filter(|(name, _)| *name != KEY)
            .map(|(name, value)| (name.as_str(), value));
        for (name, value) in std::iter::once((KEY, &key)).chain(own) {
            self.value.clear();
            let Some(content): Option<Content> = words::value(value, &mut self.value) else {
                continue;
            };
            words::note(&mut self.fields, name, content);
            self.tags.push([
                self.keys.number(name.as_bytes()),
                self.values.number(&self.value),
            ]);
        }
    }

    /// What the finished layer will take.
    fn bytes(&self) -> usize {
        let vertices: usize = self.kept.iter().sum();
        let parts = BANDS.len() * size_of_val(&*self.shapes.parts);
        let features =
            size_of::<Feature>() + size_of::<Rectangle>() + BANDS.len() * size_of::<u32>();
        vertices * (size_of::<Place>() + 1)
            + parts
            + self.features.len() * features
            + size_of_val(&*self.tags)
            + self.keys.bytes()
            + self.values.bytes()
    }
}

/// A number in the property `minzoom`; from the first zoom without one.
fn first_zoom(properties: &Value) -> u8 {
    let number = properties.get("minzoom").and_then(Value::as_f64);
    // A cast saturates: what begins below 0 is always drawn, what begins beyond 255 never.
    number.map_or(0, |zoom| zoom.ceil() as u8)
}

/// The shapes in another order, without the vertices that only zooms beyond `last` need.
fn sorted(shapes: &Band, order: &[usize], last: u8) -> Band {
    let mut band = Band::default();
    for feature in order {
        for (vertices, zooms, hole) in shapes.parts(*feature) {
            for (vertex, first) in vertices.iter().zip(zooms) {
                if *first <= last {
                    band.vertices.push(*vertex);
                    band.zooms.push(*first);
                }
            }
            let end = band.vertices.len() as u32;
            band.parts.push(Part { end, hole });
        }
        band.features.push(band.parts.len() as u32);
    }
    band.vertices.shrink_to_fit();
    band.zooms.shrink_to_fit();
    band.parts.shrink_to_fit();
    band
}

/// A geometry on the plane.
struct Shape {
    kind: Kind,
    parts: Vec<(Vec<Place>, bool)>,
    around: Rectangle,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            kind: Kind::Points,
            parts: Vec::new(),
            around: Rectangle::NOTHING,
        }
    }
}

impl Shape {
    /// Of a collection, what has most dimensions: a feature of a tile is of one kind.
    fn take(&mut self, geometry: &Geometry) {
        match geometry {
            Geometry::Point(point) => self.points([point.0]),
            Geometry::MultiPoint(points) => self.points(points.iter().map(|point| point.0)),
            Geometry::Line(line) => self.line(&LineString::from(*line)),
            Geometry::LineString(line) => self.line(line),
            Geometry::MultiLineString(lines) => lines.iter().for_each(|line| self.line(line)),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => polygons.iter().for_each(|one| self.polygon(one)),
            Geometry::Rect(rectangle) => self.polygon(&rectangle.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(members) => members.iter().for_each(|one| self.take(one)),
        }
    }

    fn points(&mut self, points: impl IntoIterator<Item = geo::Coord>) {
        let places: Vec<Place> = points
            .into_iter()
            .filter(|at| at.x.is_finite() && at.y.is_finite())
            .map(plane::project)
            .collect();
        if !places.is_empty() {
            self.part(Kind::Points, places, false);
        }
    }

    fn line(&mut self, line: &LineString) {
        let places = projected(line);
        if places.len() > 1 {
            self.part(Kind::Lines, places, false);
        }
    }

    fn polygon(&mut self, polygon: &geo::Polygon) {
        let exterior = projected(polygon.exterior());
        // Three corners and the first again.
        if exterior.len() < 4 {
            return;
        }
        self.part(Kind::Polygons, exterior, false);
        for hole in polygon
            .interiors()
            .iter()
            .map(projected)
            .filter(|hole| hole.len() > 3)
        {
            self.part(Kind::Polygons, hole, true);
        }
    }

    fn part(&mut self, kind: Kind, places: Vec<Place>, hole: bool) {
        if (kind as u8) < self.kind as u8 {
            return;
        }
        if (kind as u8) > self.kind as u8 {
            *self = Self {
                kind,
                ..Self::default()
            };
        }
        for place in &places {
            self.around.hold(*place);
        }
        self.parts.push((places, hole));
    }

    /// Square steps that polygons cover.
    fn ground(&self) -> f64 {
        if self.kind != Kind::Polygons {
            return 0.0;
        }
        let rings = self.parts.iter();
        rings
            .map(|(ring, hole)| if *hole { -area(ring) } else { area(ring) })
            .sum()
    }

    /// By length, and points, which have none, at random: a thinned crowd keeps its shape.
    fn rank(&self, id: i64) -> f32 {
        if self.kind == Kind::Points {
            let mixed = id.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            return mixed as f32 / (1_u32 << 24) as f32;
        }
        self.around.length() as f32
    }
}

/// Vertices on the plane, none of them twice in a row.
fn projected(line: &LineString) -> Vec<Place> {
    let finite = line
        .coords()
        .filter(|at| at.x.is_finite() && at.y.is_finite());
    let mut places: Vec<Place> = finite.map(|at| plane::project(*at)).collect();
    places.dedup();
    places
}

/// The area of a closed ring in square steps; from its first vertex, to keep the products small.
fn area(ring: &[Place]) -> f64 {
    let from = |place: &Place| [0, 1].map(|axis| f64::from(place[axis]) - f64::from(ring[0][axis]));
    let crossed = |pair: &[Place]| {
        let ([x, y], [next_x, next_y]) = (from(&pair[0]), from(&pair[1]));
        x * next_y - next_x * y
    };
    ring.windows(2).map(crossed).sum::<f64>().abs() / 2.0
}
