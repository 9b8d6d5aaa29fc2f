//! What covers the ground: woods, fields, the river's bed, brooks, roads, yards and roofs, in
//! cells of five metres.

use geo::Coord;
use rayon::prelude::*;

use super::fields::Fields;
use super::ground::{FINE, Lattice, distance};
use super::noise::{Noise, hash, unit};
use super::partition::{away_from, round_off};
use super::river::River;
use super::roads::{Class, Road};
use super::settlements::{House, Roof};
use super::terrain::Terrain;

/// The cover of a fine cell.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Cover {
    Wood,
    Grass,
    /// Inside a field, by its number.
    Field(u32),
    /// The edge of a field: a bund or the wall of a terrace.
    Bund(u32),
    /// In the river's bed: under water when the river is fuller than this (0..1).
    Bed(f32),
    Brook,
    Road(Class),
    Yard,
    Roof(Roof),
}

/// Brooks: where more than this many square metres drain through a place.
const BROOK: f64 = 330_000.0;

/// Draws the cover, and takes what is no field out of the fields.
pub(super) fn draw(
    river: &River,
    terrain: &Terrain,
    fields: &mut Fields,
    roads: &[Road],
    houses: &[House],
    brooks: &[Vec<Coord<f64>>],
) -> Lattice<Cover> {
    let mut cover = Lattice::over_images(FINE, Cover::Wood);
    let grid = cover.clone();
    let labels = &fields.labels;
    cover
        .cells
        .par_iter_mut()
        .enumerate()
        .for_each(|(index, cell)| {
            *cell = natural(grid.centre(index), labels.cells[index], river, terrain);
        });
    for brook in brooks {
        for pair in brook.windows(2) {
            stamp(
                &mut cover,
                pair[0],
                pair[1],
                13.0,
                |here, away| match here {
                    Cover::Bed(_) => here,
                    _ if away < 3.2 => Cover::Brook,
                    Cover::Field(_) => Cover::Grass,
                    _ => here,
                },
            );
        }
    }
    for house in houses {
        stamp(
            &mut cover,
            house.place,
            house.place,
            house.half.0 + 16.0,
            |here, away| {
                let bits = hash(
                    77,
                    (house.place.x * 7.0 + away * 13.0) as i64,
                    house.place.y as i64,
                );
                match here {
                    Cover::Field(_) if unit(bits) < 0.30 => Cover::Wood,
                    Cover::Field(_) => Cover::Grass,
                    _ => here,
                }
            },
        );
    }
    for road in roads {
        for pair in road.points.windows(2) {
            let edge = road.class.width() / 2.0;
            stamp(
                &mut cover,
                pair[0],
                pair[1],
                edge + 3.0,
                |here, away| match here {
                    _ if away <= edge => Cover::Road(road.class),
                    Cover::Field(_) | Cover::Wood => Cover::Grass,
                    _ => here,
                },
            );
        }
    }
    for house in houses {
        roof(&mut cover, house);
    }
    trim(&mut cover, fields);
    cover
}

fn natural(place: Coord<f64>, label: u32, river: &River, terrain: &Terrain) -> Cover {
    let beside = river.refine(place, &terrain.beside);
    let half = beside.to_bank();
    if beside.offset.abs() < half {
        let rough = 0.15 * Noise(31).fractal(place.x / 45.0, place.y / 45.0, 3);
        return Cover::Bed((beside.across() * 0.72 + rough).clamp(0.02, 0.99) as f32);
    }
    if beside.offset.abs() < half + 14.0 {
        return Cover::Grass;
    }
    if label > 0 {
        return Cover::Field(label - 1);
    }
    let open = Noise(32).fractal(place.x / 130.0, place.y / 130.0, 4);
    if open > 0.42 {
        Cover::Grass
    } else {
        Cover::Wood
    }
}

/// Changes the cells within a distance of a piece of line; `change` gets what is there and how
/// far the cell's middle is from the line.
fn stamp(
    cover: &mut Lattice<Cover>,
    from: Coord<f64>,
    to: Coord<f64>,
    reach: f64,
    change: impl Fn(Cover, f64) -> Cover,
) {
    let columns = span(
        from.x.min(to.x) - reach - cover.west,
        from.x.max(to.x) + reach - cover.west,
        cover.columns,
    );
    let north = cover.north;
    let rows = span(
        north - from.y.max(to.y) - reach,
        north - from.y.min(to.y) + reach,
        cover.rows,
    );
    for row in rows {
        for column in columns.clone() {
            let index = row * cover.columns + column;
            let away = away_from(cover.centre(index), from, to);
            if away < reach {
                cover.cells[index] = change(cover.cells[index], away);
            }
        }
    }
}

fn span(from: f64, to: f64, count: usize) -> std::ops::Range<usize> {
    let cell = |metres: f64| (metres / FINE).floor().clamp(0.0, count as f64) as usize;
    cell(from)..cell(to + FINE)
}

fn roof(cover: &mut Lattice<Cover>, house: &House) {
    let reach = house.half.0 + 8.0;
    let centre = house.place;
    let grid = cover.with(Vec::<Cover>::new());
    let along = house.along;
    let columns = span(centre.x - reach, centre.x + reach, grid.columns);
    for row in span(
        grid.north - centre.y - reach,
        grid.north - centre.y + reach,
        grid.rows,
    ) {
        for column in columns.clone() {
            let index = row * grid.columns + column;
            let off = grid.centre(index) - centre;
            let u = (off.x * along.x + off.y * along.y).abs();
            let v = off.y * along.x - off.x * along.y;
            if u < house.half.0 && v.abs() < house.half.1 {
                cover.cells[index] = Cover::Roof(house.roof);
            } else if u < house.half.0 && v < 0.0 && -v < house.half.1 + 5.0 {
                cover.cells[index] = Cover::Yard;
            }
        }
    }
}

/// Marks the edges of fields, and takes cells that are no field any more out of the fields.
fn trim(cover: &mut Lattice<Cover>, fields: &mut Fields) {
    let columns = cover.columns;
    for index in 0..cover.cells.len() {
        let Cover::Field(number) = cover.cells[index] else {
            fields.labels.cells[index] = 0;
            continue;
        };
        let right = (index + 1) % columns != 0 && fields.labels.cells[index + 1] != number + 1;
        let below = fields
            .labels
            .cells
            .get(index + columns)
            .is_some_and(|&label| label != number + 1);
        if number != 0 && (right || below) {
            cover.cells[index] = Cover::Bund(number);
        }
    }
}

/// The lines of the brooks, each from its spring to the river or to a larger brook.
pub(super) fn brooks(terrain: &Terrain) -> Vec<Vec<Coord<f64>>> {
    let wet = |index: usize| terrain.catchment[index] > BROOK && !terrain.bed[index];
    let mut has_source = vec![false; terrain.bed.len()];
    for index in (0..terrain.bed.len()).filter(|&index| wet(index)) {
        has_source[terrain.drainage.receiver[index]] = true;
    }
    let mut taken = vec![false; terrain.bed.len()];
    let mut lines = Vec::new();
    for spring in (0..terrain.bed.len()).filter(|&index| wet(index) && !has_source[index]) {
        let mut points = Vec::new();
        let mut here = spring;
        loop {
            let place = terrain.wide.centre(here);
            let next = terrain.drainage.receiver[here];
            let ahead = terrain.wide.centre(next);
            points.extend((0..4).map(|part| place + (ahead - place) * (f64::from(part) / 4.0)));
            let end = taken[here] || terrain.bed[here] || next == here;
            taken[here] = true;
            if end {
                break;
            }
            here = next;
        }
        let points = round_off(points, 14);
        if points
            .windows(2)
            .map(|pair| distance(pair[0], pair[1]))
            .sum::<f64>()
            > 150.0
        {
            lines.push(points);
        }
    }
    lines
}
