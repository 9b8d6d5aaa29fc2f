//! What can be seen from masts: coverage of houses by 4G and 5G.
//!
//! Exact rays to every pixel (R3 of W. R. Franklin, C. K. Ray, "Higher isn't necessarily better:
//! visibility algorithms and experiments", SDH 1994): the line of sight from the mast to the pixel's
//! centre is compared with the land wherever it crosses a column or a row of pixel centres, heights
//! being linear between two neighbours. The earth's curvature and refraction lower the land by
//! (1 − refraction) d² / 2R, as `gdal_viewshed` does with `-cc`.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Raster;
use crate::georeference::GeoReference;
use crate::terrain::cell_size;

/// GDAL's radius: half the diameter of WGS 84's equator, metres.
const EARTH_RADIUS: f64 = 6_378_137.0;

/// Somebody or something that looks around.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mast {
    /// Degrees.
    pub longitude: f64,
    /// Degrees.
    pub latitude: f64,
    /// Metres above the ground.
    pub height_m: f64,
    /// How far it reaches, metres.
    pub range_m: f64,
}

/// What is looked for, and through which air.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sight {
    /// Metres above the ground that must be seen: 2 for a person, 6 for a roof.
    pub target_height_m: f64,
    /// The share of the earth's curvature that remains: 1 in a vacuum, 6/7 (GDAL's default) for light,
    /// 3/4 for radio, 0 for a flat earth.
    pub curvature: f64,
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            target_height_m: 2.0,
            curvature: 0.857_14,
        }
    }
}

/// Why nothing can be said about a mast.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ViewshedError {
    /// Not on the elevation model, or where it has no height.
    #[error(
        "mast {index} at {longitude}, {latitude} stands where the elevation model has no height; move it or take a larger model"
    )]
    NoGround {
        /// Its place in the list.
        index: usize,
        /// Degrees.
        longitude: f64,
        /// Degrees.
        latitude: f64,
    },
}

/// How many of the masts see every pixel: a whole number, NaN where there is no height. `elevation` is
/// the whole image of `georeference`, metres; a hole in it hides nothing.
///
/// # Errors
/// When a mast stands where there is no height.
pub fn visible_count(
    elevation: &Raster,
    georeference: &GeoReference,
    masts: &[Mast],
    sight: Sight,
) -> Result<Raster, ViewshedError> {
    let mut count = Raster::empty(elevation.width, elevation.height, 1);
    for (count, height) in count.values.iter_mut().zip(elevation.band(0)) {
        *count = if height.is_nan() { f32::NAN } else { 0.0 };
    }
    for index in 0..masts.len() {
        let seen = visible(elevation, georeference, masts, index, sight)?;
        for (count, seen) in count.values.iter_mut().zip(seen) {
            *count += f32::from(u8::from(seen));
        }
    }
    Ok(count)
}

/// Whether one mast of the list sees each pixel, row after row; a pixel without height is not seen.
///
/// # Errors
/// When the mast stands where there is no height, or is not in the list.
pub fn visible(
    elevation: &Raster,
    georeference: &GeoReference,
    masts: &[Mast],
    index: usize,
    sight: Sight,
) -> Result<Vec<bool>, ViewshedError> {
    let no_ground = |mast: Option<&Mast>| ViewshedError::NoGround {
        index,
        longitude: mast.map_or(f64::NAN, |mast| mast.longitude),
        latitude: mast.map_or(f64::NAN, |mast| mast.latitude),
    };
    let mast = masts.get(index).ok_or_else(|| no_ground(None))?;
    let (column, row) = georeference.pixel(mast.longitude, mast.latitude);
    let inside = column >= 0.0 && row >= 0.0;
    let ground = f64::from(elevation.get(0, column as usize, row as usize));
    if !inside || ground.is_nan() {
        return Err(no_ground(Some(mast)));
    }
    let (across, down) = cell_size(georeference, row as i64);
    let rays = Rays {
        elevation,
        column: column as i64,
        row: row as i64,
        eye: ground + mast.height_m,
        across,
        down,
        range: mast.range_m,
        bend: sight.curvature / (2.0 * EARTH_RADIUS),
        target: sight.target_height_m,
    };
    let width = elevation.width.max(1);
    let mut seen = vec![false; elevation.width * elevation.height];
    seen.par_chunks_mut(width)
        .enumerate()
        .for_each(|(row, seen)| {
            for (column, seen) in seen.iter_mut().enumerate() {
                *seen = rays.reach(column as i64, row as i64);
            }
        });
    Ok(seen)
}

/// Lines of sight from the pixel of a mast.
struct Rays<'a> {
    elevation: &'a Raster,
    column: i64,
    row: i64,
    /// Metres above the sea.
    eye: f64,
    /// Metres of a pixel at the mast.
    across: f64,
    down: f64,
    range: f64,
    /// Metres that the land sinks, over the distance squared.
    bend: f64,
    target: f64,
}

impl Rays<'_> {
    /// Whether the line to a pixel's centre is free.
    fn reach(&self, column: i64, row: i64) -> bool {
        let (columns, rows) = (column - self.column, row - self.row);
        let distance = (columns as f64 * self.across).hypot(rows as f64 * self.down);
        let target = self.apparent(column, row, distance) + self.target;
        // A pixel without height is not seen.
        if distance > self.range || target.is_nan() {
            return false;
        }
        if columns == 0 && rows == 0 {
            return true;
        }
        let slope = (target - self.eye) / distance;
        let free = |steps: i64, at: &dyn Fn(f64) -> (f64, f64)| {
            (1..steps).all(|step| {
                let part = step as f64 / steps as f64;
                let (x, y) = at(part);
                let way = part * distance;
                let land = self.between(x, y) - self.bend * way * way;
                land.is_nan() || land <= self.eye + slope * way
            })
        };
        let at = |part: f64| (columns as f64 * part, rows as f64 * part);
        free(columns.abs(), &|part| (at(part).0.round(), at(part).1))
            && free(rows.abs(), &|part| (at(part).0, at(part).1.round()))
    }

    /// The height of a pixel as it looks from the mast.
    fn apparent(&self, column: i64, row: i64, distance: f64) -> f64 {
        self.height(column, row) - self.bend * distance * distance
    }

    /// The land on a column or a row of centres, linear between two; one of the two is whole.
    fn between(&self, x: f64, y: f64) -> f64 {
        let (left, top) = (x.floor(), y.floor());
        let part = (x - left) + (y - top);
        let (column, row) = (self.column + left as i64, self.row + top as i64);
        let one = self.height(column, row);
        if part == 0.0 {
            return one;
        }
        let other = if x > left {
            self.height(column + 1, row)
        } else {
            self.height(column, row + 1)
        };
        one + (other - one) * part
    }

    fn height(&self, column: i64, row: i64) -> f64 {
        let index = |value: i64| usize::try_from(value).unwrap_or(usize::MAX);
        f64::from(self.elevation.get(0, index(column), index(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn land(heights: &[f32]) -> (Raster, GeoReference) {
        let width = heights.len();
        let transform = [5e5, 100.0, 0.0, 3.4e6, 0.0, -100.0];
        let image = GeoReference::from_epsg(32648, transform, width as u32, 1).expect("UTM");
        (Raster::from_values(width, 1, heights.to_vec()), image)
    }

    fn mast_at(image: &GeoReference, column: f64, height_m: f64) -> Mast {
        let (longitude, latitude) = image.lonlat(column, 0.5);
        Mast {
            longitude,
            latitude,
            height_m,
            range_m: 450.0,
        }
    }

    #[test]
    fn a_ridge_hides_what_is_behind() {
        let (heights, image) = land(&[0.0, 0.0, 30.0, 0.0, 40.0, 90.0, f32::NAN]);
        let flat = Sight {
            target_height_m: 0.0,
            curvature: 0.0,
        };
        let masts = [mast_at(&image, 0.5, 20.0)];
        let seen = visible(&heights, &image, &masts, 0, flat).expect("ground");
        // Over the ridge the line is at 25 + 5 a pixel: 40 at the fifth just touches; the sixth is out
        // of range, and only the other mast, beside it, sees it.
        assert_eq!(seen, [true, true, true, false, true, false, false]);
        let both = [masts[0], mast_at(&image, 4.5, 10.0)];
        let count = visible_count(&heights, &image, &both, flat).expect("ground");
        assert_eq!(count.values[..6], [1.0, 1.0, 2.0, 1.0, 2.0, 1.0]);
        assert!(count.values[6].is_nan());
    }

    #[test]
    fn a_mast_beside_the_model_is_refused() {
        let (heights, image) = land(&[0.0, f32::NAN]);
        let masts = [mast_at(&image, 1.5, 20.0)];
        let error = visible(&heights, &image, &masts, 0, Sight::default()).expect_err("refused");
        assert!(error.to_string().starts_with("mast 0 at "), "{error}");
    }
}
