//! Pictures of an archive's web tiles on other grids.

use std::collections::HashMap;

use grid::mercator::{self, HALF_WORLD};
use grid::tile::Tile;
use image::RgbaImage;
use raster::georeference::GeoReference;
use raster::picture::Picture;

use super::read::{Archive, Unreadable};

/// The last latitude of the square world.
const NORTHERNMOST: f64 = 85.051_128;

/// The archive's picture on a grid, bilinear between its pixels; `None` where it has nothing.
pub fn picture(archive: &Archive, target: &GeoReference) -> Result<Option<Picture>, Unreadable> {
    let Some(zoom) = zoom(archive, target) else {
        return Ok(None);
    };
    let mut mosaic = Mosaic {
        archive,
        zoom,
        tiles: HashMap::new(),
    };
    let mut pixels = Vec::with_capacity(target.width as usize * target.height as usize * 4);
    for row in 0..target.height {
        for column in 0..target.width {
            let (x, y) = target.lonlat(f64::from(column) + 0.5, f64::from(row) + 0.5);
            let pixel = if y.abs() < NORTHERNMOST {
                mosaic.at(mercator::project(x, y))?
            } else {
                [0; 4]
            };
            pixels.extend(pixel);
        }
    }
    let picture = Picture {
        width: target.width,
        height: target.height,
        pixels,
    };
    Ok((!picture.is_transparent()).then_some(picture))
}

/// The zoom whose pixels are no larger than the grid's in its middle, among the archive's; `None` for a
/// grid so coarse that a picture of it would take thousands of tiles.
fn zoom(archive: &Archive, target: &GeoReference) -> Option<u8> {
    let (_, first, last) = archive.extent();
    let middle = [target.width, target.height].map(|side| f64::from(side) / 2.0);
    let on_web = |column: f64| {
        let (x, y) = target.lonlat(column, middle[1]);
        mercator::project(x, y.clamp(-NORTHERNMOST, NORTHERNMOST))
    };
    let (one, other) = (on_web(middle[0]), on_web(middle[0] + 1.0));
    let size = (other.0 - one.0)
        .hypot(other.1 - one.1)
        .max(f64::MIN_POSITIVE);
    let zoom = (2.0 * HALF_WORLD / 256.0 / size).log2().ceil();
    let within = zoom.clamp(f64::from(first), f64::from(last));
    (within - zoom <= 1.0).then_some(within as u8)
}

/// Web tiles of one zoom as one picture, read as they are needed.
struct Mosaic<'archive> {
    archive: &'archive Archive,
    zoom: u8,
    tiles: HashMap<[u32; 2], Option<RgbaImage>>,
}

impl Mosaic<'_> {
    /// The colour at a place in metres of Web Mercator.
    fn at(&mut self, (x, y): (f64, f64)) -> Result<[u8; 4], Unreadable> {
        let side = f64::from(1_u32 << self.zoom);
        // In tiles from the north-west corner of the world.
        let along = [x + HALF_WORLD, HALF_WORLD - y].map(|from| from / (2.0 * HALF_WORLD) * side);
        let Some(first) = self.tile(along.map(|place| place as u32))? else {
            return Ok([0; 4]);
        };
        let size = f64::from(first.width());
        // In pixels, from the middle of the first.
        let place = along.map(|place| place * size - 0.5);
        let low = place.map(f64::floor);
        let share = [place[0] - low[0], place[1] - low[1]];
        // Colours weigh as much as they cover.
        let mut sum = [0.0; 4];
        for (right, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let weigh = |step: i32, share: f64| if step == 1 { share } else { 1.0 - share };
            let weight = weigh(right, share[0]) * weigh(down, share[1]);
            let at = [low[0] + f64::from(right), low[1] + f64::from(down)];
            let pixel = self.pixel(at, size)?;
            let covered = weight * f64::from(pixel[3]);
            for (sum, colour) in sum.iter_mut().zip(&pixel[..3]) {
                *sum += covered * f64::from(*colour);
            }
            sum[3] += covered;
        }
        let [red, green, blue, covered] = sum;
        if covered < 0.5 {
            return Ok([0; 4]);
        }
        let colour = |sum: f64| (sum / covered).round() as u8;
        Ok([
            colour(red),
            colour(green),
            colour(blue),
            covered.round() as u8,
        ])
    }

    fn pixel(&mut self, at: [f64; 2], size: f64) -> Result<[u8; 4], Unreadable> {
        let index = at.map(|at| (at / size).floor().max(0.0));
        let within = [0, 1].map(|axis| (at[axis] - index[axis] * size).max(0.0) as u32);
        let tile = self.tile(index.map(|index| index as u32))?;
        let pixel = tile.and_then(|tile| tile.get_pixel_checked(within[0], within[1]));
        Ok(pixel.map_or([0; 4], |pixel| pixel.0))
    }

    fn tile(&mut self, [column, row]: [u32; 2]) -> Result<Option<&RgbaImage>, Unreadable> {
        if !self.tiles.contains_key(&[column, row]) {
            let tile = Tile::new(self.zoom, column, row);
            let bytes = match tile {
                Ok(tile) => self.archive.tile(tile)?,
                // Beyond the edge of the world.
                Err(_) => None,
            };
            let decoded = bytes.map(|bytes| image::load_from_memory(&bytes));
            let decoded = decoded.transpose()?.map(image::DynamicImage::into_rgba8);
            self.tiles.insert([column, row], decoded);
        }
        Ok(self.tiles[&[column, row]].as_ref())
    }
}
