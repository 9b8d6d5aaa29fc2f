//! The township, grown: everything the files are written from.

use std::collections::BTreeMap;

use geo::Coord;

use super::Error;
use super::cover::{self, Cover};
use super::definition::{Definition, Feature, Spot};
use super::fields::{self, Fields};
use super::ground::{HEIGHT, Lattice, WIDTH};
use super::river::River;
use super::roads::{self, Road};
use super::scene::{self, Land, Scene};
use super::settlements::{self, House};
use super::terrain::{self, Terrain};
use super::villages::{self, Villages};

/// The grown township.
pub(super) struct World {
    pub(super) definition: Definition,
    pub(super) river: River,
    pub(super) villages: Villages,
    pub(super) roads: Vec<Road>,
    pub(super) houses: Vec<House>,
    pub(super) fields: Fields,
    pub(super) brooks: Vec<Vec<Coord<f64>>>,
    terrain: Terrain,
    cover: Lattice<Cover>,
    texture: Vec<(f32, f32)>,
}

impl World {
    /// Grows the township from its definition.
    pub(super) fn grow(definition: Definition) -> Self {
        let course: Vec<Coord<f64>> = definition
            .river
            .through
            .iter()
            .map(|&[x, y]| Coord { x, y })
            .collect();
        let river = River::through(&course);
        let terrain = terrain::grow(definition.seed, &river);
        let villages = villages::share_out(&definition, &river, &terrain);
        let hamlets = roads::hamlets(&definition, &terrain, &villages);
        let roads = roads::build(&terrain, &hamlets);
        let houses = settlements::build(definition.seed, &terrain, &hamlets, &roads);
        let mut fields = fields::lay_out(&definition, &terrain, &hamlets);
        let brooks = cover::brooks(&terrain);
        let cover = cover::draw(&river, &terrain, &mut fields, &roads, &houses, &brooks);
        let texture = scene::texture(definition.seed, &terrain);
        Self {
            definition,
            river,
            villages,
            roads,
            houses,
            fields,
            brooks,
            terrain,
            cover,
            texture,
        }
    }

    /// Takes the image of one of the days.
    pub(super) fn image(&self, number: usize) -> Option<Scene> {
        let day = self.definition.dates.get(number)?;
        let land = Land {
            definition: &self.definition,
            terrain: &self.terrain,
            fields: &self.fields.fields,
            cover: &self.cover,
            texture: &self.texture,
        };
        Some(land.image(number as u64, day))
    }

    /// The number of the village at a place, 0 outside the township.
    pub(super) fn village_at(&self, place: Coord<f64>) -> u32 {
        self.villages.labels.nearest(place)
    }

    /// The code of the village at a place.
    pub(super) fn code_at(&self, place: Coord<f64>) -> Option<&str> {
        let number = self.village_at(place).checked_sub(1)?;
        self.definition
            .villages
            .get(number as usize)
            .map(|village| village.code.as_str())
    }

    /// Finds a place of the wanted kind in the wanted village.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn find(&self, spot: &Spot) -> Result<Coord<f64>, Error> {
        let village = self.definition.village_number(&spot.village);
        let candidates: Vec<Coord<f64>> = match spot.by {
            Feature::Road => self
                .roads
                .iter()
                .flat_map(|road| road.points.iter().copied())
                .collect(),
            Feature::House => self.houses.iter().map(|house| house.place).collect(),
            Feature::Field => self.field_centres(),
            Feature::River => self.river.points.clone(),
            Feature::Site => self
                .fields
                .fields
                .iter()
                .take(1)
                .map(|field| field.seed)
                .collect(),
        };
        let inside: Vec<Coord<f64>> = candidates
            .into_iter()
            .filter(|place| (0.0..WIDTH).contains(&place.x) && (0.0..HEIGHT).contains(&place.y))
            .filter(|&place| Some(self.village_at(place)) == village)
            .collect();
        let wanted = (spot.share * inside.len() as f64) as usize;
        let last = inside.len().saturating_sub(1);
        inside
            .get(wanted.min(last))
            .copied()
            .ok_or_else(|| Error::NoSpot {
                village: spot.village.clone(),
            })
    }

    /// The middles of the fields that are left.
    fn field_centres(&self) -> Vec<Coord<f64>> {
        let labels = &self.fields.labels;
        let mut sums: BTreeMap<u32, (Coord<f64>, f64)> = BTreeMap::new();
        for (index, &label) in labels
            .cells
            .iter()
            .enumerate()
            .filter(|&(_, &label)| label > 0)
        {
            let (sum, count) = sums.entry(label).or_insert((Coord::zero(), 0.0));
            *sum = *sum + labels.centre(index);
            *count += 1.0;
        }
        sums.into_values()
            .filter(|&(_, count)| count > 12.0)
            .map(|(sum, count)| sum / count)
            .collect()
    }
}
