//! The whole of another grid: a tile of any matrix set, or one picture of a map.

use std::sync::Arc;

use super::{Bands, Frame, Kernel, SIDE, Source, Warp, control, frames};
use crate::cog::{CogError, CogReader, Threads};
use crate::georeference::GeoReference;
use crate::picture::Picture;
use crate::{Raster, Window};

/// One band on another grid in physical values, NaN for no data. Without a kernel: bilinear where the
/// grid is finer than the image, averaged where it is coarser. On this thread alone.
///
/// # Errors
/// When there is no such band or reading fails.
pub fn onto(
    reader: &CogReader,
    band: usize,
    target: &GeoReference,
    kernel: Option<Kernel>,
) -> Result<Raster, CogError> {
    let image = Bands {
        reader,
        bands: &[band],
    };
    let mut planes = planes(&[image], target, kernel)?;
    let (width, height) = (target.width as usize, target.height as usize);
    Ok(Raster::from_values(
        width,
        height,
        planes.pop().unwrap_or_default(),
    ))
}

/// A picture's colours on another grid: of one band as grey, of more the first three. What is
/// transparent in the image, has no data or lies outside of it is transparent. On this thread alone.
///
/// # Errors
/// When reading fails.
pub fn picture(reader: &CogReader, target: &GeoReference) -> Result<Picture, CogError> {
    let alpha = reader.alpha();
    let colours = reader.bands().len() - usize::from(alpha);
    let mut bands: Vec<usize> = (0..if colours >= 3 { 3 } else { 1 }).collect();
    let [red, green, blue] = if colours >= 3 { [0, 1, 2] } else { [0; 3] };
    if alpha {
        bands.push(colours);
    }
    let from = Source {
        images: &[Bands {
            reader,
            bands: &bands,
        }],
        kernel: None,
        threads: Threads::This,
    };
    let planes = whole(&from, target, alpha)?;
    let mut pixels = vec![0; target.width as usize * target.height as usize * 4];
    for (index, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let colour = [red, green, blue].map(|band| planes[band][index]);
        if colour.iter().all(|value| !value.is_nan()) {
            // To the nearest; numbers beyond a byte end at its ends.
            let [red, green, blue] = colour.map(|value| (value + 0.5) as u8);
            pixel.copy_from_slice(&[red, green, blue, 255]);
        }
    }
    Ok(Picture {
        width: target.width,
        height: target.height,
        pixels,
    })
}

/// As [`onto`], of several bands of images that lie together: rows × columns each.
///
/// # Errors
/// As [`onto`].
pub(crate) fn planes(
    images: &[Bands<'_>],
    target: &GeoReference,
    kernel: Option<Kernel>,
) -> Result<Vec<Vec<f32>>, CogError> {
    let from = Source {
        images,
        kernel,
        threads: Threads::This,
    };
    whole(&from, target, false)
}

/// Each band over the whole grid. With `alpha`, the last band says where the others have colours: it
/// is not a colour to be mixed with them.
fn whole(from: &Source<'_>, target: &GeoReference, alpha: bool) -> Result<Vec<Vec<f32>>, CogError> {
    let (width, height) = (target.width as usize, target.height as usize);
    let window = Window::new(0, 0, width, height);
    let frames = if width.max(height) <= SIDE {
        vec![Frame::whole(window)]
    } else {
        frames(window)
    };
    let count = from.images.iter().map(|image| image.bands.len()).sum();
    let mut planes = vec![vec![f32::NAN; width * height]; count];
    for frame in frames {
        let control = control(from.images[0].reader.georeference(), target, frame.window);
        let Some(mut warp) = Warp::prepare(from, Arc::new(control), &frame)? else {
            continue;
        };
        if alpha {
            warp.hide_transparent();
        }
        let first = frame.first_row_in(window) * width;
        let mut outs: Vec<&mut [f32]> =
            planes.iter_mut().map(|plane| &mut plane[first..]).collect();
        let columns = frame.columns_in(window);
        warp.rows(frame.rows.clone(), &mut outs, width, &columns);
    }
    Ok(planes)
}

impl Warp {
    /// Takes the colours away where the last band is 0.
    fn hide_transparent(&mut self) {
        if let Some((alpha, colours)) = self.values.split_last_mut() {
            for colour in colours {
                for (value, alpha) in colour.iter_mut().zip(&*alpha) {
                    if *alpha == 0.0 {
                        *value = f32::NAN;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use grid::matrix_set::{MatrixSet, MatrixTile};
    use grid::mercator;
    use grid::tile::Tile;

    use super::*;
    use crate::cog::{Band, CogOptions, CogWriter, DataType};
    use crate::warp::{tile, tile_grid, tile_with};

    fn open(writer: CogWriter) -> CogReader {
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("finishes");
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&bytes).expect("writes");
        CogReader::open(file).expect("opens")
    }

    fn numbers() -> CogReader {
        let georeference =
            GeoReference::from_epsg(32648, [6e5, 10.0, 0.0, 3.45e6, 0.0, -10.0], 300, 300)
                .expect("a known code");
        let options = CogOptions::new(georeference, DataType::F32, Band::new("a"))
            .with_nodata(Some(f64::NAN));
        let mut writer = CogWriter::new(options).expect("a writer");
        let values: Vec<f32> = (0..300 * 300)
            .map(|index| (index % 300) as f32 + (index / 300) as f32 * 0.01)
            .collect();
        writer.write_rows(&values).expect("takes rows");
        open(writer)
    }

    #[test]
    fn a_web_tile_is_the_same_by_both_ways() {
        let reader = numbers();
        let (longitude, latitude) = reader.georeference().lonlat(150.0, 150.0);
        for zoom in [11, 13, 15] {
            let web = Tile::at(longitude, latitude, zoom);
            let target = tile_grid(web, 256);
            let same = |one: &Raster, two: &Raster| {
                one.values
                    .iter()
                    .zip(&two.values)
                    .all(|(one, two)| one.to_bits() == two.to_bits())
            };
            let plain = onto(&reader, 0, &target, None).expect("warps");
            assert!(same(&plain, &tile(&reader, 0, web, 256).expect("warps")));
            let nearest = onto(&reader, 0, &target, Some(Kernel::Nearest)).expect("warps");
            let wanted = tile_with(&reader, 0, web, 256, Kernel::Nearest).expect("warps");
            assert!(same(&nearest, &wanted) && !nearest.is_empty());
        }
    }

    /// Columns before this are red in [`half_red`].
    const EDGE: usize = 208;

    /// The west red, the east transparent black, on the web's grid; their edge within a
    /// tile of both grids and between the blocks of the codec.
    fn half_red() -> CogReader {
        let corner = Tile::new(14, 13124, 6696)
            .expect("exists")
            .bounds_mercator();
        let resolution = mercator::resolution(14, 256);
        let transform = [corner.west, resolution, 0.0, corner.north, 0.0, -resolution];
        let georeference =
            GeoReference::from_epsg(3857, transform, 512, 512).expect("Web Mercator");
        let mut writer =
            CogWriter::new(CogOptions::picture(georeference, 100.0)).expect("a writer");
        let row = [
            [200_u8, 20, 20, 255].repeat(EDGE),
            [0_u8, 0, 0, 0].repeat(512 - EDGE),
        ]
        .concat();
        writer.write_rows(&row.repeat(512)).expect("takes rows");
        open(writer)
    }

    #[test]
    fn a_transparent_edge_does_not_darken() {
        let reader = half_red();
        let (longitude, latitude) = reader.georeference().lonlat(EDGE as f64, 256.0);
        let set = MatrixSet::Cgcs2000Quad;
        let tile = MatrixTile::at(set, 15, longitude, latitude).expect("a tile");
        let target =
            GeoReference::from_epsg(4490, tile.transform(), 256, 256).expect("a known code");
        let picture = picture(&reader, &target).expect("warps");
        let (mut red, mut clear) = (0, 0);
        for (index, pixel) in picture.pixels.chunks_exact(4).enumerate() {
            let (column, row) = ((index % 256) as f64 + 0.5, (index / 256) as f64 + 0.5);
            let (longitude, latitude) = target.lonlat(column, row);
            let (x, y) = reader.georeference().pixel(longitude, latitude);
            assert!((0.0..512.0).contains(&y), "the tile lies within the image");
            // Within a tenth of a pixel of the edge either may be.
            if (0.0..EDGE as f64 - 0.1).contains(&x) {
                red += 1;
                // The codec mixes the hues of neighbours, and keeps how light each is.
                let light = |pixel: &[u8]| {
                    0.299 * f64::from(pixel[0])
                        + 0.587 * f64::from(pixel[1])
                        + 0.114 * f64::from(pixel[2])
                };
                let darker = light(&[200, 20, 20]) - light(pixel);
                assert!(darker.abs() <= 4.0, "{x}: {pixel:?}");
                assert_eq!(pixel[3], 255, "{x}");
            } else if (EDGE as f64 + 0.1..512.0).contains(&x) {
                clear += 1;
                assert_eq!(pixel, [0; 4], "{x}");
            }
        }
        assert!(red > 1000 && clear > 1000, "{red} {clear}");
    }

    #[test]
    fn a_large_grid_shows_what_its_parts_show() {
        let reader = numbers();
        let whole = reader.georeference().resized(700, 600);
        let large = onto(&reader, 0, &whole, None).expect("warps");
        let t = whole.transform;
        let corner = whole.map_of_pixel(450.0, 480.0);
        let part = GeoReference {
            transform: [corner.0, t[1], 0.0, corner.1, 0.0, t[5]],
            width: 188,
            height: 88,
            ..whole.clone()
        };
        let small = onto(&reader, 0, &part, None).expect("warps");
        for row in 0..88 {
            for column in 0..188 {
                let one = small.get(0, column, row);
                let two = large.get(0, 450 + column, 480 + row);
                // A step to the next source pixel is 1.
                assert!((one - two).abs() < 0.05, "{column} {row}: {one} {two}");
            }
        }
    }
}
