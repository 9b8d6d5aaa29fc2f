//! A mask brought onto another grid.

use grid::bounds::Bounds;

use super::{Numbers, Reach, grow};
use crate::Window;
use crate::cog::{CogError, CogReader};
use crate::georeference::GeoReference;
use crate::terrain::metres_of_degree;
use crate::warp;

/// What of a mask hides the ground.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The mask's file.
    pub reader: &'a CogReader,
    /// Which of its bands, counted from 0.
    pub band: usize,
    /// The numbers that hide.
    pub numbers: &'a Numbers,
    /// The numbers that mean nothing was observed, when that hides as well: they do not grow, and
    /// what lies outside the mask's image counts as one of them.
    pub nowhere: Option<&'a Numbers>,
    /// How many metres around what hides are hidden as well.
    pub metres: f64,
}

impl Question<'_> {
    /// What is hidden in a window of `grid`: 0 where the ground is to be seen. A pixel asks the mask's
    /// pixel that contains its centre; growth is measured on the mask's own grid.
    ///
    /// # Errors
    /// When the mask cannot be read.
    pub fn hidden(&self, grid: &GeoReference, window: Window) -> Result<Vec<u8>, CogError> {
        let outside = u8::from(self.nowhere.is_some());
        let source = self.reader.georeference();
        let reach = Reach::new(self.metres, ground_size(source));
        let mut hidden = vec![outside; window.width * window.height];
        for frame in warp::frames(window) {
            let control = warp::control(source, grid, frame.window);
            let bounds = control.bounds(&frame.columns, &frame.rows);
            let read = bounds.and_then(|bounds| read_window(source, &bounds, reach.margin()));
            let Some(read) = read else {
                continue;
            };
            let hides = self.bits(read, &reach)?;
            let columns = frame.columns_in(window);
            let rows = hidden.chunks_exact_mut(window.width);
            let rows = rows.skip(frame.first_row_in(window));
            for (row, out) in frame.rows.clone().zip(rows) {
                let out = &mut out[columns.clone()];
                let first = frame.columns.start;
                control.along_row(row, frame.columns.clone(), |column, place| {
                    if let Some(index) = index_of(place, read) {
                        out[column - first] = hides[index];
                    }
                });
            }
        }
        Ok(hidden)
    }

    /// What hides in a window of the mask's own grid, grown.
    fn bits(&self, read: Window, reach: &Reach) -> Result<Vec<u8>, CogError> {
        let missing = self.reader.nodata().unwrap_or(0.0) as u16;
        let values = self.reader.read_window(0, &[self.band], read)?.values;
        let number = |value: f32| {
            if value.is_nan() {
                missing
            } else {
                value as u16
            }
        };
        let numbers: Vec<u16> = values.into_iter().map(number).collect();
        let mut hides: Vec<u8> = numbers
            .iter()
            .map(|&number| u8::from(self.numbers.contains(number)))
            .collect();
        grow(&mut hides, read.width, reach);
        if let Some(nowhere) = self.nowhere {
            for (hides, &number) in hides.iter_mut().zip(&numbers) {
                *hides |= u8::from(nowhere.contains(number));
            }
        }
        Ok(hides)
    }
}

/// Which pixel of a window a place of the image lies in.
fn index_of((x, y): (f64, f64), read: Window) -> Option<usize> {
    let (across, down) = (x - read.column as f64, y - read.row as f64);
    // NaN fails both comparisons.
    if !(across >= 0.0 && down >= 0.0) {
        return None;
    }
    let (across, down) = (across as usize, down as usize);
    (across < read.width && down < read.height).then_some(down * read.width + across)
}

/// The part of the mask's image that a rectangle of it needs, with a margin; `None` outside.
fn read_window(source: &GeoReference, bounds: &Bounds, margin: usize) -> Option<Window> {
    let margin = margin as f64 + 2.0;
    let clip = |low: f64, high: f64, length: u32| {
        let low = (low - margin).floor().clamp(0.0, f64::from(length));
        let high = (high + margin).ceil().clamp(0.0, f64::from(length));
        (high > low).then_some((low as i64, (high - low) as usize))
    };
    let (column, width) = clip(bounds.west, bounds.east, source.width)?;
    let (row, height) = clip(bounds.south, bounds.north, source.height)?;
    Some(Window::new(column, row, width, height))
}

/// The sides of a pixel in metres on the ground, in the middle of the image.
fn ground_size(source: &GeoReference) -> (f64, f64) {
    let (column, row) = (
        f64::from(source.width) / 2.0,
        f64::from(source.height) / 2.0,
    );
    let here = source.lonlat(column, row);
    let (east, north) = metres_of_degree(here.1);
    let metres = |there: (f64, f64)| ((there.0 - here.0) * east).hypot((there.1 - here.1) * north);
    let across = metres(source.lonlat(column + 1.0, row));
    // UTM's own scale (0.9996) is no reason to lose the pixel that a round distance just reaches.
    let nearest = |size: f64, map: f64| {
        if (size / map - 1.0).abs() < 0.002 {
            map
        } else {
            size
        }
    };
    let down = metres(source.lonlat(column, row + 1.0));
    let [_, a, b, _, c, d] = source.transform;
    (nearest(across, a.hypot(c)), nearest(down, b.hypot(d)))
}
