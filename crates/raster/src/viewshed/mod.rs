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

use crate::georeference::GeoReference;
use crate::terrain::cell_size;
use crate::{Raster, Window};

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
    let land = Land::whole(elevation);
    let mut count = Raster::empty(elevation.width, elevation.height, 1);
    none_yet(land.heights, &mut count.values);
    for index in 0..masts.len() {
        let view = View::of(georeference, masts, index, sight);
        view.count(&land, land.window, &mut count.values)?;
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
    let land = Land::whole(elevation);
    let mut count = vec![0.0; land.heights.len()];
    let view = View::of(georeference, masts, index, sight);
    view.count(&land, land.window, &mut count)?;
    Ok(count.into_iter().map(|count| count > 0.0).collect())
}

/// What nobody has looked at yet: 0, NaN where there is no height.
pub fn none_yet(heights: &[f32], count: &mut [f32]) {
    for (count, height) in count.iter_mut().zip(heights) {
        *count = if height.is_nan() { f32::NAN } else { 0.0 };
    }
}

/// The heights of a window of an image, row after row, metres.
#[derive(Debug, Clone, Copy)]
pub struct Land<'a> {
    /// Which part of the image.
    pub window: Window,
    /// NaN for none.
    pub heights: &'a [f32],
}

impl<'a> Land<'a> {
    fn whole(elevation: &'a Raster) -> Self {
        Self {
            window: Window::new(0, 0, elevation.width, elevation.height),
            heights: elevation.band(0),
        }
    }

    /// NaN outside.
    fn height(&self, column: i64, row: i64) -> f64 {
        let (across, down) = (column - self.window.column, row - self.window.row);
        let within = |at: i64, length: usize| usize::try_from(at).ok().filter(|at| *at < length);
        let place = within(across, self.window.width).zip(within(down, self.window.height));
        let index = place.map(|(across, down)| down * self.window.width + across);
        let height = index.and_then(|index| self.heights.get(index));
        height.map_or(f64::NAN, |height| f64::from(*height))
    }
}

/// What one mast may see of an image, before its heights are known.
#[derive(Debug, Clone, Copy)]
pub struct View {
    index: usize,
    mast: Mast,
    sight: Sight,
    /// The mast's pixel; `None` where the projection has no answer.
    place: Option<(i64, i64)>,
    /// Metres of a pixel there.
    across: f64,
    down: f64,
}

impl View {
    /// One mast of a list over an image; a mast that is not in the list stands nowhere.
    pub fn of(georeference: &GeoReference, masts: &[Mast], index: usize, sight: Sight) -> Self {
        let nowhere = Mast {
            longitude: f64::NAN,
            latitude: f64::NAN,
            height_m: 0.0,
            range_m: 0.0,
        };
        let mast = masts.get(index).copied().unwrap_or(nowhere);
        let (column, row) = georeference.pixel(mast.longitude, mast.latitude);
        let known = column.is_finite() && row.is_finite();
        let place = known.then(|| (column.floor() as i64, row.floor() as i64));
        let (across, down) = cell_size(georeference, place.map_or(0, |place| place.1));
        Self {
            index,
            mast,
            sight,
            place,
            across,
            down,
        }
    }

    /// The part of a window that is within the mast's range.
    fn within(&self, window: Window) -> Option<Window> {
        let (column, row) = self.place?;
        // Longer than any image, short enough to be added.
        let reach = |pixel: f64| ((self.mast.range_m / pixel).ceil() as i64).clamp(0, 1 << 40);
        let meet = |at: i64, reach: i64, start: i64, length: usize| {
            let low = (at - reach).max(start);
            let high = (at + reach + 1).min(start + length as i64);
            (high > low).then(|| (low, (high - low) as usize))
        };
        let (left, width) = meet(column, reach(self.across), window.column, window.width)?;
        let (top, height) = meet(row, reach(self.down), window.row, window.height)?;
        Some(Window::new(left, top, width, height))
    }

    /// The heights that must be known to say what is seen of a window: from its part within range to the
    /// mast. `None` when nothing of it is within range.
    pub fn needs(&self, window: Window) -> Option<Window> {
        let part = self.within(window)?;
        let (column, row) = self.place?;
        let join = |at: i64, start: i64, length: usize| {
            let (low, high) = (start.min(at), (start + length as i64).max(at + 1));
            (low, (high - low) as usize)
        };
        let (left, width) = join(column, part.column, part.width);
        let (top, height) = join(row, part.row, part.height);
        Some(Window::new(left, top, width, height))
    }

    /// The most pixels that it [`Self::needs`] for any window of this size.
    pub fn farthest(&self, window: Window) -> u64 {
        let side = |pixel: f64, length: usize| {
            // A cast saturates.
            ((self.mast.range_m / pixel).ceil() as u64).saturating_add(length as u64)
        };
        side(self.across, window.width).saturating_mul(side(self.down, window.height))
    }

    /// Adds 1 where the mast sees a pixel of a window; `land` holds at least what it [`Self::needs`] there.
    ///
    /// # Errors
    /// When the mast stands where there is no height.
    pub fn count(
        &self,
        land: &Land,
        window: Window,
        count: &mut [f32],
    ) -> Result<(), ViewshedError> {
        let no_ground = || ViewshedError::NoGround {
            index: self.index,
            longitude: self.mast.longitude,
            latitude: self.mast.latitude,
        };
        let (column, row) = self.place.ok_or_else(no_ground)?;
        let ground = land.height(column, row);
        if ground.is_nan() {
            return Err(no_ground());
        }
        let Some(part) = self.within(window) else {
            return Ok(());
        };
        let rays = Rays {
            land: *land,
            column,
            row,
            eye: ground + self.mast.height_m,
            across: self.across,
            down: self.down,
            range: self.mast.range_m,
            bend: self.sight.curvature / (2.0 * EARTH_RADIUS),
            target: self.sight.target_height_m,
        };
        let first = (part.column - window.column) as usize;
        let rows = count.par_chunks_mut(window.width.max(1)).enumerate();
        let rows = rows
            .skip((part.row - window.row) as usize)
            .take(part.height);
        rows.for_each(|(row, count)| {
            let row = window.row + row as i64;
            for (column, count) in count[first..first + part.width].iter_mut().enumerate() {
                let column = part.column + column as i64;
                *count += f32::from(u8::from(rays.reach(column, row)));
            }
        });
        Ok(())
    }
}

/// Lines of sight from the pixel of a mast.
struct Rays<'a> {
    land: Land<'a>,
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
        self.land.height(column, row) - self.bend * distance * distance
    }

    /// The land on a column or a row of centres, linear between two; one of the two is whole.
    fn between(&self, x: f64, y: f64) -> f64 {
        let (left, top) = (x.floor(), y.floor());
        let part = (x - left) + (y - top);
        let (column, row) = (self.column + left as i64, self.row + top as i64);
        let one = self.land.height(column, row);
        if part == 0.0 {
            return one;
        }
        let other = if x > left {
            self.land.height(column + 1, row)
        } else {
            self.land.height(column, row + 1)
        };
        one + (other - one) * part
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
    fn any_windows_see_what_the_whole_sees() {
        let side = 60;
        let height = |index: usize| {
            let noise = (index * 7919 % 1009) as f32 / 20.0;
            if index % 97 == 5 { f32::NAN } else { noise }
        };
        let heights: Vec<f32> = (0..side * side).map(height).collect();
        let transform = [5e5, 30.0, 0.0, 3.4e6, 0.0, -20.0];
        let image = GeoReference::from_epsg(32648, transform, 60, 60).expect("UTM");
        let mast = |column: f64, row: f64, range_m: f64| {
            let (longitude, latitude) = image.lonlat(column, row);
            Mast {
                longitude,
                latitude,
                height_m: 30.0,
                range_m,
            }
        };
        let masts = [
            mast(11.5, 20.5, 700.0),
            mast(50.2, 58.0, 400.0),
            mast(30.5, 2.5, 1e9),
        ];
        let sight = Sight::default();
        let elevation = Raster::from_values(side, side, heights.clone());
        let whole = visible_count(&elevation, &image, &masts, sight).expect("ground");
        let most = whole.values.iter().copied().fold(0.0, f32::max);
        assert!(most >= 2.0, "{most}");
        for window in [
            Window::new(0, 0, 60, 7),
            Window::new(13, 7, 31, 53),
            Window::new(59, 20, 1, 9),
        ] {
            let cut = |part: Window| -> Vec<f32> {
                let rows = part.row..part.row + part.height as i64;
                let pixels = rows.flat_map(|row| (0..part.width as i64).map(move |at| (row, at)));
                let value = |(row, at): (i64, i64)| {
                    heights[row as usize * side + (part.column + at) as usize]
                };
                pixels.map(value).collect()
            };
            let mut count = vec![0.0; window.width * window.height];
            none_yet(&cut(window), &mut count);
            for index in 0..masts.len() {
                let view = View::of(&image, &masts, index, sight);
                let Some(needs) = view.needs(window) else {
                    continue;
                };
                let heights = cut(needs);
                let land = Land {
                    window: needs,
                    heights: &heights,
                };
                view.count(&land, window, &mut count).expect("ground");
            }
            for (index, found) in count.iter().enumerate() {
                let row = window.row as usize + index / window.width;
                let expected = whole.get(0, window.column as usize + index % window.width, row);
                assert_eq!(found.to_bits(), expected.to_bits(), "{index} of {window:?}");
            }
        }
        let far = View::of(&image, &masts, 1, sight);
        assert_eq!(far.needs(Window::new(0, 0, 10, 10)), None);
    }

    #[test]
    fn a_mast_beside_the_model_is_refused() {
        let (heights, image) = land(&[0.0, f32::NAN]);
        let masts = [mast_at(&image, 1.5, 20.0)];
        let error = visible(&heights, &image, &masts, 0, Sight::default()).expect_err("refused");
        assert!(error.to_string().starts_with("mast 0 at "), "{error}");
    }
}
