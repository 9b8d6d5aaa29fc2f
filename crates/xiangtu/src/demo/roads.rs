//! Hamlets on gentle ground, and roads that reach them the cheapest way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use geo::Coord;

use super::definition::Definition;
use super::ground::{HEIGHT, Lattice, WIDTH, distance};
use super::noise::{hash, unit};
use super::partition::{round_off, thin};
use super::terrain::Terrain;
use super::villages::Villages;

/// What a road is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The asphalt road along the valley.
    County,
    /// A concrete road to a hamlet.
    Village,
}

impl Class {
    /// Metres from edge to edge.
    pub(super) fn width(self) -> f64 {
        match self {
            Self::County => 9.0,
            Self::Village => 5.0,
        }
    }
}

/// A road from end to end.
pub(super) struct Road {
    pub(super) class: Class,
    pub(super) name: String,
    pub(super) points: Vec<Coord<f64>>,
}

/// A group of houses.
pub(super) struct Hamlet {
    pub(super) name: String,
    pub(super) place: Coord<f64>,
    /// Whether it is the township's market street.
    pub(super) town: bool,
}

/// Chooses places for the hamlets: gentle, dry, not too high, apart from each other.
pub(super) fn hamlets(
    definition: &Definition,
    terrain: &Terrain,
    villages: &Villages,
) -> Vec<Hamlet> {
    let mut names = definition.hamlets.iter();
    let mut chosen: Vec<Hamlet> = Vec::new();
    let mut score: Vec<(f64, usize)> = (0..villages.labels.cells.len())
        .filter(|&index| villages.labels.cells[index] > 0)
        .filter_map(|index| Some((charm(definition.seed, terrain, index)?, index)))
        .collect();
    score.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (number, village) in definition.villages.iter().enumerate() {
        let number = number as u32 + 1;
        let mut left = village.hamlets;
        for &(_, index) in score
            .iter()
            .filter(|&&(_, index)| villages.labels.cells[index] == number)
        {
            let place = villages.labels.centre(index);
            if left == 0 {
                break;
            }
            if chosen
                .iter()
                .all(|other| distance(other.place, place) > 430.0)
            {
                let name = names.next().cloned().unwrap_or_default();
                let town = chosen.is_empty();
                chosen.push(Hamlet { name, place, town });
                left -= 1;
            }
        }
    }
    chosen
}

fn charm(seed: u64, terrain: &Terrain, index: usize) -> Option<f64> {
    let place = terrain.wide.centre(index);
    let margin = 160.0;
    let inside = place.x > margin
        && place.y > margin
        && place.x < WIDTH - margin
        && place.y < HEIGHT - margin;
    let offset = terrain.beside.cells[index].offset.abs();
    if !inside || offset < 130.0 {
        return None;
    }
    let (east, north) = terrain.wide.gradient(place);
    let slope = (east * east + north * north).sqrt();
    let high = (terrain.wide.cells[index] - 220.0) / 250.0;
    Some(
        0.55 * unit(hash(seed ^ 0xA, index as i64, 1))
            - slope * 2.4
            - high * 0.22
            - offset / 16_000.0,
    )
}

/// Builds the valley road and one road after another to the hamlets, nearest first.
pub(super) fn build(terrain: &Terrain, hamlets: &[Hamlet]) -> Vec<Road> {
    let mut builder = Builder {
        terrain,
        paved: vec![false; terrain.wide.cells.len()],
        roads: Vec::new(),
    };
    let last = terrain.wide.columns - 1;
    let ends: Vec<usize> = [1, last - 1]
        .into_iter()
        .filter_map(|column| builder.riverside(column))
        .collect();
    if let [west, east] = ends[..] {
        builder.pave(west, |index| index == east, Class::County, "桐溪公路");
    }
    let mut order: Vec<&Hamlet> = hamlets.iter().collect();
    let valley = |hamlet: &Hamlet| terrain.beside.nearest(hamlet.place).offset.abs();
    order.sort_by(|a, b| valley(a).total_cmp(&valley(b)));
    for hamlet in order {
        if let Some(start) = terrain.wide.index(hamlet.place) {
            let paved = builder.paved.clone();
            builder.pave(
                start,
                |index| paved[index],
                Class::Village,
                &format!("{}村道", hamlet.name),
            );
        }
    }
    builder.roads
}

struct Builder<'a> {
    terrain: &'a Terrain,
    paved: Vec<bool>,
    roads: Vec<Road>,
}

impl Builder<'_> {
    /// A cell of a column on the left bank, on the edge of the plain.
    fn riverside(&self, column: usize) -> Option<usize> {
        let grid = &self.terrain.wide;
        (0..grid.rows)
            .map(|row| row * grid.columns + column)
            .filter(|&index| self.terrain.beside.cells[index].offset > 170.0)
            .min_by(|&a, &b| {
                let offset = |index: usize| self.terrain.beside.cells[index].offset;
                offset(a).total_cmp(&offset(b))
            })
    }

    fn pave(&mut self, start: usize, goal: impl Fn(usize) -> bool, class: Class, name: &str) {
        let path = self.cheapest(start, goal);
        for &index in &path {
            self.paved[index] = true;
        }
        if path.len() < 2 {
            return;
        }
        let mut points = Vec::new();
        for pair in path.windows(2) {
            let (from, to) = (
                self.terrain.wide.centre(pair[0]),
                self.terrain.wide.centre(pair[1]),
            );
            points.extend((0..4).map(|part| from + (to - from) * (f64::from(part) / 4.0)));
        }
        if let Some(&end) = path.last() {
            let end = self.terrain.wide.centre(end);
            points.push(self.junction(end).unwrap_or(end));
        }
        let points = thin(&round_off(points, 22), 1.2);
        self.roads.push(Road {
            class,
            name: name.to_owned(),
            points,
        });
    }

    /// The point of the roads so far that is nearest to a place.
    fn junction(&self, place: Coord<f64>) -> Option<Coord<f64>> {
        self.roads
            .iter()
            .flat_map(|road| road.points.windows(2))
            .map(|pair| {
                let (along, off) = (pair[1] - pair[0], place - pair[0]);
                let square = (along.x * along.x + along.y * along.y).max(1e-9);
                pair[0] + along * ((off.x * along.x + off.y * along.y) / square).clamp(0.0, 1.0)
            })
            .min_by(|&a, &b| distance(a, place).total_cmp(&distance(b, place)))
    }

    /// Dijkstra's cheapest way from a cell to the first that is a goal.
    fn cheapest(&self, start: usize, goal: impl Fn(usize) -> bool) -> Vec<usize> {
        let grid = &self.terrain.wide;
        let mut cost = vec![u64::MAX; grid.cells.len()];
        let mut from = vec![usize::MAX; grid.cells.len()];
        let mut open = BinaryHeap::from([Reverse((0_u64, start))]);
        cost[start] = 0;
        while let Some(Reverse((so_far, index))) = open.pop() {
            if so_far > cost[index] {
                continue;
            }
            if goal(index) {
                let mut path = vec![index];
                let mut here = index;
                while from[here] != usize::MAX {
                    here = from[here];
                    path.push(here);
                }
                path.reverse();
                return path;
            }
            for (next, away) in around(grid, index) {
                let total = so_far + self.toll(index, next, away * grid.step);
                if total < cost[next] {
                    cost[next] = total;
                    from[next] = index;
                    open.push(Reverse((total, next)));
                }
            }
        }
        Vec::new()
    }

    /// What a piece of road costs: long, steep and wet ones more.
    fn toll(&self, from: usize, to: usize, length: f64) -> u64 {
        let heights = &self.terrain.wide.cells;
        let climb = (heights[to] - heights[from]).abs() / length / 0.07;
        let offset = self.terrain.beside.cells[to].offset.abs();
        let wet = if offset < 95.0 { 14.0 } else { 1.0 };
        let paved = if self.paved[to] { 0.35 } else { 1.0 };
        (length * (1.0 + climb * climb) * wet * paved * 16.0) as u64
    }
}

/// The cells a road may go to next: the eight neighbours and the eight knight's moves.
fn around(grid: &Lattice<f64>, index: usize) -> impl Iterator<Item = (usize, f64)> {
    const KNIGHT: [(i64, i64); 8] = [
        (1, 2),
        (2, 1),
        (2, -1),
        (1, -2),
        (-1, -2),
        (-2, -1),
        (-2, 1),
        (-1, 2),
    ];
    let (columns, rows) = (grid.columns as i64, grid.rows as i64);
    let (column, row) = (index as i64 % columns, index as i64 / columns);
    let leaps = KNIGHT.into_iter().filter_map(move |(dx, dy)| {
        let (c, r) = (column + dx, row + dy);
        let inside = c >= 0 && r >= 0 && c < columns && r < rows;
        inside.then_some(((r * columns + c) as usize, 2.236_067_977_499_79))
    });
    grid.neighbours(index).chain(leaps)
}
