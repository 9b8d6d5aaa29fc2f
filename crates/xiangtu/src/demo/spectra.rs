//! Reflectance of what covers the ground: blue, green, red and near infrared, 0..1.

use super::cover::Cover;
use super::definition::{Crop, Day, Growth};
use super::fields::Field;
use super::noise::mix;
use super::roads::Class;
use super::settlements::Roof;

/// Blue, green, red, near infrared.
pub(super) type Spectrum = [f32; 4];

const CONIFER: Spectrum = [0.021, 0.036, 0.026, 0.215];
const BROADLEAF: Spectrum = [0.022, 0.050, 0.027, 0.360];
const BARE_WOOD: Spectrum = [0.034, 0.050, 0.055, 0.185];
const MEADOW: Spectrum = [0.032, 0.070, 0.045, 0.340];
const DRY_MEADOW: Spectrum = [0.056, 0.082, 0.096, 0.215];
/// The purple-red soil of the basin.
const SOIL: Spectrum = [0.068, 0.096, 0.130, 0.218];
const STRAW: Spectrum = [0.080, 0.118, 0.142, 0.262];
const LEAF: Spectrum = [0.028, 0.078, 0.038, 0.455];
const RICE_LEAF: Spectrum = [0.032, 0.088, 0.046, 0.425];
const RAPE_LEAF: Spectrum = [0.033, 0.104, 0.052, 0.470];
const CITRUS_LEAF: Spectrum = [0.021, 0.044, 0.026, 0.330];
const CLEAR_WATER: Spectrum = [0.040, 0.060, 0.038, 0.018];
const MUDDY_WATER: Spectrum = [0.072, 0.104, 0.118, 0.062];
const PADDY_WATER: Spectrum = [0.052, 0.068, 0.062, 0.058];
const GRAVEL: Spectrum = [0.175, 0.200, 0.222, 0.258];
const ASPHALT: Spectrum = [0.098, 0.112, 0.122, 0.146];
const CONCRETE: Spectrum = [0.172, 0.196, 0.212, 0.240];
const TILE: Spectrum = [0.088, 0.098, 0.106, 0.135];
const BLUE_ROOF: Spectrum = [0.230, 0.205, 0.140, 0.200];
const RED_ROOF: Spectrum = [0.092, 0.108, 0.182, 0.250];
const WHITE_ROOF: Spectrum = [0.330, 0.345, 0.350, 0.360];
const DUG_EARTH: Spectrum = [0.125, 0.170, 0.218, 0.285];

/// A blend of two spectra.
pub(super) fn blend(a: Spectrum, b: Spectrum, share: f64) -> Spectrum {
    let share = share as f32;
    [0, 1, 2, 3].map(|band| a[band] + (b[band] - a[band]) * share)
}

/// A spectrum made brighter or darker.
pub(super) fn scale(a: Spectrum, factor: f64) -> Spectrum {
    a.map(|value| value * factor as f32)
}

/// What every cover reflects on one day.
pub(super) struct Palette {
    fields: Vec<Spectrum>,
    broadleaf: Spectrum,
    meadow: Spectrum,
    water: Spectrum,
    gravel: Spectrum,
    river: f32,
}

impl Palette {
    /// Mixes the colours of a day.
    pub(super) fn new(day: &Day, fields: &[Field]) -> Self {
        let season = day.season;
        Self {
            fields: fields.iter().map(|field| spectrum(day, field)).collect(),
            broadleaf: blend(BARE_WOOD, BROADLEAF, season.leaves),
            meadow: blend(DRY_MEADOW, MEADOW, season.leaves),
            water: blend(CLEAR_WATER, MUDDY_WATER, season.mud),
            gravel: scale(GRAVEL, mix(1.0, 0.82, season.damp)),
            river: season.river as f32,
        }
    }

    /// What a cell reflects; `broad` is the share of broadleaved trees in its wood, `grain` the
    /// unevenness of the ground around 0.
    pub(super) fn of(&self, cover: Cover, broad: f64, grain: f64) -> Spectrum {
        match cover {
            Cover::Wood => scale(blend(CONIFER, self.broadleaf, broad), 1.0 + 0.28 * grain),
            Cover::Grass => scale(self.meadow, 1.0 + 0.22 * grain),
            Cover::Field(number) => scale(self.fields[number as usize], 1.0 + 0.09 * grain),
            Cover::Bund(number) => {
                blend(self.fields[number as usize], scale(self.meadow, 0.86), 0.55)
            }
            Cover::Bed(level) if level < self.river => {
                let fullness = f64::from(level / self.river.max(0.01));
                let shallow = fullness * fullness * fullness * fullness * 0.35;
                blend(self.water, self.gravel, shallow)
            }
            Cover::Bed(level) => {
                let overgrown = super::noise::step(0.72, 0.98, f64::from(level)) * 0.7;
                blend(
                    scale(self.gravel, 1.0 + 0.2 * grain),
                    self.meadow,
                    overgrown,
                )
            }
            Cover::Brook => blend(self.water, self.meadow, 0.45),
            Cover::Road(Class::County) => ASPHALT,
            Cover::Road(Class::Village) => scale(CONCRETE, 0.86),
            Cover::Yard => scale(CONCRETE, 0.92 + 0.2 * grain),
            Cover::Roof(Roof::Concrete) => CONCRETE,
            Cover::Roof(Roof::Tile) => TILE,
            Cover::Roof(Roof::Blue) => BLUE_ROOF,
            Cover::Roof(Roof::Red) => RED_ROOF,
        }
    }

    /// Whether a cell is under water on this day.
    pub(super) fn is_water(&self, cover: Cover) -> bool {
        matches!(cover, Cover::Bed(level) if level < self.river)
    }
}

/// What a building site reflects at a place measured from its middle, metres: dug earth, later
/// with a pad and a hall.
pub(super) fn building_site(u: f64, v: f64, roofed: bool, grain: f64) -> Spectrum {
    let hall = roofed && (-40.0..34.0).contains(&u) && (-20.0..26.0).contains(&v);
    let pad = roofed && u.abs() < 58.0 && v.abs() < 38.0;
    let shed = u < -52.0 && v > 28.0;
    match (hall, pad, shed) {
        (true, _, _) => WHITE_ROOF,
        (_, true, _) => scale(CONCRETE, 1.15),
        (_, _, true) => BLUE_ROOF,
        _ => scale(DUG_EARTH, 1.0 + 0.25 * grain),
    }
}

fn spectrum(day: &Day, field: &Field) -> Spectrum {
    let nothing = Growth {
        cover: 0.0,
        water: 0.0,
        straw: 0.0,
    };
    let growth = day.crops.get(&field.crop).copied().unwrap_or(nothing);
    let leaf = match field.crop {
        // In February the fields of rice and rape carry rape.
        Crop::RiceRape if growth.water < 0.1 && growth.cover > 0.5 => RAPE_LEAF,
        Crop::Rice | Crop::RiceRape => RICE_LEAF,
        Crop::Citrus => CITRUS_LEAF,
        _ => LEAF,
    };
    let soil = scale(SOIL, field.soil * mix(1.06, 0.74, day.season.damp));
    let ground = blend(soil, STRAW, growth.straw);
    // Every field is a little ahead or behind.
    let cover = (growth.cover * field.vigour).clamp(0.0, 0.97);
    let water = (growth.water * mix(1.3, field.soil * 1.1, 0.7)).clamp(0.0, 1.0);
    let pool = if field.crop == Crop::Pond {
        blend(CLEAR_WATER, MUDDY_WATER, 0.3)
    } else {
        PADDY_WATER
    };
    blend(blend(ground, pool, water), leaf, cover)
}
