//! Villages: what drains to a stretch of the river, on one bank. Their borders run along the
//! ridges and the river.

use std::collections::BTreeMap;

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::definition::{Bank, Definition};
use super::ground::{HEIGHT, Lattice, WIDTH};
use super::noise::{Noise, sine_cosine};
use super::partition::{Drawing, polygons, tidy};
use super::river::River;
use super::terrain::Terrain;

const DRAWING: Drawing = Drawing {
    rounds: 5,
    tolerance: 9.0,
};

/// The villages' land.
pub(super) struct Villages {
    /// The number of the village of each wide cell, 0 outside the township.
    pub(super) labels: Lattice<u32>,
    /// The polygon of each village, in the order of the definition.
    pub(super) land: Vec<MultiPolygon<f64>>,
    /// All villages together.
    pub(super) township: MultiPolygon<f64>,
    /// The county around them.
    pub(super) county: MultiPolygon<f64>,
}

/// Shares out the land.
pub(super) fn share_out(definition: &Definition, river: &River, terrain: &Terrain) -> Villages {
    let labels = labels(definition, river, terrain);
    let count = definition.villages.len() + 1;
    let land = polygons(&labels, count, |label| label, DRAWING)
        .into_iter()
        .skip(1)
        .map(MultiPolygon)
        .collect();
    let whole = polygons(&labels, 2, |label| u32::from(label > 0), DRAWING)
        .pop()
        .unwrap_or_default();
    Villages {
        labels,
        land,
        township: MultiPolygon(whole),
        county: county(definition.seed),
    }
}

fn labels(definition: &Definition, river: &River, terrain: &Terrain) -> Lattice<u32> {
    let village = |index: usize| {
        let beside = terrain.beside.cells[index];
        let bank = if beside.offset > 0.0 {
            Bank::Left
        } else {
            Bank::Right
        };
        let share = river.share(beside.point);
        let place = definition.villages.iter().position(|village| {
            village.bank == bank && (village.from..village.to).contains(&share)
        });
        place.map_or(0, |place| place as u32 + 1)
    };
    let mut labels = terrain.wide.with(vec![0; terrain.bed.len()]);
    for &index in &terrain.drainage.order {
        let receiver = terrain.drainage.receiver[index];
        labels.cells[index] = if terrain.bed[index] || terrain.bed[receiver] {
            village(index)
        } else {
            labels.cells[receiver]
        };
    }
    soften(&mut labels);
    tidy(&mut labels);
    labels
}

/// Gives each cell the label most of the cells around it have, a few times: straightens what
/// the grid made ragged.
fn soften(labels: &mut Lattice<u32>) {
    for _ in 0..3 {
        let before = labels.clone();
        for (index, label) in labels.cells.iter_mut().enumerate() {
            let mut votes = BTreeMap::from([(*label, 1.5)]);
            for (neighbour, away) in before.neighbours(index) {
                *votes.entry(before.cells[neighbour]).or_insert(0.0) += 1.0 / away;
            }
            let first = (*label, 0.0);
            let winner = votes.into_iter().fold(
                first,
                |best, vote| if vote.1 > best.1 { vote } else { best },
            );
            *label = winner.0;
        }
    }
}

/// A county around the township: an uneven round of some 15 km.
fn county(seed: u64) -> MultiPolygon<f64> {
    let ring: Vec<Coord<f64>> = (0..96)
        .map(|part| {
            let (sine, cosine) = sine_cosine(f64::from(part) * 3.75);
            let radius = 14_500.0
                + 4_200.0 * Noise(seed ^ 9).fractal(2.0 + cosine * 2.2, 2.0 + sine * 2.2, 4);
            Coord {
                x: WIDTH / 2.0 + radius * cosine * 1.15,
                y: HEIGHT / 2.0 + radius * sine,
            }
        })
        .collect();
    MultiPolygon(vec![Polygon::new(LineString::from(ring), Vec::new())])
}
