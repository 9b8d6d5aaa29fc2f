//! True colour for the map: reflectances become colours, pixels become web tiles.

use std::io::Write;
use std::path::Path;

use grid::mercator;
use grid::projection::Projection;
use grid::tile::TileRange;
use rayon::prelude::*;
use thiserror::Error;

use crate::clouds::Clouds;
use crate::cog::{CogError, CogOptions, CogReader, CogWriter};
use crate::georeference::GeoReference;
use crate::simd::widest;
use crate::warp::{self, Kernel};
use crate::{Raster, Window, align};

/// The side of a web tile.
const TILE: u32 = 256;
/// The sample that the stretch is measured on has at least this many pixels a side, if the image has.
const SAMPLE_SIDE: u32 = 512;

/// How reflectances become colours.
///
/// Each band is stretched by itself between its own two percentiles, which takes the haze's blue
/// out; all share the gamma. Values beyond the percentiles are black and white.
#[derive(Debug, Clone)]
pub struct VisualOptions {
    /// The share of valid pixels that may turn black in each band; 0.01.
    pub low: f64,
    /// The share of valid pixels that do not turn white; 0.995: roofs and gravel keep their tones.
    pub high: f64,
    /// Mid-tones are raised to 1/gamma; 1 leaves them.
    pub gamma: f64,
    /// WebP quality; 80.
    pub quality: f32,
}

impl Default for VisualOptions {
    fn default() -> Self {
        Self {
            low: 0.01,
            high: 0.995,
            gamma: 1.4,
            quality: 80.0,
        }
    }
}

/// What a visual layer turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Visual {
    /// In Web Mercator, on the tile grid.
    pub georeference: GeoReference,
    /// The coarsest zoom stored.
    pub min_zoom: u8,
    /// The finest zoom stored.
    pub max_zoom: u8,
    /// Physical values that became black and white, for red, green and blue.
    pub stretch: [(f64, f64); 3],
}

/// Why a visual layer could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VisualError {
    /// A band could not be read or the result not written.
    #[error(transparent)]
    Cog(#[from] CogError),
    /// No band has a valid pixel in common.
    #[error("the scene has no valid pixels to make a picture of; check its nodata value")]
    Empty,
}

/// Red, green and blue (the first band of each COG, any grids) as a web-aligned COG of WebP tiles
/// at the zoom nearest to the finest band's resolution. A pixel is opaque where all three have a
/// value and nothing elsewhere. Worked a row of tiles at a time; temporary files go to `scratch`.
/// Where `clouds` are known, the stretch is measured on what they do not hide.
///
/// # Errors
/// When a band cannot be read, nothing is valid, or the result cannot be written.
pub fn true_colour(
    bands: [&CogReader; 3],
    clouds: Option<Clouds<'_>>,
    options: &VisualOptions,
    scratch: &Path,
    out: &mut impl Write,
) -> Result<Visual, VisualError> {
    let stretches = bands.map(|band| Stretch::measure(band, clouds, options));
    let [red, green, blue] = stretches;
    let stretches = [red?, green?, blue?];
    let finest = align::finest(&bands).ok_or(VisualError::Empty)?;
    let (georeference, halvings) = web_grid(finest);
    let cog = CogOptions {
        overview_count: Some(halvings),
        ..CogOptions::picture(georeference.clone(), options.quality)
    };
    let mut writer = CogWriter::new_in(cog, scratch)?;
    for row in (0..georeference.height).step_by(TILE as usize) {
        writer.write_rows(&strip(bands, &stretches, &georeference, row)?)?;
    }
    writer.finish(out)?;
    let max_zoom = finest.native_zoom();
    Ok(Visual {
        georeference,
        min_zoom: max_zoom - halvings,
        max_zoom,
        stretch: stretches.map(|stretch| (f64::from(stretch.black), f64::from(stretch.white))),
    })
}

/// The physical values that become black and white in [`true_colour`].
///
/// # Errors
/// When a band cannot be read or has no valid pixel.
pub fn stretches(
    bands: [&CogReader; 3],
    clouds: Option<Clouds<'_>>,
    options: &VisualOptions,
) -> Result<[[f32; 2]; 3], VisualError> {
    let [red, green, blue] = bands.map(|band| Stretch::measure(band, clouds, options));
    Ok([red?, green?, blue?].map(|stretch| [stretch.black, stretch.white]))
}

/// The part of the web's tile grid that an image lies on, at its native zoom, begun and ended so
/// that every coarser level is whole tiles too; and how many of those there are, until the image
/// is within 2 × 2 tiles. What the image does not fill of it is never stored.
pub fn web_grid(image: &GeoReference) -> (GeoReference, u8) {
    let zoom = image.native_zoom();
    let mut coarsest = TileRange::covering(&image.bounds(), zoom);
    let mut halvings = 0;
    while let (Some(first), Some(last)) = (coarsest.first.parent(), coarsest.last.parent())
        && (coarsest.last.column - coarsest.first.column > 1
            || coarsest.last.row - coarsest.first.row > 1)
    {
        coarsest = TileRange { first, last };
        halvings += 1;
    }
    let corner = coarsest.first.bounds_mercator();
    let resolution = mercator::resolution(zoom, TILE);
    let length = |first: u32, last: u32| (last - first + 1) * (TILE << halvings);
    let georeference = GeoReference {
        projection: Projection::WebMercator,
        epsg: Some(3857),
        transform: [corner.west, resolution, 0.0, corner.north, 0.0, -resolution],
        width: length(coarsest.first.column, coarsest.last.column),
        height: length(coarsest.first.row, coarsest.last.row),
    };
    (georeference, halvings)
}

/// A part of a picture made of an image's first three bands: red, green, blue and alpha, each over the
/// window of the picture's grid.
///
/// # Errors
/// When the image cannot be read.
pub fn part(
    image: &CogReader,
    stretches: &[Stretch; 3],
    georeference: &GeoReference,
    window: Window,
) -> Result<[Vec<u8>; 4], CogError> {
    let warped = [0, 1, 2].map(|band| warp_band(image, band, georeference, window));
    let [red, green, blue] = warped;
    let pixels = colours([&red?, &green?, &blue?], stretches);
    Ok([0, 1, 2, 3].map(|channel| pixels.iter().skip(channel).step_by(4).copied().collect()))
}

/// A row of tiles as red, green, blue, alpha.
fn strip(
    bands: [&CogReader; 3],
    stretches: &[Stretch; 3],
    georeference: &GeoReference,
    row: u32,
) -> Result<Vec<u8>, CogError> {
    let side = TILE as usize;
    let width = georeference.width as usize;
    let tiles = (0..width / side)
        .into_par_iter()
        .map(|column| {
            let window = Window::new((column * side) as i64, i64::from(row), side, side);
            let [red, green, blue] = bands.map(|band| warp_band(band, 0, georeference, window));
            Ok(colours([&red?, &green?, &blue?], stretches))
        })
        .collect::<Result<Vec<_>, CogError>>()?;
    let mut pixels = vec![0; width * side * 4];
    for (column, tile) in tiles.iter().enumerate() {
        for (out, row) in pixels
            .chunks_exact_mut(width * 4)
            .zip(tile.chunks_exact(side * 4))
        {
            out[column * side * 4..][..side * 4].copy_from_slice(row);
        }
    }
    Ok(pixels)
}

/// Cubic where the pixels are about the map's size or larger; averaged where they are much smaller.
fn warp_band(
    image: &CogReader,
    band: usize,
    target: &GeoReference,
    window: Window,
) -> Result<Raster, CogError> {
    let ratio = target.pixel_size() / image.georeference().mercator_resolution();
    let kernel = if ratio > 1.6 {
        Kernel::Average
    } else {
        Kernel::Cubic
    };
    warp::resample(image, band, target, window, kernel)
}

fn colours(bands: [&Raster; 3], stretches: &[Stretch; 3]) -> Vec<u8> {
    let [red, green, blue] = bands.map(|band| band.band(0));
    let mut pixels = vec![0; red.len() * 4];
    for (index, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let values = [red[index], green[index], blue[index]];
        if values.iter().all(|value| !value.is_nan()) {
            for (channel, (value, stretch)) in values.into_iter().zip(stretches).enumerate() {
                pixel[channel] = stretch.of(value);
            }
            pixel[3] = 255;
        }
    }
    pixels
}

/// Steps of a curve: a power of two, so that a number's lowest bits are always one of them.
const STEPS: usize = 1024;
/// 2²³: added to a smaller float, it leaves the nearest whole number in the lowest bits.
const WHOLE: f32 = 8_388_608.0;

/// From physical values to 0…255.
#[derive(Debug, Clone)]
pub struct Stretch {
    black: f32,
    white: f32,
    /// 255 × t^(1/gamma).
    curve: Box<[u8; STEPS]>,
}

impl Stretch {
    /// The percentiles of the valid pixels of an overview, clouds left out unless there is nothing
    /// else.
    fn measure(
        band: &CogReader,
        clouds: Option<Clouds<'_>>,
        options: &VisualOptions,
    ) -> Result<Self, VisualError> {
        let mut values = sample(band, clouds)?;
        if values.is_empty() && clouds.is_some() {
            values = sample(band, None)?;
        }
        if values.is_empty() {
            return Err(VisualError::Empty);
        }
        let mut percentile = |share: f64| {
            let index = ((values.len() - 1) as f64 * share.clamp(0.0, 1.0)).round() as usize;
            *values.select_nth_unstable_by(index, f32::total_cmp).1
        };
        let (black, white) = (percentile(options.low), percentile(options.high));
        Ok(Self::new(black, white, options.gamma))
    }

    /// Between the physical values that become black and white.
    pub fn new(black: f32, white: f32, gamma: f64) -> Self {
        // A band of one value is shown in mid-grey rather than divided by zero.
        let half = (white.abs() * 1e-3).max(1e-6);
        let (black, white) = if white > black {
            (black, white)
        } else {
            (black - half, white + half)
        };
        let exponent = if gamma > 0.0 { 1.0 / gamma } else { 1.0 };
        let last = (STEPS - 1) as f64;
        let level = |step: usize| (255.0 * (step as f64 / last).powf(exponent)).round() as u8;
        Self {
            black,
            white,
            curve: Box::new(std::array::from_fn(level)),
        }
    }

    /// The level of a physical value that is no NaN.
    pub fn of(&self, value: f32) -> u8 {
        self.curve[self.step(value) as usize % STEPS]
    }

    /// The levels of physical values; of NaN any.
    pub fn levels(&self, values: &[f32], levels: &mut [u8]) {
        let stretch = self;
        widest!(find_levels(stretch: &Stretch, values: &[f32], levels: &mut [u8]));
    }

    /// Which step of the curve a value is on, from 0 to the last.
    #[inline]
    fn step(&self, value: f32) -> u32 {
        let part = (value - self.black) / (self.white - self.black);
        // NaN becomes 0.
        let last = (STEPS - 1) as f32;
        ((part * last).max(0.0).min(last) + WHOLE).to_bits()
    }
}

/// Compiled again inside a function for AVX2.
#[inline(always)]
fn find_levels(stretch: &Stretch, values: &[f32], levels: &mut [u8]) {
    const LANES: usize = 16;
    let (values, last) = values.as_chunks::<LANES>();
    let (levels, rest) = levels[..values.len() * LANES + last.len()].as_chunks_mut::<LANES>();
    for (values, levels) in values.iter().zip(levels) {
        let mut steps = [0; LANES];
        for (step, value) in steps.iter_mut().zip(values) {
            *step = stretch.step(*value);
        }
        for (level, step) in levels.iter_mut().zip(steps) {
            *level = stretch.curve[step as usize % STEPS];
        }
    }
    for (value, level) in last.iter().zip(rest) {
        *level = stretch.of(*value);
    }
}

/// The valid values of an overview that no cloud hides. Clouds are brighter than anything below
/// them: measured along with the land, they would leave all of it in the dark.
fn sample(band: &CogReader, clouds: Option<Clouds<'_>>) -> Result<Vec<f32>, CogError> {
    let levels = band.levels();
    let large = |level: &crate::cog::Level| level.width.max(level.height) >= SAMPLE_SIDE;
    let level = levels.iter().rposition(large).unwrap_or(0);
    let (width, height) = (levels[level].width, levels[level].height);
    let window = Window::new(0, 0, width as usize, height as usize);
    let mut sample = band.read_physical(level, 0, window)?;
    if let Some(clouds) = clouds {
        let grid = band.georeference().resized(width, height);
        clouds.hide(&mut sample, &grid, window)?;
    }
    sample.values.retain(|value| value.is_finite());
    Ok(sample.values)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::cog::{Band, DataType};
    use crate::product::Classes;

    fn open(bytes: &[u8]) -> CogReader {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("writes");
        CogReader::open(file).expect("opens")
    }

    fn band(pixel: f64, side: u32, value: impl Fn(u32, u32) -> u16) -> CogReader {
        let transform = [6e5, pixel, 0.0, 3.45e6, 0.0, -pixel];
        let georeference =
            GeoReference::from_epsg(32648, transform, side, side).expect("a known code");
        let options =
            CogOptions::new(georeference, DataType::U16, Band::new("a")).with_nodata(Some(0.0));
        let mut writer = CogWriter::new(options).expect("a writer");
        let values: Vec<u16> = (0..side * side)
            .map(|index| value(index % side, index / side))
            .collect();
        writer.write_rows(&values).expect("takes rows");
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("finishes");
        open(&bytes)
    }

    #[test]
    fn stretch_by_hand() {
        let stretch = Stretch::new(100.0, 300.0, 1.0);
        assert_eq!(
            [0.0, 100.0, 200.0, 300.0, 900.0].map(|value| stretch.of(value)),
            [0, 0, 128, 255, 255]
        );
        let brighter = Stretch::new(100.0, 300.0, 2.0);
        // 255 × √0.25.
        assert_eq!(brighter.of(150.0), 128);
    }

    #[test]
    fn the_web_grid_is_whole_tiles_at_every_level() {
        let image =
            GeoReference::from_epsg(32648, [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0], 10_980, 10_980)
                .expect("a known code");
        let (grid, halvings) = web_grid(&image);
        let side = TILE << halvings;
        assert!(grid.width % side == 0 && grid.height % side == 0 && grid.width / side <= 2);
        let (image, grid) = (image.bounds(), grid.bounds());
        assert!(grid.west <= image.west && grid.east >= image.east);
        assert!(grid.south <= image.south && grid.north >= image.north);
    }

    #[test]
    fn colours_are_where_they_belong_and_nothing_is_transparent() {
        // West half dark, east half bright in red; green brighter southwards; blue at 20 m and without data in the south.
        let red = band(10.0, 400, |column, _| if column < 200 { 500 } else { 2500 });
        let green = band(10.0, 400, |_, row| 1000 + row as u16);
        let blue = band(
            20.0,
            200,
            |column, row| if row >= 100 { 0 } else { 800 + column as u16 },
        );
        let options = VisualOptions {
            gamma: 1.0,
            ..VisualOptions::default()
        };
        let mut bytes = Vec::new();
        let scratch = std::env::temp_dir();
        let visual = true_colour([&red, &green, &blue], None, &options, &scratch, &mut bytes)
            .expect("makes a picture");
        assert_eq!(visual.stretch[0], (500.0, 2500.0));
        assert_eq!(visual.max_zoom, red.georeference().native_zoom());
        let reader = open(&bytes);
        assert_eq!(
            reader.aligned_zooms(),
            Some((visual.min_zoom, visual.max_zoom))
        );
        let look = |column: f64, row: f64| {
            let (longitude, latitude) = red.georeference().lonlat(column, row);
            let (x, y) = reader.georeference().pixel(longitude, latitude);
            let window = Window::new(x as i64, y as i64, 1, 1);
            reader
                .read_window(0, &[0, 1, 2, 3], window)
                .expect("reads")
                .values
        };
        let (west, east, south) = (look(100.0, 100.0), look(300.0, 100.0), look(100.0, 300.0));
        assert!(west[0] < 12.0 && west[3] > 254.0, "{west:?}");
        assert!(east[0] > 243.0 && east[3] > 254.0, "{east:?}");
        assert!(
            east[2] > west[2] + 60.0,
            "blue rises eastwards: {west:?} {east:?}"
        );
        assert!(south[3] < 1.0, "{south:?}");
    }

    #[test]
    fn clouds_do_not_leave_the_land_in_the_dark() {
        let cloudy = |column: u32| column >= 100;
        let land = band(10.0, 200, |column, row| {
            if cloudy(column) {
                9000
            } else {
                300 + row as u16
            }
        });
        // Scene classification at half the resolution: 9 is cloud, 4 vegetation.
        let mask = band(
            20.0,
            100,
            |column, _| if cloudy(column * 2) { 9 } else { 4 },
        );
        let options = VisualOptions {
            low: 0.0,
            high: 1.0,
            ..VisualOptions::default()
        };
        let stretch = |clouds| {
            let visual = true_colour(
                [&land; 3],
                clouds,
                &options,
                &std::env::temp_dir(),
                &mut Vec::new(),
            );
            visual.expect("makes a picture").stretch[0]
        };
        let classes = Classes::Scl;
        assert_eq!(stretch(None), (300.0, 9000.0));
        assert_eq!(
            stretch(Some(Clouds {
                band: &mask,
                classes
            })),
            (300.0, 499.0)
        );
        let overcast = band(20.0, 100, |_, _| 9);
        let nothing_else = Some(Clouds {
            band: &overcast,
            classes,
        });
        assert_eq!(stretch(nothing_else), (300.0, 9000.0));
    }

    #[test]
    fn a_scene_of_nothing_is_an_error() {
        let empty = band(10.0, 20, |_, _| 0);
        let result = true_colour(
            [&empty; 3],
            None,
            &VisualOptions::default(),
            &std::env::temp_dir(),
            &mut Vec::new(),
        );
        assert!(matches!(result, Err(VisualError::Empty)));
    }
}
