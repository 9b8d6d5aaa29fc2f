//! What lies where something was found: its village, and the piece of land it covers most.

use geo::{Area as _, BooleanOps as _, BoundingRect as _, Contains as _, MultiPolygon, Point};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use serde_json::Value;
use store::area::{self, Level};
use store::{Scope, feature};

use super::RecipeCraft;
use crate::plan::ZoneSource;
use crate::series::NamedZone;
use crate::{Error, Result, Workshop};

type Indexed = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// A piece of land with what is known of it.
pub(super) struct Parcel {
    pub key: String,
    pub outline: MultiPolygon,
    pub properties: Value,
}

/// Places by where they are.
pub(super) struct Places<T> {
    tree: RTree<Indexed>,
    items: Vec<(T, MultiPolygon)>,
}

impl<T> Places<T> {
    pub fn new(items: Vec<(T, MultiPolygon)>) -> Self {
        let rectangle = |(index, (_, outline)): (usize, &(T, MultiPolygon))| {
            let around = outline.bounding_rect()?;
            let corners = Rectangle::from_corners(around.min().into(), around.max().into());
            Some(Indexed::new(corners, index))
        };
        let tree = RTree::bulk_load(items.iter().enumerate().filter_map(rectangle).collect());
        Self { tree, items }
    }

    /// The smallest of the places that hold a point, by their order.
    pub fn holding(&self, point: Point) -> Option<&T> {
        let near = self.tree.locate_all_at_point(&[point.x(), point.y()]);
        let hits = near
            .map(|found| found.data)
            .filter(|&index| self.items[index].1.contains(&point));
        hits.min().map(|index| &self.items[index].0)
    }

    /// The place that a shape covers most, and the share of the shape on it.
    pub fn most(&self, shape: &MultiPolygon) -> Option<(&T, f64)> {
        let around = shape.bounding_rect()?;
        let envelope = AABB::from_corners(around.min().into(), around.max().into());
        let whole = shape.unsigned_area();
        let shared = |found: &Indexed| {
            let outline = &self.items[found.data].1;
            (found.data, shape.intersection(outline).unsigned_area())
        };
        let near = self
            .tree
            .locate_in_envelope_intersecting(&envelope)
            .map(shared);
        let largest = near.filter(|(_, area)| *area > 0.0).max_by(|one, other| {
            // Of equals the first.
            one.1.total_cmp(&other.1).then(other.0.cmp(&one.0))
        });
        largest.map(|(index, area)| (&self.items[index].0, area / whole))
    }
}

impl RecipeCraft {
    /// The areas under the job's own, the smallest first.
    pub(super) fn areas(&self, workshop: &Workshop) -> Result<Places<area::Area>> {
        let outlines = self.runtime.block_on(self.outlines(workshop))?;
        let mut areas: Vec<(area::Area, MultiPolygon)> = outlines
            .into_iter()
            .map(|outline| (outline.area, outline.polygons))
            .collect();
        areas.sort_by(|one, other| one.0.area_m2.total_cmp(&other.0.area_m2));
        Ok(Places::new(areas))
    }

    async fn outlines(&self, workshop: &Workshop) -> store::Result<Vec<area::Outline>> {
        area::outlines(&workshop.store, &Scope::Everything, Some(self.plan.area)).await
    }

    /// The features of a layer that are polygons.
    pub(super) fn parcels(&self, workshop: &Workshop, layer: &str) -> Result<Vec<Parcel>> {
        let found = self
            .runtime
            .block_on(feature::polygons(&workshop.store, layer))?;
        if found.is_empty() {
            return Err(Error::NoZones {
                what: format!("the layer “{layer}” has no polygons"),
            });
        }
        let parcel = |found: feature::PolygonFeature| Parcel {
            key: found.key,
            outline: found.polygons,
            properties: found.properties,
        };
        Ok(found.into_iter().map(parcel).collect())
    }

    /// The zones of a table, by their keys.
    pub(super) fn zones(&self, workshop: &Workshop, source: &ZoneSource) -> Result<Vec<NamedZone>> {
        let zones: Vec<NamedZone> = match source {
            ZoneSource::Features(layer) => {
                let parcels = self.parcels(workshop, layer)?.into_iter();
                parcels
                    .map(|parcel| NamedZone {
                        name: name_of(&parcel.properties),
                        key: parcel.key,
                        polygons: parcel.outline,
                    })
                    .collect()
            }
            ZoneSource::Villages | ZoneSource::Areas => {
                let outlines = self.runtime.block_on(self.outlines(workshop))?;
                let own = outlines
                    .iter()
                    .any(|outline| outline.area.level == Level::Village);
                let wanted = |outline: &area::Outline| {
                    *source == ZoneSource::Areas || !own || outline.area.level == Level::Village
                };
                let zones = outlines
                    .into_iter()
                    .filter(wanted)
                    .map(|outline| NamedZone {
                        key: outline.area.code,
                        name: outline.area.name_zh,
                        polygons: outline.polygons,
                    });
                zones.collect()
            }
        };
        if zones.is_empty() {
            return Err(Error::NoZones {
                what: "there is no area to count in".to_owned(),
            });
        }
        Ok(zones)
    }
}

/// What people call a piece of land, where its properties say it.
fn name_of(properties: &Value) -> String {
    let names = ["name", "name_zh", "NAME", "名称", "title"];
    let found = names.iter().find_map(|name| properties.get(name)?.as_str());
    found.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    fn square(x: f64, y: f64, side: f64) -> MultiPolygon {
        let corners = polygon![(x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side)];
        MultiPolygon::new(vec![corners])
    }

    #[test]
    fn the_smallest_holds_and_the_largest_share_wins() {
        let places = Places::new(vec![
            ("hut", square(0.0, 0.0, 1.0)),
            ("village", square(0.0, 0.0, 10.0)),
        ]);
        assert_eq!(places.holding(Point::new(0.5, 0.5)), Some(&"hut"));
        assert_eq!(places.holding(Point::new(5.0, 5.0)), Some(&"village"));
        assert_eq!(places.holding(Point::new(50.0, 5.0)), None);
        let parcels = Places::new(vec![
            ("west", square(0.0, 0.0, 2.0)),
            ("east", square(2.0, 0.0, 2.0)),
        ]);
        let (parcel, share) = parcels.most(&square(1.5, 0.0, 2.0)).unwrap();
        assert_eq!(*parcel, "east");
        assert!((share - 0.75).abs() < 1e-9);
        assert!(parcels.most(&square(9.0, 9.0, 1.0)).is_none());
    }
}
