//! Clouds and the shadows they throw.

use geo::Coord;
use rayon::prelude::*;

use super::definition::{Clouds, Sun};
use super::ground::{HEIGHT, Lattice, WIDTH, distance};
use super::noise::{Noise, sine_cosine, step};

const STEP: f64 = 20.0;
/// Metres around the images in which there are clouds too, for their shadows.
const MARGIN: f64 = 1600.0;
/// How far from a place that must stay clear the clouds keep, metres.
const CLEAR: f64 = 420.0;

/// The clouds of a day.
pub(super) struct Sky {
    /// How thick the clouds are, 0 nothing, 1 and more nothing shines through.
    thickness: Lattice<f64>,
    /// From a place on the ground to the part of the sky that shades it, metres.
    towards_sun: Coord<f64>,
}

impl Sky {
    /// Lets clouds gather, but not over or in the light of `clear`.
    pub(super) fn gather(clouds: &Clouds, sun: Sun, clear: Coord<f64>) -> Self {
        let (east, north) = sine_cosine(sun.azimuth);
        let (sine, cosine) = sine_cosine(sun.elevation);
        let reach = clouds.height * cosine / sine;
        let towards_sun = Coord {
            x: east * reach,
            y: north * reach,
        };
        let corner = Coord {
            x: -MARGIN,
            y: HEIGHT + MARGIN,
        };
        let columns = ((WIDTH + 2.0 * MARGIN) / STEP) as usize;
        let rows = ((HEIGHT + 2.0 * MARGIN) / STEP) as usize;
        let grid = Lattice::new(corner, STEP, columns, rows, 0.0);
        let noise = Noise(clouds.seed);
        let cells: Vec<f64> = (0..grid.cells.len())
            .into_par_iter()
            .map(|index| {
                let place = grid.centre(index);
                let drift = Noise(clouds.seed ^ 1).at(place.x / 900.0, place.y / 900.0) * 160.0;
                let banks = noise.at(place.x / 3300.0, place.y / 2600.0);
                let puffs = noise.fractal((place.x + drift) / 820.0, (place.y - drift) / 700.0, 5);
                let away = distance(place, clear).min(distance(place, clear + towards_sun));
                puffs + 0.55 * banks - 2.0 * (1.0 - step(CLEAR, CLEAR + 500.0, away))
            })
            .collect();
        let mut sorted = cells.clone();
        sorted.sort_by(f64::total_cmp);
        let level = sorted[((1.0 - clouds.share) * (sorted.len() - 1) as f64) as usize];
        let thickness = cells
            .into_iter()
            .map(|value| ((value - level) / 0.24 + 0.12).clamp(0.0, 1.6))
            .collect();
        Self {
            thickness: grid.with(thickness),
            towards_sun,
        }
    }

    /// How much of the ground a cloud hides, 0..1, and how bright the cloud is.
    pub(super) fn over(&self, place: Coord<f64>) -> (f64, f64) {
        let thickness = self.thickness.smooth(place);
        if thickness <= 0.0 {
            return (0.0, 0.0);
        }
        // The side towards the sun shines, the other is grey.
        let lit = thickness - self.thickness.smooth(place + self.towards_sun * 0.07);
        let brightness = 0.40 + 0.20 * thickness + 0.22 * lit.clamp(-0.6, 0.6);
        (step(0.02, 0.62, thickness), brightness.clamp(0.24, 0.86))
    }

    /// How much of the sunlight the clouds keep from a place, 0..1.
    pub(super) fn shade(&self, place: Coord<f64>) -> f64 {
        step(0.05, 0.7, self.thickness.smooth(place + self.towards_sun))
    }
}
