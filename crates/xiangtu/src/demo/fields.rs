//! Fields: cells around scattered seeds, drawn out along the contours where the ground is
//! steep and square on the plain; each with a crop that suits its place.

use geo::Coord;
use rayon::prelude::*;

use super::definition::{Crop, Definition};
use super::ground::{FINE, HEIGHT, Lattice, WIDTH};
use super::noise::{Noise, hash, step, unit};
use super::roads::Hamlet;
use super::terrain::Terrain;

/// Metres between two seeds.
const SPACING: f64 = 50.0;
/// Half the size of the building site, metres.
const SITE: (f64, f64) = (72.0, 52.0);

/// A field.
pub(super) struct Field {
    pub(super) seed: Coord<f64>,
    pub(super) crop: Crop,
    /// How well it does: around 1.
    pub(super) vigour: f64,
    /// How bright its soil is: around 1.
    pub(super) soil: f64,
    /// The direction of the contour, of length 1.
    along: Coord<f64>,
    /// How much narrower it is across the contour than along it.
    narrow: f64,
    farmed: bool,
}

/// All fields and where they lie.
pub(super) struct Fields {
    /// One for every seed; the first is the field that becomes a building site.
    pub(super) fields: Vec<Field>,
    /// The number of the field of each fine cell plus 1; 0 where nothing is farmed.
    pub(super) labels: Lattice<u32>,
}

/// Lays out the fields.
pub(super) fn lay_out(definition: &Definition, terrain: &Terrain, hamlets: &[Hamlet]) -> Fields {
    let columns = (WIDTH / SPACING) as i64 + 6;
    let rows = (HEIGHT / SPACING) as i64 + 6;
    let mut fields = vec![site(definition)];
    for row in 0..rows {
        for column in 0..columns {
            fields.push(field(definition, terrain, hamlets, column - 3, row - 3));
        }
    }
    let mut labels = Lattice::over_images(FINE, 0_u32);
    let grid = labels.clone();
    let centre = Coord {
        x: definition.site.centre[0],
        y: definition.site.centre[1],
    };
    labels
        .cells
        .par_iter_mut()
        .enumerate()
        .for_each(|(index, label)| {
            let place = grid.centre(index);
            let off = place - centre;
            let along = fields[0].along;
            let (u, v) = (
                off.x * along.x + off.y * along.y,
                off.y * along.x - off.x * along.y,
            );
            if u.abs() < SITE.0 && v.abs() < SITE.1 {
                *label = 1;
                return;
            }
            let nearest = nearest(&fields, place, columns);
            if fields[nearest].farmed {
                *label = nearest as u32 + 1;
            }
        });
    Fields { fields, labels }
}

/// The field whose seed is nearest, measured along and across the contour of each seed.
fn nearest(fields: &[Field], place: Coord<f64>, columns: i64) -> usize {
    let (column, row) = (
        (place.x / SPACING).floor() as i64 + 3,
        (place.y / SPACING).floor() as i64 + 3,
    );
    let (mut best, mut least) = (0, f64::INFINITY);
    for r in row - 2..=row + 2 {
        for c in column - 2..=column + 2 {
            let index = (r * columns + c + 1) as usize;
            let field = &fields[index];
            let off = place - field.seed;
            let u = (off.x * field.along.x + off.y * field.along.y).abs() / field.narrow;
            let v = (off.y * field.along.x - off.x * field.along.y).abs() * field.narrow;
            // Between the largest coordinate (rectangles) and the length (round cells).
            let square = u.max(v) + 0.3 * u.min(v);
            if square < least {
                (best, least) = (index, square);
            }
        }
    }
    best
}

fn site(definition: &Definition) -> Field {
    Field {
        seed: Coord {
            x: definition.site.centre[0],
            y: definition.site.centre[1],
        },
        crop: Crop::RiceRape,
        vigour: 1.0,
        soil: 1.0,
        along: Coord { x: 0.96, y: 0.28 },
        narrow: 1.0,
        farmed: true,
    }
}

fn field(
    definition: &Definition,
    terrain: &Terrain,
    hamlets: &[Hamlet],
    column: i64,
    row: i64,
) -> Field {
    let seed = definition.seed;
    let chance = |what: u64| unit(hash(seed ^ what, column, row));
    let place = Coord {
        x: (column as f64 + 0.15 + 0.7 * chance(21)) * SPACING,
        y: (row as f64 + 0.15 + 0.7 * chance(22)) * SPACING,
    };
    let (east, north) = terrain.wide.gradient(place);
    let steepest = (east * east + north * north).sqrt();
    let slope = around(terrain, place);
    let along = if steepest > 0.015 {
        Coord {
            x: -north / steepest,
            y: east / steepest,
        }
    } else {
        Coord { x: 0.94, y: 0.34 }
    };
    let homes = hamlets
        .iter()
        .map(|hamlet| super::ground::distance(hamlet.place, place))
        .fold(f64::INFINITY, f64::min);
    let height = terrain.wide.nearest(place);
    let centre = Coord {
        x: definition.site.centre[0],
        y: definition.site.centre[1],
    };
    let to_site = super::ground::distance(centre, place);
    // People farm what is gentle, steeper ground near their homes, and less high up.
    let limit = 0.265
        + 0.16 * Noise(seed ^ 0x17).fractal(place.x / 520.0, place.y / 520.0, 3)
        + 0.16 * (1.0 - step(150.0, 520.0, homes))
        + 0.30 * (1.0 - step(130.0, 330.0, to_site))
        - 0.10 * step(380.0, 560.0, height);
    Field {
        seed: place,
        crop: crop(seed, terrain, place, slope, homes, chance(24)),
        vigour: 0.82 + 0.36 * chance(25),
        soil: 0.80 + 0.40 * chance(26),
        along,
        narrow: 1.0 + 0.75 * step(0.04, 0.25, slope) * (0.6 + 0.4 * chance(27)),
        farmed: slope < limit,
    }
}

/// The mean slope around a place: a sharp crest is not level ground.
fn around(terrain: &Terrain, place: Coord<f64>) -> f64 {
    const REACH: f64 = 60.0;
    let offsets = [
        (0.0, 0.0),
        (REACH, 0.0),
        (-REACH, 0.0),
        (0.0, REACH),
        (0.0, -REACH),
    ];
    let slope = |(x, y)| {
        let (east, north) = terrain.wide.gradient(place + Coord { x, y });
        (east * east + north * north).sqrt()
    };
    offsets.into_iter().map(slope).sum::<f64>() / 5.0
}

fn crop(
    seed: u64,
    terrain: &Terrain,
    place: Coord<f64>,
    slope: f64,
    homes: f64,
    chance: f64,
) -> Crop {
    let patch = Noise(seed ^ 0x1C).fractal(place.x / 330.0, place.y / 330.0, 2);
    let plain = terrain.beside.nearest(place).offset.abs() < 520.0;
    let valley = terrain.catchment[terrain.wide.index(place).unwrap_or(0)] > 90_000.0;
    if slope < 0.10
        && homes < 600.0
        && unit(hash(seed ^ 0x1E, place.x as i64, place.y as i64)) < 0.022
    {
        return Crop::Pond;
    }
    if homes < 170.0 && chance < 0.4 {
        return Crop::Vegetables;
    }
    if slope < 0.095 && plain || slope < 0.17 && valley {
        return match chance + patch * 0.5 {
            mixed if mixed < 0.38 => Crop::Rice,
            mixed if mixed < 0.93 => Crop::RiceRape,
            _ => Crop::Vegetables,
        };
    }
    let orchard = Noise(seed ^ 0x1D).fractal(place.x / 480.0, place.y / 480.0, 2);
    if orchard > 0.27 && chance < 0.85 {
        return Crop::Citrus;
    }
    match chance + patch * 0.4 {
        mixed if mixed < 0.42 => Crop::Maize,
        mixed if mixed < 0.78 => Crop::Wheat,
        mixed if mixed < 0.90 => Crop::Grass,
        _ => Crop::Vegetables,
    }
}
