//! Light and shade over colours.

use super::{Relief, Shading};
use crate::picture::Picture;
use crate::style::Shaded;
use crate::terrain::TerrainError;

/// The brightest shade.
const BRIGHTEST: f32 = 255.0;

/// A [`Shaded`] ready to be drawn.
#[derive(Debug, Clone)]
pub struct Blend {
    /// The object with the heights; the layer's own numbers without.
    pub object: Option<String>,
    /// How shades are made.
    pub shading: Shading,
    strength: f32,
}

impl Blend {
    /// Checks and makes ready.
    ///
    /// # Errors
    /// When the strength, an angle or the z factor is out of its range.
    pub fn of(shaded: &Shaded) -> Result<Self, TerrainError> {
        let relief = Relief {
            light: shaded.light,
            ..Relief::default()
        };
        if !(0.0..=1.0).contains(&shaded.strength) {
            return Err(TerrainError::Option {
                name: "strength",
                value: shaded.strength,
                wanted: "within 0 and 1",
            });
        }
        Ok(Self {
            object: shaded.object.clone(),
            shading: relief.prepare()?,
            strength: shaded.strength as f32,
        })
    }

    /// Darkens and brightens a picture by the shade of each of its pixels; where there is no shade, and in
    /// what is transparent, nothing changes.
    pub fn over(&self, picture: &mut Picture, shades: &[f32]) {
        let level = self.shading.level();
        let pixels = picture.pixels.as_chunks_mut::<4>().0;
        for ([red, green, blue, _], &shade) in pixels.iter_mut().zip(shades) {
            if shade.is_nan() {
                continue;
            }
            for colour in [red, green, blue] {
                let own = f32::from(*colour);
                let blended = if shade < level {
                    own * (1.0 - self.strength * (1.0 - shade / level))
                } else {
                    let part = (shade - level) / (BRIGHTEST - level).max(1.0);
                    own + (255.0 - own) * self.strength * part
                };
                *colour = (blended + 0.5) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_land_has_its_own_colour_shadow_is_darker_and_light_brighter() {
        let whole = Blend::of(&Shaded {
            strength: 1.0,
            ..Shaded::default()
        });
        let whole = whole.expect("sound");
        let level = whole.shading.level();
        let colour = [100, 200, 40, 255];
        let mut picture = Picture {
            width: 5,
            height: 1,
            pixels: [colour; 5].concat(),
        };
        whole.over(&mut picture, &[level, level / 2.0, 0.0, 255.0, f32::NAN]);
        let found: Vec<&[u8]> = picture.pixels.chunks(4).collect();
        assert_eq!(found[0], colour);
        assert_eq!(found[1], [50, 100, 20, 255]);
        assert_eq!(found[2], [0, 0, 0, 255]);
        assert_eq!(found[3], [255, 255, 255, 255]);
        assert_eq!(found[4], colour);
        let half = Blend::of(&Shaded::default()).expect("sound");
        picture.pixels.truncate(4);
        picture.pixels.copy_from_slice(&colour);
        half.over(&mut picture, &[level / 2.0]);
        assert_eq!(picture.pixels, [75, 150, 30, 255]);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for strength in [-0.1, 1.1, f64::NAN] {
            let wrong = Blend::of(&Shaded {
                strength,
                ..Shaded::default()
            });
            let words = wrong.map(|_| ()).expect_err("refused").to_string();
            assert!(words.contains("strength"), "{words}");
        }
    }
}
