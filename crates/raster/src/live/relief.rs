//! Light and shade of heights on any grid.

use serde::{Deserialize, Serialize};

use super::bell::Bell;
use super::{Band, planes};
use crate::cog::CogError;
use crate::georeference::GeoReference;
use crate::terrain::{self, Ground, Hillshade, Light, TerrainError};
use crate::warp::Kernel;
use crate::{Raster, Window};

/// Pixels of the map of this many metres (on the equator) show the land as steep as it is.
const TRUE_PIXEL: f64 = 20.0;
/// Heights are averaged where the map's pixels are this much larger than theirs.
const AVERAGE_FROM: f64 = 1.3;
/// Where the map's pixels are smaller than this share of theirs, heights are smoothed between them.
const SMOOTH_BELOW: f64 = 0.7;
/// How wide the bell curve is that smooths them, in pixels of the model.
const BELL: f64 = 0.75;
/// No bell is wider than this, in pixels of the map.
const WIDEST_BELL: f64 = 8.0;

/// How heights are lit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relief {
    /// Where the light comes from.
    pub light: Hillshade,
    /// Coarse pixels level the land. Heights are raised by the pixel's size (over 20 m) to this power;
    /// 0 leaves them, 0.5 keeps mountains plastic on a map of a province.
    pub raise: f64,
    /// Shades are rounded to multiples of this: fewer colours are fewer bytes. 0 leaves them.
    pub round: f64,
}

/// A [`Relief`] ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Shading {
    light: Light,
    raise: f64,
    round: f32,
}

impl Relief {
    /// Makes it ready.
    ///
    /// # Errors
    /// When an angle or the z factor is out of its range.
    pub fn prepare(&self) -> Result<Shading, TerrainError> {
        Ok(Shading {
            light: self.light.light()?,
            raise: self.raise,
            round: self.round as f32,
        })
    }
}

impl Shading {
    /// The shade of level land.
    pub fn level(&self) -> f32 {
        self.light.level()
    }

    /// Shades over the whole of a grid, 1 to 255, rows × columns, NaN where there are no heights; `None`
    /// where there are none at all. Pixels around the grid are looked at too, so that neighbouring tiles
    /// meet. All on this thread.
    ///
    /// # Errors
    /// When there is no such band or reading fails.
    pub fn of(
        &self,
        heights: Band<'_>,
        target: &GeoReference,
    ) -> Result<Option<Vec<f32>>, CogError> {
        let pixel = target.mercator_resolution();
        let coarser = pixel / heights.image.georeference().mercator_resolution();
        // Between bilinear heights the slope jumps at every pixel of the model, and one sees its grid.
        let kernel = (coarser <= AVERAGE_FROM).then_some(Kernel::Cubic);
        let bell = if coarser < SMOOTH_BELOW {
            Bell::new((BELL / coarser).min(WIDEST_BELL))
        } else {
            Bell::new(0.0)
        };
        let around = grown(target, terrain::MARGIN + bell.reach());
        let Some(mut found) = planes(&[heights], &around, kernel)? else {
            return Ok(None);
        };
        let smooth = bell.over(found.pop().unwrap_or_default(), around.width as usize);
        Ok(self.lit(smooth, target))
    }

    /// The same of heights that are there already, over [`with_margin`] of the grid.
    pub fn lit(&self, heights: Vec<f32>, target: &GeoReference) -> Option<Vec<f32>> {
        let around = with_margin(target);
        let pixel = target.mercator_resolution();
        let (width, height) = (target.width as usize, target.height as usize);
        let margin = terrain::MARGIN;
        let elevation = Raster::from_values(width + 2 * margin, height + 2 * margin, heights);
        let window = Window::new(margin as i64, margin as i64, width, height);
        let raised = (pixel / TRUE_PIXEL).max(1.0).powf(self.raise);
        let light = self.light.over_raised(raised as f32);
        let mut shade = terrain::shade(&elevation, &Ground::of(&around, window), light);
        if self.round > 0.0 {
            for shade in &mut shade.values {
                *shade = (*shade / self.round).round() * self.round;
            }
        }
        (!shade.is_empty()).then_some(shade.values)
    }
}

/// The grid with one more pixel on every side.
#[must_use]
pub fn with_margin(target: &GeoReference) -> GeoReference {
    grown(target, terrain::MARGIN)
}

/// The grid with more pixels on every side.
fn grown(target: &GeoReference, margin: usize) -> GeoReference {
    let (x, y) = target.map_of_pixel(-(margin as f64), -(margin as f64));
    let t = target.transform;
    let more = 2 * margin as u32;
    GeoReference {
        transform: [x, t[1], t[2], y, t[4], t[5]],
        width: target.width + more,
        height: target.height + more,
        ..target.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use grid::tile::Tile;

    use super::*;
    use crate::cog::{Band as CogBand, CogOptions, CogReader, CogWriter};
    use crate::sample::DataType;
    use crate::warp::tile_grid;

    /// Where two tiles meet from zoom 8 on.
    const MEET: f64 = 108.281_25;

    /// A model in degrees around that, at 31° N: 300 × 300 pixels of a thousandth of a degree.
    fn model(height: impl Fn(f64, f64) -> f32) -> CogReader {
        let transform = [MEET - 0.15, 0.001, 0.0, 31.15, 0.0, -0.001];
        let grid = GeoReference::from_epsg(4326, transform, 300, 300).expect("degrees");
        let options = CogOptions::new(grid, DataType::F32, CogBand::new("elevation"));
        let options = options.with_nodata(Some(f64::NAN));
        let mut writer = CogWriter::new(options).expect("a writer");
        let at = |index: u32| height(f64::from(index % 300) + 0.5, f64::from(index / 300) + 0.5);
        let heights: Vec<f32> = (0..90_000).map(at).collect();
        writer.write_rows(&heights).expect("takes rows");
        let mut file = tempfile::tempfile().expect("a file");
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("finishes");
        file.write_all(&bytes).expect("writes");
        CogReader::open(file).expect("opens")
    }

    fn shade(relief: Relief, image: &CogReader, target: &GeoReference) -> Option<Vec<f32>> {
        let shading = relief.prepare().expect("a sound light");
        shading.of(Band { image, band: 0 }, target).expect("reads")
    }

    fn hills(column: f64, row: f64) -> f32 {
        (400.0 + 90.0 * (column / 9.0).sin() * (row / 7.0).cos()) as f32
    }

    #[test]
    fn neighbouring_tiles_meet() {
        let image = model(hills);
        // Averaged, as fine as the model, and much finer.
        for zoom in [8, 10, 13] {
            let west = Tile::at(MEET - 0.001, 31.0, zoom);
            let east = Tile {
                column: west.column + 1,
                ..west
            };
            let grid = tile_grid(west, 256);
            let both = GeoReference {
                width: 512,
                ..grid.clone()
            };
            let whole = shade(Relief::default(), &image, &both).expect("land");
            for (tile, first) in [(grid, 0), (tile_grid(east, 256), 256)] {
                let found = shade(Relief::default(), &image, &tile).expect("land");
                for row in 0..256 {
                    for column in [0, 1, 128, 254, 255] {
                        let (found, whole) =
                            (found[row * 256 + column], whole[row * 512 + first + column]);
                        let off = (found - whole).abs();
                        assert!(
                            off < 1.0 || found.is_nan() && whole.is_nan(),
                            "{zoom}: {found} {whole}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn level_land_is_level_and_a_slope_to_the_light_is_bright() {
        let target = tile_grid(Tile::at(MEET - 0.001, 31.0, 11), 256);
        let flat = shade(Relief::default(), &model(|_, _| 250.0), &target).expect("land");
        let level = Relief::default().prepare().expect("light").level();
        assert!((level - 180.605).abs() < 1e-3, "{level}");
        let inside = flat.iter().filter(|shade| !shade.is_nan());
        assert!(inside.clone().count() > 10_000);
        assert!(inside.clone().all(|shade| (shade - level).abs() < 0.1));
        // Down to the north-west, 10 m a pixel of some 100 m; on the ground, not on Mercator's map.
        let image = model(|column, row| (10.0 * (column + row)) as f32);
        let slope = shade(Relief::default(), &image, &target).expect("land");
        let (east, north) = (10.0 / 95.5, -10.0 / 110.9);
        let lit = 0.5_f64.sqrt() + 0.5 * east - 0.5 * north;
        let expected = 1.0 + 254.0 * lit / (1.0 + east * east + north * north).sqrt();
        let found = f64::from(slope[128 * 256 + 128]);
        assert!((found - expected).abs() < 0.5, "{found} {expected}");
    }

    #[test]
    fn coarse_zooms_raise_the_land_if_they_are_told_to() {
        let image = model(hills);
        let target = tile_grid(Tile::at(MEET - 0.001, 31.0, 9), 256);
        let spread = |raise: f64| {
            let relief = Relief {
                raise,
                ..Relief::default()
            };
            let shades = shade(relief, &image, &target).expect("land");
            let land = shades.iter().copied().filter(|shade| !shade.is_nan());
            land.clone().fold(f32::MIN, f32::max) - land.fold(f32::MAX, f32::min)
        };
        let rounded = Relief {
            round: 4.0,
            ..Relief::default()
        };
        let shades = shade(rounded, &image, &target).expect("land");
        assert!(
            shades
                .iter()
                .all(|shade| shade.is_nan() || shade % 4.0 == 0.0)
        );
        assert!(
            spread(0.5) > 1.5 * spread(0.0),
            "{} {}",
            spread(0.5),
            spread(0.0)
        );
    }

    #[test]
    fn holes_stay_holes_and_beyond_the_model_there_is_nothing() {
        let image = model(|column, row| {
            let hole = (100.0..120.0).contains(&column);
            if hole { f32::NAN } else { hills(column, row) }
        });
        let target = tile_grid(Tile::at(MEET - 0.001, 31.0, 11), 256);
        let found = shade(Relief::default(), &image, &target).expect("land");
        let at = |column: f64| {
            let (column, row) = target.pixel(MEET - 0.15 + column * 0.001, 31.0);
            found[row as usize * 256 + column as usize]
        };
        assert!(!at(80.0).is_nan() && at(110.0).is_nan() && !at(140.0).is_nan());
        let elsewhere = tile_grid(Tile::at(10.0, 50.0, 10), 256);
        assert_eq!(shade(Relief::default(), &image, &elsewhere), None);
        let below = Relief {
            light: Hillshade {
                altitude: -1.0,
                ..Hillshade::default()
            },
            ..Relief::default()
        };
        assert!(below.prepare().is_err());
    }
}
