//! The river: a winding line through the places named in the definition, and everything
//! that is measured from it.

use geo::{Coord, LineString, Polygon};

use super::ground::{Lattice, distance};
use super::noise::{Noise, step};

/// Metres between two points of the centre line.
const SPACING: f64 = 20.0;
/// Half the width of the bed, water and gravel together, metres.
const HALF_BED: f64 = 46.0;

/// The centre line, downstream, with what is known at each of its points.
pub(super) struct River {
    pub(super) points: Vec<Coord<f64>>,
    /// How strongly the river turns at each point: positive to the left, 1 is a tight bend.
    bends: Vec<f64>,
}

/// Where a place lies beside the river.
#[derive(Clone, Copy)]
pub(super) struct Beside {
    /// The nearest point of the centre line.
    pub(super) point: usize,
    /// Metres from the centre line, positive on the left bank looking downstream.
    pub(super) offset: f64,
    /// The turn of the river here.
    pub(super) bend: f64,
}

impl River {
    /// Winds through the given places.
    pub(super) fn through(course: &[Coord<f64>]) -> Self {
        let points = wind(&meander(course));
        let count = points.len();
        let turn = |index: usize| {
            let reach = 6;
            let back = points[index.saturating_sub(reach)];
            let ahead = points[(index + reach).min(count - 1)];
            let here = points[index];
            let (a, b) = (here - back, ahead - here);
            let lengths = (a.x * a.x + a.y * a.y).sqrt() * (b.x * b.x + b.y * b.y).sqrt();
            ((a.x * b.y - a.y * b.x) / lengths.max(1.0) * 2.5).clamp(-1.0, 1.0)
        };
        let bends = (0..count).map(turn).collect();
        Self { points, bends }
    }

    /// The share of the way downstream, 0..1, of a point of the centre line.
    pub(super) fn share(&self, point: usize) -> f64 {
        point as f64 / (self.points.len() - 1) as f64
    }

    /// Where a place lies, looking at the points of the centre line in a range only.
    fn beside_within(&self, place: Coord<f64>, range: std::ops::Range<usize>) -> Beside {
        let (mut best, mut nearest) = (range.start, f64::INFINITY);
        for index in range {
            let d = self.points[index] - place;
            let square = d.x * d.x + d.y * d.y;
            if square < nearest {
                (best, nearest) = (index, square);
            }
        }
        let last = self.points.len() - 1;
        let (back, ahead) = (
            self.points[best.saturating_sub(1)],
            self.points[(best + 1).min(last)],
        );
        let along = ahead - back;
        let away = place - self.points[best];
        let length = (along.x * along.x + along.y * along.y).sqrt();
        let side = (along.x * away.y - along.y * away.x) / length;
        // Near the line the distance to the tangent is exact; far from it that to the point.
        let offset = if nearest < 200.0 * 200.0 {
            side
        } else {
            nearest.sqrt() * side.signum()
        };
        Beside {
            point: best,
            offset,
            bend: self.bends[best],
        }
    }

    /// Where every cell of a grid lies beside the river.
    pub(super) fn beside<T: Copy>(&self, grid: &Lattice<T>) -> Lattice<Beside> {
        let all = 0..self.points.len();
        let cells = (0..grid.cells.len())
            .map(|index| self.beside_within(grid.centre(index), all.clone()))
            .collect();
        grid.with(cells)
    }

    /// Where a place lies, starting from what a coarser grid says about it.
    pub(super) fn refine(&self, place: Coord<f64>, coarse: &Lattice<Beside>) -> Beside {
        let guess = coarse.nearest(place);
        if guess.offset.abs() > 300.0 {
            return guess;
        }
        let from = guess.point.saturating_sub(6);
        let to = (guess.point + 7).min(self.points.len());
        self.beside_within(place, from..to)
    }

    /// The bed between its banks, as one polygon.
    pub(super) fn bed(&self) -> Polygon<f64> {
        let last = self.points.len() - 1;
        let bank = |side: f64| {
            (0..=last).map(move |index| {
                let (back, ahead) = (
                    self.points[index.saturating_sub(1)],
                    self.points[(index + 1).min(last)],
                );
                let along = ahead - back;
                let length = (along.x * along.x + along.y * along.y).sqrt();
                let width = side * half_bed(index) * bar(self.bends[index], side);
                let here = self.points[index];
                Coord {
                    x: here.x - along.y / length * width,
                    y: here.y + along.x / length * width,
                }
            })
        };
        let ring: Vec<Coord<f64>> = bank(1.0).chain(bank(-1.0).rev()).collect();
        Polygon::new(LineString::from(ring), Vec::new())
    }
}

/// Half the width of the bed at a point of the centre line, metres.
fn half_bed(point: usize) -> f64 {
    HALF_BED * (1.0 + 0.30 * Noise(0x71D3).fractal(point as f64 * 0.055, 0.5, 2))
}

/// How much wider the bed is on the inner side of a bend, where gravel settles; `side` is 1 on
/// the left bank, -1 on the right.
fn bar(bend: f64, side: f64) -> f64 {
    1.0 + 0.85 * step(0.12, 0.75, bend * side)
}

impl Beside {
    /// Metres from the centre line to the bank on this side.
    pub(super) fn to_bank(self) -> f64 {
        half_bed(self.point) * bar(self.bend, self.offset.signum())
    }

    /// Where between the banks a place lies, -1..1, and where the deepest water is: on the
    /// outer side of a bend.
    pub(super) fn across(self) -> f64 {
        let side = self.offset / half_bed(self.point);
        let wander = 0.35 * Noise(0x71D4).at(self.point as f64 * 0.11, 0.5);
        (side + 0.75 * self.bend + wander).abs()
    }
}

/// A Catmull-Rom curve through the places, at even distances.
fn wind(course: &[Coord<f64>]) -> Vec<Coord<f64>> {
    let mut points = Vec::new();
    let Some(&first) = course.first() else {
        return points;
    };
    points.push(first);
    let at = |index: i64| course[index.clamp(0, course.len() as i64 - 1) as usize];
    for leg in 0..course.len() as i64 - 1 {
        let (p0, p1, p2, p3) = (at(leg - 1), at(leg), at(leg + 1), at(leg + 2));
        let parts = (distance(p1, p2) / 2.0).ceil();
        for part in 1..=parts as usize {
            let t = part as f64 / parts;
            let place = (p1 * 2.0
                + (p2 - p0) * t
                + (p0 * 2.0 - p1 * 5.0 + p2 * 4.0 - p3) * (t * t)
                + (p1 * 3.0 - p0 - p2 * 3.0 + p3) * (t * t * t))
                / 2.0;
            if points
                .last()
                .is_some_and(|&last| distance(last, place) >= SPACING)
            {
                points.push(place);
            }
        }
    }
    points
}

/// The course with small turns of its own between the places.
fn meander(course: &[Coord<f64>]) -> Vec<Coord<f64>> {
    wind(course)
        .into_iter()
        .enumerate()
        .step_by(5)
        .map(|(index, place)| {
            let along = index as f64 * 0.055;
            let sway = |seed: u64| 62.0 * Noise(seed).fractal(along, 0.5, 2);
            Coord {
                x: place.x + sway(0x3EA1),
                y: place.y + sway(0x3EA2),
            }
        })
        .collect()
}
