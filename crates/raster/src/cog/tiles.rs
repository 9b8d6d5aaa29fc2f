//! From pixels, band by band, to packed tiles.

use rayon::prelude::*;

use super::codec::{Effort, pack_bits};
use super::structure::{Counts, Structure, frame};
use super::{CogError, Sample};

/// Pixels of a level whose first one is the first of a tile: band by band, row after row.
pub struct Pixels<'bands, S> {
    pub bands: Vec<&'bands [S]>,
    pub width: usize,
}

/// A tile as it stands in the file, its mask behind it; empty where nothing is stored.
#[derive(Default)]
pub struct Packed {
    pub counts: Counts,
    pub framed: Vec<u8>,
}

impl<'bands, S> Pixels<'bands, S> {
    pub fn of(bands: &'bands [Vec<S>], width: usize) -> Self {
        Self {
            bands: bands.iter().map(Vec::as_slice).collect(),
            width,
        }
    }

    fn height(&self) -> usize {
        self.bands.first().map_or(0, |band| band.len() / self.width)
    }
}

impl Structure {
    /// All tiles that these pixels of a level begin, row by row.
    pub fn pack<S: Sample>(
        &self,
        level: usize,
        pixels: &Pixels<'_, S>,
    ) -> Result<Vec<Packed>, CogError> {
        let effort = Effort::of_level(level);
        let side = self.layout.width;
        let across = pixels.width.div_ceil(side);
        let down = pixels.height().div_ceil(side);
        (0..across * down)
            .into_par_iter()
            .map(|tile| {
                let corner = (tile % across * side, tile / across * side);
                self.pack_tile(pixels, corner, effort)
            })
            .collect()
    }

    /// The tile that begins at this column and row of the pixels.
    fn pack_tile<S: Sample>(
        &self,
        pixels: &Pixels<'_, S>,
        (column, row): (usize, usize),
        effort: Effort,
    ) -> Result<Packed, CogError> {
        let cut = Cut {
            column,
            row,
            width: self.layout.width.min(pixels.width - column),
            height: self.layout.height.min(pixels.height() - row),
        };
        if self.is_empty(pixels, cut) {
            return Ok(Packed::default());
        }
        let bands = self.layout.bands;
        let mut tile = if self.layout.is_apart() {
            self.stack(&pixels.bands[..bands], pixels.width, cut)
        } else {
            self.interleave(&pixels.bands[..bands], pixels.width, cut)
        };
        let row_length = self.layout.width * bands;
        self.layout.predictor.apply(&mut tile, row_length, bands);
        if cfg!(target_endian = "big") && self.layout.predictor != super::codec::Predictor::Float {
            for sample in &mut tile {
                *sample = sample.swapped();
            }
        }
        let compression = self.options.compression;
        let tile = self
            .layout
            .encode(bytemuck::cast_slice(&tile), compression, effort)?;
        let mask = self.pack_mask(pixels, cut)?;
        let mut framed = Vec::with_capacity(tile.len() + mask.len() + 16);
        frame(&tile, &mut framed);
        frame(&mask, &mut framed);
        let (tile, mask) = (tile.len() as u32, mask.len() as u32);
        Ok(Packed {
            counts: Counts { tile, mask },
            framed,
        })
    }

    fn pack_mask<S: Sample>(&self, pixels: &Pixels<'_, S>, cut: Cut) -> Result<Vec<u8>, CogError> {
        let (Some(layout), Some(alpha)) = (&self.mask, pixels.bands.last()) else {
            return Ok(Vec::new());
        };
        let mut mask = vec![0; layout.width * layout.height];
        for (out, row) in mask
            .chunks_exact_mut(layout.width)
            .zip(cut.rows(alpha, pixels.width))
        {
            for (out, alpha) in out.iter_mut().zip(row) {
                *out = u8::from(alpha.to_f64() > 0.0);
            }
        }
        let bits = pack_bits(&mask, layout.width);
        layout.encode(&bits, super::Compression::Deflate, Effort::Thorough)
    }

    /// Whether a tile need not be stored: all nodata (or zero where there is none), or all transparent.
    fn is_empty<S: Sample>(&self, pixels: &Pixels<'_, S>, cut: Cut) -> bool {
        let all = |band: &[S], empty: &dyn Fn(&S) -> bool| {
            cut.rows(band, pixels.width)
                .all(|row| row.iter().all(empty))
        };
        if let Some(alpha) = pixels.bands.last().filter(|_| self.options.alpha) {
            return all(alpha, &|alpha| *alpha == S::default());
        }
        let empty = S::from_f64(self.options.nodata.unwrap_or(0.0));
        let is_nan = empty.to_f64().is_nan();
        let is_empty = |sample: &S| *sample == empty || (is_nan && sample.to_f64().is_nan());
        pixels.bands.iter().all(|band| all(band, &is_empty))
    }

    /// Rows × columns × bands of a whole tile. Beyond the image's edges numbers are nodata, alpha is
    /// nothing, and colours go on as they were, which lossy codecs pack best.
    fn interleave<S: Sample>(&self, bands: &[&[S]], width: usize, cut: Cut) -> Vec<S> {
        let side = self.layout.width;
        let row_length = side * bands.len();
        let lossless = self.options.compression.is_lossless();
        let nodata = self.options.nodata.filter(|_| lossless);
        let fill = nodata.map_or(S::default(), S::from_f64);
        let mut tile = vec![fill; row_length * self.layout.height];
        let mut rows: Vec<_> = bands.iter().map(|band| cut.rows(band, width)).collect();
        for out in tile.chunks_exact_mut(row_length).take(cut.height) {
            let sources: Vec<&[S]> = rows.iter_mut().filter_map(Iterator::next).collect();
            zip_bands(&sources, out);
        }
        if !lossless && (!self.options.alpha || self.mask.is_some()) {
            extend(&mut tile, row_length, bands.len(), cut);
        }
        tile
    }

    /// Bands × rows × columns of a whole tile, which go on as they were beyond the image's edges.
    fn stack<S: Sample>(&self, bands: &[&[S]], width: usize, cut: Cut) -> Vec<S> {
        let side = self.layout.width;
        let length = side * self.layout.height;
        let mut tile = Vec::with_capacity(length * bands.len());
        for (end, band) in (1..).map(|band| band * length).zip(bands) {
            for row in cut.rows(band, width) {
                tile.extend_from_slice(row);
                let last = row.last().copied().unwrap_or_default();
                tile.resize(tile.len() + side - row.len(), last);
            }
            while tile.len() < end {
                tile.extend_from_within(tile.len() - side..);
            }
        }
        tile
    }
}

/// The part of the pixels that fills a tile, or as much of it as there is.
#[derive(Clone, Copy)]
struct Cut {
    column: usize,
    row: usize,
    width: usize,
    height: usize,
}

impl Cut {
    fn rows<S>(self, band: &[S], width: usize) -> impl Iterator<Item = &[S]> {
        band.chunks_exact(width)
            .skip(self.row)
            .take(self.height)
            .map(move |row| &row[self.column..self.column + self.width])
    }
}

/// Bands side by side become pixels.
fn zip_bands<S: Sample>(bands: &[&[S]], out: &mut [S]) {
    match *bands {
        [one] => out[..one.len()].copy_from_slice(one),
        [one, two, three] => {
            let pixels = out.as_chunks_mut::<3>().0;
            for (out, ((one, two), three)) in pixels.iter_mut().zip(one.iter().zip(two).zip(three))
            {
                *out = [*one, *two, *three];
            }
        }
        [one, two, three, four] => {
            let pixels = out.as_chunks_mut::<4>().0;
            let values = one.iter().zip(two).zip(three.iter().zip(four));
            for (out, ((one, two), (three, four))) in pixels.iter_mut().zip(values) {
                *out = [*one, *two, *three, *four];
            }
        }
        _ => {
            for (band, values) in bands.iter().enumerate() {
                let places = out[band..].iter_mut().step_by(bands.len());
                for (out, value) in places.zip(*values) {
                    *out = *value;
                }
            }
        }
    }
}

/// Repeats the last column and the last row to the ends of the tile.
fn extend<S: Sample>(tile: &mut [S], row_length: usize, bands: usize, cut: Cut) {
    let end = cut.width * bands;
    for row in tile.chunks_exact_mut(row_length).take(cut.height) {
        for at in (end..row_length).step_by(bands) {
            row.copy_within(end - bands..end, at);
        }
    }
    let last = cut.height * row_length;
    for at in (last..tile.len()).step_by(row_length) {
        tile.copy_within(last - row_length..last, at);
    }
}
