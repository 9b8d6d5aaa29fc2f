//! One day's image: light on the land, haze, clouds, a little noise, and the classes a
//! satellite's product comes with.

use geo::Coord;
use rayon::prelude::*;

use super::clouds::Sky;
use super::cover::Cover;
use super::definition::{Day, Definition};
use super::fields::Field;
use super::ground::{COLUMNS, HEIGHT, Lattice, PIXEL, ROWS, WIDTH};
use super::noise::{Noise, hash, mix, sine_cosine, step, unit};
use super::spectra::{Palette, Spectrum, blend, building_site, scale};
use super::terrain::Terrain;

/// Digital numbers are reflectance times this.
const SCALE: f32 = 10_000.0;

/// An image: 600 rows of 700 pixels, reflectance × 10 000, 0 where there is no data.
pub(super) struct Scene {
    /// Blue, green, red, near infrared.
    pub(super) bands: [Vec<u16>; 4],
    /// The scene classification of Sentinel-2 (0 no data, 3 shadow, 4 plants, 5 bare, 6 water,
    /// 7 unclear, 8 and 9 cloud), in blocks of 20 m.
    pub(super) classes: Vec<u16>,
}

/// What the images show, the same on all days.
pub(super) struct Land<'a> {
    pub(super) definition: &'a Definition,
    pub(super) terrain: &'a Terrain,
    pub(super) fields: &'a [Field],
    pub(super) cover: &'a Lattice<Cover>,
    /// Share of broadleaved trees and unevenness of the ground, a pair a pixel.
    pub(super) texture: &'a [(f32, f32)],
}

/// The texture of wood and soil, a pair a pixel.
pub(super) fn texture(seed: u64, terrain: &Terrain) -> Vec<(f32, f32)> {
    (0..terrain.height.cells.len())
        .into_par_iter()
        .map(|index| {
            let place = terrain.height.centre(index);
            let stands = Noise(seed ^ 0x33).fractal(place.x / 420.0, place.y / 420.0, 4);
            let high = (terrain.height.cells[index] - 380.0) / 420.0;
            let grain = Noise(seed ^ 0x34).fractal(place.x / 46.0, place.y / 46.0, 3);
            let broad = (0.48 + 0.75 * stands - 0.5 * high + 0.18 * grain).clamp(0.0, 1.0);
            (broad as f32, grain as f32)
        })
        .collect()
}

impl Land<'_> {
    /// Takes the image of a day.
    pub(super) fn image(&self, number: u64, day: &Day) -> Scene {
        let centre = self.definition.site.centre;
        let site = Coord {
            x: centre[0],
            y: centre[1],
        };
        let sky = day
            .clouds
            .as_ref()
            .map(|clouds| Sky::gather(clouds, day.sun, site));
        let surface = self.surface(day);
        let mut scene = Scene {
            bands: [0, 1, 2, 3].map(|_| vec![0; COLUMNS * ROWS]),
            classes: vec![0; COLUMNS * ROWS],
        };
        let pixels: Vec<(Spectrum, f64)> = (0..COLUMNS * ROWS)
            .into_par_iter()
            .map(|index| self.through_air(index, day, &surface, sky.as_ref()))
            .collect();
        let noise = Noise(self.definition.seed ^ 0x3D);
        for (index, (spectrum, _)) in pixels.iter().enumerate() {
            let place = self.terrain.height.centre(index);
            if day.corner && beyond_swath(place, noise) {
                continue;
            }
            for (band, values) in scene.bands.iter_mut().enumerate() {
                let bits = hash(
                    self.definition.seed ^ number << 8 ^ band as u64,
                    index as i64,
                    62,
                );
                let speck = (unit(bits) + unit(bits.rotate_left(32)) - 1.0) as f32;
                let value = spectrum[band] * (1.0 + 0.018 * speck) + 0.0012 * speck;
                values[index] = (value * SCALE).clamp(1.0, 20_000.0) as u16;
            }
        }
        self.classify(day, &pixels, sky.as_ref(), &mut scene);
        scene
    }

    /// What the ground reflects towards the satellite in the light of the day.
    fn surface(&self, day: &Day) -> Vec<Spectrum> {
        let palette = Palette::new(day, self.fields);
        let (east, north) = sine_cosine(day.sun.azimuth);
        let (up, level) = sine_cosine(day.sun.elevation);
        (0..COLUMNS * ROWS)
            .into_par_iter()
            .map(|index| {
                let place = self.terrain.height.centre(index);
                let (rise_east, rise_north) = self.terrain.height.gradient(place);
                let facing = (up - level * (east * rise_east + north * rise_north))
                    / (1.0 + rise_east * rise_east + rise_north * rise_north).sqrt();
                let sun = mix(0.30, 1.0, (facing.max(0.0) / up).min(1.6));
                let (broad, grain) = self.texture[index];
                let mut sum = [0.0_f32; 4];
                for (number, cell) in fine_cells(index).into_iter().enumerate() {
                    let cover = self.cover.cells[cell];
                    let spectrum =
                        if cover == Cover::Field(0) && day.date >= self.definition.site.begins {
                            let off = self.cover.centre(cell) - self.fields[0].seed;
                            let roofed = day.date >= self.definition.site.roofed;
                            building_site(
                                off.x * 0.96 + off.y * 0.28,
                                off.y * 0.96 - off.x * 0.28,
                                roofed,
                                f64::from(grain),
                            )
                        } else {
                            // Trees differ from one to the next.
                            let single = unit(hash(71, index as i64, number as i64)) - 0.5;
                            palette.of(cover, f64::from(broad), f64::from(grain) + 0.55 * single)
                        };
                    let light = if palette.is_water(cover) { 1.0 } else { sun };
                    for band in 0..4 {
                        sum[band] += spectrum[band] * light as f32 / 4.0;
                    }
                }
                sum
            })
            .collect()
    }

    /// A pixel seen through lens, haze and clouds; and how much a cloud hides of it.
    fn through_air(
        &self,
        index: usize,
        day: &Day,
        surface: &[Spectrum],
        sky: Option<&Sky>,
    ) -> (Spectrum, f64) {
        let place = self.terrain.height.centre(index);
        let mut spectrum = blur(surface, index);
        let depth = 1.0 - step(210.0, 620.0, self.terrain.height.cells[index]);
        let patches = Noise(self.definition.seed ^ 0x3F).at(place.x / 2600.0, place.y / 2600.0);
        let haze = day.season.haze * (0.55 + 0.6 * depth + 0.35 * patches);
        spectrum = blend(spectrum, [0.24, 0.235, 0.215, 0.22], 0.09 * haze);
        spectrum[0] += 0.012 * haze as f32;
        let Some(sky) = sky else {
            return (spectrum, 0.0);
        };
        let shade = sky.shade(place);
        let lit =
            [0.42, 0.37, 0.34, 0.36].map(|sky_light: f32| 1.0 - (1.0 - sky_light) * shade as f32);
        spectrum = [0, 1, 2, 3].map(|band| spectrum[band] * lit[band]);
        let (hidden, brightness) = sky.over(place);
        (
            blend(
                spectrum,
                scale([1.0, 0.985, 0.98, 1.02], brightness),
                hidden,
            ),
            hidden,
        )
    }

    /// Names the class of every block of 2 × 2 pixels.
    fn classify(
        &self,
        day: &Day,
        pixels: &[(Spectrum, f64)],
        sky: Option<&Sky>,
        scene: &mut Scene,
    ) {
        let palette = Palette::new(day, &[]);
        for row in (0..ROWS).step_by(2) {
            for column in (0..COLUMNS).step_by(2) {
                let block = [0, 1, COLUMNS, COLUMNS + 1].map(|away| row * COLUMNS + column + away);
                let hidden = block.iter().map(|&index| pixels[index].1).sum::<f64>() / 4.0;
                let shade = sky.map_or(0.0, |sky| {
                    sky.shade(Coord {
                        x: (column + 1) as f64 * PIXEL,
                        y: HEIGHT - (row + 1) as f64 * PIXEL,
                    })
                });
                let wet = block
                    .iter()
                    .flat_map(|&index| fine_cells(index))
                    .filter(|&cell| palette.is_water(self.cover.cells[cell]))
                    .count();
                let mut mean = [0.0_f32; 4];
                for &index in &block {
                    for (band, value) in mean.iter_mut().enumerate() {
                        *value += pixels[index].0[band] / 4.0;
                    }
                }
                let class = class(hidden, shade, wet, mean);
                for index in block.into_iter().filter(|&index| scene.bands[0][index] > 0) {
                    scene.classes[index] = class;
                }
            }
        }
    }
}

fn class(hidden: f64, shade: f64, wet: usize, [_, green, red, nir]: Spectrum) -> u16 {
    let ndvi = (nir - red) / (nir + red).max(1e-6);
    let ndwi = (green - nir) / (green + nir).max(1e-6);
    match () {
        () if hidden > 0.62 => 9,
        () if hidden > 0.18 => 8,
        () if shade > 0.35 => 3,
        () if wet >= 9 || ndwi > 0.02 => 6,
        () if ndvi > 0.42 => 4,
        () if ndvi < 0.28 => 5,
        () => 7,
    }
}

/// Whether a place lies beyond the slanting edge of the swath.
fn beyond_swath(place: Coord<f64>, noise: Noise) -> bool {
    let edge = WIDTH - 760.0 + place.y * 0.21;
    if (place.x - edge).abs() > 15.0 {
        return place.x > edge;
    }
    let ragged = 9.0 * noise.at(place.y / 70.0, 0.5);
    place.x > edge + ragged
}

/// The four fine cells of a pixel.
fn fine_cells(index: usize) -> [usize; 4] {
    let (column, row) = (index % COLUMNS, index / COLUMNS);
    let corner = row * 2 * COLUMNS * 2 + column * 2;
    [
        corner,
        corner + 1,
        corner + COLUMNS * 2,
        corner + COLUMNS * 2 + 1,
    ]
}

/// The optics: a pixel gets a third of its light from around it.
fn blur(surface: &[Spectrum], index: usize) -> Spectrum {
    let (column, row) = (index % COLUMNS, index / COLUMNS);
    let west = row * COLUMNS + column.saturating_sub(1);
    let east = row * COLUMNS + (column + 1).min(COLUMNS - 1);
    let north = row.saturating_sub(1) * COLUMNS + column;
    let south = (row + 1).min(ROWS - 1) * COLUMNS + column;
    [0, 1, 2, 3].map(|band| {
        let around =
            surface[west][band] + surface[east][band] + surface[north][band] + surface[south][band];
        surface[index][band] * 0.66 + around * 0.085
    })
}
