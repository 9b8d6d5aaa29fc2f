//! The height field: hills carved by streams around the river, its flood plain, and fine relief.

use geo::Coord;
use rayon::prelude::*;

use super::erosion::{Drainage, catchment, drain, erode};
use super::ground::{Lattice, PIXEL};
use super::noise::{Noise, mix, step};
use super::river::{Beside, River};

/// The land around the images too, so that hills do not end at their edge: metres.
const CORNER: Coord<f64> = Coord {
    x: -1060.0,
    y: 8000.0,
};
const COARSE: f64 = 80.0;
const COARSE_COLUMNS: usize = 114;
const COARSE_ROWS: usize = 125;

/// The shape of the land.
pub(super) struct Terrain {
    /// Metres above the sea over the images, a value a pixel.
    pub(super) height: Lattice<f64>,
    /// Metres above the sea with a wide margin, a value every 40 m.
    pub(super) wide: Lattice<f64>,
    /// Where each wide cell lies beside the river.
    pub(super) beside: Lattice<Beside>,
    /// Which way the water goes from each wide cell.
    pub(super) drainage: Drainage,
    /// The area that drains through each wide cell, square metres.
    pub(super) catchment: Vec<f64>,
    /// The wide cells in the river bed.
    pub(super) bed: Vec<bool>,
}

/// Grows the land around a river.
pub(super) fn grow(seed: u64, river: &River) -> Terrain {
    let coarse = Lattice::new(CORNER, COARSE, COARSE_COLUMNS, COARSE_ROWS, 0.0);
    let mut first = Stage::new(seed, river, coarse.clone());
    for (index, height) in first.heights.cells.iter_mut().enumerate() {
        let place = coarse.centre(index);
        *height = 330.0 + 40.0 * Noise(seed).fractal(place.x / 900.0, place.y / 900.0, 4);
    }
    first.run(34);
    let fine = Lattice::new(
        CORNER,
        COARSE / 2.0,
        COARSE_COLUMNS * 2,
        COARSE_ROWS * 2,
        0.0,
    );
    let mut second = Stage::new(seed, river, fine);
    for index in 0..second.heights.cells.len() {
        let place = second.heights.centre(index);
        let rough = 16.0 * Noise(seed ^ 3).fractal(place.x / 150.0, place.y / 150.0, 2);
        second.heights.cells[index] = first.heights.smooth(place) + rough;
    }
    second.run(14);
    second.finish(seed, river)
}

/// One resolution of the carving.
struct Stage {
    heights: Lattice<f64>,
    beside: Lattice<Beside>,
    bed: Vec<bool>,
    outlet: Vec<bool>,
    level: Vec<f64>,
    hardness: Vec<f64>,
}

impl Stage {
    fn new(seed: u64, river: &River, heights: Lattice<f64>) -> Self {
        let beside = river.beside(&heights);
        let reach = heights.step * 0.75;
        let bed: Vec<bool> = beside
            .cells
            .iter()
            .map(|b| b.offset.abs() < reach)
            .collect();
        let (columns, rows) = (heights.columns, heights.rows);
        let edge = |index: usize| {
            let (column, row) = (index % columns, index / columns);
            column == 0 || row == 0 || column == columns - 1 || row == rows - 1
        };
        let outlet = (0..bed.len())
            .map(|index| bed[index] || edge(index))
            .collect();
        let level = (0..bed.len())
            .map(|index| {
                if bed[index] {
                    river_level(river, &beside.cells[index])
                } else {
                    262.0
                }
            })
            .collect();
        // Bands of hard and soft rock from south-west to north-east, as in the folds there.
        let hardness = (0..bed.len())
            .map(|index| {
                let place = heights.centre(index);
                let across = (place.x * 0.55 - place.y * 0.83) / 1300.0;
                let along = (place.x * 0.83 + place.y * 0.55) / 5200.0;
                let grain = 0.35 * Noise(seed ^ 6).fractal(place.x / 170.0, place.y / 170.0, 2);
                (1.0 + 0.55 * Noise(seed ^ 2).fractal(across, along, 2) + grain).max(0.3)
            })
            .collect();
        Self {
            heights,
            beside,
            bed,
            outlet,
            level,
            hardness,
        }
    }

    fn run(&mut self, steps: usize) {
        for index in (0..self.outlet.len()).filter(|&index| self.outlet[index]) {
            self.heights.cells[index] = self.level[index];
        }
        erode(&mut self.heights, &self.outlet, &self.hardness, steps);
    }

    fn finish(self, seed: u64, river: &River) -> Terrain {
        let drainage = drain(&self.heights, &self.outlet);
        let catchment = catchment(&self.heights, &drainage);
        let mut plain = self.heights.clone();
        for (index, height) in plain.cells.iter_mut().enumerate() {
            let beside = &self.beside.cells[index];
            let level = river_level(river, beside) + 4.0;
            // The inner side of a bend has the wider plain.
            let inner = step(-0.2, 0.6, beside.bend * beside.offset.signum());
            let wander = Noise(seed ^ 4).at(beside.point as f64 / 14.0, beside.offset.signum());
            let edge = 270.0 + 230.0 * inner + 150.0 * wander;
            let rise = step(edge * 0.45, edge + 240.0, beside.offset.abs());
            *height = mix(level.min(*height), *height, rise);
        }
        let mut height = Lattice::over_images(PIXEL, 0.0);
        let places = height.clone();
        height
            .cells
            .par_iter_mut()
            .enumerate()
            .for_each(|(index, value)| {
                let place = places.centre(index);
                let base = plain.smooth(place);
                let steep = step(6.0, 60.0, base - 215.0);
                let relief = Noise(seed ^ 5).fractal(place.x / 210.0, place.y / 210.0, 3);
                *value = base + 7.0 * steep * relief;
            });
        Terrain {
            height,
            wide: plain,
            beside: self.beside,
            drainage,
            catchment,
            bed: self.bed,
        }
    }
}

/// The height of the river beside a place, metres above the sea.
fn river_level(river: &River, beside: &Beside) -> f64 {
    mix(226.0, 204.0, river.share(beside.point))
}

impl Terrain {
    /// The slope at a place on the images, metres a metre.
    pub(super) fn slope(&self, place: Coord<f64>) -> f64 {
        let (east, north) = self.height.gradient(place);
        (east * east + north * north).sqrt()
    }
}
